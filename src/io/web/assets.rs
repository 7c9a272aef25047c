//! The files of the page, compressed once, known to browsers by the hash of what is in them.
//!
//! A file is asked for again each time and answered with 304 while it is the same: there is no stale page after an upgrade.
//! Whatever path nobody else serves is a place of the page when a browser wants to go there, so that links lead into it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::http::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LOCATION, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use libdeflater::{CompressionLvl, Compressor};
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

/// A file of fewer bytes is sent as it is.
const COMPRESSED_BYTES_MIN: usize = 512;

/// Where the page begins.
const INDEX: &str = "index.html";

/// A file as it is sent.
struct Asset {
    content_type: &'static str,
    etag: HeaderValue,
    plain: &'static [u8],
    gzip: Option<Bytes>,
}

struct Assets {
    files: BTreeMap<&'static str, Asset>,
    build: String,
}

static ASSETS: LazyLock<Assets> = LazyLock::new(|| {
    let mut whole = Xxh3::new();
    let mut files = BTreeMap::new();
    for file in fanin_page::FILES {
        whole.update(file.path.as_bytes());
        whole.update(file.bytes);
        let etag = format!("\"{:032x}\"", xxh3_128(file.bytes));
        let etag = HeaderValue::from_str(&etag).expect("hexadecimal digits");
        let asset = Asset { content_type: file.content_type(), etag, plain: file.bytes, gzip: gzip(file.bytes) };
        let _ = files.insert(file.path, asset);
    }
    Assets { files, build: format!("{:016x}", whole.digest()) }
});

/// The hash of all files: another one is another page.
pub(super) fn build() -> &'static str {
    &ASSETS.build
}

/// The answer to a request for something that is no endpoint: a file, the page itself, or nothing.
pub(super) fn answer(method: &Method, path: &str, headers: &HeaderMap) -> Option<Response> {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return None;
    }
    let path = path.trim_start_matches('/');
    if let Some(asset) = ASSETS.files.get(path) {
        return Some(asset.answer(headers));
    }
    // A module beside a deep link, `accounts/js/main.js`: the same file stands at the root.
    if let Some((depth, file)) = misplaced(path) {
        let location = HeaderValue::from_str(&format!("{}{file}", "../".repeat(depth))).ok()?;
        return Some((StatusCode::TEMPORARY_REDIRECT, [(LOCATION, location)]).into_response());
    }
    (path.is_empty() || wants_html(headers)).then(|| ASSETS.files.get(INDEX).map(|index| index.answer(headers)))?
}

/// The file whose path ends that of a request, and how many folders too deep it was looked for.
fn misplaced(path: &str) -> Option<(usize, &str)> {
    let folders = path.match_indices('/').map(|(at, _)| at + 1);
    folders.enumerate().find_map(|(before, start)| {
        let file = &path[start..];
        (file != INDEX && ASSETS.files.contains_key(file)).then(|| (before + 1 + file.matches('/').count(), file))
    })
}

fn wants_html(headers: &HeaderMap) -> bool {
    headers.get_all(ACCEPT).iter().any(|accept| accept.to_str().is_ok_and(|accept| accept.contains("text/html")))
}

impl Asset {
    fn answer(&self, headers: &HeaderMap) -> Response {
        let mut response = if self.is_known(headers) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            match self.gzip.as_ref().filter(|_| takes_gzip(headers)) {
                Some(gzip) => ([(CONTENT_ENCODING, "gzip")], gzip.clone()).into_response(),
                None => Bytes::from_static(self.plain).into_response(),
            }
        };
        let own = response.headers_mut();
        let _ = own.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        let _ = own.insert(ETAG, self.etag.clone());
        let _ = own.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        let _ = own.insert(VARY, HeaderValue::from_static("accept-encoding"));
        response
    }

    /// Whether the browser has it. A proxy that compresses makes the tag a weak one.
    fn is_known(&self, headers: &HeaderMap) -> bool {
        let known = headers.get_all(IF_NONE_MATCH).iter().filter_map(|known| known.to_str().ok());
        known.flat_map(|known| known.split(',')).any(|known| {
            let known = known.trim();
            known.strip_prefix("W/").unwrap_or(known).as_bytes() == self.etag.as_bytes()
        })
    }
}

/// Whether gzip may be sent: named, and not refused with `q=0`.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let codings = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|codings| codings.to_str().ok());
    codings.flat_map(|codings| codings.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let weight = weight.trim().strip_prefix("q=").and_then(|weight| weight.trim().parse::<f32>().ok());
        matches!(name.trim(), "gzip" | "*") && weight != Some(0.0)
    })
}

fn gzip(bytes: &[u8]) -> Option<Bytes> {
    if bytes.len() < COMPRESSED_BYTES_MIN {
        return None;
    }
    let mut compressor = Compressor::new(CompressionLvl::best());
    let mut compressed = vec![0; compressor.gzip_compress_bound(bytes.len())];
    let n_bytes = compressor.gzip_compress(bytes, &mut compressed).ok()?;
    compressed.truncate(n_bytes);
    (n_bytes < bytes.len()).then(|| compressed.into())
}

/// What browsers are told about everything that is served: nothing from elsewhere, in no frame, nothing guessed, nothing told on.
pub(super) const SECURITY: [(HeaderName, HeaderValue); 5] = [
    (HeaderName::from_static("content-security-policy"), HeaderValue::from_static(CSP)),
    (HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff")),
    (HeaderName::from_static("referrer-policy"), HeaderValue::from_static("no-referrer")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
];

/// Pictures as `data:` are the icon of the tab, which the page draws itself with the count in it.
const CSP: &str = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'none'; \
                   frame-ancestors 'none'";

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    fn get(path: &str, headers: &HeaderMap) -> Option<Response> {
        answer(&Method::GET, path, headers)
    }

    #[test]
    fn a_place_of_the_page_is_the_page_to_a_browser_and_nothing_to_others() {
        let browser = headers(ACCEPT, "text/html,application/xhtml+xml;q=0.9");
        let page = get("/accounts/012345678901", &browser).unwrap();
        assert_eq!(page.headers()[CONTENT_TYPE], "text/html; charset=utf-8");
        assert!(get("/accounts/012345678901", &headers(ACCEPT, "application/json")).is_none());
        assert!(get("/", &HeaderMap::new()).is_some());
        assert!(answer(&Method::POST, "/", &browser).is_none());
    }

    #[test]
    fn what_the_browser_has_is_not_sent_again() {
        let first = get("/index.html", &HeaderMap::new()).unwrap();
        let mut again = HeaderMap::new();
        let _ = again.insert(IF_NONE_MATCH, first.headers()[ETAG].clone());
        assert_eq!(get("/index.html", &again).unwrap().status(), StatusCode::NOT_MODIFIED);
        let weak = format!("\"x\", W/{}", first.headers()[ETAG].to_str().unwrap());
        let _ = again.insert(IF_NONE_MATCH, weak.parse().unwrap());
        assert_eq!(get("/index.html", &again).unwrap().status(), StatusCode::NOT_MODIFIED);
        assert_eq!(get("/index.html", &headers(IF_NONE_MATCH, "\"x\"")).unwrap().status(), StatusCode::OK);
    }

    #[test]
    fn gzip_is_sent_to_those_who_take_it() {
        assert!(takes_gzip(&headers(ACCEPT_ENCODING, "br, gzip;q=0.5")));
        assert!(takes_gzip(&headers(ACCEPT_ENCODING, "*")));
        assert!(!takes_gzip(&headers(ACCEPT_ENCODING, "gzip;q=0, br")));
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
