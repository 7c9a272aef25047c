//! Who asks, and what that person or program may see and do: decided before any handler runs.
//!
//! With neither tokens nor a proxy configured, only this machine may, and only by a name of this machine: a page from
//! elsewhere that points its own name at this address (DNS rebinding) is turned away.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Extension;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{AUTHORIZATION, HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::super::operations::is_local;
use super::super::server::Peer;
use super::refusal::Refusal;
use super::route::Needs;
use super::session::{self, Sessions};
use crate::api::meta::{Access, AccessBy};
use crate::config::AccessKey;
use crate::config::page::{self, Proxy, Token};
use crate::keys::Keys;
use crate::view::scope::Scope;

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Who {
    /// Name of the person or token; empty on loopback without tokens.
    pub(super) name: String,
    /// Of which accounts something is shown.
    pub(super) scope: Scope,
    /// Whether silences, acknowledgements and replays may be made.
    pub(super) write: bool,
    /// How it is known.
    pub(super) by: AccessBy,
}

impl<S: Sync> FromRequestParts<S> for Who {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        let unknown = || Refusal::unauthorized("nobody has looked at who asks");
        parts.extensions.get::<Self>().cloned().ok_or_else(unknown)
    }
}

impl From<Who> for Access {
    fn from(who: Who) -> Self {
        let tenants = match who.scope {
            Scope::Fleet => None,
            Scope::Tenants(tenants) => Some(tenants.into_iter().collect()),
        };
        Self { name: who.name, write: who.write, tenants, by: who.by }
    }
}

/// Whom the API lets in.
#[derive(Debug)]
pub(in crate::io::web) struct Doors {
    tokens: Vec<Token>,
    /// The same, compared in constant time; a key's name is the token's place among them.
    keys: Keys,
    proxy: Option<Proxy>,
    /// Who came in by a token before, and shows a cookie since.
    sessions: Sessions,
}

impl Doors {
    pub(in crate::io::web) fn new(access: &page::Access) -> Self {
        let keys: Vec<AccessKey> = access.tokens.iter().enumerate().map(|(place, token)| key(place, token)).collect();
        Self {
            tokens: access.tokens.clone(),
            keys: Keys::new(&keys),
            proxy: access.proxy.clone(),
            sessions: Sessions::default(),
        }
    }

    /// Who asks.
    ///
    /// # Errors
    /// When that is not known, or nobody may ask from there.
    fn admit(&self, peer: SocketAddr, headers: &HeaderMap) -> Result<Who, Refusal> {
        if self.tokens.is_empty() && self.proxy.is_none() {
            return local(peer, headers);
        }
        if let Some(given) = bearer(headers) {
            return self.token(given);
        }
        if let Some(who) = self.proxy.as_ref().and_then(|proxy| by_proxy(proxy, peer, headers)) {
            return Ok(who);
        }
        if let Some(token) = session::of(headers).and_then(|id| self.sessions.token(id)) {
            return self.holder(token);
        }
        Err(Refusal::unauthorized("this needs a token").hint(
            "send it as \"Authorization: Bearer <token>\"; tokens stand under page.access.tokens in the configuration",
        ))
    }

    /// Whether someone who is not on this machine may have things read again.
    pub(in crate::io::web) fn may_reload(&self, peer: SocketAddr, headers: &HeaderMap) -> bool {
        let who = self.admit(peer, headers).ok();
        who.is_some_and(|who| who.scope.is_fleet() && who.write && not_forged(&Method::POST, headers).is_ok())
    }

    /// Begins a session for whoever shows a token. Gives what the cookie holds.
    ///
    /// # Errors
    /// When the token is wrong, or sessions cannot be made.
    pub(super) fn begin(&self, given: &[u8]) -> Result<(Who, String), Refusal> {
        let place = self.place(given)?;
        Ok((self.holder(place)?, self.sessions.begin(place)?))
    }

    /// Ends the session whose cookie is shown.
    pub(super) fn end(&self, headers: &HeaderMap) {
        if let Some(id) = session::of(headers) {
            self.sessions.end(id);
        }
    }

    /// Who has that token.
    ///
    /// # Errors
    /// When nobody has.
    fn token(&self, given: &[u8]) -> Result<Who, Refusal> {
        self.holder(self.place(given)?)
    }

    /// The place of a token among those that are accepted.
    fn place(&self, given: &[u8]) -> Result<usize, Refusal> {
        let wrong = || Refusal::unauthorized("the token is not one of those that are accepted");
        // Without tokens, keys let anyone in.
        if self.tokens.is_empty() {
            return Err(wrong());
        }
        let grant = self.keys.check(Some(given)).map_err(|_| wrong())?;
        grant.name.parse().map_err(|_| wrong())
    }

    fn holder(&self, place: usize) -> Result<Who, Refusal> {
        let token = self.tokens.get(place).ok_or_else(|| Refusal::unauthorized("the token is gone"))?;
        let scope = token.tenants.clone().map_or(Scope::Fleet, Scope::Tenants);
        Ok(Who { name: token.name.clone(), scope, write: token.write, by: AccessBy::Token })
    }
}

/// Runs before every handler of the API.
pub(super) async fn guard(
    State((doors, needs)): State<(Arc<Doors>, Needs)>,
    Extension(Peer(peer)): Extension<Peer>,
    mut request: Request,
    next: Next,
) -> Response {
    if let Err(refusal) = not_forged(request.method(), request.headers()) {
        return refusal.into_response();
    }
    if needs != Needs::Nothing {
        let admitted = doors.admit(peer, request.headers());
        match admitted.and_then(|who| may(&who, needs, request.uri().path()).map(|()| who)) {
            Ok(who) => drop(request.extensions_mut().insert(who)),
            Err(refusal) => return refusal.into_response(),
        }
    }
    let _ = request.extensions_mut().insert(doors);
    next.run(request).await
}

fn key(place: usize, token: &Token) -> AccessKey {
    AccessKey { name: place.to_string(), secret: token.secret.clone(), accounts: None }
}

/// Without tokens and proxy: this machine, by its own name.
fn local(peer: SocketAddr, headers: &HeaderMap) -> Result<Who, Refusal> {
    if !is_local(peer, headers) {
        return Err(Refusal::forbidden("without tokens, only the machine that Fanin runs on may see this")
            .hint("configure page.access.tokens or page.access.proxy; docs/access.md tells how"));
    }
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    if !is_loopback_name(host) {
        return Err(Refusal::forbidden(format!("without tokens, this is served under localhost only, not {host:?}"))
            .hint("open http://localhost with the same port, or configure page.access.tokens"));
    }
    Ok(Who { name: String::new(), scope: Scope::Fleet, write: true, by: AccessBy::Loopback })
}

/// Whether a `Host` names this machine and cannot be made to name another.
fn is_loopback_name(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    let address = name.parse::<std::net::IpAddr>();
    name.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

/// The token of `Authorization: Bearer <token>`.
fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.as_bytes().split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| token.trim_ascii())
}

/// Who asks, as a trusted proxy tells. A header that is there twice was not set by the proxy alone.
fn by_proxy(proxy: &Proxy, peer: SocketAddr, headers: &HeaderMap) -> Option<Who> {
    if !proxy.from.contains(&peer.ip().to_canonical()) {
        return None;
    }
    let name = only(headers, &proxy.user_header)?.filter(|name| !name.is_empty())?;
    let scope = match &proxy.tenants_header {
        Some(header) => scope(&only(headers, header)?.unwrap_or_default()),
        None => Scope::Fleet,
    };
    let write = proxy.writers.contains("*") || proxy.writers.contains(&name);
    Some(Who { name, scope, write, by: AccessBy::Proxy })
}

/// The one value of a header, or that it is not there; `None` when it is there twice, or is no text.
fn only(headers: &HeaderMap, name: &str) -> Option<Option<String>> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Some(None),
        (Some(value), None) => value.to_str().ok().map(|value| Some(value.trim().to_owned())),
        (Some(_), Some(_)) => None,
    }
}

/// `*` is the fleet. A proxy that names nobody's tenants lets nothing be seen, lest a header that it forgets show everything.
fn scope(tenants: &str) -> Scope {
    let named = tenants.split(',').map(str::trim).filter(|tenant| !tenant.is_empty()).map(str::to_owned);
    if tenants == "*" { Scope::Fleet } else { Scope::Tenants(named.collect()) }
}

fn may(who: &Who, needs: Needs, path: &str) -> Result<(), Refusal> {
    let (fleet, write) = match needs {
        Needs::Nothing | Needs::Read => (false, false),
        Needs::Fleet => (true, false),
        Needs::Write => (false, true),
        Needs::FleetWrite => (true, true),
    };
    if fleet && !who.scope.is_fleet() {
        return Err(Refusal::forbidden(format!("{path} tells of the whole fleet, and only some tenants are yours")));
    }
    if write && !who.write {
        return Err(Refusal::forbidden(format!("{:?} may read and not write", who.name))
            .hint("a token with \"write: true\" under page.access.tokens may"));
    }
    Ok(())
}

/// A page from elsewhere can make a browser send requests with what the browser adds by itself: a cookie, the identity that a
/// proxy knows, the fact of being on this machine. It cannot make it say that they come from here. A token in a header is not
/// added by itself.
fn not_forged(method: &Method, headers: &HeaderMap) -> Result<(), Refusal> {
    if matches!(*method, Method::GET | Method::HEAD) || bearer(headers).is_some() {
        return Ok(());
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let same = match (text("sec-fetch-site"), headers.get(ORIGIN)) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, None) => true,
        (None, Some(origin)) => {
            let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
            origin.is_some_and(|origin| text("host") == Some(origin) || text("x-forwarded-host") == Some(origin))
        }
    };
    if same { Ok(()) } else { Err(Refusal::forbidden("the request comes from a page of another site")) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::config::Secret;

    const TOKEN: &str = "a-token-of-some-length";

    fn headers(given: &[(&str, &str)]) -> HeaderMap {
        given.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    fn doors(tokens: &[(&str, Option<&str>)], proxy: Option<Proxy>) -> Doors {
        let token = |(secret, tenant): &(&str, Option<&str>)| Token {
            name: "jb".into(),
            secret: Secret::new((*secret).into()),
            tenants: tenant.map(|tenant| BTreeSet::from([tenant.to_owned()])),
            write: false,
        };
        Doors::new(&page::Access { tokens: tokens.iter().map(token).collect(), proxy })
    }

    fn status(doors: &Doors, peer: &str, given: &[(&str, &str)]) -> u16 {
        doors.admit(peer.parse().unwrap(), &headers(given)).map_or_else(|refusal| refusal.problem().status, |_| 200)
    }

    #[test]
    fn without_tokens_only_this_machine_is_let_in_and_only_by_its_own_name() {
        let doors = doors(&[], None);
        for host in ["localhost:8080", "127.0.0.1:8080", "[::1]:8080", "LOCALHOST", "127.1.2.3"] {
            assert_eq!(status(&doors, "127.0.0.1:1", &[("host", host)]), 200, "{host}");
        }
        for host in ["evil.example:8080", "localhost.evil.example", "10.0.0.1", ""] {
            assert_eq!(status(&doors, "127.0.0.1:1", &[("host", host)]), 403, "{host}");
        }
        assert_eq!(status(&doors, "10.0.0.1:1", &[("host", "localhost")]), 403);
        assert_eq!(status(&doors, "127.0.0.1:1", &[("host", "localhost"), ("x-forwarded-for", "10.0.0.1")]), 403);
    }

    #[test]
    fn with_a_token_even_this_machine_needs_it() {
        let doors = doors(&[(TOKEN, Some("acme"))], None);
        assert_eq!(status(&doors, "127.0.0.1:1", &[("host", "localhost")]), 401);
        assert_eq!(status(&doors, "10.0.0.1:1", &[("authorization", "Bearer wrong")]), 401);
        let bearer = format!("Bearer {TOKEN}");
        let who = doors.admit("10.0.0.1:1".parse().unwrap(), &headers(&[("authorization", &bearer)])).unwrap();
        assert_eq!(who.scope, Scope::Tenants(BTreeSet::from(["acme".to_owned()])));
        assert!(!who.write);
    }

    #[test]
    fn a_session_is_as_good_as_its_token_until_it_ends() {
        let doors = doors(&[(TOKEN, None)], None);
        assert!(doors.begin(b"wrong").is_err());
        let (_, id) = doors.begin(TOKEN.as_bytes()).unwrap();
        let cookie = format!("other=1; {}={id}", session::COOKIE_NAME);
        assert_eq!(status(&doors, "10.0.0.1:1", &[("cookie", &cookie)]), 200);
        doors.end(&headers(&[("cookie", &cookie)]));
        assert_eq!(status(&doors, "10.0.0.1:1", &[("cookie", &cookie)]), 401);
    }

    #[test]
    fn a_proxy_is_believed_only_from_its_address_and_only_if_it_alone_set_the_header() {
        let proxy = Proxy {
            user_header: "x-user".into(),
            tenants_header: Some("x-tenants".into()),
            writers: BTreeSet::from(["jb".to_owned()]),
            from: vec!["10.0.0.5".parse().unwrap()],
        };
        let doors = doors(&[], Some(proxy));
        assert_eq!(status(&doors, "10.0.0.5:1", &[("x-user", "jb")]), 200);
        assert_eq!(status(&doors, "10.0.0.6:1", &[("x-user", "jb")]), 401);
        assert_eq!(status(&doors, "127.0.0.1:1", &[("x-user", "jb"), ("host", "localhost")]), 401);
        assert_eq!(status(&doors, "10.0.0.5:1", &[("x-user", "jb"), ("x-user", "root")]), 401);
        assert_eq!(status(&doors, "10.0.0.5:1", &[("x-user", "")]), 401);
        let scope = |tenants: &str| {
            let headers = headers(&[("x-user", "jb"), ("x-tenants", tenants)]);
            doors.admit("10.0.0.5:1".parse().unwrap(), &headers).unwrap().scope
        };
        assert_eq!(scope("a, b"), Scope::Tenants(BTreeSet::from(["a".to_owned(), "b".to_owned()])));
        assert_eq!(scope(","), Scope::Tenants(BTreeSet::new()));
        assert_eq!(scope(""), Scope::Tenants(BTreeSet::new()));
        assert_eq!(scope("*"), Scope::Fleet);
        let without = doors.admit("10.0.0.5:1".parse().unwrap(), &headers(&[("x-user", "jb")])).unwrap();
        assert_eq!(without.scope, Scope::Tenants(BTreeSet::new()));
    }

    #[test]
    fn pages_of_other_sites_change_nothing() {
        let post = |given: &[(&str, &str)]| not_forged(&Method::POST, &headers(given)).is_ok();
        assert!(post(&[("host", "a:1")]));
        assert!(post(&[("host", "a:1"), ("origin", "http://a:1")]));
        assert!(post(&[("host", "b:1"), ("x-forwarded-host", "a"), ("origin", "https://a")]));
        assert!(post(&[("host", "b:1"), ("sec-fetch-site", "same-origin"), ("origin", "https://a")]));
        assert!(!post(&[("host", "a:1"), ("origin", "http://evil")]));
        assert!(!post(&[("host", "a:1"), ("origin", "null")]));
        assert!(!post(&[("host", "a:1"), ("sec-fetch-site", "cross-site"), ("origin", "http://a:1")]));
        assert!(!post(&[("host", "a:1"), ("sec-fetch-site", "same-site")]));
        assert!(post(&[("host", "a:1"), ("origin", "http://evil"), ("authorization", "Bearer x")]));
    }

    #[test]
    fn a_scoped_token_does_not_see_what_cannot_be_divided() {
        let who = Who { name: String::new(), scope: Scope::Tenants(BTreeSet::new()), write: true, by: AccessBy::Token };
        let may = |who: &Who, needs| may(who, needs, "/x").is_ok();
        assert!(may(&who, Needs::Read) && may(&who, Needs::Write));
        assert!(!may(&who, Needs::Fleet) && !may(&who, Needs::FleetWrite));
        let reader = Who { scope: Scope::Fleet, write: false, ..who };
        assert!(may(&reader, Needs::Fleet) && !may(&reader, Needs::Write) && !may(&reader, Needs::FleetWrite));
    }
}
