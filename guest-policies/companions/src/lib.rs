//! The policy `companions`: rules on services that keep up an emotional relation with their users, in force since
//! 15 July 2026. Each rule is a pure function of a [`Case`](specialis_policy::Case), so the tests of this crate run it
//! natively.

mod rules;

pub use rules::Companions;

specialis_policy::export!(Companions);
