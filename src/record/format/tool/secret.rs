//! Headers whose values let whoever reads them act as the user: never passed on from the logs of firewalls.

use bumpalo::Bump;
use bumpalo::collections::Vec;

use crate::record::value::{Attribute, Value};

/// What stands in place of a value. Nothing of it is left, not its length either.
pub const MASK: &str = "[redacted]";

/// Names of headers and of single values that grant access, in lower case.
const NAMES: [&str; 14] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "x-api-key",
    "api-key",
    "apikey",
    "x-amz-security-token",
    "x-amzn-oidc-data",
    "x-amzn-oidc-accesstoken",
    "x-auth-token",
    "x-access-token",
    "x-csrf-token",
    "x-xsrf-token",
];

/// Whether the value of the header of that name, in any case, grants access.
#[must_use]
pub fn is_secret(name: &str) -> bool {
    NAMES.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// The value without secrets that it quotes from a request, and how many there were: a member named like a secret
/// header, `value` or `matchedData` beside such a name, and those of cookies.
pub fn mask<'a>(value: Value<'a>, bump: &'a Bump) -> (Value<'a>, usize) {
    match value {
        Value::List(items) => {
            let mut masked = 0;
            let each = items.iter().map(|item| counted(mask(*item, bump), &mut masked));
            let items = Vec::from_iter_in(each, bump).into_bump_slice();
            if masked == 0 { (value, 0) } else { (Value::List(items), masked) }
        }
        Value::Map(members) => {
            let quotes = quotes_a_secret(members);
            let mut masked = 0;
            let each = members.iter().map(|member| {
                let quoted = quotes && matches!(member.key, "value" | "matchedData");
                let hidden = (quoted || is_secret(member.key)) && !member.value.is_blank();
                let value = if hidden { (Value::Text(MASK), 1) } else { mask(member.value, bump) };
                Attribute { key: member.key, value: counted(value, &mut masked) }
            });
            let members = Vec::from_iter_in(each, bump).into_bump_slice();
            if masked == 0 { (value, 0) } else { (Value::Map(members), masked) }
        }
        Value::Text(_) | Value::Int(_) | Value::Double(_) | Value::Bool(_) | Value::Null => (value, 0),
    }
}

fn counted<'a>((value, n): (Value<'a>, usize), total: &mut usize) -> Value<'a> {
    *total += n;
    value
}

/// Whether a map names the secret whose value it holds: `{"name":"cookie","value":..}` of headers and of keys of a
/// rate-based rule, `{"location":"HEADER","matchedFieldName":"cookie","matchedData":[..]}` of a match.
fn quotes_a_secret(members: &[Attribute<'_>]) -> bool {
    members.iter().any(|member| match (member.key, member.value) {
        ("name" | "matchedFieldName", Value::Text(name)) => is_secret(name),
        ("key" | "location", Value::Text(place)) => matches!(place, "COOKIE" | "ALL_COOKIES"),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::normalize::tests::show;
    use crate::record::value::parse_object;

    #[test]
    fn secrets_are_masked_wherever_they_are_quoted_and_nothing_else_is() {
        let bump = Bump::new();
        let text = r#"{"a":[{"name":"Cookie","value":"s1"},{"name":"host","value":"h"}],"b":{"key":"COOKIE","name":"session","value":"s2"},
            "c":{"location":"HEADER","matchedFieldName":"AUTHORIZATION","matchedData":["s3","s4"]},"Set-Cookie":"s5","x-api-key":""}"#;
        let members = parse_object(text, &bump).unwrap().into_bump_slice();
        let (masked, n) = mask(Value::Map(members), &bump);
        assert_eq!(
            show(&masked),
            r#"{a:[{name:"Cookie",value:"[redacted]"},{name:"host",value:"h"}],b:{key:"COOKIE",name:"session",value:"[redacted]"},c:{location:"HEADER",matchedFieldName:"AUTHORIZATION",matchedData:"[redacted]"},Set-Cookie:"[redacted]",x-api-key:""}"#
        );
        assert_eq!(n, 4);
    }
}
