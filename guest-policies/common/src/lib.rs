//! The policy `common`.
