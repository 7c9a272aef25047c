//! Events of AWS Organizations, as EventBridge hands them on: what they say of one account.
//!
//! They come at least once and in any order, so each says when it happened, and [`super::organizations::Inventory`] lets the
//! newer one stand. An event that changes no account is [`Read::Ignored`], with the reason.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use crate::id::AccountId;
use crate::reject::Reason;
use crate::tenant::State;
use crate::time::{Timestamp, parse_rfc3339};

/// The source that EventBridge names for events of AWS Organizations.
const SOURCE: &str = "aws.organizations";

/// The service that CloudTrail names for them.
const EVENT_SOURCE: &str = "organizations.amazonaws.com";

/// The largest event: EventBridge takes no larger entry. Source: EventBridge user guide, "`PutEvents` entry size".
const EVENT_BYTES_MAX: usize = 1 << 20;

/// What one event says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    /// Something happened to an account.
    Event(Event),
    /// Nothing that matters to the directory.
    Ignored(Ignored),
}

/// Something that happened to an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// To which.
    pub account: AccountId,
    /// What.
    pub change: Change,
}

/// What happened to an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It was made in the organization. CloudTrail hides most names.
    Created {
        /// Its name, where that can be read.
        name: Option<String>,
    },
    /// It joined the organization.
    Joined,
    /// It was closed, or is about to be.
    Closed {
        /// `CLOSED` or `PENDING_CLOSURE`.
        state: State,
    },
    /// It moved to another parent; the path of that is not in the event.
    Moved {
        /// Id of the root or organisational unit.
        parent: String,
    },
    /// It left the organization, was removed, or ended for good.
    Departed,
    /// Tags were set.
    Tagged {
        /// Those that the event names.
        tags: BTreeMap<String, String>,
    },
    /// Tags were taken away.
    Untagged {
        /// Their keys.
        keys: BTreeSet<String>,
    },
    /// Tags were set to values that the event does not show.
    Retagged,
}

/// Why an event changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ignored {
    /// The call failed, or the work behind it did.
    Failed,
    /// It only asks for something; its result is an event of its own.
    Requested,
    /// It is about an organisational unit, a root or a policy.
    NoAccount,
    /// An event that does not touch accounts.
    Other,
}

/// What an event came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Followed {
    /// The directory changed, or will once the account was asked for.
    Applied,
    /// It is older than what is known.
    Old,
    /// It changes no account.
    Ignored,
    /// The directory does not come from AWS Organizations: it is what its file says.
    NoOrganizations,
}

/// Why an event could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Larger than any event is.
    #[error("an event of {given} bytes, at most {EVENT_BYTES_MAX} are allowed")]
    TooLarge {
        /// Its bytes.
        given: usize,
    },
    /// Not JSON, or not an event of EventBridge.
    #[error("not an event of EventBridge")]
    Json(#[from] serde_json::Error),
    /// Of another service.
    #[error("an event of {given:?}: a stream that carries samples takes events of {SOURCE:?} only")]
    Source {
        /// The source that it names.
        given: String,
    },
    /// Something that the event must have is missing.
    #[error("{event} has no usable {member}")]
    Member {
        /// Name of the event.
        event: String,
        /// What is missing.
        member: &'static str,
    },
}

impl Error {
    /// The reason for the reject.
    #[must_use]
    pub fn reason(&self) -> Reason {
        match self {
            Self::TooLarge { .. } => Reason::TooLarge,
            Self::Json(error) if error.is_data() => Reason::BadShape,
            Self::Json(_) => Reason::BadJson,
            Self::Source { .. } | Self::Member { .. } => Reason::BadShape,
        }
    }
}

#[derive(Deserialize)]
struct Envelope {
    source: String,
    #[serde(default)]
    time: Option<String>,
    detail: Detail,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    #[serde(default)]
    event_source: Option<String>,
    event_name: String,
    #[serde(default)]
    event_time: Option<String>,
    #[serde(default)]
    error_code: Option<String>,
    #[serde(default)]
    user_identity: Value,
    #[serde(default)]
    request_parameters: Value,
    #[serde(default)]
    service_event_details: Value,
}

/// Whether these bytes are to be read as an event: they are a JSON object, which no packet of a forwarder is.
#[must_use]
pub fn is_event(bytes: &[u8]) -> bool {
    bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
}

/// Reads an event.
///
/// # Errors
/// When it is none of AWS Organizations, or lacks what it must have.
///
/// Source: AWS Organizations user guide, "Logging API calls with CloudTrail" and "Amazon EventBridge".
pub fn read(bytes: &[u8]) -> Result<Read, Error> {
    if bytes.len() > EVENT_BYTES_MAX {
        return Err(Error::TooLarge { given: bytes.len() });
    }
    let Envelope { source, time, detail } = serde_json::from_slice(bytes)?;
    if source != SOURCE || detail.event_source.as_deref().is_some_and(|given| given != EVENT_SOURCE) {
        return Err(Error::Source {
            given: if source == SOURCE { detail.event_source.unwrap_or_default() } else { source },
        });
    }
    if detail.error_code.as_deref().is_some_and(|code| !code.is_empty()) {
        return Ok(Read::Ignored(Ignored::Failed));
    }
    let found = detail.change()?;
    let (account, change) = match found {
        Found::Change(account, change) => (account, change),
        Found::Ignored(ignored) => return Ok(Read::Ignored(ignored)),
    };
    let time = detail.event_time.as_deref().or(time.as_deref());
    let at = time.and_then(parse_rfc3339).ok_or_else(|| detail.lacks("eventTime"))?.0;
    Ok(Read::Event(Event { at, account, change }))
}

enum Found {
    Change(AccountId, Change),
    Ignored(Ignored),
}

impl Detail {
    fn change(&self) -> Result<Found, Error> {
        let service = &self.service_event_details;
        let request = &self.request_parameters;
        match self.event_name.as_str() {
            "CreateAccountResult" => {
                let status = &service["createAccountStatus"];
                let name = status["accountName"].as_str().filter(|name| is_shown(name)).map(Into::into);
                self.of_result(status, Change::Created { name })
            }
            "CloseAccountResult" => {
                self.of_result(&service["closeAccountStatus"], Change::Closed { state: State::Closed })
            }
            "CloseAccount" => self.of(request, Change::Closed { state: State::PendingClosure }),
            "MoveAccount" => {
                let parent = request["destinationParentId"].as_str().filter(|parent| !parent.is_empty());
                let parent = parent.ok_or_else(|| self.lacks("requestParameters.destinationParentId"))?.into();
                self.of(request, Change::Moved { parent })
            }
            "RemoveAccountFromOrganization" => self.of(request, Change::Departed),
            // The account that calls is the one that leaves.
            "LeaveOrganization" => self.of(&self.user_identity, Change::Departed),
            "AccountDepartedOrganization" => self.of_membership(Change::Departed),
            "AccountJoinedOrganization" => self.of_membership(Change::Joined),
            "TagResource" => self.of_resource(tagged(&request["tags"])),
            "UntagResource" => {
                let keys = request["tagKeys"].as_array().ok_or_else(|| self.lacks("requestParameters.tagKeys"))?;
                let keys = keys.iter().filter_map(Value::as_str).map(Into::into).collect();
                self.of_resource(Some(Change::Untagged { keys }))
            }
            "CreateAccount" | "CreateGovCloudAccount" | "InviteAccountToOrganization" | "AcceptHandshake" => {
                Ok(Found::Ignored(Ignored::Requested))
            }
            _ => Ok(Found::Ignored(Ignored::Other)),
        }
    }

    /// The end of work in the background, which may have failed.
    fn of_result(&self, status: &Value, change: Change) -> Result<Found, Error> {
        match status["state"].as_str() {
            Some("SUCCEEDED") => self.of(status, change),
            Some("FAILED") => Ok(Found::Ignored(Ignored::Failed)),
            Some(_) => Ok(Found::Ignored(Ignored::Requested)),
            None => Err(self.lacks("serviceEventDetails")),
        }
    }

    fn of(&self, holder: &Value, change: Change) -> Result<Found, Error> {
        let account = account(&holder["accountId"]).ok_or_else(|| self.lacks("accountId"))?;
        Ok(Found::Change(account, change))
    }

    /// These events are younger than the examples of the user guide: the account stands in one of a few members.
    fn of_membership(&self, change: Change) -> Result<Found, Error> {
        let details = &self.service_event_details;
        let holders =
            [Some(details), details.as_object().and_then(|members| members.values().find(|value| value.is_object()))];
        let names = ["memberAccountId", "accountId", "joinedAccountId", "departedAccountId"];
        let mut found = holders.into_iter().flatten().flat_map(|holder| names.iter().map(move |name| &holder[*name]));
        let account = found.find_map(account).ok_or_else(|| self.lacks("serviceEventDetails.memberAccountId"))?;
        Ok(Found::Change(account, change))
    }

    fn of_resource(&self, change: Option<Change>) -> Result<Found, Error> {
        let resource = &self.request_parameters["resourceId"];
        if resource.as_str().is_none_or(str::is_empty) {
            return Err(self.lacks("requestParameters.resourceId"));
        }
        let Some(account) = account(resource) else { return Ok(Found::Ignored(Ignored::NoAccount)) };
        let change = change.ok_or_else(|| self.lacks("requestParameters.tags"))?;
        Ok(Found::Change(account, change))
    }

    fn lacks(&self, member: &'static str) -> Error {
        Error::Member { event: self.event_name.chars().take(64).collect(), member }
    }
}

fn account(value: &Value) -> Option<AccountId> {
    AccountId::parse(value.as_str()?).ok()
}

/// Names and values that CloudTrail hides are stars or say so.
fn is_shown(text: &str) -> bool {
    !text.chars().all(|character| character == '*') && !text.starts_with("HIDDEN_DUE_TO_SECURITY_REASONS")
}

/// `None` where there is no list of tags.
fn tagged(tags: &Value) -> Option<Change> {
    let mut known = BTreeMap::new();
    for tag in tags.as_array()? {
        let member = |lower: &str, upper: &str| tag[lower].as_str().or_else(|| tag[upper].as_str());
        let (Some(key), Some(value)) = (member("key", "Key"), member("value", "Value")) else {
            return Some(Change::Retagged);
        };
        if !value.is_empty() && !is_shown(value) {
            return Some(Change::Retagged);
        }
        let _ = known.insert(key.into(), value.into());
    }
    Some(Change::Tagged { tags: known })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(text: &str) -> AccountId {
        AccountId::parse(text).unwrap()
    }

    fn sample(name: &str) -> Vec<u8> {
        std::fs::read(format!("tests/data/lifecycle/{name}.json")).unwrap()
    }

    fn change_of(name: &str) -> (AccountId, Change) {
        match read(&sample(name)).unwrap() {
            Read::Event(event) => (event.account, event.change),
            Read::Ignored(ignored) => panic!("{name} was ignored: {ignored:?}"),
        }
    }

    #[test]
    fn each_event_of_the_user_guide_is_understood() {
        let account = id("555555555555");
        let tags: BTreeMap<_, _> = [("tenant".to_owned(), "acme".to_owned()), ("tier".into(), String::new())].into();
        assert_eq!(change_of("create-account-result"), (account, Change::Created { name: None }));
        assert_eq!(change_of("close-account-result"), (account, Change::Closed { state: State::Closed }));
        assert_eq!(change_of("close-account"), (account, Change::Closed { state: State::PendingClosure }));
        let parent = "ou-examplerootid111-exampleouid111".into();
        assert_eq!(change_of("move-account"), (account, Change::Moved { parent }));
        assert_eq!(change_of("remove-account"), (account, Change::Departed));
        assert_eq!(change_of("leave-organization"), (account, Change::Departed));
        assert_eq!(change_of("account-departed"), (account, Change::Departed));
        assert_eq!(change_of("account-joined"), (account, Change::Joined));
        assert_eq!(change_of("tag-resource"), (account, Change::Tagged { tags }));
        assert_eq!(change_of("untag-resource"), (account, Change::Untagged { keys: ["tier".into()].into() }));
    }

    #[test]
    fn the_time_is_that_of_the_event_and_not_of_its_delivery() {
        let Read::Event(event) = read(&sample("close-account-result")).unwrap() else { panic!("it is an event") };
        assert_eq!(event.at, parse_rfc3339("2022-03-18T18:17:06Z").unwrap().0);
    }

    #[test]
    fn what_failed_or_is_about_something_else_changes_nothing() {
        let with = |name: &str, from: &str, to: &str| {
            let text = String::from_utf8(sample(name)).unwrap();
            assert!(text.contains(from), "{name} has {from}");
            read(text.replace(from, to).as_bytes()).unwrap()
        };
        let failed = with("create-account-result", "SUCCEEDED", "FAILED");
        assert_eq!(failed, Read::Ignored(Ignored::Failed));
        let denied =
            with("move-account", "\"responseElements\"", "\"errorCode\": \"AccessDenied\", \"responseElements\"");
        assert_eq!(denied, Read::Ignored(Ignored::Failed));
        let unit = with("tag-resource", "\"555555555555\"", "\"ou-examplerootid111-exampleouid111\"");
        assert_eq!(unit, Read::Ignored(Ignored::NoAccount));
        assert_eq!(with("move-account", "MoveAccount", "CreatePolicy"), Read::Ignored(Ignored::Other));
        assert_eq!(with("move-account", "MoveAccount", "CreateAccount"), Read::Ignored(Ignored::Requested));
    }

    #[test]
    fn hidden_values_are_to_be_asked_for() {
        let text = String::from_utf8(sample("tag-resource")).unwrap();
        let hidden = text.replace("\"acme\"", "\"HIDDEN_DUE_TO_SECURITY_REASONS\"");
        let Read::Event(event) = read(hidden.as_bytes()).unwrap() else { panic!("it is an event") };
        assert_eq!(event.change, Change::Retagged);
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let reason = |text: &str| {
            let error = read(text.as_bytes()).unwrap_err();
            (error.reason(), error.to_string())
        };
        assert_eq!(reason("{").0, Reason::BadJson);
        assert_eq!(reason("{}").0, Reason::BadShape);
        let foreign = reason(r#"{"source":"aws.s3","detail":{"eventName":"PutObject"}}"#);
        assert_eq!(foreign.0, Reason::BadShape);
        assert!(foreign.1.starts_with("an event of \"aws.s3\""), "{}", foreign.1);
        let bare = reason(r#"{"source":"aws.organizations","detail":{"eventName":"MoveAccount"}}"#);
        assert_eq!(bare.1, "MoveAccount has no usable requestParameters.destinationParentId");
        let large = format!("{{\"source\":\"{}\"}}", "x".repeat(EVENT_BYTES_MAX));
        assert_eq!(reason(&large).0, Reason::TooLarge);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _is_no_panic: bool = is_event(&bytes);
            drop(read(&bytes));
        }

        #[test]
        fn no_damage_to_an_event_makes_it_panic(at in 0..2_000_usize, byte in any::<u8>(), which in 0..10_usize) {
            let names = ["create-account-result", "close-account-result", "close-account", "move-account", "remove-account",
                "leave-organization", "account-departed", "account-joined", "tag-resource", "untag-resource"];
            let mut bytes = sample(names[which]);
            let at = at % bytes.len();
            bytes[at] = byte;
            drop(read(&bytes));
            drop(read(&bytes[..at]));
        }
    }
}
