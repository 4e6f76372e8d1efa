//! The policy `common`: law that binds whatever the sector. Personal information, minors, deep synthesis and labelling.

mod judge;
mod measures;
mod reach;
pub mod rules;

pub use judge::Common;

specialis_policy::export!(Common);
