//! Rows into tables, in the writer's transaction.

use std::collections::BTreeMap;
use std::sync::Arc;

use rusqlite::{OptionalExtension, Transaction, params};

use super::letters;
use super::queue::Event;
use super::record::{Origin, Record};
use super::schema::ERROR;
use crate::api::alerts::Transition;
use crate::api::rules::Notification;
use crate::id::AccountId;

/// Resources whose ids are remembered. Log streams come and go; what is forgotten is found by its hash again.
const RESOURCES_MAX: usize = 50_000;

/// Accounts are numbers in the tables, and written with their leading zeros again when they are read.
pub(super) fn number(account: AccountId) -> i64 {
    account.as_str().parse().unwrap_or_default()
}

/// A moment as tables have it.
pub(super) fn nanos(nanos: u64) -> i64 {
    i64::try_from(nanos).unwrap_or(i64::MAX)
}

/// Ids of resources by the hash of their attributes and their account.
#[derive(Debug, Default)]
pub(super) struct Resources(BTreeMap<(i64, i64), i64>);

impl Resources {
    /// Forgets all, since some may be gone.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// The id of a resource, which is added where it is new.
    fn id(&mut self, transaction: &Transaction<'_>, origin: &Origin) -> rusqlite::Result<i64> {
        let key = (number(origin.account), origin.hash);
        if let Some(id) = self.0.get(&key) {
            return Ok(*id);
        }
        let known = "SELECT id FROM resource WHERE hash = ?1 AND account = ?2";
        let id = match transaction.query_row(known, params![key.1, key.0], |row| row.get(0)).optional()? {
            Some(id) => id,
            None => {
                let add = "INSERT INTO resource (hash, account, tenant, source, stream, attributes, newest) \
                           VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0)";
                let Origin { tenant, source, stream, attributes, .. } = origin;
                let _ = transaction.execute(add, params![key.1, key.0, tenant, source, stream, &**attributes])?;
                transaction.last_insert_rowid()
            }
        };
        if self.0.len() >= RESOURCES_MAX {
            self.0.clear();
        }
        let _ = self.0.insert(key, id);
        Ok(id)
    }
}

/// An error that was added: account, id, resource.
pub(super) type Added = (i64, i64, i64);

/// Adds log records with the ids from `next` on. Gives the errors among them.
pub(super) fn records<'a>(
    transaction: &Transaction<'_>,
    resources: &mut Resources,
    records: impl Iterator<Item = &'a Record>,
    next: i64,
) -> rusqlite::Result<Vec<Added>> {
    let mut errors = Vec::new();
    let mut add = transaction.prepare(
        "INSERT INTO log (id, time, account, severity, resource, body, is_json, attributes, observed, severity_text, event, \
         encoding, trace, span, flags) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
    )?;
    let mut newest: BTreeMap<i64, i64> = BTreeMap::new();
    let mut last: Option<(Arc<Origin>, i64)> = None;
    for (id, record) in (next..).zip(records) {
        let resource = match &last {
            Some((origin, resource)) if Arc::ptr_eq(origin, &record.origin) => *resource,
            Some(_) | None => resources.id(transaction, &record.origin)?,
        };
        last = Some((Arc::clone(&record.origin), resource));
        let account = number(record.origin.account);
        let _ = add.execute(params![
            id,
            nanos(record.time),
            account,
            record.severity,
            resource,
            record.body,
            record.is_json,
            record.attributes,
            nanos(record.observed),
            record.severity_text,
            record.event,
            record.encoding,
            record.trace,
            record.span,
            record.flags,
        ])?;
        let _ = newest.insert(resource, id);
        if record.severity >= ERROR {
            errors.push((account, id, resource));
        }
    }
    let mut mark = transaction.prepare("UPDATE resource SET newest = ?2 WHERE id = ?1")?;
    for (resource, id) in newest {
        let _ = mark.execute([resource, id])?;
    }
    Ok(errors)
}

/// Adds what happened.
pub(super) fn events(transaction: &Transaction<'_>, events: &[Event]) -> rusqlite::Result<()> {
    for event in events {
        match event {
            Event::Transition(it) => transition(transaction, it)?,
            Event::Notified(rule, it) => notification(transaction, rule, it)?,
            Event::Buried(it) => letters::add(transaction, it)?,
            Event::Revived(reason, count) => letters::take(transaction, reason, *count)?,
        }
    }
    Ok(())
}

fn transition(transaction: &Transaction<'_>, it: &Transition) -> rusqlite::Result<()> {
    let mut add = transaction.prepare(
        "INSERT OR IGNORE INTO alert_transition (at, fingerprint, name, rule, account, tenant, labels, before, after, value, \
         value_text, reason, episode) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    )?;
    let account = it.account.as_deref().and_then(|account| account.parse::<i64>().ok());
    let labels = serde_json::to_string(&it.group).unwrap_or_default();
    let _ = add.execute(params![
        nanos(it.at.0.nanos()),
        it.fingerprint,
        it.name,
        it.rule,
        account,
        it.tenant,
        labels,
        super::history::word(it.from),
        super::history::word(it.to),
        // A number that is none is no value.
        it.value.filter(|value| !value.is_nan()),
        it.value_text,
        it.reason,
        it.episode,
    ])?;
    Ok(())
}

fn notification(transaction: &Transaction<'_>, rule: &str, it: &Notification) -> rusqlite::Result<()> {
    let add = "INSERT INTO notification (at, rule, title, told, cause, accounts) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let values = params![nanos(it.at.0.nanos()), rule, it.title, it.to, it.cause, it.accounts];
    transaction.execute(add, values).map(drop)
}
