//! Access keys of the HTTP sources: several at once for rotation, each perhaps bound to accounts, compared in constant time.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use subtle::{Choice, ConstantTimeEq};

use crate::config::AccessKey;
use crate::id::AccountId;

/// The longest key that a sender may show. Source: Amazon Data Firehose developer guide, `X-Amz-Firehose-Access-Key`.
pub const KEY_BYTES_MAX: usize = 4_096;

/// The keys of one source. None at all lets anyone in.
#[derive(Clone, Default)]
pub struct Keys(Vec<Key>);

#[derive(Clone)]
struct Key {
    secret: Padded,
    grant: Grant,
}

/// What a key allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// What the key is called; empty where no key is asked for.
    pub name: Arc<str>,
    /// The only accounts whose records may come with it; `None` for any.
    pub accounts: Option<Arc<BTreeSet<AccountId>>>,
}

/// Why nobody is let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// No key was shown.
    #[error("no access key was sent")]
    Missing,
    /// A key that is not among the accepted ones.
    #[error("the access key is not one of those that are accepted")]
    Wrong,
}

impl Keys {
    /// Takes the accepted keys.
    #[must_use]
    pub fn new(keys: &[AccessKey]) -> Self {
        Self(keys.iter().map(Key::new).collect())
    }

    /// What the given key allows. Takes the same time whichever key it is and however much of it is right.
    ///
    /// # Errors
    /// When keys are configured and none of them was given.
    pub fn check(&self, given: Option<&[u8]>) -> Result<Grant, Refused> {
        if self.0.is_empty() {
            return Ok(Grant { name: Arc::default(), accounts: None });
        }
        let given = Padded::new(given.ok_or(Refused::Missing)?).ok_or(Refused::Wrong)?;
        let mut found = None;
        for key in &self.0 {
            let equal: bool = key.secret.equals(&given).into();
            if equal {
                found = Some(&key.grant);
            }
        }
        found.cloned().ok_or(Refused::Wrong)
    }
}

/// The names, never the secrets.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|key| &key.grant.name)).finish()
    }
}

impl Key {
    fn new(key: &AccessKey) -> Self {
        let secret = key.secret.expose().as_bytes();
        Self {
            // A secret that nobody can show matches nothing; `config::check` refuses it before.
            secret: Padded::new(secret).unwrap_or_else(Padded::none),
            grant: Grant { name: key.name.as_str().into(), accounts: key.accounts.clone().map(Arc::new) },
        }
    }
}

/// A text at one length for all, so that comparing tells nothing about how long a secret is.
#[derive(Clone)]
struct Padded {
    bytes: Box<[u8; KEY_BYTES_MAX]>,
    length: u64,
}

impl Padded {
    /// An empty text is no key: it is what a sender without a key shows.
    fn new(text: &[u8]) -> Option<Self> {
        let mut bytes = Box::new([0; KEY_BYTES_MAX]);
        bytes.get_mut(..text.len()).filter(|_| !text.is_empty())?.copy_from_slice(text);
        Some(Self { bytes, length: text.len() as u64 })
    }

    fn none() -> Self {
        Self { bytes: Box::new([0; KEY_BYTES_MAX]), length: u64::MAX }
    }

    fn equals(&self, other: &Self) -> Choice {
        self.bytes.ct_eq(&*other.bytes) & self.length.ct_eq(&other.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;

    fn key(name: &str, secret: &str, accounts: Option<&[&str]>) -> AccessKey {
        AccessKey {
            name: name.into(),
            secret: Secret::new(secret.into()),
            accounts: accounts.map(|ids| ids.iter().map(|id| AccountId::parse(id).unwrap()).collect()),
        }
    }

    #[test]
    fn old_and_new_key_are_valid_while_they_are_rotated() {
        let keys = Keys::new(&[key("old", "secret-1", None), key("new", "secret-2", None)]);
        assert_eq!(&*keys.check(Some(b"secret-1")).unwrap().name, "old");
        assert_eq!(&*keys.check(Some(b"secret-2")).unwrap().name, "new");
    }

    #[test]
    fn a_key_says_whose_records_may_come_with_it() {
        let keys = Keys::new(&[key("tenant", "s", Some(&["111122223333"])), key("fleet", "t", None)]);
        let accounts = keys.check(Some(b"s")).unwrap().accounts.unwrap();
        assert_eq!(*accounts, BTreeSet::from([AccountId::parse("111122223333").unwrap()]));
        assert_eq!(keys.check(Some(b"t")).unwrap().accounts, None);
    }

    #[test]
    fn only_the_whole_key_opens() {
        let keys = Keys::new(&[key("k", "secret", None)]);
        for given in ["secre", "secret ", "secret\0", "SECRET", "xsecret", ""] {
            assert_eq!(keys.check(Some(given.as_bytes())), Err(Refused::Wrong), "{given:?}");
        }
        assert_eq!(keys.check(Some(&[b'a'; KEY_BYTES_MAX + 1])), Err(Refused::Wrong));
        assert_eq!(keys.check(None), Err(Refused::Missing));
    }

    #[test]
    fn an_empty_or_overlong_secret_opens_to_nobody() {
        let keys = Keys::new(&[key("empty", "", None), key("long", &"a".repeat(KEY_BYTES_MAX + 1), None)]);
        assert_eq!(keys.check(Some(b"")), Err(Refused::Wrong));
        assert_eq!(keys.check(Some(&[0; KEY_BYTES_MAX])), Err(Refused::Wrong));
    }

    #[test]
    fn without_keys_anyone_may_enter() {
        assert!(Keys::default().check(None).is_ok());
        assert!(Keys::default().check(Some(b"whatever")).is_ok());
    }

    #[test]
    fn secrets_are_never_printed() {
        let keys = Keys::new(&[key("blue", "secret", None)]);
        assert_eq!(format!("{keys:?}"), r#"["blue"]"#);
    }
}
