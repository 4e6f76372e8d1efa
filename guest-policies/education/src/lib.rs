//! The policy `education`.
