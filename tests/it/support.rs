//! What scenario tests share.

pub(crate) mod rig;
pub(crate) mod wait;
