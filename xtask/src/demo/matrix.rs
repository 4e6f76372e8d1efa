//! What was judged: kind × sector × rule, and how often each rule of precedence decided.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::decision::Decision;

/// The registered kinds of events, in the order of the contract, each with the head of its column.
const KINDS: [(&str, &str); 14] = [
    ("prompt", "prompt"),
    ("output", "output"),
    ("retrieved", "retr."),
    ("tool", "tool"),
    ("media", "media"),
    ("publication", "publ."),
    ("training-intake", "train."),
    ("annotation-batch", "annot."),
    ("data-handling", "data"),
    ("account", "acct"),
    ("service-change", "change"),
    ("signal", "signal"),
    ("review", "review"),
    ("abort", "abort"),
];

/// The rules of precedence.
const RULES: [&str; 9] = ["R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8", "R9"];

/// The letter of sessions that no sector applies to.
const NO_SECTOR: char = '·';

/// The rules of one policy, as its manifest lists them.
pub(super) type RulesOf = BTreeMap<String, Vec<String>>;

/// Where each rule found something: on which kind, in which sectors.
type Found<'a> = BTreeMap<(&'a str, &'a str), BTreeMap<&'a str, BTreeSet<char>>>;

/// The matrix: a row per rule of the manifests, a column per kind of event, in each cell the sectors of the sessions in which
/// the rule found something. A rule that found something in the variant alone has a star.
pub(super) fn matrix(rules: &RulesOf, plain: &[Decision], variant: &[Decision]) -> String {
    let (in_plain, found) = (found(plain.iter()), found(plain.iter().chain(variant)));
    let mut text = format!("{:<18}", "");
    for (_, head) in KINDS {
        _ = write!(text, " {head:<6}");
    }
    for (policy, rules) in rules {
        for (n, rule) in rules.iter().enumerate() {
            let at = (policy.as_str(), rule.as_str());
            let star = if !in_plain.contains_key(&at) && found.contains_key(&at) { "*" } else { "" };
            let head = format!("{rule}{star}");
            let shown = if n == 0 { policy.as_str() } else { "" };
            _ = write!(text, "\n{shown:<11} {head:<6}");
            for (kind, _) in KINDS {
                let sectors: String = found.get(&at).and_then(|kinds| kinds.get(kind)).into_iter().flatten().collect();
                _ = write!(text, " {sectors:<6}");
            }
            text.truncate(text.trim_end().len());
        }
    }
    text
}

/// What the letters mean.
pub(super) fn legend(decisions: &[Decision]) -> String {
    let sectors: BTreeSet<&str> = decisions.iter().flat_map(|decision| &decision.sectors).map(String::as_str).collect();
    let letters = sectors.iter().map(|sector| format!("{} {sector}", letter(sector))).collect::<Vec<_>>().join(", ");
    format!("sectors, certain or in doubt: {letters}; {NO_SECTOR} none")
}

/// The rules that found nothing, each with its policy.
pub(super) fn empty_rows(rules: &RulesOf, decisions: &[&[Decision]]) -> Vec<String> {
    let found = found(decisions.iter().copied().flatten());
    let each = rules.iter().flat_map(|(policy, rules)| rules.iter().map(move |rule| (policy, rule)));
    let empty = each.filter(|(policy, rule)| !found.contains_key(&(policy.as_str(), rule.as_str())));
    empty.map(|(policy, rule)| format!("{rule} of `{policy}`")).collect()
}

/// The registered kinds of which nothing was judged.
pub(super) fn empty_kinds(decisions: &[Decision]) -> Vec<&'static str> {
    let kinds = KINDS.into_iter().map(|(kind, _)| kind);
    kinds.filter(|kind| decisions.iter().all(|decision| decision.kind != *kind)).collect()
}

/// How often each rule of precedence decided, in one line.
pub(super) fn precedence(decisions: &[Decision]) -> String {
    let counts = deciding(decisions);
    let shown = |rule| format!("{rule} {}", counts.get(rule).copied().unwrap_or_default());
    RULES.map(shown).join(", ")
}

/// The rules of precedence that decided nowhere.
pub(super) fn undecided(decisions: &[&[Decision]]) -> Vec<&'static str> {
    let seen: Vec<_> = decisions.iter().map(|decisions| deciding(decisions)).collect();
    RULES.into_iter().filter(|rule| !seen.iter().any(|counts| counts.contains_key(rule))).collect()
}

fn deciding(decisions: &[Decision]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for rule in decisions.iter().flat_map(Decision::rules) {
        let n_seen: &mut usize = counts.entry(rule).or_default();
        *n_seen = n_seen.saturating_add(1);
    }
    counts
}

fn found<'a>(decisions: impl Iterator<Item = &'a Decision>) -> Found<'a> {
    let mut found = Found::new();
    for decision in decisions {
        for finding in decision.duties.iter().flat_map(|duty| &duty.findings) {
            let kinds = found.entry((finding.policy.as_str(), finding.rule.as_str())).or_default();
            let sectors = kinds.entry(decision.kind.as_str()).or_default();
            if decision.sectors.is_empty() {
                sectors.insert(NO_SECTOR);
            }
            sectors.extend(decision.sectors.iter().map(|sector| letter(sector)));
        }
    }
    found
}

/// The first letter of a sector.
fn letter(sector: &str) -> char {
    sector.chars().next().unwrap_or('?')
}

#[cfg(test)]
mod tests {
    use super::super::decision::samples::decision;
    use super::*;

    fn rules(of_general: &[&str]) -> RulesOf {
        BTreeMap::from([("general".to_owned(), of_general.iter().map(|rule| (*rule).to_owned()).collect())])
    }

    #[test]
    fn a_cell_has_the_sectors_in_which_the_rule_found_something() {
        let plain = [
            decision("a", "output", &["film"], "warn", &["R3"]),
            decision("b", "output", &["film", "news"], "stop", &["R2", "R5"]),
            decision("c", "tool", &[], "pass", &["R1"]),
        ];
        let matrix = matrix(&rules(&["labels"]), &plain, &[]);
        let rows: Vec<Vec<&str>> = matrix.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(rows[1], ["general", "labels", "fn", "·"]);
        assert!(matrix.lines().all(|line| line.chars().count() <= 120), "{matrix}");
        assert_eq!(legend(&plain), "sectors, certain or in doubt: f film, n news; · none");
    }

    #[test]
    fn a_rule_that_found_nothing_is_named_and_one_of_the_variant_has_a_star() {
        let of_variant = [decision("a", "output", &[], "pass", &["R9"])];
        let rules = rules(&["labels", "IM4"]);
        assert_eq!(empty_rows(&rules, &[&[], &of_variant]), ["IM4 of `general`"]);
        assert!(matrix(&rules, &[], &of_variant).contains("labels*"));
    }

    #[test]
    fn a_kind_without_an_event_is_empty() {
        let mut decisions: Vec<Decision> = KINDS.map(|(kind, _)| decision("a", kind, &[], "pass", &[])).into();
        assert_eq!(empty_kinds(&decisions), Vec::<&str>::new());
        decisions.retain(|decision| decision.kind != "abort");
        assert_eq!(empty_kinds(&decisions), ["abort"]);
    }

    #[test]
    fn a_rule_of_precedence_that_decided_nowhere_is_named() {
        let mut decisions = [decision("a", "output", &[], "pass", &["R1", "R2", "R3", "R4", "R5", "R6", "R7"])];
        let monitored = [decision("a", "output", &[], "pass", &["R9"])];
        assert_eq!(undecided(&[&decisions, &monitored]), ["R8"]);
        decisions[0].has_conflict = true;
        assert_eq!(undecided(&[&decisions, &monitored]), Vec::<&str>::new());
        assert!(precedence(&decisions).ends_with("R7 1, R8 1, R9 0"));
    }
}
