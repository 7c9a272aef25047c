//! Whose event it is: account and Region of one CloudTrail event.

use memchr::memmem;

use crate::json::{Kind, Scanner};

/// Name of the member that tells an event's account.
const ACCOUNT: &str = "recipientAccountId";

/// What an event says of the account that received it. A trail of an organisation holds events of all its accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recipient<'a> {
    /// `recipientAccountId` as it stands; not checked to be 12 digits.
    pub account: &'a str,
    /// `awsRegion` as it stands; empty where there is none.
    pub region: &'a str,
}

/// Reads the recipient of one event. Only members of the event itself count: the same name in a string or deeper inside,
/// where whoever made the call may have put it, does not. `None` where the message is no such event.
///
/// Called for each event of a trail before anything else is known of it: most other messages are declined by one search.
#[must_use]
pub fn recipient(message: &str) -> Option<Recipient<'_>> {
    let _named = memmem::find(message.as_bytes(), ACCOUNT.as_bytes())?;
    let mut scanner = Scanner::new(message);
    let (mut account, mut region) = (None, None);
    let mut first = true;
    scanner.open_object().ok()?;
    while let Some(key) = scanner.next_key(&mut first).ok()? {
        let slot = match key.plain() {
            Some(ACCOUNT) => &mut account,
            Some("awsRegion") => &mut region,
            Some(_) | None => {
                let _skipped = scanner.skip_value().ok()?;
                continue;
            }
        };
        if scanner.kind().ok()? == Kind::Text {
            let text = scanner.string().ok()?.plain();
            *slot = slot.or(text);
        } else {
            let _skipped = scanner.skip_value().ok()?;
        }
        if let (Some(account), Some(region)) = (account, region) {
            return Some(Recipient { account, region });
        }
    }
    account.map(|account| Recipient { account, region: region.unwrap_or_default() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_recipient_is_read_wherever_it_stands() {
        let known = Some(Recipient { account: "111122223333", region: "eu-central-1" });
        assert_eq!(recipient(r#"{"recipientAccountId":"111122223333","awsRegion":"eu-central-1"}"#), known);
        assert_eq!(
            recipient(r#" { "awsRegion" : "eu-central-1" , "n":[1,{}], "recipientAccountId" : "111122223333" } "#),
            known
        );
        let without_region = Some(Recipient { account: "111122223333", region: "" });
        assert_eq!(recipient(r#"{"recipientAccountId":"111122223333"}"#), without_region);
    }

    #[test]
    fn a_name_that_the_caller_put_into_the_event_does_not_count() {
        for message in [
            r#"{"requestParameters":{"recipientAccountId":"999999999999"},"awsRegion":"eu-central-1"}"#,
            r#"{"userAgent":"\",\"recipientAccountId\":\"999999999999","awsRegion":"eu-central-1"}"#,
            r#"{"a":["recipientAccountId"],"recipientAccountId":999999999999}"#,
            r#"{"recipientAccountId":null}"#,
            r#"["recipientAccountId","999999999999"]"#,
            r#""recipientAccountId""#,
            "recipientAccountId",
            "",
        ] {
            assert_eq!(recipient(message), None, "{message}");
        }
        let both =
            r#"{"requestParameters":{"recipientAccountId":"9"},"recipientAccountId":"111122223333","awsRegion":"r"}"#;
        assert_eq!(recipient(both), Some(Recipient { account: "111122223333", region: "r" }));
        let twice = r#"{"recipientAccountId":"1","recipientAccountId":"2"}"#;
        assert_eq!(recipient(twice).map(|it| it.account), Some("1"));
    }

    #[test]
    fn an_event_that_is_broken_before_it_is_known_has_none() {
        assert_eq!(recipient(r#"{"recipientAccountId":"111122223333""#), None);
        assert_eq!(recipient(r#"{"a":,"recipientAccountId":"111122223333"}"#), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in r#"[\[\]{},:"\\a-f0-9 ]{0,40}"#) {
            let _recipient = recipient(&text);
            let _recipient = recipient(&format!("{{\"recipientAccountId\":{text}"));
            let _recipient = recipient(&format!("{text}recipientAccountId"));
        }
    }
}
