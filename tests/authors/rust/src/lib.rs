//! The policy `kitchen` in Rust.

use specialis_policy::doubt::{may_be, said};
use specialis_policy::{Case, Counters, Finding, Level, Measure, Policy, Rule, Span, cite};

const K1: Rule = Rule::new("K1", "kitchen.allergens", cite("KITCHEN", "1"));
const K2: Rule = Rule::new("K2", "kitchen.method", cite("KITCHEN", "2"));
const K3: Rule = Rule::new("K3", "im.art4.violence.screen", cite("KITCHEN", "3"));
const K4: Rule = Rule::new("K4", "kitchen.filing", cite("KITCHEN", "4"));
const K5: Rule = Rule::new("K5", "kitchen.repeats", cite("KITCHEN", "5"));
const K6: Rule = Rule::new("K6", "kitchen.records", cite("KITCHEN", "6"));

/// The policy.
#[derive(Debug)]
pub struct Kitchen;

impl Policy for Kitchen {
    fn judge(case: &Case, state: &mut Vec<u8>) -> Vec<Finding> {
        match case.kind() {
            "output" => [allergens(case), unsafe_method(case), kitchen_word(case)].concat(),
            "publication" => filing(case),
            "prompt" => repeats(case, state),
            "data-handling" => records(case),
            _ => Vec::new(),
        }
    }
}

specialis_policy::export!(Kitchen);

fn spans(case: &Case, category: &str) -> Vec<Span> {
    case.hits_in(category).map(|hit| hit.at).collect()
}

fn allergens(case: &Case) -> Vec<Finding> {
    let least = case.number("least-weight");
    let heavy = case.hits_in("kitchen.allergen").filter(|hit| i64::from(hit.weight) >= least);
    let spans: Vec<Span> = heavy.map(|hit| hit.at).collect();
    if spans.is_empty() {
        return Vec::new();
    }
    vec![K1.require(Level::Mark, "allergen").append("allergen-note").at_all(spans)]
}

fn unsafe_method(case: &Case) -> Vec<Finding> {
    let spans = spans(case, "kitchen.unsafe-method");
    let mut found = Vec::new();
    if spans.is_empty() {
        return found;
    }
    if may_be(case.age(), &["under-14", "14-17"]) {
        found.push(K2.require(Level::Stop, "unsafe-for-minors").stop().at_all(spans.clone()));
    }
    if may_be(case.age(), &["adult"]) {
        let masked =
            K2.require(Level::Redact, "unsafe-for-adults").measure(Measure::new("remind").id("kind", "verify"));
        let masked = spans.iter().fold(masked, |masked, span| masked.redact(*span));
        found.push(masked.at_all(spans));
    }
    found
}

fn kitchen_word(case: &Case) -> Vec<Finding> {
    let violence = spans(case, "a1.violence");
    if violence.is_empty() || case.hits_in("kitchen.word").next().is_none() {
        return Vec::new();
    }
    vec![K3.instead_of(Level::Pass, "kitchen-word").at_all(violence)]
}

fn filing(case: &Case) -> Vec<Finding> {
    let Some(publication) = case.publication() else { return Vec::new() };
    if publication.fiction == Some(true) {
        return vec![K4.not_applicable("fiction")];
    }
    let last_year = case.as_of().add_days(-365);
    let is_filed = said(publication.filing_number.as_deref()).is_some();
    let is_recent = publication.changed_on.is_some_and(|day| day >= last_year);
    vec![if is_filed && is_recent { K4.met() } else { K4.require(Level::Review, "not-filed") }]
}

fn repeats(case: &Case, state: &mut Vec<u8>) -> Vec<Finding> {
    let spans = spans(case, "kitchen.unsafe-method");
    if spans.is_empty() {
        return Vec::new();
    }
    let mut asked = Counters::<1>::read(1, state);
    let n_before = asked.get(0);
    // What is found at one point of an event is found again at its end: it counts once.
    if case.is_end() {
        asked.add(0, 1);
        *state = asked.write();
    }
    let found = if n_before >= 2 {
        K5.require(Level::Warn, "asked-again").measure(Measure::new("remind").id("kind", "verify"))
    } else {
        K5.require(Level::Mark, "asked-once")
    };
    vec![found.at_all(spans)]
}

fn records(case: &Case) -> Vec<Finding> {
    let Some(handling) = case.data_handling() else { return Vec::new() };
    if handling.operation.as_deref().is_some_and(|operation| operation != "retain") {
        return Vec::new();
    }
    let keep_days = case.number("keep-days");
    let mut found = Vec::new();
    if handling.retained_days.is_none_or(|days| i64::from(days) > keep_days) {
        let delete = Measure::new("delete").number("within-days", 30);
        found.push(K6.require(Level::Warn, "kept-too-long").measure(delete));
    }
    if handling.retained_days.is_none() {
        found.push(K6.unknown("days-unknown"));
    }
    found
}
