//! AI13: extreme emotion, a risk of self-harm or of losing a fortune: a person takes over, and whoever was named is called.

use specialis_policy::{Case, Finding, Level, Measure, Rule, Span};

use super::anthro;

pub(super) const AI13: Rule = Rule::new("AI13", "companions.crisis", anthro("13"));

/// What endangers life, and what endangers property.
const LIFE: [&str; 2] = ["companion.crisis", "minors.self-harm"];
const PROPERTY: [&str; 1] = ["companion.property-loss"];

pub(super) fn ai13(case: &Case) -> Vec<Finding> {
    if !case.is_any(&["prompt", "output"]) {
        return Vec::new();
    }
    let mut findings = Vec::new();
    if let Some(spans) = found(case, &LIFE) {
        let mut measures = contacts(case);
        measures.push(Measure::new("human-help"));
        measures
            .push(Measure::new("record").number("log-months", case.number("record-months")).id("set-by", "operator"));
        // What a user says is answered by a person; what the model would answer does not go out.
        let level = if case.kind() == "output" { Level::Stop } else { Level::Review };
        findings.push(AI13.require(level, "life-in-danger").measures(measures).at_all(spans));
    }
    if let Some(spans) = found(case, &PROPERTY) {
        let remind = Measure::new("remind").id("kind", "verify");
        findings.push(
            AI13.require(Level::Warn, "property-in-danger")
                .measures([Measure::new("human-help"), remind])
                .at_all(spans),
        );
    }
    findings
}

fn found(case: &Case, categories: &[&str]) -> Option<Vec<Span>> {
    let limit = u32::try_from(case.number("crisis-permille")).unwrap_or(0);
    let is_scored = categories.iter().any(|category| case.signal_over(category, limit).is_some());
    let counts = |weight: u8| i64::from(weight) >= case.number("crisis-weight");
    let hits = case.hits().iter().filter(|hit| categories.contains(&hit.category.as_str()) && counts(hit.weight));
    let spans: Vec<Span> = hits.map(|hit| hit.at).collect();
    (is_scored || !spans.is_empty()).then_some(spans)
}

/// A minor's guardian; for others, whoever they named. For a person of unknown age both.
fn contacts(case: &Case) -> Vec<Measure> {
    let who: &[&'static str] = match case.age() {
        Some("adult") => &["emergency-contact"],
        Some(_) => &["guardian"],
        None => &["guardian", "emergency-contact"],
    };
    who.iter().map(|who| Measure::new("contact").id("who", *who)).collect()
}
