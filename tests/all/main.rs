//! Behavior across host and guests, in one binary.

#![allow(
    clippy::wildcard_enum_match_arm,
    clippy::allow_attributes,
    reason = "a test that falls through to any other case fails there"
)]

mod hostile;
