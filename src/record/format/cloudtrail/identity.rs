//! Who made the call: `userIdentity` of a CloudTrail event, of any kind of caller.

use bumpalo::Bump;

use super::{first, truth};
use crate::record::attribute;
use crate::record::format::tool::member;
use crate::record::log::Log;
use crate::record::value::{Attribute, Value};

/// Names of its members that have one.
const NAMES: &member::Names = &[
    ("type", "aws.user_identity.principal.type"),
    ("principalId", "aws.user_identity.principal.id"),
    ("arn", "aws.user_identity.principal.arn"),
    ("accessKeyId", "aws.access_key.id"),
    ("userName", attribute::USER_NAME),
    ("userId", attribute::USER_ID),
    ("identityStoreArn", "aws.identity_store.arn"),
];

/// Takes the members to attributes.
pub(super) fn take<'a>(log: &mut Log<'a>, identity: &'a [Attribute<'a>], bump: &'a Bump) {
    for member in identity {
        match (member.key, member.value) {
            ("sessionContext", Value::Map(session)) => take_session(log, session, bump),
            _ => member::keep(log, NAMES, attribute::USER_IDENTITY_PREFIX, *member, bump),
        }
    }
}

fn take_session<'a>(log: &mut Log<'a>, session: &'a [Attribute<'a>], bump: &'a Bump) {
    for member in session {
        match (member.key, member.value) {
            ("sessionIssuer", Value::Map(issuer)) => {
                issuer.iter().for_each(|it| member::keep(log, &[], attribute::SESSION_ISSUER_PREFIX, *it, bump));
            }
            ("attributes", Value::Map(attributes)) => {
                let told = |it: &Attribute<'a>| Attribute { key: it.key, value: truth(it.value) };
                let each = attributes.iter().map(told);
                each.for_each(|it| member::keep(log, &[], attribute::SESSION_ATTRIBUTES_PREFIX, it, bump));
            }
            _ => member::keep(log, &[], attribute::SESSION_CONTEXT_PREFIX, *member, bump),
        }
    }
}

/// The caller in one word: the most telling of what there is.
pub(super) fn who<'a>(identity: &Value<'a>) -> &'a str {
    let text = |key| identity.get(key).and_then(|value| value.text()).unwrap_or_default();
    first(["arn", "userName", "invokedBy", "principalId", "userId", "type", "accountId"].map(text))
}
