//! Searching log records: newest or oldest first, from a cursor on, until the limit, the end, or the budget is reached.
//!
//! Account, time and "error or above" are looked up in indexes; everything else is compared record by record, so that the budget
//! holds whatever is asked. Of few accounts, each has its own place in an index and they are merged by time; of many, all records
//! are looked at.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use rusqlite::types::Value as SqlValue;
use rusqlite::{Connection, OptionalExtension, Row as SqlRow, Rows, params_from_iter};
use tokio::time::Instant;

use super::insert::{nanos, number};
use super::record::{severity_text, shown};
use super::schema::ERROR;
use super::{Error, Search};
use crate::api::logs::{LogList, LogRecord, LogRow};
use crate::log_query::Row;
use crate::time::Timestamp;
use crate::view::scope::Scope;

/// Accounts that are merged by time; of more, all records are looked at.
const MERGED_MAX: usize = 64;

/// Records that one search looks at, whatever its budget.
const SCANNED_MAX: u64 = 1_000_000;

/// The clock is looked at after so many records.
const CLOCK_EVERY: u64 = 64;

const COLUMNS: &str = "id, time, account, severity, resource, body, attributes, severity_text";

/// A record as it is compared.
struct Found {
    id: i64,
    time: i64,
    account: i64,
    severity: u8,
    resource: i64,
    body: String,
    attributes: String,
    severity_text: String,
}

impl Found {
    fn read(row: &SqlRow<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            time: row.get(1)?,
            account: row.get(2)?,
            severity: row.get(3)?,
            resource: row.get(4)?,
            body: row.get(5)?,
            attributes: row.get(6)?,
            severity_text: row.get(7)?,
        })
    }
}

/// What records of a resource have in common.
struct Origin {
    tenant: String,
    source: String,
    attributes: String,
}

/// Where an answer ended: time and id of its last record, and in which order it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cursor {
    oldest_first: bool,
    time: i64,
    id: i64,
}

impl Cursor {
    fn parse(text: &str, oldest_first: bool) -> Result<Self, Error> {
        let order = if oldest_first { "o" } else { "n" };
        let read = text.strip_prefix(order).and_then(|text| text.split_once('-')).and_then(|(time, id)| {
            let number = |text| i64::from_str_radix(text, 16).ok().filter(|number| *number >= 0);
            Some(Self { oldest_first, time: number(time)?, id: number(id)? })
        });
        read.ok_or(Error::Cursor)
    }

    fn text(self) -> String {
        format!("{}{:x}-{:x}", if self.oldest_first { "o" } else { "n" }, self.time, self.id)
    }
}

/// A part of what is looked for. `whole` is the oldest time from which on nothing was removed.
pub(super) fn logs(connection: &Connection, search: &Search, whole: Option<Timestamp>) -> Result<LogList, Error> {
    let begun = Instant::now();
    let cursor = search.cursor.as_deref().map(|text| Cursor::parse(text, search.oldest_first)).transpose()?;
    let accounts = accounts(connection, search)?;
    let oldest = oldest(connection, accounts.as_ref(), whole)?;
    let mut list = LogList { items: Vec::new(), scanned: 0, complete: true, next: None, oldest, notices: Vec::new() };
    let (low, high) = search.query.severities();
    if accounts.as_ref().is_some_and(BTreeSet::is_empty) || low > high {
        return Ok(list);
    }
    let merged: Vec<Option<i64>> = match &accounts {
        Some(accounts) if accounts.len() <= MERGED_MAX => accounts.iter().copied().map(Some).collect(),
        Some(_) | None => vec![None],
    };
    let mut statements = Vec::new();
    for account in &merged {
        statements.push(connection.prepare(&sql(search, cursor, account.is_some(), low))?);
    }
    let mut streams = Vec::new();
    for (statement, account) in statements.iter_mut().zip(&merged) {
        streams.push(statement.query(params_from_iter(values(search, cursor, *account)))?);
    }
    let mut merge = Merge::new(streams, search.oldest_first)?;
    let mut origins = Origins { connection, known: BTreeMap::new() };
    while let Some(found) = merge.next()? {
        list.scanned += 1;
        let here = Cursor { oldest_first: search.oldest_first, time: found.time, id: found.id };
        if accounts.as_ref().is_none_or(|accounts| accounts.contains(&found.account))
            && let Some(row) = matching(search, &found, &mut origins)?
        {
            list.items.push(row);
        }
        let spent = list.scanned >= SCANNED_MAX
            || (list.scanned.is_multiple_of(CLOCK_EVERY) && begun.elapsed() >= search.budget);
        if list.items.len() >= search.limit || spent {
            (list.complete, list.next) = (false, Some(here.text()));
            break;
        }
    }
    Ok(list)
}

fn matching(search: &Search, found: &Found, origins: &mut Origins<'_>) -> Result<Option<LogRow>, Error> {
    let (low, high) = search.query.severities();
    if !(low..=high).contains(&found.severity) {
        return Ok(None);
    }
    let Some(origin) = origins.get(found.resource)? else { return Ok(None) };
    let account = format!("{:012}", found.account);
    let seen = Row::new(
        (&account, &origin.tenant),
        &origin.source,
        found.severity,
        &found.body,
        &found.attributes,
        &origin.attributes,
    );
    if !search.scope.covers(&origin.tenant) || !search.query.matches(&seen) {
        return Ok(None);
    }
    let (body, cut) = shown(&found.body);
    Ok(Some(LogRow {
        id: Some(found.id.to_string()),
        at: found.time.cast_unsigned() / 1_000_000,
        account,
        tenant: origin.tenant.clone(),
        severity: found.severity,
        severity_text: severity_text(&found.severity_text, found.severity),
        source: origin.source.clone(),
        body: body.to_owned(),
        cut,
    }))
}

/// The accounts that can have what is looked for, as far as scope and query tell; `None` for all.
fn accounts(connection: &Connection, search: &Search) -> Result<Option<BTreeSet<i64>>, Error> {
    let mut accounts: Option<BTreeSet<i64>> =
        search.accounts.as_ref().map(|accounts| accounts.iter().copied().map(number).collect());
    let mut only = |these: BTreeSet<i64>| {
        accounts = Some(accounts.take().map_or(these.clone(), |known| known.intersection(&these).copied().collect()));
    };
    if let Some(account) = search.query.account() {
        only(BTreeSet::from([number(account)]));
    }
    let named = search.query.tenant();
    let tenants: Option<Vec<&str>> = match &search.scope {
        Scope::Fleet => named.map(|tenant| vec![tenant]),
        Scope::Tenants(seen) => {
            Some(seen.iter().map(String::as_str).filter(|tenant| named.is_none_or(|named| named == *tenant)).collect())
        }
    };
    if let Some(tenants) = tenants {
        let mut of_tenant = connection.prepare("SELECT DISTINCT account FROM resource WHERE tenant = ?1")?;
        let mut found = BTreeSet::new();
        for tenant in tenants {
            let rows = of_tenant.query_map([tenant], |row| row.get(0))?;
            found.extend(rows.collect::<rusqlite::Result<Vec<i64>>>()?);
        }
        only(found);
    }
    Ok(accounts)
}

/// From when on everything that was searched is there.
fn oldest(
    connection: &Connection,
    accounts: Option<&BTreeSet<i64>>,
    whole: Option<Timestamp>,
) -> Result<Option<crate::api::Time>, Error> {
    let Some(whole) = whole else { return Ok(None) };
    let mut oldest = Some(whole.nanos().cast_signed());
    if let Some(accounts) = accounts.filter(|accounts| accounts.len() <= MERGED_MAX) {
        let mut first = connection.prepare("SELECT min(time) FROM log WHERE account = ?1 AND time >= ?2")?;
        let mut times = Vec::new();
        for account in accounts {
            times.extend(first.query_row([Some(*account), oldest], |row| row.get::<_, Option<i64>>(0))?);
        }
        oldest = times.into_iter().min();
    }
    Ok(oldest.map(|nanos| Timestamp::from_nanos(nanos.cast_unsigned()).into()))
}

/// One stream of records in the order that is asked for.
fn sql(search: &Search, cursor: Option<Cursor>, of_account: bool, low: u8) -> String {
    let (direction, before) = if search.oldest_first { ("ASC", ">") } else { ("DESC", "<") };
    let mut sql = format!("SELECT {COLUMNS} FROM log WHERE time >= ?1 AND time < ?2");
    if of_account {
        sql.push_str(" AND account = ?3");
    }
    if low >= ERROR {
        // As the index says it.
        sql.push_str(&format!(" AND severity >= {ERROR}"));
    }
    if let Some(Cursor { time, id, .. }) = cursor {
        sql.push_str(&format!(" AND time {before}= {time} AND (time {before} {time} OR id {before} {id})"));
    }
    sql.push_str(&format!(" ORDER BY time {direction}, id {direction}"));
    sql
}

fn values(search: &Search, cursor: Option<Cursor>, account: Option<i64>) -> Vec<SqlValue> {
    let mut from = search.from.map_or(0, |time| nanos(time.nanos()));
    let mut to = search.to.map_or(i64::MAX, |time| nanos(time.nanos()));
    // Where the cursor is nearer, the index is entered there.
    match cursor {
        Some(cursor) if cursor.oldest_first => from = from.max(cursor.time),
        Some(cursor) => to = to.min(cursor.time.saturating_add(1)),
        None => {}
    }
    let mut values = vec![SqlValue::Integer(from), SqlValue::Integer(to)];
    values.extend(account.map(SqlValue::Integer));
    values
}

/// Streams that are in order each, as one.
struct Merge<'a> {
    streams: Vec<Rows<'a>>,
    heads: Vec<Option<Found>>,
    oldest_first: bool,
}

impl<'a> Merge<'a> {
    fn new(streams: Vec<Rows<'a>>, oldest_first: bool) -> rusqlite::Result<Self> {
        let mut merge = Self { heads: streams.iter().map(|_| None).collect(), streams, oldest_first };
        for index in 0..merge.streams.len() {
            merge.advance(index)?;
        }
        Ok(merge)
    }

    fn advance(&mut self, index: usize) -> rusqlite::Result<()> {
        self.heads[index] = self.streams[index].next()?.map(Found::read).transpose()?;
        Ok(())
    }

    fn next(&mut self) -> rusqlite::Result<Option<Found>> {
        let heads = self.heads.iter().enumerate().filter_map(|(index, head)| head.as_ref().map(|head| (index, head)));
        let order = |left: &Found, right: &Found| -> Ordering {
            let order = (left.time, left.id).cmp(&(right.time, right.id));
            if self.oldest_first { order } else { order.reverse() }
        };
        let Some((index, _)) = heads.min_by(|(_, left), (_, right)| order(left, right)) else { return Ok(None) };
        let found = self.heads[index].take();
        self.advance(index)?;
        Ok(found)
    }
}

/// Resources that were read already.
struct Origins<'a> {
    connection: &'a Connection,
    known: BTreeMap<i64, Option<Rc<Origin>>>,
}

impl Origins<'_> {
    fn get(&mut self, id: i64) -> rusqlite::Result<Option<Rc<Origin>>> {
        if let Some(known) = self.known.get(&id) {
            return Ok(known.clone());
        }
        let read = "SELECT tenant, source, attributes FROM resource WHERE id = ?1";
        let origin = self.connection.query_row(read, [id], |row| {
            Ok(Rc::new(Origin { tenant: row.get(0)?, source: row.get(1)?, attributes: row.get(2)? }))
        });
        let origin = origin.optional()?;
        let _ = self.known.insert(id, origin.clone());
        Ok(origin)
    }
}

/// A whole record, if someone of this scope may see it.
pub(super) fn record(connection: &Connection, id: &str, scope: &Scope) -> Result<Option<LogRecord>, Error> {
    let Ok(id) = id.parse::<i64>() else { return Ok(None) };
    let read = "SELECT log.time, log.account, log.severity, log.severity_text, log.body, log.is_json, log.attributes, log.observed, \
                resource.tenant, resource.source, resource.stream, resource.attributes \
                FROM log JOIN resource ON resource.id = log.resource WHERE log.id = ?1";
    let found = connection.query_row(read, [id], |row| {
        let (body, severity): (String, u8) = (row.get(4)?, row.get(2)?);
        let (start, cut) = shown(&body);
        let json = |text: String| serde_json::from_str(&text).unwrap_or_default();
        let observed: i64 = row.get(7)?;
        Ok(LogRecord {
            row: LogRow {
                id: Some(id.to_string()),
                at: row.get::<_, i64>(0)?.cast_unsigned() / 1_000_000,
                account: format!("{:012}", row.get::<_, i64>(1)?),
                tenant: row.get(8)?,
                severity,
                severity_text: severity_text(&row.get::<_, String>(3)?, severity),
                source: row.get(9)?,
                body: start.to_owned(),
                cut,
            },
            observed: (observed > 0).then(|| Timestamp::from_nanos(observed.cast_unsigned()).into()),
            stream: row.get(10)?,
            whole: if row.get(5)? { serde_json::from_str(&body).unwrap_or_default() } else { body.into() },
            attributes: json(row.get(6)?),
            resource: json(row.get(11)?),
        })
    });
    Ok(found.optional()?.filter(|record| scope.covers(&record.row.tenant)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_back_to_its_place_in_its_own_order_only() {
        let cursor = Cursor { oldest_first: true, time: 1_772_445_600_000_000_000, id: 77 };
        assert_eq!(Cursor::parse(&cursor.text(), true).unwrap(), cursor);
        assert!(Cursor::parse(&cursor.text(), false).is_err());
        for other in ["", "o", "o1", "o1-", "o1-x", "o-1--1", "n1-1"] {
            assert!(Cursor::parse(other, true).is_err(), "{other}");
        }
    }
}
