//! The JSON Schemas of what goes in and comes out, and the facts in them with the rules that read each.

mod fact_type;
mod facts;
mod generate;
mod line;
mod manifest;
mod profile;
mod rules;
mod sectors;
mod settings;
mod vector;

use serde_json::{Value, json};
use specialis_bundle::Manifest;
use specialis_core::{Context, Decision, Registry, Trust};

pub(crate) use fact_type::{FactType, nearest_fact, type_of_fact};
pub(crate) use facts::{Fact, of_context as table_of_context, of_event as table_of_event};
pub(crate) use line::{event, line};
pub(crate) use sectors::{Whose, with_policies};
pub(crate) use settings::of as settings;

/// The schema of a decision.
pub(crate) fn decision() -> Value {
    generate::of::<Decision>()
}

/// The schema of `policy.toml`.
pub(crate) fn policy() -> Value {
    generate::of::<manifest::Manifest>()
}

/// The schema of a file of vectors.
pub(crate) fn vectors() -> Value {
    generate::of::<vector::Vectors>()
}

/// The schema of the registries, and of what `--registry-add` puts over them.
pub(crate) fn registry() -> Value {
    generate::of::<Registry>()
}

/// The schema of a trust policy, and of what `--trust-add` puts over it.
pub(crate) fn trust() -> Value {
    generate::of::<Trust>()
}

/// The schema of a profile.
pub(crate) fn profile() -> Value {
    generate::of::<profile::Profile>()
}

/// The schema of the head of a lexicon: its lines `# key: value` as an object. Other lines with `#` are notes.
pub(crate) fn lexicon() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Lexicon",
        "description": "The head of a lexicon: its lines `# key: value`, before the row that names the columns.",
        "type": "object",
        "properties": {
            "source": { "type": "string", "minLength": 1, "description": "Who compiled the terms, and from what." },
            "date": { "type": "string", "format": "date", "description": "When." },
            "licence": { "type": "string", "minLength": 1, "description": "Under which licence; `license` is read too." },
        },
        "additionalProperties": { "type": "string" },
    })
}

/// The schema of a context.
pub(crate) fn context() -> Value {
    rules::lifted(generate::of::<Context>())
}

/// Every fact that some rule reads: of the context by group, then of each kind of event, then those that policies declare. Which
/// rules of these policies read which fact, their manifests say too.
pub(crate) fn facts<'a>(manifests: impl Iterator<Item = &'a Manifest> + Clone) -> Vec<Fact> {
    let mut all = facts::of_groups(&context());
    all.extend(facts::of_kinds(&event()));
    sectors::add(&mut all, manifests);
    all.retain(|fact| !fact.rules.is_empty());
    all
}
