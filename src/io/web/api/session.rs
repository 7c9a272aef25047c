//! Sessions of the page: a token is shown once, and a cookie stands for it that scripts cannot read.
//!
//! They are kept in memory: after a restart the page asks for the token again.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Extension;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::access::{Doors, Who};
use super::answer::Answer;
use super::params::Sent;
use super::refusal::Refusal;
use super::route::{Needs, Route};
use crate::api::meta::Access;
use crate::io::clock;
use crate::time::Timestamp;

/// Name of the cookie.
pub(super) const COOKIE_NAME: &str = "fanin_session";

/// Sessions at most; beyond that, the one that was not used for longest ends.
const SESSIONS_MAX: usize = 1_024;

/// A session that is not used for so long is over. A screen on a wall goes on.
const IDLE_MAX: Duration = Duration::from_hours(7 * 24);

/// Random bytes of an id.
const ID_BYTES: usize = 32;

/// The endpoints of this area.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/session", "Who asks", who).answer::<Access>(),
        Route::post("/session", "Shows a token once: a cookie stands for it from then on", begin)
            .needs(Needs::Nothing)
            .body::<Shown>()
            .answer::<Access>(),
        Route::delete("/session", "Ends what the cookie stands for", end).needs(Needs::Nothing),
    ]
}

/// A token that is shown.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Shown {
    /// The token.
    token: String,
}

async fn who(who: Who) -> Answer<Access> {
    Answer(who.into())
}

async fn begin(
    Extension(doors): Extension<Arc<Doors>>,
    headers: HeaderMap,
    Sent(shown): Sent<Shown>,
) -> Result<Response, Refusal> {
    let (who, id) = doors.begin(shown.token.trim().as_bytes())?;
    tracing::info!(name = who.name, "someone came in by a token");
    let mut response = Answer(Access::from(who)).into_response();
    let _ = response.headers_mut().insert(SET_COOKIE, cookie(&id, IDLE_MAX, &headers));
    Ok(response)
}

async fn end(Extension(doors): Extension<Arc<Doors>>, headers: HeaderMap) -> Response {
    doors.end(&headers);
    (StatusCode::NO_CONTENT, [(SET_COOKIE, cookie("", Duration::ZERO, &headers))]).into_response()
}

/// Not for scripts, and not sent along with what other sites ask for.
fn cookie(id: &str, age: Duration, headers: &HeaderMap) -> HeaderValue {
    let encrypted = headers.get("x-forwarded-proto").is_some_and(|proto| proto == "https");
    let secure = if encrypted { "; Secure" } else { "" };
    let age = age.as_secs();
    HeaderValue::from_str(&format!("{COOKIE_NAME}={id}; Path=/; HttpOnly; SameSite=Strict; Max-Age={age}{secure}"))
        .expect("visible ASCII characters")
}

/// What the cookie holds.
pub(super) fn of(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
    cookies.flat_map(|cookies| cookies.split(';')).find_map(|cookie| {
        let (name, value) = cookie.split_once('=')?;
        (name.trim() == COOKIE_NAME).then(|| value.trim())
    })
}

/// Sessions by the hash of their ids, so that neither memory nor the time of a search tells of an id.
#[derive(Debug, Default)]
pub(super) struct Sessions(Mutex<BTreeMap<[u8; 32], Session>>);

#[derive(Clone, Copy, Debug)]
struct Session {
    /// Place of the token that was shown.
    token: usize,
    used: Timestamp,
}

impl Sessions {
    /// Begins one, and gives its id.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub(super) fn begin(&self, token: usize) -> Result<String, Refusal> {
        let id = random_id().map_err(|error| {
            tracing::error!(%error, "no random numbers for a session");
            Refusal::unavailable("the system gives no random numbers for a session")
                .hint("send the token as \"Authorization: Bearer <token>\" instead")
        })?;
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while sessions.len() >= SESSIONS_MAX {
            let oldest = sessions.iter().min_by_key(|(_, session)| session.used).map(|(key, _)| *key);
            let _ = oldest.and_then(|key| sessions.remove(&key));
        }
        let _ = sessions.insert(hash(&id), Session { token, used: clock::now() });
        Ok(id)
    }

    /// The place of the token that the session of that id stands for.
    pub(super) fn token(&self, id: &str) -> Option<usize> {
        let (key, now) = (hash(id), clock::now());
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let session = sessions.get_mut(&key)?;
        if now.since(session.used) > IDLE_MAX {
            let _ = sessions.remove(&key);
            return None;
        }
        session.used = now;
        Some(session.token)
    }

    /// Ends one.
    pub(super) fn end(&self, id: &str) {
        let _ = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&hash(id));
    }
}

fn hash(id: &str) -> [u8; 32] {
    Sha256::digest(id.as_bytes()).into()
}

/// Random numbers of the system, as hexadecimal digits.
fn random_id() -> std::io::Result<String> {
    let mut bytes = [0; ID_BYTES];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_sessions_have_the_same_id() {
        let sessions = Sessions::default();
        let (one, other) = (sessions.begin(0).unwrap(), sessions.begin(1).unwrap());
        assert_ne!(one, other);
        assert_eq!((sessions.token(&one), sessions.token(&other), sessions.token("")), (Some(0), Some(1), None));
    }

    #[test]
    fn sessions_are_bounded() {
        let sessions = Sessions::default();
        let first = sessions.begin(0).unwrap();
        for _ in 0..SESSIONS_MAX {
            let _ = sessions.begin(0).unwrap();
        }
        assert_eq!(sessions.token(&first), None);
        assert_eq!(sessions.0.lock().unwrap().len(), SESSIONS_MAX);
    }

    #[test]
    fn a_cookie_is_marked_for_encrypted_ways_only_where_there_is_one() {
        let text = |headers: &HeaderMap| cookie("x", IDLE_MAX, headers).to_str().unwrap().to_owned();
        assert_eq!(text(&HeaderMap::new()), "fanin_session=x; Path=/; HttpOnly; SameSite=Strict; Max-Age=604800");
        let proxied = HeaderMap::from_iter([("x-forwarded-proto".parse().unwrap(), HeaderValue::from_static("https"))]);
        assert!(text(&proxied).ends_with("; Secure"));
    }
}
