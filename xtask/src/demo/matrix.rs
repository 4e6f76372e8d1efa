//! Which rule decided where: kind × sector × rule.

use std::collections::{BTreeMap, BTreeSet};

use comfy_table::{ContentArrangement, Table, presets};

use super::decision::Decision;

/// The registered kinds of events, in the order of the contract.
const KINDS: [&str; 14] = [
    "prompt", "output", "retrieved", "tool", "media", "publication", "training-intake", "annotation-batch",
    "data-handling", "account", "service-change", "signal", "review", "abort",
];

/// The rules of precedence.
const RULES: [&str; 9] = ["R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8", "R9"];

/// The column of sessions that no sector applies to.
const NO_SECTOR: &str = "(none)";

/// How wide a table is that goes to a file or another program.
const WIDTH: u16 = 120;

type Counts<'a> = BTreeMap<&'a str, usize>;

/// A row per kind, a column per sector, in each cell how many events and how often each rule decided. A session of several
/// sectors counts in each of their columns.
pub(super) fn precedence(decisions: &[Decision]) -> Table {
    let sectors: BTreeSet<&str> = decisions.iter().flat_map(columns).collect();
    let mut table = empty_table();
    table.set_header(["kind"].into_iter().chain(sectors.iter().copied()));
    for kind in kinds(decisions) {
        let cells = sectors.iter().map(|sector| cell(decisions, kind, sector));
        table.add_row([kind.to_owned()].into_iter().chain(cells));
    }
    table
}

fn cell(decisions: &[Decision], kind: &str, sector: &str) -> String {
    let here: Vec<&Decision> =
        decisions.iter().filter(|decision| decision.kind == kind && columns(decision).contains(&sector)).collect();
    let rules = deciding(&here);
    let rules = if rules.is_empty() { "no sector spoke".to_owned() } else { shown(&rules) };
    match here.len() {
        0 => "·".to_owned(),
        1 => format!("1 event\n{rules}"),
        n => format!("{n} events\n{rules}"),
    }
}

/// How often each rule decided a duty in these decisions.
fn deciding<'a>(decisions: &[&'a Decision]) -> Counts<'a> {
    let duties = decisions.iter().flat_map(|decision| &decision.duties);
    counted(duties.flat_map(|duty| &duty.rules).map(String::as_str))
}

/// A row per rule of a policy, with what it found and on which kinds of events.
pub(super) fn policy_rules(decisions: &[Decision]) -> Table {
    let mut cases: BTreeMap<(&str, &str), Counts<'_>> = BTreeMap::new();
    let mut kinds = cases.clone();
    for decision in decisions {
        for finding in decision.duties.iter().flat_map(|duty| &duty.findings) {
            let rule = (finding.policy.as_str(), finding.rule.as_str());
            count(cases.entry(rule).or_default(), &finding.case);
            count(kinds.entry(rule).or_default(), &decision.kind);
        }
    }
    let mut table = empty_table();
    table.set_header(["policy", "rule", "found", "on"]);
    for (((policy, rule), cases), kinds) in cases.iter().zip(kinds.values()) {
        table.add_row([(*policy).to_owned(), (*rule).to_owned(), shown(cases), shown(kinds)]);
    }
    table
}

/// A table as wide as the terminal, or [`WIDTH`] where there is none.
fn empty_table() -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    if !table.is_tty() {
        table.set_width(WIDTH);
    }
    table
}

/// The registered kinds of which nothing was judged.
pub(super) fn empty_kinds(decisions: &[Decision]) -> Vec<&'static str> {
    KINDS.into_iter().filter(|kind| decisions.iter().all(|decision| decision.kind != *kind)).collect()
}

/// The rules of precedence that decided nothing at all.
pub(super) fn unseen_rules(decisions: &[Decision]) -> Vec<&'static str> {
    let seen = deciding(&decisions.iter().collect::<Vec<_>>());
    RULES.into_iter().filter(|rule| !seen.contains_key(rule)).collect()
}

/// The registered kinds, then any other that occurs.
fn kinds(decisions: &[Decision]) -> Vec<&str> {
    let others: BTreeSet<&str> =
        decisions.iter().map(|decision| decision.kind.as_str()).filter(|kind| !KINDS.contains(kind)).collect();
    KINDS.into_iter().chain(others).collect()
}

fn columns(decision: &Decision) -> Vec<&str> {
    if decision.sectors.is_empty() {
        return vec![NO_SECTOR];
    }
    decision.sectors.iter().map(String::as_str).collect()
}

fn counted<'a>(words: impl Iterator<Item = &'a str>) -> Counts<'a> {
    let mut counts = Counts::new();
    words.for_each(|word| count(&mut counts, word));
    counts
}

fn count<'a>(counts: &mut Counts<'a>, word: &'a str) {
    let n_seen = counts.entry(word).or_default();
    *n_seen = n_seen.saturating_add(1);
}

fn shown(counts: &Counts<'_>) -> String {
    counts.iter().map(|(word, count)| format!("{word} {count}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::super::decision::samples::decision;
    use super::*;

    #[test]
    fn cell_counts_events_and_deciding_rules() {
        let decisions = [
            decision("a", "output", &["film"], "warn", &["R3"]),
            decision("b", "output", &["film", "news"], "stop", &["R2", "R5"]),
            decision("c", "output", &[], "pass", &["R1"]),
        ];
        assert_eq!(cell(&decisions, "output", "film"), "2 events\nR2 1, R3 1, R5 1");
        assert_eq!(cell(&decisions, "output", NO_SECTOR), "1 event\nR1 1");
        assert_eq!(cell(&decisions, "prompt", "film"), "·");
    }

    #[test]
    fn kind_without_an_event_is_empty() {
        let mut decisions: Vec<Decision> = KINDS.map(|kind| decision("a", kind, &[], "pass", &[])).into();
        assert_eq!(empty_kinds(&decisions), Vec::<&str>::new());
        decisions.retain(|decision| decision.kind != "abort");
        assert_eq!(empty_kinds(&decisions), ["abort"]);
    }

    #[test]
    fn rule_that_never_decided_is_named() {
        let decisions = [decision("a", "output", &[], "pass", &["R1", "R2", "R3", "R4", "R5", "R6", "R7", "R9"])];
        assert_eq!(unseen_rules(&decisions), ["R8"]);
    }

    #[test]
    fn findings_are_counted_per_rule_of_a_policy() {
        let decisions = [decision("a", "output", &[], "mark", &["R1"]), decision("b", "tool", &[], "mark", &["R1"])];
        let table = policy_rules(&decisions).to_string();
        assert!(table.contains("require 2") && table.contains("output 1, tool 1"), "{table}");
    }
}
