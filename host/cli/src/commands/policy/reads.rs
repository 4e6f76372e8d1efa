//! Which facts the rules of a policy go by, held against what they say under `reads`.
//!
//! A policy is handed all facts at once, so nobody sees which of them it looks at. But it is a pure function: a rule whose answer
//! changes with one fact alone goes by that fact, in whatever language it is written. So the vectors run again, each with one fact
//! unknown or of another value.

mod trial;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use specialis::Host;
use specialis::vectors::VectorAnswers;
use specialis_bundle::{Bundle, Manifest, RuleEntry, Vector};
use specialis_core::RuleId;

pub(super) use trial::known;
use trial::{Trial, trials};

/// Where the rules of a policy and their lists of facts differ, a sentence each.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Differences {
    /// Facts that a rule goes by and does not name.
    pub(super) unnamed: Vec<String>,
    /// Facts that a rule names and by which it goes in no vector; none where not every change could be tried.
    pub(super) unused: Vec<String>,
}

/// The facts that each rule goes by.
type FactsOfRules = BTreeMap<RuleId, BTreeSet<String>>;

/// Whether a policy says what its rules read.
pub(super) fn are_named(manifest: &Manifest) -> bool {
    manifest.rules.values().any(|rule| !rule.reads.is_empty())
}

/// Whether a rule names a fact, alone or with all others of its group.
pub(super) fn is_named(rule: &RuleEntry, path: &str) -> bool {
    rule.reads.iter().any(|named| names(named, path))
}

/// Whether an entry under `reads` is a fact, or the group that it is of.
pub(super) fn names(named: &str, path: &str) -> bool {
    let group = named.strip_suffix('*').filter(|group| group.ends_with('.'));
    named == path || group.is_some_and(|group| path.starts_with(group))
}

/// Runs the vectors with each of their facts changed, and compares what matters with what the rules name.
pub(super) fn check(host: &Host, bundle: &Bundle, vectors: &[Vector]) -> Result<Differences> {
    let trials = trials(&bundle.manifest, vectors);
    let are_all = trials.are_all;
    let found = found(host, &bundle.manifest, vectors, trials.list)?;
    let mut differences = differences(&bundle.manifest, &found);
    if !are_all {
        // What was not tried may matter.
        differences.unused.clear();
    }
    Ok(differences)
}

fn found(host: &Host, manifest: &Manifest, vectors: &[Vector], trials: Vec<(Trial, Vector)>) -> Result<FactsOfRules> {
    let (trials, changed): (Vec<Trial>, Vec<Vector>) = trials.into_iter().unzip();
    let before = host.answers_each(&manifest.id, vectors)?.unwrap_or_default();
    let after = host.answers_each(&manifest.id, &changed)?.unwrap_or_default();
    let mut found = FactsOfRules::new();
    for (trial, after) in trials.into_iter().zip(&after) {
        let rules = before.get(trial.vector).map(|before| differing(before, after)).unwrap_or_default();
        for rule in rules {
            found.entry(rule).or_default().insert(trial.path.clone());
        }
    }
    Ok(found)
}

/// The rules that answer otherwise. A fault says nothing of single rules.
fn differing(before: &VectorAnswers, after: &VectorAnswers) -> BTreeSet<RuleId> {
    let mut rules = BTreeSet::new();
    for pair in before.events.iter().zip(&after.events) {
        if let (Ok(before), Ok(after)) = pair {
            let gone = before.iter().filter(|finding| !after.contains(finding));
            let new = after.iter().filter(|finding| !before.contains(finding));
            rules.extend(gone.chain(new).map(|finding| finding.rule.clone()));
        }
    }
    rules
}

fn differences(manifest: &Manifest, found: &FactsOfRules) -> Differences {
    let mut all = Differences::default();
    for (id, rule) in &manifest.rules {
        let goes_by = found.get(id);
        for path in goes_by.into_iter().flatten().filter(|path| !is_named(rule, path)) {
            all.unnamed.push(format!(
                "rule `{id}` answers otherwise when `{path}` changes, and does not name it; add it to `reads` of the rule"
            ));
        }
        let is_used = |named: &String| goes_by.into_iter().flatten().any(|path| names(named, path));
        for path in rule.reads.iter().filter(|path| !is_used(path)) {
            all.unused.push(format!(
                "rule `{id}` names `{path}` under `reads`, and answers the same in every vector whatever that is; add a vector in \
                 which it matters, or take it out"
            ));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policies::sample;

    #[test]
    fn lists_of_facts_are_held_against_what_rules_go_by() {
        let reads = "reads = [\"subject.age\", \"service.*\", \"output.task\"]\n";
        let manifest = sample::manifest("\"common\"", reads);
        assert!(are_named(&manifest));
        let rule = &manifest.rules[&RuleId::from("R1")];
        assert!(is_named(rule, "service.role") && is_named(rule, "subject.age") && !is_named(rule, "subject.guardian"));
        let goes_by = ["service.role", "subject.age", "model.filing-number"].map(str::to_owned);
        let said = differences(&manifest, &[(RuleId::from("R1"), goes_by.into())].into());
        assert!(matches!(said.unnamed.as_slice(), [one] if one.contains("`model.filing-number`")), "{said:?}");
        assert!(matches!(said.unused.as_slice(), [one] if one.contains("`output.task`")), "{said:?}");
    }
}
