//! The policy `news`.
