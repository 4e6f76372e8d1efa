//! Which facts a rule reads, and which of them nobody has given.

use std::collections::BTreeMap;

use serde_json::Value;
use specialis::core::{Context, Event, EventKind, RuleId};

use super::{FactOrigin, MissingFact};

/// Groups of a context that are the same for all sessions of a service.
const OF_SERVICE: [&str; 4] = ["service", "model", "provider", "tenant"];
/// Single facts that are.
const ALSO_OF_SERVICE: [&str; 4] =
    ["general.audience", "general.exam-in-progress", "agreement.current-version", "agreement.clauses"];

/// The facts that each rule reads, by path.
pub(super) struct Readers(BTreeMap<String, Vec<String>>);

impl Readers {
    /// As the comments of the facts say: the last sentence of each names the rules.
    pub(super) fn new() -> Self {
        let context: Value = schemars::schema_for!(Context).into();
        let event: Value = schemars::schema_for!(Event).into();
        let mut by_rule: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut note = |place: &str, record: &Value| {
            for (field, fact) in properties(record) {
                let text = fact.get("description").and_then(Value::as_str).unwrap_or_default();
                let Some((_, rules)) = text.rsplit_once("Rules:") else { continue };
                for rule in rules.trim_end().trim_end_matches('.').split(',') {
                    by_rule.entry(rule.trim().to_owned()).or_default().push(format!("{place}.{field}"));
                }
            }
        };
        for (group, value) in properties(&context) {
            note(group, resolve(&context, value));
        }
        for kind in event.get("oneOf").and_then(Value::as_array).into_iter().flatten() {
            let name = kind.pointer("/properties/kind/const").and_then(Value::as_str).unwrap_or_default();
            if let Some(facts) = kind.pointer("/properties/facts") {
                note(name, resolve(&event, facts));
            }
        }
        Self(by_rule)
    }

    /// The facts that a rule reads on an event of this kind and that are not known.
    pub(super) fn unknown(
        &self,
        rule: &RuleId,
        kind: EventKind,
        known: &Context,
        headers: &BTreeMap<String, String>,
    ) -> Vec<MissingFact> {
        let known = known.known();
        let read = self.0.get(rule.as_str()).into_iter().flatten();
        let missing = read.filter(|path| !known.contains(path)).filter_map(|path| {
            let (place, _) = path.split_once('.')?;
            let is_of_context = Context::default().groups().iter().any(|(group, _)| *group == place);
            let origin = match headers.get(path) {
                _ if !is_of_context && place == kind.as_str() => FactOrigin::Event,
                _ if !is_of_context => return None,
                _ if OF_SERVICE.contains(&place) || ALSO_OF_SERVICE.contains(&path.as_str()) => FactOrigin::Profile,
                Some(header) => FactOrigin::Header(header.clone()),
                None => FactOrigin::Session,
            };
            Some(MissingFact { path: path.clone(), origin })
        });
        missing.collect()
    }
}

fn properties(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.get("properties").and_then(Value::as_object).into_iter().flatten()
}

/// What a reference leads to.
fn resolve<'a>(schema: &'a Value, value: &'a Value) -> &'a Value {
    let path = value.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix('#'));
    path.and_then(|path| schema.pointer(path)).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(rule: &str, kind: EventKind) -> Vec<MissingFact> {
        let headers = [("agreement.version".to_owned(), "x-agreement".to_owned())].into();
        Readers::new().unknown(&RuleId::from(rule), kind, &Context::default(), &headers)
    }

    #[test]
    fn facts_are_found_where_their_comments_name_the_rule_with_where_they_would_come_from() {
        let agreement = missing("IM9", EventKind::Prompt);
        let origin = |path: &str| agreement.iter().find(|fact| fact.path == path).map(|fact| &fact.origin);
        assert_eq!(origin("agreement.version"), Some(&FactOrigin::Header("x-agreement".to_owned())));
        assert_eq!(origin("agreement.accepted-on"), Some(&FactOrigin::Session));
        assert_eq!(origin("agreement.current-version"), Some(&FactOrigin::Profile));
        let uses = missing("IM10", EventKind::Prompt);
        assert!(uses.iter().any(|fact| fact.path == "prompt.task" && fact.origin == FactOrigin::Event), "{uses:?}");
        let uses = missing("IM10", EventKind::Output);
        assert!(!uses.iter().any(|fact| fact.path == "prompt.task"), "a fact of another kind");
    }
}
