//! What is kept when room or time runs out: the newest, and of each account its last errors, whatever others send.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use rusqlite::{Connection, params};

use super::schema::ERROR;
use crate::config::page;
use crate::time::Timestamp;

/// The last errors of an account that are kept at most.
const ERRORS_KEPT: usize = 200;

/// Records that are removed in one transaction: some tens of milliseconds.
const SLICE: usize = 10_000;

/// How long transitions, notifications and summaries of letters are kept.
const HISTORY_DAYS: u64 = 30;

/// Bytes of a transition with its indexes, about.
const TRANSITION_BYTES: u64 = 600;

/// The last errors of each account: ids of record and resource, ascending.
#[derive(Debug)]
pub(super) struct Errors {
    rings: BTreeMap<i64, VecDeque<(i64, i64)>>,
    kept: usize,
    /// Up to this id only errors are left that are kept.
    swept: i64,
    /// Errors up to there that newer ones of their account pushed out.
    expired: Vec<i64>,
}

impl Errors {
    /// As a file has them.
    pub(super) fn load(connection: &Connection) -> rusqlite::Result<Self> {
        let swept = connection.query_row("SELECT swept FROM meta", [], |row| row.get(0))?;
        let mut errors = Self { rings: BTreeMap::new(), kept: ERRORS_KEPT, swept, expired: Vec::new() };
        let all =
            format!("SELECT id, account, resource FROM log INDEXED BY log_error WHERE severity >= {ERROR} ORDER BY id");
        let mut statement = connection.prepare(&all)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            errors.note(row.get(1)?, row.get(0)?, row.get(2)?);
        }
        Ok(errors)
    }

    /// A new error.
    pub(super) fn note(&mut self, account: i64, id: i64, resource: i64) {
        let ring = self.rings.entry(account).or_default();
        ring.push_back((id, resource));
        trim(ring, self.kept, self.swept, &mut self.expired);
    }

    /// Up to which id only kept errors are left.
    pub(super) const fn swept(&self) -> i64 {
        self.swept
    }

    /// So many are kept of each account that all together are at most half of what is stored.
    fn fit(&mut self, records: i64) {
        let half = usize::try_from(records / 2).unwrap_or_default();
        self.keep((half / self.rings.len().max(1)).clamp(1, ERRORS_KEPT));
    }

    fn keep(&mut self, kept: usize) {
        if kept < self.kept {
            self.rings.values_mut().for_each(|ring| trim(ring, kept, self.swept, &mut self.expired));
        }
        self.kept = kept;
    }

    fn is_kept(&self, account: i64, id: i64) -> bool {
        self.rings.get(&account).and_then(VecDeque::front).is_some_and(|(oldest, _)| id >= *oldest)
    }

    /// Resources of kept errors that lie before what is whole.
    fn resources(&self) -> BTreeSet<i64> {
        let kept = self.rings.values().flatten().filter(|(id, _)| *id <= self.swept);
        kept.map(|(_, resource)| *resource).collect()
    }
}

fn trim(ring: &mut VecDeque<(i64, i64)>, kept: usize, swept: i64, expired: &mut Vec<i64>) {
    while ring.len() > kept {
        if let Some((id, _)) = ring.pop_front().filter(|(id, _)| *id <= swept) {
            expired.push(id);
        }
    }
}

/// Bytes of the file, and those of it that are in use.
pub(super) fn size(connection: &Connection) -> rusqlite::Result<(u64, u64)> {
    let pragma = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let (pages, free, bytes) = (pragma("page_count")?, pragma("freelist_count")?, pragma("page_size")?);
    let bytes_of = |pages: i64| u64::try_from(pages * bytes).unwrap_or_default();
    Ok((bytes_of(pages), bytes_of(pages - free)))
}

/// Makes room: removes the oldest one hundredth, but for the last errors of each account, again and again until what is left fits.
/// Gives how many records were removed.
pub(super) fn by_bytes(
    connection: &mut Connection,
    settings: &page::Store,
    errors: &mut Errors,
    records: i64,
) -> rusqlite::Result<i64> {
    let most = settings.bytes_max - settings.bytes_max / 20;
    let mut removed = 0;
    while size(connection)?.1 > most {
        errors.fit(records - removed);
        let wanted = usize::try_from((records - removed) / 100).unwrap_or_default().clamp(100, SLICE);
        let now = sweep(connection, errors, wanted)?;
        removed += now;
        if now == 0 && errors.kept == 1 {
            removed += remove_oldest(connection, wanted)?;
            break;
        }
        if now == 0 {
            errors.keep(errors.kept / 2);
        }
    }
    give_back(connection, most)?;
    Ok(removed)
}

/// Removes what the next ids hold, but for errors that are kept.
fn sweep(connection: &mut Connection, errors: &mut Errors, wanted: usize) -> rusqlite::Result<i64> {
    let transaction = connection.transaction()?;
    let (mut doomed, mut swept) = (errors.expired.clone(), errors.swept);
    {
        let mut next = transaction.prepare("SELECT id, account, severity FROM log WHERE id > ?1 ORDER BY id")?;
        let mut rows = next.query([swept])?;
        while doomed.len() < wanted
            && let Some(row) = rows.next()?
        {
            swept = row.get(0)?;
            let is_error = row.get::<_, u8>(2)? >= ERROR;
            if !is_error || !errors.is_kept(row.get(1)?, swept) {
                doomed.push(swept);
            }
        }
    }
    let removed = remove(&transaction, &doomed)?;
    let _ = transaction.execute("UPDATE meta SET swept = ?1", [swept])?;
    transaction.commit()?;
    (errors.swept, errors.expired) = (swept, Vec::new());
    Ok(removed)
}

/// When even one error of each account is too much.
fn remove_oldest(connection: &mut Connection, wanted: usize) -> rusqlite::Result<i64> {
    let transaction = connection.transaction()?;
    let doomed = ids(&transaction, "SELECT id FROM log ORDER BY id LIMIT ?1", i64::try_from(wanted).unwrap_or(1))?;
    let removed = remove(&transaction, &doomed)?;
    transaction.commit()?;
    Ok(removed)
}

fn ids(connection: &Connection, query: &str, value: impl rusqlite::ToSql) -> rusqlite::Result<Vec<i64>> {
    let mut statement = connection.prepare(query)?;
    let rows = statement.query_map([value], |row| row.get(0))?;
    rows.collect()
}

fn remove(connection: &Connection, doomed: &[i64]) -> rusqlite::Result<i64> {
    let mut statement = connection.prepare("DELETE FROM log WHERE id = ?1")?;
    let mut removed = 0;
    for id in doomed {
        removed += i64::try_from(statement.execute([id])?).unwrap_or_default();
    }
    Ok(removed)
}

/// Gives pages back to the file system where the file is larger than it may be.
fn give_back(connection: &Connection, most: u64) -> rusqlite::Result<()> {
    const PAGES: u32 = 2_000;
    let (bytes, used) = size(connection)?;
    if bytes <= most || bytes == used {
        return Ok(());
    }
    // Each step frees a page.
    let mut statement = connection.prepare(&format!("PRAGMA incremental_vacuum({PAGES})"))?;
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    Ok(())
}

/// Removes what is too old. Gives how many log records were removed.
pub(super) fn by_age(connection: &mut Connection, settings: &page::Store, now: Timestamp) -> rusqlite::Result<i64> {
    let transaction = connection.transaction()?;
    let oldest = super::insert::nanos(now.minus(settings.age_max).nanos());
    let too_old = format!("SELECT id FROM log WHERE time < ?1 LIMIT {SLICE}");
    let removed = remove(&transaction, &ids(&transaction, &too_old, oldest)?)?;
    let oldest = super::insert::nanos(now.minus(std::time::Duration::from_hours(24 * HISTORY_DAYS)).nanos());
    let most = (settings.bytes_max / 8 / TRANSITION_BYTES).clamp(1_000, 500_000);
    for table in ["alert_transition", "notification"] {
        let too_old = format!("DELETE FROM {table} WHERE at < ?1 OR id <= (SELECT max(id) FROM {table}) - ?2");
        let _ = transaction.execute(&too_old, params![oldest, most.cast_signed()])?;
    }
    for too_old in [
        "DELETE FROM dead_letter_account WHERE reason IN (SELECT reason FROM dead_letter WHERE last < ?1)",
        "DELETE FROM dead_letter WHERE last < ?1",
    ] {
        let _ = transaction.execute(too_old, [oldest])?;
    }
    transaction.commit()?;
    Ok(removed)
}

/// Removes resources that no record is of any more. Whether there were some.
pub(super) fn resources(connection: &mut Connection, errors: &Errors) -> rusqlite::Result<bool> {
    let kept = errors.resources();
    let transaction = connection.transaction()?;
    let unused = ids(&transaction, "SELECT id FROM resource WHERE newest <= ?1", errors.swept)?;
    let mut statement = transaction.prepare("DELETE FROM resource WHERE id = ?1")?;
    let mut removed = 0;
    for id in unused.iter().filter(|id| !kept.contains(id)) {
        removed += statement.execute([id])?;
    }
    drop(statement);
    transaction.commit()?;
    Ok(removed > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors() -> Errors {
        Errors { rings: BTreeMap::new(), kept: 3, swept: 0, expired: Vec::new() }
    }

    #[test]
    fn the_last_errors_of_an_account_stay_whatever_others_have() {
        let mut errors = errors();
        errors.note(1, 1, 9);
        (2..1_000).for_each(|id| errors.note(2, id, 8));
        assert!(errors.is_kept(1, 1));
        assert_eq!((errors.is_kept(2, 996), errors.is_kept(2, 997)), (false, true));
        assert!(!errors.is_kept(3, 5));
    }

    #[test]
    fn what_was_spared_and_is_pushed_out_later_is_removed_then() {
        let mut errors = errors();
        (1..=3).for_each(|id| errors.note(1, id, 9));
        errors.swept = 2;
        assert_eq!(errors.resources(), BTreeSet::from([9]));
        errors.note(1, 4, 9);
        errors.note(1, 5, 9);
        errors.note(1, 6, 9);
        assert_eq!(errors.expired, [1, 2], "3 is behind what was swept, and is met by the sweep");
    }

    #[test]
    fn kept_errors_are_at_most_half_of_what_is_stored() {
        let mut errors = errors();
        (1..=10).for_each(|id| errors.note(id % 2, id, 9));
        errors.fit(8);
        assert_eq!(errors.kept, 2);
        errors.fit(1_000_000);
        assert_eq!(errors.kept, ERRORS_KEPT);
    }
}
