//! Rules between the settings of `page`.

use super::{Rules, duplicates};
use crate::config::problem::Code;

impl Rules<'_> {
    pub(super) fn page(&mut self) {
        let page = &self.config.page;
        // An item that was refused is not in the list any more, so that the places of those behind it are not known.
        if !self.is_broken("page.access.tokens") {
            let names = page.access.tokens.iter().map(|token| token.name.as_str());
            self.unique(names, |index| format!("page.access.tokens[{index}].name"), "token");
            let secrets = page.access.tokens.iter().map(|token| token.secret.expose());
            for index in duplicates(secrets) {
                let key = format!("page.access.tokens[{index}].token");
                self.add(Code::Duplicate, &key, "another entry has the same token: who has it could not be told");
            }
        }
        if !self.is_broken("page.views") {
            let names = page.views.iter().map(|(name, _)| name.as_str());
            self.unique(names, |index| format!("page.views[{index}].name"), "view");
        }
    }
}
