//! Fields of a line with commas between them, as the audit logs of databases have them.

use bumpalo::Bump;

/// The field in front, and what follows its comma; `None` behind the last. A quote inside of quotes is written twice.
pub fn field<'a>(line: &'a str, bump: &'a Bump) -> (&'a str, Option<&'a str>) {
    let Some(quoted) = line.strip_prefix('"') else {
        return line.split_once(',').map_or((line, None), |(field, rest)| (field, Some(rest)));
    };
    let bytes = quoted.as_bytes();
    let (mut at, mut doubled) = (0, false);
    let end = loop {
        let Some(found) = memchr::memchr(b'"', bytes.get(at..).unwrap_or_default()) else { break quoted.len() };
        if bytes.get(at + found + 1) != Some(&b'"') {
            break at + found;
        }
        doubled = true;
        at += found + 2;
    };
    let field = quoted.get(..end).unwrap_or_default();
    let field = if doubled { &*bump.alloc_str(&field.replace("\"\"", "\"")) } else { field };
    (field, quoted.get(end + 1..).and_then(|rest| rest.strip_prefix(',')))
}

/// The first fields of a line, and how many there are of them.
pub fn fields<'a, const N: usize>(line: &'a str, bump: &'a Bump) -> ([&'a str; N], usize) {
    let mut fields = [""; N];
    let mut rest = Some(line);
    let mut count = 0;
    for slot in &mut fields {
        let Some(line) = rest else { break };
        (*slot, rest) = field(line, bump);
        count += 1;
    }
    (fields, count)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quotes_hold_commas_newlines_and_doubled_quotes() {
        let bump = Bump::new();
        let (fields, count) = fields::<5>("a,\"b,\n\"\"c\"\"\",,\"open", &bump);
        assert_eq!((fields, count), (["a", "b,\n\"c\"", "", "open", ""], 4));
    }

    proptest! {
        #[test]
        fn fields_that_are_written_are_read_back(written in prop::collection::vec("[a\", \u{e9}\n]{0,6}", 1..5)) {
            let bump = Bump::new();
            let quote = |field: &String| format!("\"{}\"", field.replace('"', "\"\""));
            let line = written.iter().map(quote).collect::<Vec<_>>().join(",");
            let (read, count) = fields::<5>(&line, &bump);
            prop_assert_eq!(count, written.len());
            prop_assert_eq!(&read[..count], written.as_slice());
        }

        #[test]
        fn any_text_has_fields(line in "[a,\"\u{e9}]{0,12}") {
            let bump = Bump::new();
            let _ = fields::<3>(&line, &bump);
        }
    }
}
