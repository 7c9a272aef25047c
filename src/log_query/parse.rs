//! Reads queries.

use super::{Comparison, Error, Key, Level, LogQuery, Pattern, QUERY_CHARS_MAX, TERMS_MAX, Term, Test};

pub(super) fn parse(text: &str) -> Result<LogQuery, Error> {
    if text.chars().count() > QUERY_CHARS_MAX {
        let message = format!("the query has more than {QUERY_CHARS_MAX} characters");
        return Err(Error { at: QUERY_CHARS_MAX + 1, message, hint: "search for less".into() });
    }
    let mut reader = Reader { text, at: 0 };
    let mut terms = Vec::new();
    while reader.skip_blanks() {
        if terms.len() == TERMS_MAX {
            return Err(reader.error(reader.at, format!("more than {TERMS_MAX} terms"), "search for less"));
        }
        terms.push(reader.term()?);
    }
    Ok(LogQuery { terms })
}

/// Whether a text is read as one word, and as the same one, without quotes.
pub(super) fn is_plain_word(text: &str) -> bool {
    !text.starts_with(['-', '"'])
        && is_plain_value(text)
        && key_end(text).is_none_or(|end| operator(text, end).is_none())
}

/// Whether a text is read as one value without quotes.
pub(super) fn is_plain_value(text: &str) -> bool {
    !text.is_empty() && !text.starts_with('"') && !text.contains(char::is_whitespace)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operator {
    Is,
    IsNot,
    Like,
}

/// Bytes of the key in front of a text; `None` where none stands there.
fn key_end(text: &str) -> Option<usize> {
    let first = text.chars().next()?;
    if !first.is_ascii_alphabetic() && !matches!(first, '_' | '@') {
        return None;
    }
    let is_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '@' | '/');
    Some(text.find(|c| !is_key(c)).unwrap_or(text.len()))
}

/// The operator behind a key, and where the value begins. `sev` has more of them than other keys.
fn operator(text: &str, key_end: usize) -> Option<(Operator, usize)> {
    let (key, rest) = text.split_at(key_end);
    let known = [("!=", Operator::IsNot), ("=", Operator::Is), ("~", Operator::Like)];
    let found = known.into_iter().find(|(sign, _)| rest.starts_with(sign));
    if let Some((sign, operator)) = found {
        return Some((operator, key_end + sign.len()));
    }
    (is_severity(key) && rest.starts_with(['<', '>'])).then_some((Operator::Is, key_end))
}

fn is_severity(key: &str) -> bool {
    matches!(key, "sev" | "severity")
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Whether something is left behind the blanks.
    fn skip_blanks(&mut self) -> bool {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
        !self.rest().is_empty()
    }

    fn error(&self, byte: usize, message: impl Into<String>, hint: impl Into<String>) -> Error {
        let at = self.text[..byte].chars().count() + 1;
        Error { at, message: message.into(), hint: hint.into() }
    }

    fn term(&mut self) -> Result<Term, Error> {
        let begin = self.at;
        let not =
            self.rest().starts_with('-') && self.rest().len() > 1 && !self.rest()[1..].starts_with(char::is_whitespace);
        self.at += usize::from(not);
        let rest = self.rest();
        if let Some((operator, value_at)) = key_end(rest).and_then(|end| operator(rest, end)) {
            let key = &rest[..key_end(rest).unwrap_or_default()];
            if not {
                let hint = format!("write {key}!=value, or put it in quotes to search for the text");
                return Err(self.error(begin, "a `-` stands before words, not before keys", hint));
            }
            self.at += value_at;
            return if is_severity(key) { self.severity(begin, key) } else { self.field(begin, key, operator) };
        }
        let text = self.value(begin)?;
        if text.is_empty() {
            return Err(self.error(begin, "nothing stands between the quotes", "leave the quotes out"));
        }
        let text = Pattern::literal(&text).map_err(|_| self.error(begin, "the word is too long", "search for less"))?;
        Ok(Term::Text { not, text })
    }

    /// Behind `sev`, which the reader may have read a `=` or `!=` of.
    fn severity(&mut self, begin: usize, key: &str) -> Result<Term, Error> {
        self.at = begin + key.len();
        let rest = self.rest();
        let found = Comparison::ALL.into_iter().find(|comparison| rest.starts_with(comparison.as_str()));
        let Some(comparison) = found else {
            return Err(self.error(self.at, "a severity is compared by =, >=, >, <= or <", "write sev>=warn"));
        };
        self.at += comparison.as_str().len();
        let value_at = self.at;
        let value = self.value(begin)?;
        let Some(level) = Level::parse(&value) else {
            let message = format!("{value:?} is no severity");
            let hint = format!("write one of {}, or a number from 0 to 24", Level::NAMES.join(", "));
            return Err(self.error(value_at, message, hint));
        };
        Ok(Term::Severity { comparison, level })
    }

    fn field(&mut self, begin: usize, key: &str, operator: Operator) -> Result<Term, Error> {
        let value_at = self.at;
        let is_quoted = self.rest().starts_with('"');
        let value = self.value(begin)?;
        if value.is_empty() && !is_quoted {
            let hint = "write the value right behind it, without a blank; \"\" stands for an empty one";
            return Err(self.error(value_at, format!("no value stands behind {key}"), hint));
        }
        let key = Key::of(key);
        let test = match operator {
            Operator::Is => Test::Is(self.exact(&key, value, value_at)?),
            Operator::IsNot => Test::IsNot(self.exact(&key, value, value_at)?),
            Operator::Like => Test::Like(Pattern::expression(&value).map_err(|error| {
                let hint = "write a regular expression, or put a \\ before characters that mean something in one";
                self.error(value_at, format!("{value:?} is no pattern: {}", reason(&error)), hint)
            })?),
        };
        Ok(Term::Field { key, test })
    }

    /// Accounts may be written with dashes, as the page shows them.
    fn exact(&self, key: &Key, value: String, at: usize) -> Result<String, Error> {
        if *key != Key::Account {
            return Ok(value);
        }
        let digits = value.replace('-', "");
        if digits.len() == 12 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(digits);
        }
        let hint = "write all 12 digits, or account~1234 for those with 1234 in them";
        Err(self.error(at, format!("{value:?} is no account: it has 12 digits"), hint))
    }

    /// A value up to the next blank, or between quotes.
    fn value(&mut self, begin: usize) -> Result<String, Error> {
        let rest = self.rest();
        let Some(inside) = rest.strip_prefix('"') else {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            self.at += end;
            return Ok(rest[..end].to_owned());
        };
        let opened = self.at;
        let (mut text, mut escaped) = (String::new(), false);
        for (index, c) in inside.char_indices() {
            match c {
                c if escaped => {
                    text.push(c);
                    escaped = false;
                }
                '\\' => escaped = true,
                '"' => {
                    self.at += index + 2;
                    return self.end_of_value(begin).map(|()| text);
                }
                c => text.push(c),
            }
        }
        Err(self.error(opened, "a quote is opened and not closed", "write a second \" behind the phrase"))
    }

    fn end_of_value(&self, begin: usize) -> Result<(), Error> {
        let rest = self.rest();
        if rest.is_empty() || rest.starts_with(char::is_whitespace) {
            return Ok(());
        }
        let hint = format!("write a blank behind {}", &self.text[begin..self.at]);
        Err(self.error(self.at, "something stands right behind a quote", hint))
    }
}

/// The last line of what the library says, which names the fault; those before it draw it.
fn reason(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default().trim();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}
