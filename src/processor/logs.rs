//! Subscription payloads: split by account, normalized, tagged, encoded.

use std::borrow::Cow;

use bumpalo::Bump;
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use super::output::Output;
use super::records::{Records, Scratch};
use super::{Job, Processor};
use crate::config::FormatName;
use crate::envelope::cloudwatch_logs::{Error, Event, Message, Subscription, parse, system_fields, wrap};
use crate::id::{AccountId, Region};
use crate::json::Scanner;
use crate::otlp::logs::Resource;
use crate::record::format::choice::{Choice, choose};
use crate::record::format::cloudtrail::{Recipient, recipient};
use crate::record::place::Refusal;
use crate::record::resource::producer;
use crate::reject::Reason;

/// How often reading goes on behind broken JSON in one record; broken on purpose, each time could cost a look at all the rest.
const RESUMES_MAX: usize = 64;

/// All payloads that stand one after the other in `text`. What lies between them and is none is one reject.
pub(super) fn payloads(text: &str, processor: &mut Processor, job: &Job<'_>, output: &mut Output) {
    let Processor { payload: bump, record, out, metrics, partials, .. } = processor;
    let mut scratch = Scratch { record, out, metrics, partials };
    let mut broken: Option<(usize, Error)> = None;
    let reject = |broken: &mut Option<(usize, Error)>, end, output: &mut Output| {
        if let Some((start, error)) = broken.take() {
            job.reject(error.reason(), error.to_string(), text[start..end].trim_ascii_end().as_bytes(), output);
        }
    };
    let (mut at, mut resumes) = (0, 0);
    loop {
        let start = text.len() - text[at..].trim_ascii_start().len();
        if start == text.len() {
            break;
        }
        let mut scanner = Scanner::new(&text[start..]);
        let parsed = parse(&mut scanner, bump);
        at = start + scanner.position();
        match parsed {
            Ok(subscription) => {
                reject(&mut broken, start, output);
                let choice = choose(job.around.settings, subscription.log_group, subscription.log_stream);
                let mut payload = PayloadOf { subscription: &subscription, choice, bump, job, output };
                payload.process(&text[start..at], &mut scratch);
                output.message(|| fingerprint(&subscription, &text[start..at]), job.place.arrived, scratch.partials);
            }
            Err(error) => {
                if matches!(error, Error::Json(_)) {
                    resumes += 1;
                    at = if resumes > RESUMES_MAX { text.len() } else { next_line(text, start) };
                }
                let _ = broken.get_or_insert((start, error));
            }
        }
    }
    reject(&mut broken, text.len(), output);
}

/// The same for the same events, however often they are delivered: of where they are from and the first and the last id. Of the
/// payload itself where events have no ids.
fn fingerprint(subscription: &Subscription<'_>, json: &str) -> u64 {
    let Subscription { owner, log_group, log_stream, ref events, .. } = *subscription;
    let (first, last) = (events.first().map_or("", |event| event.id), events.last().map_or("", |event| event.id));
    if first.is_empty() || last.is_empty() {
        return xxh3_64(json.as_bytes());
    }
    let mut hash = Xxh3::new();
    for text in [owner, log_group, log_stream, first, last] {
        hash.update(text.as_bytes());
        hash.update(&[0]);
    }
    hash.digest()
}

/// Where the next object begins a line: producers that gather payloads put each on its own.
fn next_line(text: &str, start: usize) -> usize {
    memchr::memmem::find(&text.as_bytes()[start..], b"\n{").map_or(text.len(), |newline| start + newline + 1)
}

/// One payload on its way.
struct PayloadOf<'p> {
    subscription: &'p Subscription<'p>,
    choice: Choice<'p>,
    bump: &'p Bump,
    job: &'p Job<'p>,
    output: &'p mut Output,
}

/// Where an event is from, as it says itself.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Whose<'a> {
    account: &'a str,
    region: Option<&'a str>,
}

impl<'p> PayloadOf<'p> {
    fn process(&mut self, json: &str, scratch: &mut Scratch<'_>) {
        if self.subscription.message == Message::Control {
            self.output.tally.control_messages += 1;
            return;
        }
        for broken in &self.subscription.broken {
            let account = AccountId::parse(self.subscription.owner).ok();
            let data = wrap(self.subscription, broken.json).into_bytes();
            self.reject(Reason::BadShape, broken.detail.into(), account, data);
        }
        self.note_arrived();
        let owner = Whose { account: self.subscription.owner, region: None };
        let Some(mut events) = self.events_of_several(owner) else {
            let whole = || json.as_bytes().to_vec();
            return self.place(&owner, self.subscription.events.iter(), whole, scratch);
        };
        events.sort_by_key(|(place, _)| *place);
        for events in events.chunk_by(|(one, _), (other, _)| one == other) {
            let (place, of_place) = (&events[0].0, events.iter().map(|(_, event)| *event));
            let subscription = self.subscription;
            let part = || part(subscription, of_place.clone());
            self.place(place, of_place.clone(), part, scratch);
        }
    }

    /// CloudWatch tells what the owner of the log group forwarded, whoever the events are of.
    fn note_arrived(&mut self) {
        let Subscription { owner, filter, events, broken, .. } = self.subscription;
        if let Ok(owner) = AccountId::parse(owner) {
            let events = (events.len() + broken.len()) as u64;
            self.output.completeness.arrived(owner, self.job.place.arrived, events, filter);
        }
    }

    /// The events with where they are from, where that may differ: in a log group that gathers many accounts, which has system
    /// fields, and in that of a trail. `None` where all are of one place.
    fn events_of_several(&mut self, owner: Whose<'p>) -> Option<Vec<(Whose<'p>, &'p Event<'p>)>> {
        let (events, bump) = (&self.subscription.events, self.bump);
        let trail = self.choice.format.is_some_and(|format| format.name == FormatName::Cloudtrail);
        if !trail && events.iter().all(|event| event.extracted_fields.is_none()) {
            return None;
        }
        let mut place = |event| {
            let place = place(event, &owner, bump);
            if trail { self.of_trail(event, place) } else { place }
        };
        Some(events.iter().map(|event| (place(event), event)).collect())
    }

    /// An event of a trail is from the Region that it names; from the account that it names only where whoever owns the log
    /// group may speak for others.
    fn of_trail(&mut self, event: &'p Event<'p>, place: Whose<'p>) -> Whose<'p> {
        let Some(Recipient { account, region }) = recipient(event.message) else { return place };
        let region = Some(region).filter(|region| !region.is_empty()).or(place.region);
        if account == place.account || AccountId::parse(account).is_err() {
            return Whose { region, ..place };
        }
        let trusted = &self.job.around.settings.trail_accounts;
        if AccountId::parse(place.account).is_ok_and(|owner| trusted.contains(&owner)) {
            return Whose { account, region };
        }
        self.output.tally.foreign_events += 1;
        Whose { region, ..place }
    }

    /// The events of one account and Region. `json` gives them as a payload of their own, in case they are rejected.
    fn place<'e>(
        &mut self,
        place: &Whose<'_>,
        events: impl Iterator<Item = &'e Event<'e>>,
        json: impl FnOnce() -> Vec<u8>,
        scratch: &mut Scratch<'_>,
    ) {
        let account = match AccountId::parse(place.account) {
            Ok(account) => account,
            Err(error) => return self.reject(Reason::BadAccount, error.to_string(), None, json()),
        };
        if !self.job.place.admits(account) {
            return self.refuse(Refusal::foreign(account, None), json());
        }
        if self.is_own_group(account) {
            let detail = format!("log group {} carries Fanin's own output", self.subscription.log_group);
            return self.reject(Reason::OwnLogs, detail, Some(account), json());
        }
        let region = place.region.and_then(|region| Region::parse(region).ok()).or(self.job.place.region);
        let Subscription { log_group, log_stream, .. } = self.subscription;
        let resource = Resource {
            account,
            region,
            log_group,
            log_stream,
            file: "",
            producer: producer(log_group, log_stream).named(&self.job.around.settings.service_names, log_group),
            tag: self.job.around.directory.tag(account),
        };
        Records::new(&resource, self.choice, self.bump, self.job, self.output).encode(events, scratch);
    }

    fn is_own_group(&self, account: AccountId) -> bool {
        self.job
            .around
            .settings
            .own_log_groups
            .iter()
            .any(|(own, group)| *own == account && group == self.subscription.log_group)
    }

    fn reject(&mut self, reason: Reason, detail: String, account: Option<AccountId>, data: Vec<u8>) {
        self.refuse(Refusal { account, ..Refusal::new(reason, detail) }, data);
    }

    fn refuse(&mut self, refusal: Refusal, data: Vec<u8>) {
        self.output.reject(self.job.place.reject(refusal, Cow::Owned(data)));
    }
}

fn place<'a>(event: &Event<'a>, owner: &Whose<'a>, bump: &'a Bump) -> Whose<'a> {
    let (account, region) = event.extracted_fields.map_or((None, None), |fields| system_fields(fields, bump));
    Whose { account: account.unwrap_or(owner.account), region }
}

fn part<'e>(subscription: &Subscription<'_>, events: impl Iterator<Item = &'e Event<'e>>) -> Vec<u8> {
    let events: Vec<_> = events.map(|event| event.json).collect();
    wrap(subscription, &events.join(",")).into_bytes()
}
