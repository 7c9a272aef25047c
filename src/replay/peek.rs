//! Whose telemetry an item holds, how much, and of when: enough for a dry run, and cheaper than decoding it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{Content, Item, Kind, loose};
use crate::delivery::{Payload, RawRecord, Source};
use crate::envelope::object;
use crate::id::{AccountId, Signal};
use crate::inflate::{Inflater, is_gzip};
use crate::letter::{Letter, part};
use crate::time::Timestamp;

/// The most bytes of one record that are looked at.
const LOOK_BYTES_MAX: usize = 64 * 1024 * 1024;

/// What a look at an item told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Log events or data points of each account that could be read.
    pub accounts: BTreeMap<AccountId, u64>,
    /// The earliest and the latest moment of what is in it.
    pub span: Option<(Timestamp, Timestamp)>,
}

/// Looks into an item. What cannot be read is left out.
#[must_use]
pub fn look(item: &Item) -> Look {
    let mut look = Look::default();
    match &item.content {
        Content::Send(Letter::Otlp { signal, time, accounts, request, .. }) => {
            look.moment(*time);
            look.accounts.extend(accounts.iter().copied());
            if accounts.is_empty() {
                look.request(*signal, request);
            }
        }
        Content::Send(Letter::Raw { .. }) => {}
        Content::Deliver { origin, payload } => match payload {
            Payload::Records(records) => {
                let letter_of_file = item.kind == Kind::DeadRecord && origin.source == Source::File;
                let file = (item.kind == Kind::ServiceLog || letter_of_file).then_some(&*origin.name);
                records.iter().for_each(|record| look.record(record, file));
            }
            Payload::Otlp { signal, request, arrived } => {
                look.moment(*arrived);
                look.request(*signal, request);
            }
            Payload::Firehose(body) => look.moment(body.timestamp),
        },
    }
    look
}

/// The members of CloudWatch Logs payloads and of metric streams in JSON that matter here.
#[derive(Deserialize)]
struct Members {
    #[serde(default)]
    owner: Value,
    #[serde(rename = "logEvents", default)]
    log_events: Vec<Event>,
    #[serde(default)]
    account_id: Value,
    #[serde(default)]
    timestamp: Value,
}

#[derive(Deserialize)]
struct Event {
    #[serde(default)]
    timestamp: Value,
}

impl Look {
    /// `file` is the name of the file, where the record may be of logs that a service put into S3.
    fn record(&mut self, record: &RawRecord, file: Option<&str>) {
        let inflated = if is_gzip(&record.data) { inflate(&record.data).unwrap_or_default() } else { Vec::new() };
        let text = if inflated.is_empty() { record.data.as_ref() } else { &inflated };
        if file.is_some_and(|file| self.service_log(text, file)) {
            return self.moment(record.arrived);
        }
        let objects = serde_json::Deserializer::from_slice(text).into_iter::<Members>();
        let mut read = false;
        for members in objects.map_while(Result::ok) {
            read = true;
            self.members(&members);
        }
        if !read {
            self.moment(record.arrived);
        }
    }

    /// Whether it was one.
    fn service_log(&mut self, text: &[u8], file: &str) -> bool {
        let text = String::from_utf8_lossy(text);
        let Some(object) = object::read(&text, file) else { return false };
        for account in object.messages().filter_map(|message| message.account) {
            *self.accounts.entry(account).or_default() += 1;
        }
        true
    }

    fn members(&mut self, members: &Members) {
        let account = [&members.owner, &members.account_id].into_iter().find_map(loose::text);
        let count = members.log_events.len().max(1) as u64;
        if let Some(account) = account.and_then(|account| AccountId::parse(&account).ok()) {
            *self.accounts.entry(account).or_default() += count;
        }
        let events = members.log_events.iter().map(|event| &event.timestamp);
        events.chain([&members.timestamp]).filter_map(loose::moment).for_each(|moment| self.moment(moment));
    }

    fn request(&mut self, signal: Signal, request: &[u8]) {
        for (account, records) in part::accounts(signal, request).unwrap_or_default() {
            *self.accounts.entry(account).or_default() += records;
        }
    }

    fn moment(&mut self, moment: Timestamp) {
        let (first, last) = self.span.unwrap_or((moment, moment));
        self.span = Some((first.min(moment), last.max(moment)));
    }
}

fn inflate(gzip: &[u8]) -> Option<Vec<u8>> {
    let mut inflated = Vec::new();
    Inflater::default().inflate(gzip, LOOK_BYTES_MAX, &mut inflated).ok()?;
    Some(inflated)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::replay::{Context, Items};

    #[test]
    fn a_look_tells_whose_records_and_of_when() {
        let event: &[u8] = include_bytes!("../../tests/data/replay-lambda/awslogs-event.json");
        let context = Context { name: "file".into(), region: None, arrived: Timestamp::from_seconds(1) };
        let item = Items::new(Box::new(Cursor::new(event)), context).next().unwrap().unwrap();
        let look = look(&item);
        assert_eq!(look.accounts, BTreeMap::from([(AccountId::parse("123456789123").unwrap(), 2)]));
        let events = (Timestamp::from_millis(1_440_442_987_000), Timestamp::from_millis(1_440_442_987_001));
        assert_eq!(look.span, Some(events));
    }

    #[test]
    fn a_look_at_logs_of_a_service_counts_the_messages_of_each_account() {
        let flow = |account: &str| format!("2 {account} eni-1 10.0.0.1 10.0.0.2 443 1 6 48 1 1 1 ACCEPT OK\n");
        let text = [flow("111122223333"), flow("444455556666"), flow("unknown"), flow("111122223333")].concat();
        let trail = r#"{"Records":[{"eventVersion":"1","eventTime":"x","eventSource":"sts.amazonaws.com","recipientAccountId":"111122223333"}]}"#;
        let looks = |text: &str| -> Vec<_> {
            let context = Context { name: "file".into(), region: None, arrived: Timestamp::from_seconds(1) };
            let items = Items::new(Box::new(Cursor::new(text.to_owned())), context);
            items.map(|item| look(&item.unwrap())).collect()
        };
        let account = |id| AccountId::parse(id).unwrap();
        assert_eq!(
            looks(&text)[0].accounts,
            BTreeMap::from([(account("111122223333"), 2), (account("444455556666"), 1)])
        );
        assert_eq!(looks(trail)[0].accounts, BTreeMap::from([(account("111122223333"), 1)]));
    }

    #[test]
    fn what_cannot_be_read_still_has_its_time() {
        let record = RawRecord { data: "plain".into(), position: "0".into(), arrived: Timestamp::from_seconds(7) };
        let mut look = Look::default();
        look.record(&record, None);
        assert_eq!(look.span, Some((Timestamp::from_seconds(7), Timestamp::from_seconds(7))));
        assert!(look.accounts.is_empty());
    }
}
