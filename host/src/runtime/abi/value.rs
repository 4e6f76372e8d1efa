//! Values that cross the border as bytes: CBOR (RFC 8949) whose schema is the contract.
//!
//! A record is a map from the places of its fields in the contract to their values, in ascending order, absent fields left out. An
//! enum is the place of its case, a variant an array of the place of its case and of what the case carries.

mod findings;
mod reading;
mod writing;

pub(crate) use findings::{finding, split};
pub(crate) use reading::Misread;
pub(crate) use writing::{Sections, Writer, Written, write_record};
