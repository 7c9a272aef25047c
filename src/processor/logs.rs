//! Subscription payloads: split by account, normalized, tagged, encoded.

use std::borrow::Cow;

use bumpalo::Bump;
use bytes::Bytes;

use super::output::Output;
use super::{Job, Processor};
use crate::chunk::Chunk;
use crate::envelope::cloudwatch_logs::{Error, Event, Message, Subscription, parse, system_fields, wrap};
use crate::id::{AccountId, Region, Signal};
use crate::json::Scanner;
use crate::otlp::CHUNK_BYTES;
use crate::otlp::logs::{LogsWriter, Resource};
use crate::proto::Writer;
use crate::record::draft::Context;
use crate::record::explain::Explain;
use crate::record::format::choice::choose;
use crate::record::normalize::{cut_body, join, normalize};
use crate::record::place::Refusal;
use crate::record::resource::producer;
use crate::reject::Reason;

/// How often reading goes on behind broken JSON in one record; broken on purpose, each time could cost a look at all the rest.
const RESUMES_MAX: usize = 64;

/// All payloads that stand one after the other in `text`. What lies between them and is none is one reject.
pub(super) fn payloads(text: &str, processor: &mut Processor, job: &Job<'_>, output: &mut Output) {
    let Processor { payload: bump, record, out, .. } = processor;
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
                let mut payload = PayloadOf { subscription: &subscription, bump, job, output };
                payload.process(&text[start..at], record, out);
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

/// Where the next object begins a line: producers that gather payloads put each on its own.
fn next_line(text: &str, start: usize) -> usize {
    memchr::memmem::find(&text.as_bytes()[start..], b"\n{").map_or(text.len(), |newline| start + newline + 1)
}

/// One payload on its way.
struct PayloadOf<'p> {
    subscription: &'p Subscription<'p>,
    bump: &'p Bump,
    job: &'p Job<'p>,
    output: &'p mut Output,
}

/// Where an event is from, as it says itself.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Whose<'a> {
    account: &'a str,
    region: Option<&'a str>,
}

impl PayloadOf<'_> {
    fn process(&mut self, json: &str, record: &mut Bump, out: &mut Writer) {
        if self.subscription.message == Message::Control {
            self.output.tally.control_messages += 1;
            return;
        }
        for broken in &self.subscription.broken {
            let account = AccountId::parse(self.subscription.owner).ok();
            let data = wrap(self.subscription, broken.json).into_bytes();
            self.reject(Reason::BadShape, broken.detail.into(), account, data);
        }
        // Only a log group that gathers many accounts has system fields; all else is of one place.
        let owner = Whose { account: self.subscription.owner, region: None };
        if self.subscription.events.iter().all(|event| event.extracted_fields.is_none()) {
            let whole = || json.as_bytes().to_vec();
            return self.place(&owner, self.subscription.events.iter(), whole, record, out);
        }
        let places: Vec<_> = self.subscription.events.iter().map(|event| place(event, &owner, self.bump)).collect();
        let mut seen: Vec<Whose<'_>> = Vec::new();
        for place in &places {
            if !seen.contains(place) {
                seen.push(*place);
                let events =
                    self.subscription.events.iter().zip(&places).filter(|(_, of)| *of == place).map(|(event, _)| event);
                let part = || part(self.subscription, events.clone());
                self.place(place, events.clone(), part, record, out);
            }
        }
    }

    /// The events of one account and Region. `json` gives them as a payload of their own, in case they are rejected.
    fn place<'e>(
        &mut self,
        place: &Whose<'_>,
        events: impl Iterator<Item = &'e Event<'e>>,
        json: impl FnOnce() -> Vec<u8>,
        record: &mut Bump,
        out: &mut Writer,
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
        self.encode(account, region, events, record, out);
    }

    fn is_own_group(&self, account: AccountId) -> bool {
        self.job
            .around
            .settings
            .own_log_groups
            .iter()
            .any(|(own, group)| *own == account && group == self.subscription.log_group)
    }

    fn encode<'e>(
        &mut self,
        account: AccountId,
        region: Option<Region>,
        events: impl Iterator<Item = &'e Event<'e>>,
        record: &mut Bump,
        out: &mut Writer,
    ) {
        let tag = self.job.around.directory.tag(account);
        let (log_group, log_stream) = (self.subscription.log_group, self.subscription.log_stream);
        let producer = producer(log_group, log_stream).named(&self.job.around.settings.service_names, log_group);
        let resource = Resource { account, region, log_group, log_stream, producer, tag };
        let choice = choose(self.job.around.settings, log_group, log_stream);
        let admission = self.job.around.admissions.of(account);
        let mut events = events.peekable();
        let mut tally = super::output::AccountTally::default();
        while events.peek().is_some() {
            out.clear();
            let mut writer = LogsWriter::begin(out, &resource);
            let mut records = 0;
            while writer.len() < CHUNK_BYTES {
                record.reset();
                let context = Context {
                    bump: record,
                    settings: self.job.around.settings,
                    log_group,
                    log_stream,
                    producer: &resource.producer,
                    fields: choice.fields,
                };
                let Some(joined) = join(&mut events, choice.format, &context) else { break };
                let explain = Explain::off();
                let (mut draft, odd) = normalize(&joined, self.job.place.arrived, choice.format, explain, &context);
                self.output.tally.time_unit += u64::from(odd.time_unit);
                self.output.tally.time_ahead += u64::from(odd.time_ahead);
                self.output.tally.body_cut += u64::from(cut_body(&mut draft, context.settings.body_bytes_max));
                tally.bytes += joined.message.len() as u64;
                if admission.forwards(draft.log.severity) {
                    writer.record(&draft.log);
                    records += 1;
                } else {
                    tally.sampled_out += 1;
                }
            }
            writer.end();
            tally.logs += u64::from(records);
            if records > 0 {
                let (bytes, destinations) = (Bytes::copy_from_slice(out.as_slice()), tag.destinations);
                self.output.chunks.push(Chunk { signal: Signal::Logs, account, records, destinations, bytes });
            }
        }
        let total = self.output.accounts.entry(account).or_default();
        total.known = tag.known;
        total.logs += tally.logs;
        total.bytes += tally.bytes;
        total.sampled_out += tally.sampled_out;
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
