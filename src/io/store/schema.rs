//! The tables, and the steps that lead from any older file to them. A step that was released is never changed.

use rusqlite::{Connection, OptionalExtension};

/// One step for each version, in order.
const MIGRATIONS: [&str; 1] = [FIRST];

/// The version that this program writes.
pub(super) const VERSION: i64 = MIGRATIONS.len() as i64;

/// Records at this severity number or above are errors; the indexes below name the number.
pub(super) const ERROR: u8 = 17;

const FIRST: &str = "
CREATE TABLE meta (
    schema_version INTEGER NOT NULL,
    swept INTEGER NOT NULL,   -- up to this id only the last errors of each account are left
    begun INTEGER NOT NULL    -- nanoseconds since 1970: nothing is known of what was before
) STRICT;
INSERT INTO meta VALUES (0, 0, 0);

CREATE TABLE resource (
    id INTEGER PRIMARY KEY,
    hash INTEGER NOT NULL,
    account INTEGER NOT NULL,
    tenant TEXT NOT NULL,
    source TEXT NOT NULL,     -- log group
    stream TEXT NOT NULL,     -- log stream
    attributes TEXT NOT NULL, -- JSON
    newest INTEGER NOT NULL   -- id of its newest record
) STRICT;
CREATE INDEX resource_hash ON resource (hash);
CREATE INDEX resource_tenant ON resource (tenant, account);

CREATE TABLE log (
    id INTEGER PRIMARY KEY,   -- in the order of arrival
    time INTEGER NOT NULL,    -- nanoseconds since 1970
    account INTEGER NOT NULL, -- without leading zeros
    severity INTEGER NOT NULL,
    resource INTEGER NOT NULL,
    body TEXT NOT NULL,
    is_json INTEGER NOT NULL, -- whether the body is no text but JSON
    attributes TEXT NOT NULL, -- JSON
    observed INTEGER NOT NULL,
    severity_text TEXT NOT NULL,
    event TEXT NOT NULL,
    encoding TEXT NOT NULL,
    trace TEXT NOT NULL,      -- hexadecimal
    span TEXT NOT NULL,
    flags INTEGER NOT NULL
) STRICT;
CREATE INDEX log_account ON log (account, time);
CREATE INDEX log_time ON log (time);
CREATE INDEX log_error ON log (account, time, resource) WHERE severity >= 17;
CREATE INDEX log_error_time ON log (time) WHERE severity >= 17;

CREATE TABLE alert_transition (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    name TEXT NOT NULL,
    rule TEXT NOT NULL,
    account INTEGER,
    tenant TEXT NOT NULL,
    labels TEXT NOT NULL,     -- JSON: values of the group beside the account
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    value REAL,
    value_text TEXT NOT NULL,
    reason TEXT NOT NULL,
    episode INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX alert_transition_once ON alert_transition (fingerprint, at, after);
CREATE INDEX alert_transition_at ON alert_transition (at);
CREATE INDEX alert_transition_rule ON alert_transition (rule, at);
CREATE INDEX alert_transition_account ON alert_transition (account, at);

CREATE TABLE notification (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    rule TEXT NOT NULL,
    title TEXT NOT NULL,
    told TEXT NOT NULL,
    cause TEXT NOT NULL,
    accounts INTEGER NOT NULL
) STRICT;
CREATE INDEX notification_rule ON notification (rule, at);

CREATE TABLE dead_letter (
    reason TEXT PRIMARY KEY,
    letters INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    detail TEXT NOT NULL,
    sample TEXT NOT NULL
) STRICT;
CREATE TABLE dead_letter_account (
    reason TEXT NOT NULL,
    account INTEGER NOT NULL,
    letters INTEGER NOT NULL,
    PRIMARY KEY (reason, account)
) STRICT, WITHOUT ROWID;

CREATE VIEW logs AS
SELECT log.id, strftime('%Y-%m-%dT%H:%M:%fZ', log.time / 1e9, 'unixepoch') AS time,
    printf('%012d', log.account) AS account, resource.tenant, log.severity, resource.source, log.body,
    log.attributes, resource.attributes AS resource
FROM log JOIN resource ON resource.id = log.resource;

CREATE VIEW alerts AS
SELECT strftime('%Y-%m-%dT%H:%M:%fZ', at / 1e9, 'unixepoch') AS time, name, rule,
    printf('%012d', account) AS account, tenant, before, after, value_text AS value, reason
FROM alert_transition;
";

/// The version of a file; 0 of an empty one.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<i64> {
    let exists = "SELECT 1 FROM sqlite_schema WHERE name = 'meta'";
    if connection.query_row(exists, [], |_| Ok(())).optional()?.is_none() {
        return Ok(0);
    }
    connection.query_row("SELECT schema_version FROM meta", [], |row| row.get(0))
}

/// Takes every step that a file lacks, each whole or not at all.
pub(super) fn migrate(connection: &mut Connection, begun: i64) -> rusqlite::Result<()> {
    let present = version(connection)?;
    for (version, step) in (1..).zip(MIGRATIONS).skip(usize::try_from(present).unwrap_or_default()) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(step)?;
        let _ = transaction.execute("UPDATE meta SET schema_version = ?1", [version])?;
        if version == 1 {
            let _ = transaction.execute("UPDATE meta SET begun = ?1", [begun])?;
        }
        transaction.commit()?;
    }
    Ok(())
}
