//! A predicate's text into tokens, each with its place in characters.
//!
//! Source: CEL specification, "Syntax": strings in either quote, tripled or raw, their escapes, numbers, comments.

use super::Fault;

/// A token and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Spanned {
    pub(super) token: Token,
    /// Where it begins, in characters from 0.
    pub(super) at: usize,
    /// How many characters it takes.
    pub(super) len: usize,
}

/// What a text is made of.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A name, or a word such as `in`.
    Name(String),
    /// A name between backquotes, which is taken as it is.
    Quoted(String),
    /// A text.
    Text(String),
    /// A whole number.
    Int(i64),
    /// A number with a fraction or an exponent.
    Double(f64),
    /// An operator or a bracket.
    Symbol(&'static str),
    /// What was complained about; stands for a value.
    Bad,
}

/// Operators and brackets, longer ones first.
const SYMBOLS: [&str; 25] = [
    "==", "!=", "<=", ">=", "&&", "||", "<", ">", "!", "(", ")", "[", "]", ",", ".", "-", "+", "*", "/", "%", "?", ":",
    "{", "}", ";",
];

/// What people write out of habit from other languages, what it is here, and how to say so.
const HABITS: [(&str, &str); 5] = [("===", "=="), ("<>", "!="), ("=~", "=="), ("=", "=="), ("&", "&&")];

/// Splits a text. Every fault is noted, and something stands for what was faulty.
pub(super) fn tokens(text: &str, faults: &mut Vec<Fault>) -> Vec<Spanned> {
    let chars: Vec<char> = text.chars().collect();
    let mut lexer = Lexer { chars: &chars, at: 0, faults };
    let mut tokens = Vec::new();
    while lexer.skip_blank() {
        let at = lexer.at;
        let token = lexer.token();
        tokens.push(Spanned { token, at, len: (lexer.at - at).max(1) });
    }
    tokens
}

struct Lexer<'t> {
    chars: &'t [char],
    at: usize,
    faults: &'t mut Vec<Fault>,
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn starts_with(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(ahead, wanted)| self.peek(ahead) == Some(wanted))
    }

    fn fault(&mut self, at: usize, message: impl Into<String>) {
        let len = self.at.saturating_sub(at).max(1);
        self.faults.push(Fault { at, len, message: message.into() });
    }

    /// Past white space and comments; whether there is more.
    fn skip_blank(&mut self) -> bool {
        while let Some(char) = self.peek(0) {
            if self.starts_with("//") {
                while self.peek(0).is_some_and(|char| char != '\n') {
                    self.at += 1;
                }
            } else if char.is_whitespace() {
                self.at += 1;
            } else {
                return true;
            }
        }
        false
    }

    fn token(&mut self) -> Token {
        let Some(first) = self.peek(0) else { return Token::Bad };
        let second = self.peek(1).unwrap_or_default();
        match first {
            '"' | '\'' => self.string(false),
            'r' | 'R' if matches!(second, '"' | '\'') => {
                self.at += 1;
                self.string(true)
            }
            'b' | 'B' if matches!(second, '"' | '\'') => {
                let at = self.at;
                self.at += 1;
                let token = self.string(false);
                self.fault(at, "there are no bytes in records: write the text without the b in front");
                token
            }
            '`' => self.quoted(),
            '.' if second.is_ascii_digit() => self.number(),
            _ if first.is_ascii_digit() => self.number(),
            _ if first.is_alphabetic() || first == '_' || first == '@' || first == '$' => self.name(),
            _ => self.symbol(first),
        }
    }

    fn name(&mut self) -> Token {
        let at = self.at;
        while self.peek(0).is_some_and(|char| char.is_alphanumeric() || matches!(char, '_' | '@' | '$')) {
            self.at += 1;
        }
        let name: String = self.chars[at..self.at].iter().collect();
        if !name.chars().all(|char| char.is_ascii_alphanumeric() || char == '_') {
            self.fault(
                at,
                format!("{name:?} is no plain name: write `{name}`, in backquotes, if it is the name of a field"),
            );
        }
        Token::Name(name)
    }

    fn quoted(&mut self) -> Token {
        let at = self.at;
        self.at += 1;
        let end = self.chars[self.at..].iter().position(|char| matches!(char, '`' | '\n'));
        let Some(end) = end.map(|end| self.at + end).filter(|end| self.chars[*end] == '`') else {
            self.at = self.chars.len();
            self.fault(at, "a backquote that is not closed: a name in backquotes ends with another one");
            return Token::Bad;
        };
        let name: String = self.chars[self.at..end].iter().collect();
        self.at = end + 1;
        if name.is_empty() {
            self.fault(at, "a name in backquotes cannot be empty");
            return Token::Bad;
        }
        Token::Quoted(name)
    }

    fn symbol(&mut self, first: char) -> Token {
        if let Some((written, meant)) = HABITS.iter().find(|(written, meant)| {
            self.starts_with(written) && !(written.len() < meant.len() && self.starts_with(meant))
        }) {
            let at = self.at;
            self.at += written.len();
            self.fault(
                at,
                match *written {
                    "=~" => "=~ is no operator here: write field.matches(\"expression\")".into(),
                    _ => format!("{written} is no operator here: write {meant}"),
                },
            );
            return Token::Symbol(meant);
        }
        if let Some(symbol) = SYMBOLS.iter().find(|symbol| self.starts_with(symbol)) {
            self.at += symbol.len();
            return Token::Symbol(symbol);
        }
        let at = self.at;
        self.at += 1;
        match first {
            '|' => {
                self.fault(at, "| is no operator here: write ||");
                return Token::Symbol("||");
            }
            '\u{201c}' | '\u{201d}' | '\u{2018}' | '\u{2019}' | '\u{201e}' => {
                self.fault(at, format!("{first} is a typographic quote: write \" or ' around a text"));
            }
            _ => self.fault(at, format!("{first:?} has no meaning in a predicate")),
        }
        Token::Bad
    }

    fn number(&mut self) -> Token {
        let at = self.at;
        while self.peek(0).is_some_and(|char| char.is_ascii_alphanumeric() || char == '_')
            || (self.peek(0) == Some('.') && self.peek(1).is_some_and(|char| char.is_ascii_digit()))
            || (matches!(self.peek(0), Some('+' | '-')) && self.after_exponent(at))
        {
            self.at += 1;
        }
        let written: String = self.chars[at..self.at].iter().collect();
        let hexadecimal = written.strip_prefix("0x").or(written.strip_prefix("0X"));
        let int = match hexadecimal {
            Some(digits) => i64::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with(['+', '-'])),
            None => written.parse().ok(),
        };
        if let Some(int) = int {
            return Token::Int(int);
        }
        let plain = written.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'));
        match written.parse::<f64>() {
            Ok(number) if plain && number.is_finite() && written.contains(['.', 'e', 'E']) => Token::Double(number),
            Ok(_) | Err(_) => {
                self.fault(at, bad_number(&written));
                Token::Bad
            }
        }
    }

    /// Whether the sign at hand follows the exponent of a decimal number.
    fn after_exponent(&self, start: usize) -> bool {
        let so_far = &self.chars[start..self.at];
        let mantissa = so_far.split_last().is_some_and(|(last, mantissa)| {
            matches!(last, 'e' | 'E') && mantissa.iter().all(|char| char.is_ascii_digit() || *char == '.')
        });
        mantissa && self.peek(1).is_some_and(|char| char.is_ascii_digit())
    }

    fn string(&mut self, raw: bool) -> Token {
        let at = self.at;
        let quote = self.peek(0).unwrap_or('"');
        let tripled = self.peek(1) == Some(quote) && self.peek(2) == Some(quote);
        let quotes = if tripled { 3 } else { 1 };
        self.at += quotes;
        let mut text = String::new();
        loop {
            let Some(char) = self.peek(0).filter(|char| tripled || *char != '\n') else {
                self.fault(at, format!("a text that is not closed: it began with {quote} and ends with another one"));
                return Token::Bad;
            };
            if (0..quotes).all(|ahead| self.peek(ahead) == Some(quote)) {
                self.at += quotes;
                return Token::Text(text);
            }
            if char == '\\' && !raw {
                self.escape(&mut text);
            } else {
                self.at += 1;
                text.push(char);
            }
        }
    }

    fn escape(&mut self, text: &mut String) {
        let at = self.at;
        let letter = self.peek(1).unwrap_or_default();
        self.at = (self.at + 2).min(self.chars.len());
        let code = match letter {
            '\\' | '?' | '"' | '\'' | '`' => Some(letter),
            'a' => Some('\u{7}'),
            'b' => Some('\u{8}'),
            'f' => Some('\u{c}'),
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            'v' => Some('\u{b}'),
            'x' | 'X' => self.code(2, 16),
            'u' => self.code(4, 16),
            'U' => self.code(8, 16),
            '0'..='3' => {
                self.at -= 1;
                self.code(3, 8)
            }
            _ => None,
        };
        match code {
            Some(char) => text.push(char),
            None => self.fault(
                at,
                format!("\\{letter} is no escape: write \\\\ for a backslash, or r in front of a text that is to have none, as in r\"\\d+\""),
            ),
        }
    }

    /// The character whose number is written in so many digits.
    fn code(&mut self, digits: usize, radix: u32) -> Option<char> {
        let written: String = self.chars.get(self.at..self.at + digits)?.iter().collect();
        let number = u32::from_str_radix(&written, radix).ok().filter(|_| !written.starts_with('+'))?;
        self.at += digits;
        char::from_u32(number)
    }
}

fn bad_number(written: &str) -> String {
    let digits = written.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
    let (number, rest) = written.split_at(digits);
    match rest {
        "u" | "U" => format!("{written} is no number here: write {number}"),
        "" => format!("{written} is too large for a number: up to {} is allowed; write it as a text", i64::MAX),
        _ => format!("{written} is no number: a predicate has plain numbers without a unit, such as {number}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn one(text: &str) -> Token {
        let mut faults = Vec::new();
        let tokens = tokens(text, &mut faults);
        assert_eq!((tokens.len(), faults), (1, vec![]), "{text}");
        tokens[0].token.clone()
    }

    #[test]
    fn texts_have_the_quotes_and_escapes_of_cel() {
        for (text, expected) in [
            (r#""a'b""#, "a'b"),
            (r#"'a"b'"#, "a\"b"),
            (r#""\n\t\\\"\x41\u00e9\U0001F600\101""#, "\n\t\\\"A\u{e9}\u{1f600}A"),
            (r#"r"\d+""#, r"\d+"),
            (r#"R'\n'"#, r"\n"),
            ("'''a\n'b'''", "a\n'b"),
            ("\"\"", ""),
        ] {
            assert_eq!(one(text), Token::Text(expected.into()));
        }
    }

    #[test]
    fn numbers_are_whole_or_not() {
        assert_eq!(one("012"), Token::Int(12));
        assert_eq!(one("0x1F"), Token::Int(31));
        assert_eq!(one("1.5"), Token::Double(1.5));
        assert_eq!(one(".5"), Token::Double(0.5));
        assert_eq!(one("1e3"), Token::Double(1000.0));
        assert_eq!(one("1.5e-3"), Token::Double(0.0015));
    }

    #[test]
    fn comments_and_lines_are_blank() {
        let mut faults = Vec::new();
        let tokens = tokens("a // all of it\n== 1", &mut faults);
        let places: Vec<_> = tokens.iter().map(|it| (it.at, it.len)).collect();
        assert_eq!((places, faults), (vec![(0, 1), (15, 2), (18, 1)], vec![]));
    }

    #[test]
    fn habits_from_other_languages_are_explained_and_understood() {
        for (text, message) in [
            ("=", "= is no operator here: write =="),
            ("===", "=== is no operator here: write =="),
            ("<>", "<> is no operator here: write !="),
            ("&", "& is no operator here: write &&"),
            ("|", "| is no operator here: write ||"),
            ("=~", "=~ is no operator here: write field.matches(\"expression\")"),
            ("\u{201c}", "\u{201c} is a typographic quote: write \" or ' around a text"),
            ("5m", "5m is no number: a predicate has plain numbers without a unit, such as 5"),
            ("5u", "5u is no number here: write 5"),
            (
                "99999999999999999999",
                "99999999999999999999 is too large for a number: up to 9223372036854775807 is allowed; write it as a text",
            ),
            ("\"abc", "a text that is not closed: it began with \" and ends with another one"),
            ("`abc", "a backquote that is not closed: a name in backquotes ends with another one"),
            (
                "@message",
                "\"@message\" is no plain name: write `@message`, in backquotes, if it is the name of a field",
            ),
            (
                r#""\d""#,
                r#"\d is no escape: write \\ for a backslash, or r in front of a text that is to have none, as in r"\d+""#,
            ),
            ("b'x'", "there are no bytes in records: write the text without the b in front"),
            ("#", "'#' has no meaning in a predicate"),
        ] {
            let mut faults = Vec::new();
            let _ = tokens(text, &mut faults);
            assert_eq!(faults.iter().map(|fault| fault.message.as_str()).collect::<Vec<_>>(), [message], "{text}");
        }
    }
}
