//! Dead letters by reason. The letters themselves lie where they are configured to; here is what they are about.

use std::collections::BTreeMap;

use rusqlite::{Connection, Transaction, params};

use super::insert::{nanos, number};
use crate::api::pipeline::DeadLetters;
use crate::id::AccountId;
use crate::letter::Letter;
use crate::time::Timestamp;

/// Bytes of a letter that are shown.
const SAMPLE_BYTES: usize = 512;

/// Accounts of one reason that are counted.
const ACCOUNTS_MAX: usize = 10_000;

/// What letters that were buried together say, by reason.
#[derive(Debug, Default)]
pub(super) struct Burial(BTreeMap<&'static str, Group>);

#[derive(Debug)]
struct Group {
    letters: u32,
    first: Timestamp,
    last: Timestamp,
    detail: String,
    sample: String,
    accounts: BTreeMap<AccountId, u32>,
}

impl Burial {
    pub(super) fn of(letters: &[Letter]) -> Self {
        let mut burial = Self::default();
        letters.iter().for_each(|letter| burial.add(letter));
        burial
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A batch without a reason is spilled, and no dead letter.
    fn add(&mut self, letter: &Letter) {
        let time = letter.time();
        let (reason, detail, data) = match letter {
            Letter::Raw { reason, detail, data, .. } => (*reason, detail, data),
            Letter::Otlp { reason: Some(reason), detail, request, .. } => (*reason, detail, request),
            Letter::Otlp { reason: None, .. } => return,
        };
        let group = self.0.entry(reason.as_str()).or_insert_with(|| Group {
            letters: 0,
            first: time,
            last: time,
            detail: String::new(),
            sample: String::new(),
            accounts: BTreeMap::new(),
        });
        group.letters += 1;
        group.first = group.first.min(time);
        group.last = group.last.max(time);
        group.detail.clone_from(detail);
        group.sample = readable(data);
        match letter {
            Letter::Raw { account: Some(account), .. } => *group.accounts.entry(*account).or_default() += 1,
            Letter::Raw { account: None, .. } => {}
            Letter::Otlp { accounts, .. } => {
                accounts.iter().for_each(|(account, _)| *group.accounts.entry(*account).or_default() += 1);
            }
        }
    }
}

/// The beginning as text; what is none is a point.
fn readable(data: &[u8]) -> String {
    let head = String::from_utf8_lossy(&data[..data.len().min(SAMPLE_BYTES)]);
    let plain = |c: char| if c == char::REPLACEMENT_CHARACTER || (c.is_control() && c != '\n') { '.' } else { c };
    head.chars().map(plain).collect()
}

/// Adds to what is known.
pub(super) fn add(transaction: &Transaction<'_>, burial: &Burial) -> rusqlite::Result<()> {
    for (reason, group) in &burial.0 {
        let add = "INSERT INTO dead_letter (reason, letters, first, last, detail, sample) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
                   ON CONFLICT (reason) DO UPDATE SET letters = letters + excluded.letters, \
                   first = min(first, excluded.first), last = max(last, excluded.last), detail = excluded.detail, \
                   sample = excluded.sample";
        let (first, last) = (nanos(group.first.nanos()), nanos(group.last.nanos()));
        let values = params![reason, group.letters, first, last, group.detail, group.sample];
        let _ = transaction.execute(add, values)?;
        for (account, letters) in group.accounts.iter().take(ACCOUNTS_MAX) {
            let add = "INSERT INTO dead_letter_account (reason, account, letters) VALUES (?1, ?2, ?3) \
                       ON CONFLICT (reason, account) DO UPDATE SET letters = letters + excluded.letters";
            let _ = transaction.execute(add, params![reason, number(*account), letters])?;
        }
    }
    Ok(())
}

/// Takes letters away that were sent again and accepted; a reason without letters is no group.
pub(super) fn take(transaction: &Transaction<'_>, reason: &str, letters: u64) -> rusqlite::Result<()> {
    let letters = i64::try_from(letters).unwrap_or(i64::MAX);
    let take = "UPDATE dead_letter SET letters = letters - ?2 WHERE reason = ?1";
    let _ = transaction.execute(take, params![reason, letters])?;
    let gone = "DELETE FROM dead_letter_account WHERE reason IN (SELECT reason FROM dead_letter WHERE letters <= 0)";
    let _ = transaction.execute(gone, [])?;
    let _ = transaction.execute("DELETE FROM dead_letter WHERE letters <= 0", [])?;
    Ok(())
}

/// All groups, the largest first; what they mean and where they lie is not known here.
pub(super) fn groups(connection: &Connection) -> rusqlite::Result<Vec<DeadLetters>> {
    let mut statement = connection.prepare(
        "SELECT reason, letters, first, last, detail, sample, \
         (SELECT count(*) FROM dead_letter_account WHERE reason = dead_letter.reason), \
         (SELECT printf('%012d', account) FROM dead_letter_account WHERE reason = dead_letter.reason ORDER BY letters DESC LIMIT 1) \
         FROM dead_letter ORDER BY letters DESC, reason",
    )?;
    let rows = statement.query_map([], |row| {
        let reason: String = row.get(0)?;
        let time = |at: i64| Timestamp::from_nanos(at.cast_unsigned()).into();
        Ok(DeadLetters {
            reason,
            letters: row.get::<_, i64>(1)?.cast_unsigned(),
            first: time(row.get(2)?),
            last: time(row.get(3)?),
            detail: row.get(4)?,
            sample: row.get(5)?,
            accounts: row.get(6)?,
            account: row.get(7)?,
            meaning: String::new(),
            place: String::new(),
        })
    })?;
    rows.collect()
}
