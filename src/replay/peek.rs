//! Whose telemetry an item holds, how much, and of when: enough for a dry run, and cheaper than decoding it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::window::Window;
use super::{Content, Item, loose};
use crate::delivery::{Payload, RawRecord};
use crate::id::{AccountId, Signal};
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
        Content::Deliver { payload, .. } => match payload {
            Payload::Records(records) => records.iter().for_each(|record| look.record(record)),
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
    fn record(&mut self, record: &RawRecord) {
        let text = match record.data.starts_with(&[0x1f, 0x8b]) {
            true => inflate(record),
            false => Some(record.data.to_vec()),
        };
        let objects = text.as_deref().map(|text| serde_json::Deserializer::from_slice(text).into_iter::<Members>());
        let mut read = false;
        for members in objects.into_iter().flatten().map_while(Result::ok) {
            read = true;
            self.members(&members);
        }
        if !read {
            self.moment(record.arrived);
        }
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

fn inflate(record: &RawRecord) -> Option<Vec<u8>> {
    let mut window = Window::gunzip(Window::new(Box::new(std::io::Cursor::new(record.data.clone()))));
    let too_long = window.fill(LOOK_BYTES_MAX).ok()?;
    (!too_long).then(|| window.data().to_vec())
}
