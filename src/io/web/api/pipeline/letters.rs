//! Dead letters by reason, and again.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use schemars::JsonSchema;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use super::super::Api;
use super::super::answer::{Answer, Format, Limit, part};
use super::super::params::Params;
use super::super::refusal::Refusal;
use super::PartQuery;
use crate::api::pipeline::Replayed;
use crate::config::problem::did_you_mean;
use crate::io::replay::again::{Outcome, Refused};
use crate::reject::Reason;

/// Whether letters are sent.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct ReplayQuery {
    /// Only look what would become of them. That is what happens where nothing is said: `dry_run=false` sends.
    dry_run: bool,
}

impl Default for ReplayQuery {
    fn default() -> Self {
        Self { dry_run: true }
    }
}

pub(super) async fn groups(
    State(api): State<Arc<Api>>,
    format: Format,
    Params(query): Params<PartQuery>,
) -> Result<Response, Refusal> {
    let mut groups = api.store.dead_letters().await;
    for group in &mut groups {
        if let Some(reason) = named(&group.reason) {
            group.meaning = meaning(reason).into();
        }
        group.place = api.again.place();
    }
    groups.sort_by(|a, b| b.letters.cmp(&a.letters).then_with(|| a.reason.cmp(&b.reason)));
    Ok(format.list(part(groups, Limit::new(query.limit, 50, 500), query.cursor.as_deref())?))
}

pub(super) async fn replay(
    State(api): State<Arc<Api>>,
    Path(reason): Path<String>,
    Params(query): Params<ReplayQuery>,
) -> Result<Answer<Replayed>, Refusal> {
    let reason = named(&reason).ok_or_else(|| {
        let names = Reason::ALL.map(Reason::as_str);
        Refusal::not_found(format!("there is no reason {reason:?}{}", did_you_mean(&reason, &names)))
            .hint("GET /api/v1/pipeline/dlq lists the reasons of the letters that there are")
    })?;
    let stop = CancellationToken::new();
    let sent = Box::pin(api.again.send(reason, query.dry_run, &stop)).await;
    match sent {
        Ok(outcome) => {
            if !query.dry_run {
                api.store.revived(reason, outcome.sent);
            }
            Ok(Answer(told(&outcome, query.dry_run)))
        }
        Err(error) => Err(refused(&error)),
    }
}

fn refused(error: &Refused) -> Refusal {
    let detail = crate::io::chain(error);
    match error {
        Refused::Busy => {
            Refusal::new(StatusCode::CONFLICT, "busy", "Under way already", detail).hint("wait for its answer")
        }
        Refused::WriteOnly { .. } => {
            Refusal::new(StatusCode::CONFLICT, "write_only", "Nothing can be read there", detail)
                .hint("fanin replay s3://bucket/prefix of the bucket that the stream delivers to")
        }
        Refused::Source(_) => Refusal::unavailable(detail),
    }
}

fn told(outcome: &Outcome, dry_run: bool) -> Replayed {
    let mut notices = outcome.problems.clone();
    if outcome.rejected > 0 {
        notices.push(format!(
            "{} would come back as they are, and stay where they are: mend what they lack, or configure it, first",
            outcome.rejected
        ));
    }
    if outcome.kept > 0 {
        notices.push(format!(
            "{} file(s) stay since something in them was not accepted or has another reason: what was accepted of them would be \
             sent twice if it were sent again",
            outcome.kept
        ));
    }
    if outcome.files_left > 0 {
        notices.push(format!("{} file(s) were not looked at for want of time: ask again", outcome.files_left));
    }
    if outcome.removed > 0 {
        notices.push(format!("{} file(s) were removed, all in them was accepted", outcome.removed));
    }
    if outcome.found == 0 {
        notices.push("no letter of this reason lies there any more".into());
    }
    Replayed {
        dry_run,
        found: outcome.found,
        sent: outcome.sent,
        rejected: outcome.rejected,
        skipped: outcome.failed,
        notices,
    }
}

fn named(text: &str) -> Option<Reason> {
    Reason::ALL.into_iter().find(|reason| reason.as_str() == text)
}

/// What a reason means, and what can be done.
const fn meaning(reason: Reason) -> &'static str {
    match reason {
        Reason::BadBase64 => "Data of a Firehose request is not base64: whoever sends it is no Firehose.",
        Reason::BadGzip => {
            "Compressed bytes end early or are damaged: the producer cuts records, or writes them by hand."
        }
        Reason::TooLarge => "More bytes than normalize.record_max once inflated: raise that, then replay.",
        Reason::BadJson => "JSON that does not parse: a producer writes it by hand, or cuts it.",
        Reason::BadProtobuf => "Protobuf that does not parse: a sender speaks another version or another protocol.",
        Reason::UnknownFormat => {
            "None of the formats that are read: often a Firehose stream that extracts messages, where the account is lost."
        }
        Reason::BadShape => "A member that the format requires is missing or of another type.",
        Reason::BadAccount => "No usable account id where the format names one.",
        Reason::ForeignAccount => "Of an account that the access key or token is not bound to: bind it, then replay.",
        Reason::TooDeep => "Nested deeper than is read, as nobody does by accident.",
        Reason::OwnLogs => {
            "Fanin's own log group: taking it would feed its output back to it. Leave it out of the subscription."
        }
        Reason::Refused => "A destination refused it for good; what it said stands beside. Mend it there, then replay.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_can_be_asked_for_and_says_what_it_means() {
        for reason in Reason::ALL {
            assert_eq!(named(reason.as_str()), Some(reason));
            assert!(meaning(reason).ends_with('.'));
        }
        assert_eq!(named("bad"), None);
    }

    #[test]
    fn nothing_is_sent_unless_that_is_said() {
        assert!(ReplayQuery::default().dry_run);
    }
}
