//! The policy `arts`: rules on literature, art and publishing. Each rule is a pure function of a
//! [`Case`](specialis_policy::Case), so the tests of this crate run it natively.
//!
//! No rule of a ministry speaks of AI and literature: these are the classic rules of publishing, what courts said, and what
//! platforms agreed on. What is a convention or a contract is called one.

mod rules;

pub use rules::Arts;

specialis_policy::export!(Arts);
