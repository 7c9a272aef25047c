//! What several formats need: no format is here.
//!
//! Fields of lines are split by `crate::fields`, times are read by `crate::time`, traces by `record::trace`.

pub mod clock;
pub mod csv;
#[cfg(test)]
pub(crate) mod golden;
pub mod line;
pub mod member;
pub mod request;
pub mod secret;
