//! Where a word begins and how far it goes.

/// Whether something new begins at `at`: the text, or what stands behind anything but a letter or digit, or behind an
/// escape of JSON (`\n`, `\u003d`), of URLs (`%3D`) or of terminals (`ESC[36m`), which end in one.
pub(super) fn begins(text: &[u8], at: usize) -> bool {
    let before = &text[..at];
    let Some(last) = before.last() else { return true };
    if !last.is_ascii_alphanumeric() {
        return true;
    }
    escape_len(before) > 0 || is_colour(before)
}

/// Length of the escape that the text ends with, without the backslashes or `%` that begin it; 0 where there is none.
pub(super) fn escape_len(before: &[u8]) -> usize {
    let hex = |range: &[u8]| range.iter().all(u8::is_ascii_hexdigit);
    match before {
        [.., b'\\', b'n' | b'r' | b't' | b'b' | b'f'] => 1,
        [.., b'%', _, _] if hex(&before[before.len() - 2..]) => 2,
        [.., b'\\', b'u', _, _, _, _] if hex(&before[before.len() - 4..]) => 5,
        _ => 0,
    }
}

fn is_colour(before: &[u8]) -> bool {
    const CODE_BYTES_MAX: usize = 12;
    let Some(code) = before.strip_suffix(b"m") else { return false };
    let digits = code.iter().rev().take(CODE_BYTES_MAX).take_while(|b| b.is_ascii_digit() || **b == b';').count();
    code[..code.len() - digits].ends_with(b"[")
}

/// Where the run of such bytes that begins at `at` ends.
pub(super) fn run(text: &[u8], at: usize, is: impl Fn(u8) -> bool) -> usize {
    text[at..].iter().position(|b| !is(*b)).map_or(text.len(), |length| at + length)
}

/// Where the run of such bytes that ends before `at` begins, of at most `max` bytes.
pub(super) fn run_back(text: &[u8], at: usize, max: usize, is: impl Fn(u8) -> bool) -> usize {
    at - text[..at].iter().rev().take(max).take_while(|b| is(**b)).count()
}

/// Whether it is of base64url.
pub(super) const fn is_base64url(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')
}
