//! Links that lead out of the page, made of templates such as `https://console.example/{account_id}?region={region}`.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stands for itself. Source: RFC 3986, section 2.3.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The longest value that is filled in, in characters.
const VALUE_CHARS_MAX: usize = 1_000;

/// A template with its values, each encoded, so that a value is never more than a part of a path or query; a name without a value
/// is left out. `None` where the template is no web address: what else a browser runs must not come from a list of accounts.
#[must_use]
pub fn fill(template: &str, values: &BTreeMap<&str, String>) -> Option<String> {
    let is_web = ["https://", "http://"]
        .iter()
        .any(|scheme| template.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme)));
    if !is_web {
        return None;
    }
    let mut link = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        link.push_str(before);
        let Some((name, behind)) = after.split_once('}') else {
            link.push('{');
            rest = after;
            continue;
        };
        let value: String =
            values.get(name).map(|value| value.chars().take(VALUE_CHARS_MAX).collect()).unwrap_or_default();
        link.extend(utf8_percent_encode(&value, RESERVED));
        rest = behind;
    }
    link.push_str(rest);
    Some(link)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_encoded_and_only_web_addresses_are_links() {
        let values = BTreeMap::from([("account_id", "012345678901".to_owned()), ("tenant", "a/b?\"<&".to_owned())]);
        let link = |template: &str| fill(template, &values);
        assert_eq!(
            link("https://x.example/{account_id}/{tenant}?q={nothing}#a{").as_deref(),
            Some("https://x.example/012345678901/a%2Fb%3F%22%3C%26?q=#a{")
        );
        assert_eq!(link("javascript:alert({account_id})"), None);
        assert_eq!(link("{tenant}"), None);
        assert_eq!(link("HTTP://x/{account_id}").as_deref(), Some("HTTP://x/012345678901"));
    }
}
