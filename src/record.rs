//! The one shape that all later code reads.

pub mod attribute;
pub mod value;
pub mod severity;
pub mod trace;
pub mod log;
pub mod resource;
pub mod metric;
pub mod explain;
pub mod draft;
pub mod format;
pub mod normalize;
pub mod key_value;
pub mod metric_stream_json;
pub mod metric_stream_otel;
pub mod place;
