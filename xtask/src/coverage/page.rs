//! The page, and what is missing for it to be whole.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use specialis_core::counted;

use super::read::{Law, Rule, Stands};

/// Where the page stands.
pub(crate) const PAGE: &str = "docs/coverage.md";

/// Articles of the Measures that there is nothing to check in, and how many more may stand on a reason, of all instruments.
const NOTHING_TO_CHECK: [&str; 6] = ["1", "5", "6", "18", "21", "24"];
const MORE_REASONS: usize = 20;
/// A rule has one vector that fires, one that does not and one that differs only at a boundary or in the text.
const LEAST_VECTORS: usize = 3;

type Rules = BTreeMap<String, Rule>;

/// The page.
pub(super) fn text(law: &Law, rules: &Rules) -> String {
    let mut page = String::from(
        "# Coverage\n\nWhat of the law the policies carry, article by article and rule by rule. `cargo xtask coverage` makes this page of\n\
         `guest-policies/registry/coverage.toml`, the manifests and the vectors; `cargo xtask tidy` checks that it is up to date.\n\
         What an edition covers on a certain platform says `specialis coverage`.\n",
    );
    for instrument in &law.instruments {
        let _ = write!(
            page,
            "\n## {} ({})\n\n| article | rules | duties, or why there is no rule |\n|---|---|---|\n",
            instrument.title, instrument.id
        );
        for article in &instrument.articles {
            let (named, why) = match instrument.rows.get(article) {
                Some(Stands::Rules(named)) => {
                    let mut ids: Vec<&str> = named.iter().map(|entry| id_of(entry)).collect();
                    ids.dedup();
                    (ids.join(", "), duties(&format!("{} {article}", instrument.id), named, rules))
                }
                Some(Stands::Reason(reason)) => ("–".to_owned(), reason.clone()),
                None => ("–".to_owned(), String::new()),
            };
            let _ = writeln!(page, "| {article} | {named} | {why} |");
        }
    }
    page.push_str("\n## Rule by rule\n\n| rule | policy | duties | cites | kinds of event | vectors | what it says |\n|---|---|---|---|---|---|---|\n");
    let mut ids: Vec<&String> = rules.keys().collect();
    ids.sort_by_key(|id| natural(id));
    for id in ids {
        let Some(rule) = rules.get(id) else { continue };
        let list = |words: &[String]| words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>();
        let shown = list(&rule.duties);
        let duties = match shown.as_slice() {
            [a, b, c, _, ..] => format!("{a}, {b}, {c} and {} more", shown.len().saturating_sub(3)),
            few => few.join(", "),
        };
        let kinds: Vec<&str> = rule.kinds.iter().map(String::as_str).collect();
        let (policy, cites, n) = (&rule.policy, rule.cites.join(", "), rule.n_vectors);
        let _ = writeln!(page, "| {id} | {policy} | {duties} | {cites} | {} | {n} | {} |", kinds.join(", "), rule.en);
    }
    page
}

/// The rule that an entry names.
fn id_of(entry: &str) -> &str {
    entry.split_once(' ').map_or(entry, |(id, _)| id)
}

/// The duties by which rules carry a place: the one that an entry names, those on which vectors cite the place, or else all.
fn duties(place: &str, named: &[String], rules: &Rules) -> String {
    let mut all: Vec<String> = Vec::new();
    for entry in named {
        let Some(rule) = rules.get(id_of(entry)) else { continue };
        let one = entry.split_once(' ').map(|(_, duty)| duty);
        let cited = rule.cited.get(place).filter(|_| one.is_none());
        let is_meant =
            |duty: &&String| one.is_none_or(|one| one == *duty) && cited.is_none_or(|cited| cited.contains(*duty));
        for duty in rule.duties.iter().filter(is_meant) {
            let word = format!("`{duty}`");
            if !all.contains(&word) {
                all.push(word);
            }
        }
    }
    match all.as_slice() {
        [a, b, c, d, _, ..] => format!("{a}, {b}, {c}, {d} and {} more", all.len().saturating_sub(4)),
        few => few.join(", "),
    }
}

/// What is missing, one sentence each.
pub(super) fn gaps(law: &Law, rules: &Rules) -> Vec<String> {
    let mut gaps = Vec::new();
    let mut n_reasons = 0_usize;
    for instrument in &law.instruments {
        for article in &instrument.articles {
            let place = format!("{} {article}", instrument.id);
            match instrument.rows.get(article) {
                None => gaps.push(format!("{place} has neither rules nor a reason")),
                Some(Stands::Reason(reason)) if reason.trim().is_empty() => {
                    gaps.push(format!("{place} has an empty reason"))
                }
                Some(Stands::Reason(_)) => {
                    let is_listed = instrument.id == "IM" && NOTHING_TO_CHECK.contains(&article.as_str());
                    n_reasons = n_reasons.saturating_add(usize::from(!is_listed));
                }
                Some(Stands::Rules(named)) => {
                    let is_declared = |entry: &&String| {
                        let duty = entry.split_once(' ').map(|(_, duty)| duty);
                        let rule = rules.get(id_of(entry));
                        rule.is_some_and(|rule| duty.is_none_or(|duty| rule.duties.iter().any(|known| known == duty)))
                    };
                    let unknown = named.iter().filter(|entry| !is_declared(entry));
                    gaps.extend(unknown.map(|entry| format!("{place} names `{entry}`, which no policy declares")));
                }
            }
        }
    }
    if n_reasons > MORE_REASONS {
        gaps.push(format!("{n_reasons} articles stand on reasons, at most {MORE_REASONS} may"));
    }
    let undeclared = law.numbered.iter().filter(|id| !rules.contains_key(*id));
    gaps.extend(undeclared.map(|id| format!("{id} is declared by no policy")));
    for (id, rule) in rules {
        let n = rule.n_vectors;
        if n < LEAST_VECTORS {
            gaps.push(format!("{id} has {}, give it {LEAST_VECTORS}", counted(n, "vector", "vectors")));
        }
        if rule.n_asking == 0 && !rule.is_quiet() {
            gaps.push(format!("{id} has no vector on which it asks for something"));
        }
        if rule.n_asking == n {
            gaps.push(format!("{id} has no vector on which it asks for nothing"));
        }
    }
    gaps
}

impl Rule {
    /// Rules that only say where an instrument applies ask for nothing.
    fn is_quiet(&self) -> bool {
        self.duties.iter().any(|duty| duty == "companions.scope") || self.cites.iter().any(|cite| cite == "IM 2(3)")
    }
}

/// Letters first, then by number: F2 before F10.
pub(crate) fn natural(id: &str) -> (String, u32, String) {
    let letters: String = id.chars().take_while(|c| !c.is_ascii_digit()).collect();
    let rest = id.strip_prefix(letters.as_str()).unwrap_or_default();
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    (letters, digits.parse().unwrap_or(0), id.to_owned())
}
