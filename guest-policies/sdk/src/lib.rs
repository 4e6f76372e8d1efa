//! What a policy author depends on: one trait, one macro, typed facts and findings. The generated bindings of `wit/`
//! stay out of sight, and outside WebAssembly the same rules run under plain `cargo test`.
//!
//! ```
//! use specialis_policy::{Case, Finding, Level, Policy, Rule, cite};
//!
//! const N1: Rule = Rule::new("N1", "news.licence", cite("NEWS", "5"));
//!
//! pub struct News;
//!
//! impl Policy for News {
//!     fn judge(case: &Case, _: &mut Vec<u8>) -> Vec<Finding> {
//!         let Some(publication) = case.publication() else { return Vec::new() };
//!         match &publication.licence {
//!             Some(licence) if licence.expires.is_some_and(|last| case.as_of() <= last) => vec![N1.met()],
//!             _ => vec![N1.require(Level::Stop, "no-licence")],
//!         }
//!     }
//! }
//!
//! specialis_policy::export!(News);
//!
//! use specialis_policy::{facts::PublicationFacts, testing::CaseBuilder};
//! let case = CaseBuilder::new("publication").publication(PublicationFacts::default()).build();
//! assert_eq!(News::judge(&case, &mut Vec::new()), [N1.require(Level::Stop, "no-licence")]);
//! ```
//!
//! | type | what it is | how long it lives |
//! |---|---|---|
//! | [`Policy`] | the author's type, never constructed | – |
//! | [`Case`] | what the host lets one call read | one call |
//! | [`Settings`] | the operator's settings | one call |
//! | [`Rule`] | id, duty and citation | a constant |
//! | [`Finding`] | what a rule answers on a duty | until the host took it |
//! | [`Counters`] | what is remembered of a session | a session, as bytes the host keeps |
//!
//! It does *not* read clocks, files or the network, keep memory between calls, resolve conflicts between policies or
//! compute a verdict: that is the host's. It checks no id either; the host does that against manifest and registries.

#[doc(hidden)]
pub mod bindings;
mod case;
mod date;
pub mod doubt;
mod export;
pub mod facts;
mod finding;
pub mod grade;
mod measure;
mod rule;
mod settings;
mod state;
#[cfg(not(target_family = "wasm"))]
pub mod testing;

pub use bindings::specialis::policy::types::{Date, Level, Span};
pub use case::{Case, EventFacts};
pub use export::Policy;
pub use finding::{Answer, Demand, Finding, Obligation};
pub use measure::{Measure, ParamValue};
pub use rule::{Cite, Rule, cite};
pub use settings::{Settings, Value};
pub use state::Counters;

#[doc(hidden)]
pub mod __private {
    //! For the expansion of [`export!`](crate::export) alone.
    pub use crate::export::Exported;
}
