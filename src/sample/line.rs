//! The text of a record as it travels with a notification.

use crate::record::value::Value;

/// Bytes of a line.
pub(super) const LINE_BYTES_MAX: usize = 1024;

/// The text of a body, a map as JSON, cut to a KiB between two characters.
pub(super) fn text_of(body: &Value<'_>) -> Box<str> {
    let mut text = String::new();
    match body {
        Value::Text(body) => text.push_str(cut(body)),
        Value::Int(_) | Value::Double(_) | Value::Bool(_) | Value::Null | Value::List(_) | Value::Map(_) => {
            write(body, &mut text);
        }
    }
    cut(&text).into()
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(LINE_BYTES_MAX)]
}

/// Writes JSON until there is enough of it.
fn write(value: &Value<'_>, out: &mut String) {
    if out.len() > LINE_BYTES_MAX {
        return;
    }
    match value {
        Value::Text(text) => quote(cut(text), out),
        Value::Int(number) => out.push_str(&number.to_string()),
        Value::Double(number) => out.push_str(&number.to_string()),
        Value::Bool(is) => out.push_str(if *is { "true" } else { "false" }),
        Value::Null => out.push_str("null"),
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                out.push(if index == 0 { '[' } else { ',' });
                write(item, out);
            }
            out.push_str(if items.is_empty() { "[]" } else { "]" });
        }
        Value::Map(members) => {
            for (index, member) in members.iter().enumerate() {
                out.push(if index == 0 { '{' } else { ',' });
                quote(cut(member.key), out);
                out.push(':');
                write(&member.value, out);
            }
            out.push_str(if members.is_empty() { "{}" } else { "}" });
        }
    }
}

fn quote(text: &str, out: &mut String) {
    out.push_str(&serde_json::Value::from(text).to_string());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::value::Attribute;

    #[test]
    fn a_text_is_cut_between_two_characters() {
        let long = "\u{e4}".repeat(1000);
        assert_eq!(&*text_of(&Value::Text(&long)), "\u{e4}".repeat(512));
        let odd = format!("x{long}");
        assert_eq!(text_of(&Value::Text(&odd)).len(), 1023);
        assert_eq!(&*text_of(&Value::Text("short")), "short");
    }

    #[test]
    fn a_map_is_written_as_json() {
        let inner = [Value::Int(1), Value::Text("a\"b"), Value::Null];
        let members = [
            Attribute { key: "k", value: Value::List(&inner) },
            Attribute { key: "empty", value: Value::Map(&[]) },
            Attribute { key: "on", value: Value::Bool(true) },
        ];
        assert_eq!(&*text_of(&Value::Map(&members)), r#"{"k":[1,"a\"b",null],"empty":{},"on":true}"#);
    }
}
