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
pub(super) struct Doors {
    tokens: Vec<Token>,
    /// The same, compared in constant time; a key's name is the token's place among them.
    keys: Keys,
    proxy: Option<Proxy>,
}

impl Doors {
    pub(super) fn new(access: &page::Access) -> Self {
        let keys: Vec<AccessKey> = access.tokens.iter().enumerate().map(|(place, token)| key(place, token)).collect();
        Self { tokens: access.tokens.clone(), keys: Keys::new(&keys), proxy: access.proxy.clone() }
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
        Err(Refusal::unauthorized("this needs a token").hint(
            "send it as \"Authorization: Bearer <token>\"; tokens stand under page.access.tokens in the configuration",
        ))
    }

    /// Who has that token.
    ///
    /// # Errors
    /// When nobody has.
    fn token(&self, given: &[u8]) -> Result<Who, Refusal> {
        let wrong = || Refusal::unauthorized("the token is not one of those that are accepted");
        // Without tokens, keys let anyone in.
        if self.tokens.is_empty() {
            return Err(wrong());
        }
        let grant = self.keys.check(Some(given)).map_err(|_| wrong())?;
        let token = grant.name.parse::<usize>().ok().and_then(|place| self.tokens.get(place)).ok_or_else(wrong)?;
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
    if needs != Needs::Nothing {
        let admitted = doors.admit(peer, request.headers()).and_then(|who| {
            may(&who, needs, request.uri().path())?;
            not_forged(&who, request.method(), request.headers())?;
            Ok(who)
        });
        match admitted {
            Ok(who) => drop(request.extensions_mut().insert(who)),
            Err(refusal) => return refusal.into_response(),
        }
    }
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
        Some(header) => only(headers, header)?.map_or(Scope::Fleet, |tenants| scope(&tenants)),
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

fn scope(tenants: &str) -> Scope {
    let named = tenants.split(',').map(str::trim).filter(|tenant| !tenant.is_empty()).map(str::to_owned);
    if tenants.is_empty() { Scope::Fleet } else { Scope::Tenants(named.collect()) }
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
fn not_forged(who: &Who, method: &Method, headers: &HeaderMap) -> Result<(), Refusal> {
    if matches!(*method, Method::GET | Method::HEAD) || (who.by == AccessBy::Token && bearer(headers).is_some()) {
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
