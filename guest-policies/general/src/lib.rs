//! The policy `general`.
