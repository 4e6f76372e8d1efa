//! The policy `education`: what the ministry's guides ask of generated content in schools. The guides are soft: they add,
//! and never lift what law asks.

mod rules;

pub use rules::Education;

specialis_policy::export!(Education);
