//! What a policy author depends on: one trait, one macro, typed facts and findings.
