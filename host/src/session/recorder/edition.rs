//! What a ledger is told of an edition that becomes the live one.

use std::collections::{BTreeMap, BTreeSet};

use specialis_core::{Citation, counted};
use specialis_ledger::{EditionBody, EditionChange, EditionLacks, EditionOrigin, EditionPolicy, EditionSetting};
use specialis_text::Lexicon;

use crate::runtime::{Change, ChangeClass, Edition, EditionContent};

/// The most characters of a value that are recorded: a table of rows says no more in a record than that it differs.
const MAX_VALUE: usize = 200;
/// The most changes that are recorded one by one.
const MAX_CHANGES: usize = 1_000;

pub(super) fn body(edition: &Edition) -> EditionBody {
    let (record, content) = (edition.record(), edition.content());
    EditionBody {
        origin: EditionOrigin {
            number: record.number,
            base: record.base.clone(),
            approvers: record.approvers.clone(),
            reason: record.reason.clone(),
            is_urgent: record.is_urgent,
        },
        changes: changes(&record.changes),
        policies: policies(edition),
        settings: settings(content),
        lacks: lacks(content),
    }
}

/// The changes, those that loosen first; where there are many, how many more there are.
fn changes(all: &[Change]) -> Vec<EditionChange> {
    let change = |change: &Change| EditionChange {
        loosens: change.class == ChangeClass::Loosening,
        place: change.place.clone(),
        what: change.what.clone(),
    };
    let mut changes: Vec<_> = all.iter().map(change).collect();
    changes.sort_by_key(|change| !change.loosens);
    let n_more = changes.len().saturating_sub(MAX_CHANGES);
    changes.truncate(MAX_CHANGES);
    let more =
        || EditionChange { loosens: false, place: String::new(), what: counted(n_more, "more change", "more changes") };
    changes.extend((n_more > 0).then(more));
    changes
}

fn policies(edition: &Edition) -> BTreeMap<String, EditionPolicy> {
    let policies = edition.policies().into_iter().map(|policy| {
        let mode = policy.mode.as_str().to_owned();
        let (version, digest, signer) = (policy.version, policy.digest, policy.signer);
        (policy.id.to_string(), EditionPolicy { version, digest, signer, mode })
    });
    policies.collect()
}

/// The settings whose value is not the one of the policy.
fn settings(content: &EditionContent) -> Vec<EditionSetting> {
    let mut different = Vec::new();
    for manifest in content.manifests() {
        let values = content.settings_of(&manifest.id);
        for (name, setting) in &manifest.settings {
            let Some(value) = values.and_then(|values| values.get(name)).filter(|value| **value != setting.default)
            else {
                continue;
            };
            different.push(EditionSetting {
                policy: manifest.id.to_string(),
                setting: name.clone(),
                value: shown(value),
                default: shown(&setting.default),
            });
        }
    }
    different
}

/// A value as JSON, cut where it is long.
fn shown(value: &impl serde::Serialize) -> String {
    let text = serde_json::to_string(value).unwrap_or_default();
    let mut short: String = text.chars().take(MAX_VALUE).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

fn lacks(content: &EditionContent) -> EditionLacks {
    let registry = content.registry();
    let governed: BTreeSet<_> = content.manifests().flat_map(|manifest| &manifest.governs).collect();
    let ungoverned = registry.duties.keys().filter(|duty| !governed.contains(duty)).map(ToString::to_string);
    // Each was read when the edition was staged.
    let empty = content.lexicons().filter(|(_, _, data)| Lexicon::is_without_terms(data));
    let mut unverified = BTreeSet::new();
    for (instrument, articles) in
        content.manifests().flat_map(|manifest| manifest.rules.values()).flat_map(|rule| &rule.cites)
    {
        for article in articles {
            let citation = Citation { instrument: instrument.clone(), article: article.clone() };
            if !registry.is_verified(&citation, None) {
                unverified.insert(format!("{instrument} {article}"));
            }
        }
    }
    EditionLacks {
        ungoverned: ungoverned.collect(),
        empty_lexicons: empty.map(|(policy, name, _)| format!("{policy} {name}")).collect(),
        unverified_citations: unverified.into_iter().collect(),
    }
}
