//! E-mail addresses, as they commonly are; not every address that RFC 5321 allows.

use super::bytes::{escape_len, run, run_back};

/// Source: RFC 5321, section 4.5.3.1.
const LOCAL_BYTES_MAX: usize = 64;
const DOMAIN_BYTES_MAX: usize = 253;

/// Last labels that are no top-level domain but the end of a file's name: `logo@2x.png`.
const FILES: [&[u8]; 11] = [b"css", b"gif", b"html", b"jpeg", b"jpg", b"js", b"json", b"php", b"png", b"svg", b"webp"];

/// Last labels of hosts inside of a network: nobody's address.
const HOSTS: [&[u8]; 4] = [b"internal", b"local", b"localdomain", b"localhost"];

/// The address around an `@` or `%40`.
pub(super) fn around(text: &[u8], mark: usize) -> Option<(usize, usize)> {
    let domain = if text[mark] == b'@' { mark + 1 } else { mark + 3 };
    let start = local(text, mark)?;
    // The user of every Git server is nobody.
    if &text[start..mark] == b"git" {
        return None;
    }
    Some((start, domain_end(text, domain)?))
}

fn local(text: &[u8], mark: usize) -> Option<usize> {
    let is_local = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'%' | b'+' | b'-');
    let mut start = run_back(text, mark, LOCAL_BYTES_MAX, is_local);
    if text[..start].ends_with(b"\\") {
        // The letters of an escape are none of the address: `\nbob@example.com`.
        start +=
            (1..=5_usize.min(mark - start)).find(|length| escape_len(&text[..start + length]) == *length).unwrap_or(0);
    }
    let lead = text[start..mark].iter().position(|b| b.is_ascii_alphanumeric() || *b == b'_')?;
    Some(start + lead)
}

/// The end of the last label that can be a top-level domain.
fn domain_end(text: &[u8], start: usize) -> Option<usize> {
    let (mut at, mut labels, mut end) = (start, 0, None);
    while at < text.len() && at - start < DOMAIN_BYTES_MAX {
        let label_end =
            run(&text[..text.len().min(start + DOMAIN_BYTES_MAX)], at, |b| b.is_ascii_alphanumeric() || b == b'-');
        let label = &text[at..label_end];
        if HOSTS.iter().any(|host| host.eq_ignore_ascii_case(label)) {
            return None;
        }
        if label.is_empty() || label.starts_with(b"-") {
            break;
        }
        labels += 1;
        if labels > 1 {
            let letters = run(text, at, |b| b.is_ascii_alphabetic()).min(label_end);
            let whole = letters == label_end || text[letters] == b'-';
            if whole && is_top_level(&text[at..letters]) {
                end = Some(letters);
            }
        } else if label.iter().all(u8::is_ascii_digit) && text.get(label_end + 1).is_some_and(u8::is_ascii_digit) {
            // A version: `lodash@4.17.21-rc.beta`.
            return None;
        }
        if text.get(label_end) != Some(&b'.') {
            break;
        }
        at = label_end + 1;
    }
    end
}

fn is_top_level(label: &[u8]) -> bool {
    (2..=24).contains(&label.len()) && !FILES.iter().any(|file| file.eq_ignore_ascii_case(label))
}
