//! What scenario tests share.

pub(crate) mod backend;
pub(crate) mod receiver;
pub(crate) mod fleet;
pub(crate) mod program;
pub(crate) mod rig;
pub(crate) mod wait;
pub(crate) mod faults;
pub(crate) mod kinesis;
pub(crate) mod line;
pub(crate) mod kept;
pub(crate) mod lambda;
pub(crate) mod fanin;
pub(crate) mod otlp;
pub(crate) mod hook;
pub(crate) mod ruled;
pub(crate) mod typescript;
