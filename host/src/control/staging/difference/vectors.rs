//! What changes in vectors: a vector that is gone or another no longer holds anybody to what it said.

use specialis_bundle::{Case, Expected, Vector, VectorEvent, parse_cases, parse_vectors};
use specialis_core::{Answer, Finding, Level};

use super::{Change, ChangeClass, Changes, named};
use crate::runtime::{EditionContent, PolicyContent};

/// How many vectors are named one by one; the rest is counted.
const NAMED: usize = 5;

/// The vectors of an earlier version that the later one does not have as they were.
pub(crate) fn dropped(was: &PolicyContent, is: &PolicyContent) -> Vec<Vector> {
    if was.bundle.vectors == is.bundle.vectors {
        return Vec::new();
    }
    let kept = of_policy(is);
    of_policy(was).into_iter().filter(|vector| !kept.contains(vector)).collect()
}

/// The vectors of a policy. A file that cannot be read is refused when its vectors are run.
pub(crate) fn of_policy(policy: &PolicyContent) -> Vec<Vector> {
    let parse = |section: &specialis_bundle::NamedSection| {
        let text = std::str::from_utf8(&section.data).ok()?;
        parse_vectors(&section.name, text).ok()
    };
    policy.bundle.vectors.iter().filter_map(parse).flatten().collect()
}

/// The names of vectors; none where there are none.
pub(super) fn listed(vectors: &[Vector]) -> Option<String> {
    let names: Vec<String> = vectors.iter().map(|vector| format!("{} `{}`", vector.rule, vector.name)).collect();
    (!names.is_empty()).then(|| named(&names, NAMED))
}

/// Compares the vectors for all policies together.
pub(super) fn of_editions(before: &EditionContent, after: &EditionContent, all: &mut Vec<Change>) {
    if before.sources.cases == after.sources.cases {
        return;
    }
    let cases = |edition: &EditionContent| -> Vec<Case> {
        let files = edition.sources.cases.iter();
        files.filter_map(|(file, text)| parse_cases(file, text).ok()).flatten().collect()
    };
    let (was, is) = (cases(before), cases(after));
    let mut changes = Changes { place: "vectors".to_owned(), all };
    for case in was.iter().filter(|case| !is.contains(case)) {
        changes.add(ChangeClass::Loosening, format!("`{}` is gone or another", case.name));
    }
    for case in is.iter().filter(|case| !was.contains(case)) {
        changes.add(ChangeClass::Neutral, format!("`{}` is new or another", case.name));
    }
}

/// Whether answers on an event that are not what a vector expects are stricter on each duty that it names there. What cannot be told is not.
pub(crate) fn is_stricter((vector, event): (&Vector, &VectorEvent), findings: &[Finding]) -> bool {
    event.expect.iter().all(|expected| {
        let of_duty = findings.iter().filter(|found| found.rule == vector.rule && found.duty == expected.duty);
        let answers: Vec<&Answer> = of_duty.map(|found| &found.answer).collect();
        is_as_strict(expected, &answers)
    })
}

fn is_as_strict(expected: &Expected, answers: &[&Answer]) -> bool {
    let asks_only = answers.iter().all(|answer| matches!(answer, Answer::Require(_)));
    let highest: Option<Level> = answers.iter().filter_map(|answer| answer.demand()).map(|demand| demand.level).max();
    let has_measures = |answer: &&Answer| {
        let obligations = answer.demand().into_iter().flat_map(|demand| &demand.obligations);
        let words: Vec<&str> = obligations.map(specialis_core::Obligation::word).collect();
        expected.measures.iter().all(|measure| words.contains(&measure.as_str()))
    };
    let has_citation = |answer: &&Answer| {
        let cites = |wanted: &String| {
            let cited = answer.demand().map(|demand| &demand.citation);
            cited.is_some_and(|cited| *wanted == format!("{} {}", cited.instrument, cited.article))
        };
        expected.cite.as_ref().is_none_or(cites)
    };
    match expected.case.as_str() {
        "require" => {
            let is_there = answers.iter().any(|answer| has_measures(answer) && has_citation(answer));
            asks_only && highest >= expected.level && is_there
        }
        // Asking for something is stricter than asking for nothing.
        Expected::NONE | "not-applicable" | "met" => asks_only,
        _ => false,
    }
}
