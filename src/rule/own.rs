//! Names of Fanin's own metrics, which rules `from: self` watch.

/// Seconds between now and how far the rules have looked.
pub const WATERMARK_LAG: &str = "pipeline.watermark_lag_seconds";

/// Records that could not be used, each minute and cause summed, since the last value.
pub const REJECTS: &str = "pipeline.rejects";

/// Records that were taken, since the last value.
pub const RECORDS: &str = "pipeline.records";

/// Bytes of log messages and metric data that were taken, since the last value.
pub const BYTES: &str = "pipeline.bytes";

/// Batches that wait because a destination does not take them: bytes.
pub const QUEUE_BYTES: &str = "pipeline.queue_bytes";

/// Accounts that the directory does not know and that sent something.
pub const UNKNOWN_ACCOUNTS: &str = "pipeline.unknown_accounts";

/// Notifications that wait to be sent.
pub const OUTBOX: &str = "alerting.outbox";

/// All names, for who checks rules.
pub const ALL: [&str; 7] = [WATERMARK_LAG, REJECTS, RECORDS, BYTES, QUEUE_BYTES, UNKNOWN_ACCOUNTS, OUTBOX];
