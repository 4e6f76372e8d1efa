//! The JSON Schemas of what goes in and comes out, and the facts in them with the rules that read each.

mod fact_type;
mod facts;
mod generate;
mod line;
mod manifest;
mod rules;

use serde_json::Value;
use specialis_core::{Context, Decision};

pub(crate) use fact_type::{FactType, nearest_fact, type_of_fact};
pub(crate) use facts::{Fact, of_context as table_of_context, of_event as table_of_event};
pub(crate) use line::{event, line};

/// The schema of a decision.
pub(crate) fn decision() -> Value {
    generate::of::<Decision>()
}

/// The schema of `policy.toml`.
pub(crate) fn policy() -> Value {
    generate::of::<manifest::Manifest>()
}

/// The schema of a context.
pub(crate) fn context() -> Value {
    rules::lifted(generate::of::<Context>())
}

/// Every fact that some rule reads: of the context by group, then of each kind of event.
pub(crate) fn facts() -> Vec<Fact> {
    let mut all = facts::of_groups(&context());
    all.extend(facts::of_kinds(&event()));
    all
}
