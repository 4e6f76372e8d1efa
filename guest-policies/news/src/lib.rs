//! The policy `news`: what the rules on internet news ask of generated content, in place of the Measures or beside them.

mod rules;

pub use rules::News;

specialis_policy::export!(News);
