//! Just enough of Rust's grammar: what is code and what is not, and which paths the code names.

/// The code alone: comments, and what stands inside of text and character literals, are blanks. Lines keep their numbers.
pub(crate) fn code(source: &str) -> String {
    let mut code = String::with_capacity(source.len());
    let mut rest = source;
    while !rest.is_empty() {
        let token = token(rest);
        let (text, after) = rest.split_at(token.bytes());
        match token {
            Token::Code(_) => code.push_str(text),
            Token::Other(_) => code.extend(text.chars().map(|c| if c == '\n' { '\n' } else { ' ' })),
        }
        rest = after;
    }
    code
}

/// The next stretch of source, with its length in bytes.
enum Token {
    Code(usize),
    Other(usize),
}

impl Token {
    fn bytes(&self) -> usize {
        match self {
            Self::Code(bytes) | Self::Other(bytes) => *bytes,
        }
    }
}

fn token(rest: &str) -> Token {
    if rest.starts_with("//") {
        return Token::Other(rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return Token::Other(block_comment(rest));
    }
    if let Some(bytes) = raw_text(rest) {
        return Token::Other(bytes);
    }
    if rest.starts_with('"') {
        return Token::Other(quoted(rest, '"'));
    }
    if let Some(bytes) = character(rest) {
        return Token::Other(bytes);
    }
    // A whole word at once, so that the `r` of `for"` is not taken for the beginning of a raw text.
    let word = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
    Token::Code(if word > 0 { word } else { rest.chars().next().map_or(1, char::len_utf8) })
}

fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        match rest.as_bytes().get(at..at + 2) {
            Some(b"/*") => (depth, at) = (depth + 1, at + 2),
            Some(b"*/") => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

/// `r"..."`, `r#"..."#` and the same behind `b` or `c`.
fn raw_text(rest: &str) -> Option<usize> {
    let prefix = ["r", "br", "cr"].into_iter().find(|prefix| {
        let after = rest.strip_prefix(prefix).unwrap_or_default();
        after.trim_start_matches('#').starts_with('"')
    })?;
    let hashes = rest[prefix.len()..].len() - rest[prefix.len()..].trim_start_matches('#').len();
    let start = prefix.len() + hashes + 1;
    let end = format!("\"{}", "#".repeat(hashes));
    Some(rest[start..].find(&end).map_or(rest.len(), |at| start + at + end.len()))
}

fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    rest.len()
}

/// A character literal; a lifetime is none.
fn character(rest: &str) -> Option<usize> {
    let mut chars = rest.strip_prefix('\'')?.chars();
    match (chars.next()?, chars.next()?) {
        ('\\', _) | (_, '\'') => Some(quoted(rest, '\'')),
        _ => None,
    }
}

const fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The code above the tests of a file, which stand last.
pub(crate) fn without_tests(code: &str) -> &str {
    code.split("#[cfg(test)]\nmod tests").next().unwrap_or_default()
}

/// A path that the code names, such as `std::fs::read`, with its line. A `use` of several is one path for each.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NamedPath {
    pub(crate) line: usize,
    pub(crate) segments: Vec<String>,
}

/// Every path of at least two segments in code (see [`code`]).
pub(crate) fn paths(code: &str) -> Vec<NamedPath> {
    let mut reader = Reader { tokens: lex(code), at: 0, found: Vec::new() };
    while reader.at < reader.tokens.len() {
        reader.path(&[]);
    }
    reader.found
}

struct Reader<'a> {
    tokens: Vec<(usize, &'a str)>,
    at: usize,
    found: Vec<NamedPath>,
}

impl Reader<'_> {
    fn peek(&self) -> &str {
        self.tokens.get(self.at).map_or("", |(_, text)| text)
    }

    /// Reads one path that continues `prefix`, or steps over whatever else stands there.
    fn path(&mut self, prefix: &[String]) {
        let Some((line, _)) = self.tokens.get(self.at).copied() else { return };
        let mut segments = prefix.to_vec();
        loop {
            match self.peek() {
                "{" if !segments.is_empty() => return self.group(&segments),
                word if word.starts_with(is_word) || word == "*" => segments.push(word.to_owned()),
                _ => break,
            }
            self.at += 1;
            if self.peek() != "::" {
                break;
            }
            self.at += 1;
        }
        if segments.len() == prefix.len() {
            self.at += 1;
        } else if segments.len() > 1 {
            self.found.push(NamedPath { line, segments });
        }
    }

    /// Reads `{a, b::c}` behind a path.
    fn group(&mut self, prefix: &[String]) {
        self.at += 1;
        while self.at < self.tokens.len() && self.peek() != "}" {
            self.path(prefix);
            if self.peek() == "as" {
                self.at += 2;
            }
        }
        self.at += 1;
    }
}

/// Words, `::` and single other characters, each with its line.
fn lex(code: &str) -> Vec<(usize, &str)> {
    let mut tokens = Vec::new();
    for (line, text) in (1..).zip(code.lines()) {
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            let bytes = if is_word(first) {
                rest.find(|c: char| !is_word(c)).unwrap_or(rest.len())
            } else if rest.starts_with("::") {
                2
            } else {
                first.len_utf8()
            };
            tokens.push((line, &rest[..bytes]));
            rest = rest[bytes..].trim_start();
        }
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_keeps_neither_comments_nor_literals() {
        let source = "a /* b /* c */ d */ e // f\n\"g \\\" h\" i r#\"j \" k\"# l 'm' '\\'' &'n o br\"p\" for\"q\"";
        let words: Vec<String> = code(source).split_whitespace().map(str::to_owned).collect();
        assert_eq!(words, ["a", "e", "i", "l", "&'n", "o", "for"]);
        assert_eq!(code(source).lines().count(), 2);
    }

    #[test]
    fn tests_at_the_end_are_cut_off() {
        assert_eq!(without_tests("a\n#[cfg(test)]\nb\n#[cfg(test)]\nmod tests {}\n"), "a\n#[cfg(test)]\nb\n");
    }

    #[test]
    fn paths_are_found_in_uses_groups_and_expressions() {
        let code = "use crate::{a, b::{c, d as e}};\nlet x = std::fs::read::<T>(y::Z::new());\nalone";
        let found: Vec<(usize, String)> =
            paths(code).into_iter().map(|path| (path.line, path.segments.join("::"))).collect();
        let expected =
            [(1, "crate::a"), (1, "crate::b::c"), (1, "crate::b::d"), (2, "std::fs::read"), (2, "y::Z::new")];
        assert_eq!(found, expected.map(|(line, path)| (line, path.to_owned())));
    }
}
