//! Puts reports into records of a stream: few of them, each of one account, none too large.

use std::collections::BTreeMap;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::{Packet, Report};
use crate::sample::{Message, Partial};

/// Bytes of the reports of one packet before they are compressed. A record of a Kinesis stream has at most 1 MiB, and zstd adds
/// less than one part in 255 to what it cannot shrink. Source: Kinesis API reference, "PutRecords".
const PACKET_BYTES_MAX: usize = 900 << 10;

/// A packet, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parcel {
    /// Partition key: the account.
    pub key: String,
    /// The packet.
    pub data: Vec<u8>,
    /// Which of the reports are in it, wholly or in part.
    pub reports: Vec<usize>,
}

/// Packs reports by account, in their order. One that is too large is cut, always at the same places.
#[must_use]
pub fn pack(reports: Vec<Report>) -> Vec<Parcel> {
    let mut open: BTreeMap<String, (usize, Vec<usize>, Packet)> = BTreeMap::new();
    let mut parcels = Vec::new();
    for (index, report) in reports.into_iter().enumerate() {
        let key = report.account().map_or_else(|| "none".to_owned(), |account| account.to_string());
        for piece in pieces(report, 0) {
            let bytes = encoded_bytes(&piece);
            let (filled, of, packet) = open.entry(key.clone()).or_default();
            if *filled + bytes > PACKET_BYTES_MAX && !packet.reports.is_empty() {
                parcels.push(parcel(&key, std::mem::take(of), &std::mem::take(packet)));
                *filled = 0;
            }
            *filled += bytes;
            if of.last() != Some(&index) {
                of.push(index);
            }
            packet.reports.push(piece);
        }
    }
    parcels.extend(open.into_iter().map(|(key, (_, of, packet))| parcel(&key, of, &packet)));
    parcels
}

fn parcel(key: &str, reports: Vec<usize>, packet: &Packet) -> Parcel {
    Parcel { key: key.into(), data: packet.to_bytes(), reports }
}

fn encoded_bytes(report: &Report) -> usize {
    postcard::experimental::serialized_size(report).unwrap_or(usize::MAX)
}

/// A report in pieces that fit. The first one has the counts.
fn pieces(whole: Report, depth: u64) -> Vec<Report> {
    if encoded_bytes(&whole) <= PACKET_BYTES_MAX {
        return vec![whole];
    }
    let Some((one, other)) = halves(whole.clone(), depth) else { return vec![whole] };
    [pieces(one, depth + 1), pieces(other, depth + 1)].concat()
}

/// Both halves of a report, or nothing where it has but one sample that cannot be cut.
fn halves(mut first: Report, depth: u64) -> Option<(Report, Report)> {
    let messages = match &mut first.messages[..] {
        [] => return None,
        [only] => vec![half_message(only, depth)?],
        [_, _, ..] => first.messages.split_off(first.messages.len() / 2),
    };
    let second = Report {
        id: derived(first.id, depth),
        arrived: first.arrived,
        from: first.from.clone(),
        rules: first.rules.clone(),
        messages,
        ..Report::default()
    };
    Some((first, second))
}

/// Takes half of the samples out of a message. Both halves are known by other names, so that neither hides the other.
fn half_message(message: &mut Message, depth: u64) -> Option<Message> {
    let partials = match &mut message.partials[..] {
        [] => return None,
        [only] => vec![half_partial(only)?],
        [_, _, ..] => message.partials.split_off(message.partials.len() / 2),
    };
    Some(Message { fingerprint: derived(message.fingerprint, depth), arrived: message.arrived, partials })
}

/// Takes the later half of the records out of what an `event` or `first_seen` rule took, which alone can be large.
fn half_partial(partial: &mut Partial) -> Option<Partial> {
    if partial.times.len() < 2 {
        return None;
    }
    let times = partial.times.split_off(partial.times.len() / 2);
    let (first, last) = (*times.first()?, *times.last()?);
    let count = u32::try_from(times.len()).unwrap_or(u32::MAX);
    let later = Partial { times, first, last, count, lines: std::mem::take(&mut partial.lines), ..partial.clone() };
    partial.last = partial.times.last().copied()?;
    partial.count = partial.count.saturating_sub(count);
    Some(later)
}

/// Another name that follows from this one and from how often it was cut before.
fn derived(id: u64, depth: u64) -> u64 {
    xxh3_64_with_seed(&id.to_le_bytes(), depth + 1)
}
