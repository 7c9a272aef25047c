//! What scenario tests share.

pub(crate) mod faults;
pub(crate) mod kinesis;
pub(crate) mod line;
