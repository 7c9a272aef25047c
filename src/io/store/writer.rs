//! The writer: the one thread that changes the file. Whatever goes wrong here is told in the status, and stops nothing else.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::file::{self, Failure, Opened};
use super::insert::{self, Resources};
use super::queue::{Batch, Event};
use super::record::{self, Record};
use super::retain::{self, Errors};
use super::schema::ERROR;
use super::{Shared, TailRow};
use crate::config::page::StoredLogs;
use crate::io::clock;
use crate::io::telemetry::{Counter, Gauge};
use crate::time::Timestamp;

/// How long it waits before it tries a file again that cannot be used.
const RETRY: Duration = Duration::from_secs(5);

/// How often it is looked for what is too old.
const AGE_INTERVAL: Duration = Duration::from_secs(10);

/// A batch that cannot be written because someone else writes is tried again so often; meanwhile what comes pushes out what waits.
const BUSY_TRIES: u32 = 30;

/// Runs until the queue is closed and empty.
pub(super) fn run(shared: &Arc<Shared>, opened: Option<Opened>) {
    let mut writer = Writer { shared, file: None, tried: Instant::now(), damaged: false, aged: None };
    if let Some(opened) = opened {
        writer.adopt(opened);
    }
    loop {
        let batch = shared.queue.take();
        let last = batch.last;
        let marks = writer.work(batch);
        for mark in marks {
            let _nobody_may_wait = mark.send(());
        }
        if last {
            break;
        }
    }
    writer.end();
}

struct Writer<'a> {
    shared: &'a Arc<Shared>,
    file: Option<Book>,
    /// When a file was last tried to be opened.
    tried: Instant,
    /// The file turned out to be damaged.
    damaged: bool,
    /// When it was last looked for what is too old.
    aged: Option<Instant>,
}

/// An open file, and what is known of it.
struct Book {
    opened: Opened,
    resources: Resources,
    errors: Errors,
    next: i64,
    records: i64,
}

impl Book {
    fn load(opened: Opened) -> rusqlite::Result<Self> {
        let connection = &opened.connection;
        let errors = Errors::load(connection)?;
        let newest: i64 = connection.query_row("SELECT coalesce(max(id), 0) FROM log", [], |row| row.get(0))?;
        let records = connection.query_row("SELECT count(*) FROM log", [], |row| row.get(0))?;
        let next = newest.max(errors.swept()) + 1;
        Ok(Self { opened, resources: Resources::default(), errors, next, records })
    }

    fn write(&mut self, records: &[&Record], events: &[Event]) -> rusqlite::Result<()> {
        if records.is_empty() && events.is_empty() {
            return Ok(());
        }
        let written = self.try_write(records, events);
        if written.is_err() {
            // What the transaction added is not there.
            self.resources.clear();
        }
        written
    }

    fn try_write(&mut self, records: &[&Record], events: &[Event]) -> rusqlite::Result<()> {
        let connection = &mut self.opened.connection;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let errors = insert::records(&transaction, &mut self.resources, records.iter().copied(), self.next)?;
        insert::events(&transaction, events)?;
        transaction.commit()?;
        errors.into_iter().for_each(|(account, id, resource)| self.errors.note(account, id, resource));
        let n = i64::try_from(records.len()).unwrap_or_default();
        self.next += n;
        self.records += n;
        Ok(())
    }

    /// What must go, goes.
    fn retain(&mut self, shared: &Shared, aged: bool) -> rusqlite::Result<()> {
        let connection = &mut self.opened.connection;
        if aged {
            self.records -= retain::by_age(connection, &shared.settings, clock::now())?;
            if retain::resources(connection, &self.errors)? {
                self.resources.clear();
            }
        }
        self.records -= retain::by_bytes(connection, &shared.settings, &mut self.errors, self.records)?;
        Ok(())
    }

    /// The oldest record of those that are whole.
    fn oldest(&self) -> rusqlite::Result<Option<Timestamp>> {
        oldest(&self.opened.connection, self.errors.swept())
    }
}

fn oldest(connection: &Connection, swept: i64) -> rusqlite::Result<Option<Timestamp>> {
    use rusqlite::OptionalExtension as _;
    let first = "SELECT time FROM log WHERE id > ?1 ORDER BY id LIMIT 1";
    let time: Option<i64> = connection.query_row(first, [swept], |row| row.get(0)).optional()?;
    Ok(time.map(|nanos| Timestamp::from_nanos(nanos.cast_unsigned())))
}

impl Writer<'_> {
    /// Writes a batch, if there is a file, and shows it to those who look on.
    fn work(&mut self, batch: Batch) -> Vec<oneshot::Sender<()>> {
        self.reopen();
        let records = self.decode(&batch);
        let kept: Vec<&Record> = records.iter().filter(|record| self.wants(record)).collect();
        self.show(&records);
        if self.file.is_none() {
            self.shared.dropped(kept.len());
        } else {
            self.write(&kept, &batch.events);
            self.look_after();
        }
        batch.marks
    }

    fn decode(&self, batch: &Batch) -> Vec<Record> {
        let mut records = Vec::new();
        for chunk in &batch.chunks {
            match record::records(chunk, &self.shared.tenant_attribute) {
                Ok(decoded) => records.extend(decoded),
                Err(error) => {
                    tracing::error!(%error, "log records of our own making cannot be read by the page's store")
                }
            }
        }
        records
    }

    fn wants(&self, record: &Record) -> bool {
        match self.shared.settings.logs {
            StoredLogs::Off => false,
            StoredLogs::Errors => record.severity >= ERROR,
            StoredLogs::All => true,
        }
    }

    /// Before anything is written, so that a slow disk delays nobody who looks on.
    fn show(&self, records: &[Record]) {
        if self.shared.tail.receiver_count() == 0 || records.is_empty() {
            return;
        }
        let mut next = self.file.as_ref().map(|book| book.next);
        let rows: Vec<TailRow> = records
            .iter()
            .map(|record| {
                let id = next.filter(|_| self.wants(record));
                next = next.map(|next| next + i64::from(id.is_some()));
                record.tail(id)
            })
            .collect();
        let _nobody_looks_on = self.shared.tail.send(rows.into());
    }

    fn write(&mut self, records: &[&Record], events: &[Event]) {
        for _ in 0..BUSY_TRIES {
            let Some(book) = &mut self.file else { break };
            match book.write(records, events) {
                Ok(()) => {
                    self.shared.telemetry.count(Counter::StoredRecords, records.len() as u64);
                    self.shared.succeeded();
                    return;
                }
                Err(error) if file::is_busy(&error) => {
                    self.shared.failing(&format!("someone else writes to it: {error}"))
                }
                Err(error) => {
                    self.fail(&error);
                    break;
                }
            }
        }
        self.shared.dropped(records.len());
    }

    fn look_after(&mut self) {
        let due = self.aged.is_none_or(|aged| aged.elapsed() >= AGE_INTERVAL);
        let Some(book) = &mut self.file else { return };
        let looked = book.retain(self.shared, due).and_then(|()| self.report());
        match looked {
            Ok(()) if due => self.aged = Some(Instant::now()),
            Ok(()) => {}
            Err(error) if file::is_busy(&error) => {}
            Err(error) => self.fail(&error),
        }
    }

    fn report(&self) -> rusqlite::Result<()> {
        let Some(book) = &self.file else { return Ok(()) };
        let (bytes, _) = retain::size(&book.opened.connection)?;
        let oldest = book.oldest()?;
        let records = u64::try_from(book.records).unwrap_or_default();
        self.shared.telemetry.set(Gauge::StoreBytes, bytes);
        self.shared.telemetry.set(Gauge::StoreQueueRecords, self.shared.queue.records() as u64);
        self.shared.report(bytes, records, oldest);
        Ok(())
    }

    /// A damaged file is given up, and another begun in its place; anything else may pass.
    fn fail(&mut self, error: &rusqlite::Error) {
        self.shared.failing(&error.to_string());
        if file::is_damage(error) {
            (self.file, self.damaged) = (None, true);
            self.shared.pool.renew();
        }
        self.tried = Instant::now();
    }

    /// Opens the file, where it is not open and it is time to try again.
    fn reopen(&mut self) {
        if self.file.is_some() || self.tried.elapsed() < RETRY {
            return;
        }
        self.tried = Instant::now();
        match file::open(&self.shared.path, self.damaged) {
            Ok(opened) => {
                self.damaged = false;
                self.adopt(opened);
            }
            Err(Failure::Passing(why)) => self.shared.failing(&why),
            Err(Failure::Fatal(error)) => self.shared.failing(&error.to_string()),
        }
    }

    fn adopt(&mut self, opened: Opened) {
        self.shared.pool.renew();
        match Book::load(opened) {
            Ok(book) => {
                self.file = Some(book);
                self.shared.succeeded();
                self.look_after();
            }
            Err(error) => self.fail(&error),
        }
    }

    /// Leaves one file behind, not three; of a store for this run alone nothing.
    fn end(self) {
        self.shared.pool.renew();
        if self.shared.for_this_run {
            drop(self.file);
            if let Err(error) = file::remove(&self.shared.path) {
                tracing::warn!(%error, "the page's store for this run is not removed");
            }
            return;
        }
        if let Some(book) = self.file
            && let Err(error) = book.opened.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
        {
            tracing::warn!(%error, "the page's store is not tidied; the next start does that");
        }
    }
}
