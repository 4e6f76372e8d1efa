//! The policy `film`.
