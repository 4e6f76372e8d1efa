#![doc = include_str!("../README.md")]
//!
//! # The types and how long they live
//!
//! | type | what it is | how long it lives |
//! |---|---|---|
//! | [`Policy`] | the author's type, never constructed | – |
//! | [`Case`] | what the host lets one call read | one call |
//! | [`Settings`] | the operator's settings | one call |
//! | [`Rule`] | id, duty and citation | a constant |
//! | [`Finding`] | what a rule answers on a duty | until the host took it |
//! | [`Counters`] | what is remembered of a session | a session, as bytes the host keeps |

#[cfg(all(target_family = "wasm", feature = "allocator"))]
#[expect(unsafe_code, reason = "an allocator hands out memory; everything around it is safe")]
mod allocator;
#[doc(hidden)]
pub mod bindings;
pub mod calendar;
mod case;
mod date;
pub mod doubt;
mod export;
mod fact;
pub mod facts;
mod finding;
pub mod grade;
mod log;
mod measure;
pub mod progress;
pub mod review;
mod rule;
pub mod scope;
mod settings;
mod state;
#[cfg(not(target_family = "wasm"))]
pub mod testing;
pub mod unlawful;
mod value;
pub mod waiver;

pub use bindings::specialis::policy::types::{Date, Level, Span};
pub use case::{Case, EventFacts};
pub use export::Policy;
pub use fact::Fact;
pub use finding::{Answer, Demand, Finding, Obligation};
pub use log::log;
pub use measure::{Measure, ParamValue};
pub use rule::{Cite, Rule, RuleFn, cite, judge_by};
pub use settings::{Prepared, Settings, Value};
pub use state::Counters;

#[doc(hidden)]
pub mod __private {
    //! For the expansion of [`export!`](crate::export) and for the tests of the host alone.
    pub use crate::export::Exported;

    /// What a call may read, from the bytes that the host hands over.
    #[cfg(not(target_family = "wasm"))]
    pub fn case_of(bytes: Vec<u8>) -> crate::Case {
        crate::Case { sections: crate::value::Sections::of(bytes), ..crate::Case::of_host() }
    }

    /// The bytes that a call hands over.
    #[cfg(not(target_family = "wasm"))]
    pub fn answer_of(findings: &[crate::Finding]) -> Vec<u8> {
        crate::value::encoded(findings)
    }
}
