//! The page: who may see it, what is kept for it, where it leads.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{DAY, Filler, GIB, HOUR, MIB, MINUTE};
use crate::config::page::{Access, Page, Price, Proxy, Rates, Store, Token};
use crate::config::problem::Code;
use crate::config::read::{Amount, At, Pairs};
use crate::config::{Secret, file, url};
use crate::id::Region;

/// Characters that a token has at least.
const TOKEN_CHARS_MIN: usize = 16;

/// What links may ask for.
const LINK_PARTS: [&str; 6] = ["account_id", "tenant", "region", "from", "to", "query"];

impl Filler<'_> {
    pub(super) fn page(&mut self, written: file::Page) -> Page {
        let default = Page::default();
        Page {
            access: self.page_access(written.access.unwrap_or_default()),
            store: self.page_store(written.store.unwrap_or_default()),
            links: self.links(written.links),
            views: written.views.unwrap_or_default().into_iter().filter_map(|view| self.view(view)).collect(),
            silence_max: self.period(written.silence_max, HOUR..=365 * DAY, default.silence_max),
            silent_after: self.period(written.silent_after, MINUTE..=DAY, default.silent_after),
            price: written.price.and_then(|price| self.price(price)),
        }
    }

    fn page_access(&mut self, written: file::PageAccess) -> Access {
        Access {
            tokens: written.tokens.unwrap_or_default().into_iter().filter_map(|token| self.token(token)).collect(),
            proxy: written.proxy.and_then(|proxy| self.proxy(proxy)),
        }
    }

    fn token(&mut self, written: file::PageToken) -> Option<Token> {
        let name = self.required_text(written.name, "name", &written.place);
        let secret = match written.token {
            Some(token) => self.token_text(token),
            None => self.required(None, "token", &written.place),
        };
        let tenants = written.tenants.map(|tenants| {
            if tenants.is_empty() {
                let message =
                    "a token for no tenant shows nothing: name tenants, or take \"tenants\" out for the fleet";
                self.problems.add(Code::Missing, &written.place, message);
            }
            tenants.into_iter().filter_map(|tenant| self.text(Some(tenant))).collect::<BTreeSet<_>>()
        });
        let write = written.write.is_some_and(|at| at.value);
        Some(Token { name: name?, secret: secret?, tenants, write })
    }

    fn token_text(&mut self, at: At<Secret>) -> Option<Secret> {
        let place = at.place.clone();
        let token = self.secret(at);
        let n_chars = token.expose().chars().count();
        if n_chars < TOKEN_CHARS_MIN {
            let message = format!(
                "a token of {n_chars} characters could be guessed: give at least {TOKEN_CHARS_MIN}, such as from \
                 `openssl rand -hex 24`"
            );
            self.problems.add(Code::Range, &place, message);
            return None;
        }
        if token.expose().contains(|c: char| !c.is_ascii_graphic()) {
            self.problems.add(Code::Value, &place, "a token has visible ASCII characters only: it travels in a header");
            return None;
        }
        Some(token)
    }

    fn proxy(&mut self, written: file::PageProxy) -> Option<Proxy> {
        let user_header = match written.user_header {
            Some(name) => self.header_name(name),
            None => self.required(None, "user_header", &written.place),
        };
        let loopback = || vec![IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
        let tenants_header = written.tenants_header.and_then(|name| self.header_name(name));
        let from: Vec<IpAddr> =
            written.from.map_or_else(loopback, |from| from.into_iter().map(|at| at.value).collect());
        if from.is_empty() && !self.problems.is_noted_at(&format!("{}.from[0]", written.place.key)) {
            let message = "a proxy that comes from nowhere lets nobody in: give its addresses, or take \"from\" out";
            self.problems.add(Code::Missing, &written.place, message);
        }
        let writers = written.writers.unwrap_or_default();
        Some(Proxy {
            user_header: user_header?,
            tenants_header,
            writers: writers.into_iter().filter_map(|name| self.text(Some(name))).collect(),
            from,
        })
    }

    /// Names of headers are written in any case.
    fn header_name(&mut self, at: At<String>) -> Option<String> {
        let name = self.checked_text(Some(at), |text| {
            let is_name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
            let right = !text.is_empty() && text.bytes().all(is_name);
            if right { Ok(()) } else { Err("is no name of a header, such as \"X-Forwarded-User\"") }
        });
        name.map(|name| name.to_ascii_lowercase())
    }

    fn page_store(&mut self, written: file::PageStore) -> Store {
        let default = Store::default();
        let bytes_max = usize::try_from(default.bytes_max).unwrap_or(usize::MAX);
        Store {
            logs: written.logs.map_or(default.logs, |at| at.value),
            bytes_max: self.size(written.size_max, 16 * MIB..=1024 * GIB, bytes_max) as u64,
            age_max: self.period(written.age_max, HOUR..=90 * DAY, default.age_max),
            file: self.path(written.file),
        }
    }

    fn links(&mut self, written: Option<Pairs<At<String>>>) -> BTreeMap<String, String> {
        let written = written.map(|pairs| pairs.0).unwrap_or_default();
        let link = |(name, at): (_, At<String>)| {
            let place = at.place.clone();
            let text = self.url(Some(at))?;
            for part in parts(&text).filter(|part| !LINK_PARTS.contains(part)) {
                let message = format!("{{{part}}} is nothing that can be filled in: {} are", LINK_PARTS.join(", "));
                self.problems.add(Code::Value, &place, message);
            }
            let name: crate::config::yaml::Key = name;
            Some((name.text, text))
        };
        written.into_iter().filter_map(link).collect()
    }

    fn view(&mut self, written: file::PageView) -> Option<(String, String)> {
        let name = self.required_text(written.name, "name", &written.place);
        let url = match written.url {
            Some(url) => self.checked_text(Some(url), place_of_the_page),
            None => self.required(None, "url", &written.place),
        };
        Some((name?, url?))
    }

    fn price(&mut self, written: file::PagePrice) -> Option<Price> {
        let amount = |at: Option<At<Amount>>| at.map(|at| at.value.0);
        let rates = Rates {
            per_gigabyte: amount(written.per_gigabyte),
            per_1000_metric_updates: amount(written.per_1000_metric_updates),
            per_gigabyte_streamed: amount(written.per_gigabyte_streamed),
        };
        let mut regions = BTreeMap::new();
        for (name, of) in written.regions.map(|pairs| pairs.0).unwrap_or_default() {
            let rates = Rates {
                per_gigabyte: amount(of.per_gigabyte),
                per_1000_metric_updates: amount(of.per_1000_metric_updates),
                per_gigabyte_streamed: amount(of.per_gigabyte_streamed),
            };
            match Region::parse(&name.text) {
                Ok(region) => drop(regions.insert(region, rates)),
                Err(error) => self.problems.add(Code::Value, &of.place, error.to_string()),
            }
        }
        let some = !rates.is_empty() || regions.values().any(|rates: &Rates| !rates.is_empty());
        if !some && !self.problems.is_noted_under(&written.place, "per_gigabyte") {
            let message =
                "names no price: give \"per_gigabyte\", \"per_1000_metric_updates\" or \"per_gigabyte_streamed\"";
            self.problems.add(Code::Missing, &written.place, message);
        }
        let currency = self.text(written.currency).unwrap_or_else(|| "USD".to_owned());
        some.then_some(Price { rates, currency, regions })
    }
}

/// What stands in braces.
fn parts(template: &str) -> impl Iterator<Item = &str> {
    template.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(part, _)| part))
}

/// A view leads to a place of the page, never away from it.
fn place_of_the_page(text: &str) -> Result<(), &'static str> {
    let path = text.split(['?', '#']).next().unwrap_or_default();
    if url::parse(text).is_ok() || path.contains(':') || path.starts_with('/') || text.is_empty() {
        return Err("is no place of the page: write what follows its root, such as \"?state=critical\" or \"alerts\"");
    }
    Ok(())
}
