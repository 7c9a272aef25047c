//! URLs of endpoints, as far as a configuration has to understand them.

use std::net::{Ipv4Addr, Ipv6Addr};

/// The parts of an `http` or `https` URL that matter here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Url<'a> {
    /// Whether what is sent can be read on the way.
    pub transport: Transport,
    /// Name or address, without brackets.
    pub host: &'a str,
}

/// How bytes travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// `http`.
    Plain,
    /// `https`.
    Encrypted,
}

impl Url<'_> {
    /// Whether the host is this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.host == "localhost"
            || self.host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
            || self.host.parse::<Ipv6Addr>().is_ok_and(|address| address.is_loopback())
    }
}

/// Takes `http://host[:port][/path]` apart.
///
/// # Errors
/// With what is wrong, to stand behind the offending text; nothing of the text is in it.
pub fn parse(text: &str) -> Result<Url<'_>, &'static str> {
    let (transport, rest) = match text.split_once("://") {
        Some(("http", rest)) => (Transport::Plain, rest),
        Some(("https", rest)) => (Transport::Encrypted, rest),
        Some(_) | None => return Err("is not a URL that begins with http:// or https://"),
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err("holds a user or password: give secrets as headers or bearer");
    }
    if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err("holds blanks");
    }
    let (host, port) = host_and_port(authority);
    let port_is_right = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    if host.is_empty() {
        return Err("names no host");
    }
    if port_is_right { Ok(Url { transport, host }) } else { Err("has a port that is not from 1 to 65535") }
}

fn host_and_port(authority: &str) -> (&str, Option<&str>) {
    if let Some((host, behind)) = authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return (host, behind.strip_prefix(':'));
    }
    match authority.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_has_scheme_host_and_perhaps_a_port() {
        let url = |transport, host| Ok(Url { transport, host });
        assert_eq!(parse("http://localhost:4318"), url(Transport::Plain, "localhost"));
        assert_eq!(parse("https://otlp.example.com/base?x=1"), url(Transport::Encrypted, "otlp.example.com"));
        assert_eq!(parse("http://[::1]:4318/"), url(Transport::Plain, "::1"));
        assert_eq!(parse("localhost:4318"), Err("is not a URL that begins with http:// or https://"));
        for wrong in ["ftp://x", "http://", "http://:80", "http://x:99999", "http://x:0", "http://u:p@x", "http://a b"]
        {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn this_machine_has_many_names() {
        for (text, expected) in [("http://127.0.0.2", true), ("http://[::1]:1", true), ("http://10.0.0.1", false)] {
            assert_eq!(parse(text).map(|url| url.is_loopback()), Ok(expected));
        }
    }
}
