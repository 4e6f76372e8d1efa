//! Facts by the paths under which tables name them, with their types.

use std::sync::LazyLock;

use serde_json::Value;
use specialis_core::{SectorFact, SectorFactType, nearest};

use super::facts::{list, properties, resolve};

static EVENT: LazyLock<Value> = LazyLock::new(super::event);
static CONTEXT: LazyLock<Value> = LazyLock::new(super::context);

/// The groups of a context that policies read.
const GROUPS: [&str; 8] = ["service", "model", "provider", "tenant", "subject", "agreement", "standing", "general"];

/// The type of a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FactType {
    /// Yes or no.
    Flag,
    /// A number.
    Number,
    /// A day.
    Date,
    /// One of these words.
    Words(Vec<String>),
    /// Any text.
    Text,
    /// Several.
    List(Box<FactType>),
    /// Fields with names.
    Record(Vec<(String, FactType)>),
}

impl FactType {
    /// What it is, in a few words.
    pub(crate) fn said(&self) -> String {
        match self {
            Self::Flag => "yes or no".to_owned(),
            Self::Number => "a number".to_owned(),
            Self::Date => "a day".to_owned(),
            Self::Words(words) => format!("one of {}", words.join(", ")),
            Self::Text => "a text".to_owned(),
            Self::List(element) => format!("a list ({})", element.said()),
            Self::Record(fields) => {
                format!("a record of {}", fields.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", "))
            }
        }
    }

    /// That of a fact that a policy declares.
    pub(crate) fn of_sector(fact: &SectorFact) -> Self {
        match fact.ty {
            SectorFactType::Flag => Self::Flag,
            SectorFactType::Number => Self::Number,
            SectorFactType::Day => Self::Date,
            SectorFactType::Word => Self::Words(fact.words.clone()),
            SectorFactType::Words => Self::List(Box::new(Self::Words(fact.words.clone()))),
            SectorFactType::Text => Self::Text,
        }
    }

    fn of(schema: &Value, value: &Value) -> Self {
        let value = resolve(schema, value);
        let words: Vec<String> =
            list(value, "oneOf").filter_map(|one| Some(one.get("const")?.as_str()?.to_owned())).collect();
        if !words.is_empty() {
            return Self::Words(words);
        }
        if value.get("format").and_then(Value::as_str) == Some("date") {
            return Self::Date;
        }
        let kinds = value.get("type");
        let is = |wanted: &str| {
            let is_one = |kind: &Value| kind.as_str() == Some(wanted);
            kinds.is_some_and(|kinds| is_one(kinds) || kinds.as_array().is_some_and(|all| all.iter().any(is_one)))
        };
        if is("array") {
            Self::List(Box::new(value.get("items").map_or(Self::Text, |items| Self::of(schema, items))))
        } else if is("object") {
            Self::Record(properties(value).map(|(name, field)| (name.clone(), Self::of(schema, field))).collect())
        } else if is("integer") {
            Self::Number
        } else if is("boolean") {
            Self::Flag
        } else {
            Self::Text
        }
    }
}

/// The facts that can be named on an event of a kind, or when a session opens.
fn facts(kind: Option<&str>) -> Vec<(String, FactType)> {
    let mut all = Vec::new();
    for (name, value) in properties(&CONTEXT) {
        if GROUPS.contains(&name.as_str()) {
            let fields = properties(resolve(&CONTEXT, value));
            all.extend(fields.map(|(field, value)| (format!("{name}.{field}"), FactType::of(&CONTEXT, value))));
        }
    }
    let is_kind = |one: &&Value| one.pointer("/properties/kind/const").and_then(Value::as_str) == kind;
    let of_event = list(&EVENT, "oneOf").find(is_kind).filter(|_| kind.is_some());
    if let Some(record) = of_event.and_then(|one| one.pointer("/properties/facts")) {
        let fields = properties(resolve(&EVENT, record));
        all.extend(fields.map(|(field, value)| (format!("event.{field}"), FactType::of(&EVENT, value))));
    }
    all
}

/// The type of the fact at a path, on an event of a kind or when a session opens; none where there is no such fact.
pub(crate) fn type_of_fact(path: &str, kind: Option<&str>) -> Option<FactType> {
    let all = facts(kind);
    let mut known = all.iter();
    let (fact, found) = known
        .find(|(name, _)| path == name || path.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('.')))?;
    let inner = path.strip_prefix(fact.as_str()).unwrap_or_default();
    let mut found = found.clone();
    for name in inner.split('.').filter(|name| !name.is_empty()) {
        let FactType::Record(fields) = found else { return None };
        found = fields.into_iter().find(|(field, _)| field == name)?.1;
    }
    Some(found)
}

/// The fact whose name is nearest to a path.
pub(crate) fn nearest_fact(path: &str, kind: Option<&str>) -> Option<String> {
    let all = facts(kind);
    nearest(path, all.iter().map(|(name, _)| name.as_str())).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_have_the_types_that_tables_compare_them_by() {
        let words = |path, kind| match type_of_fact(path, kind) {
            Some(FactType::Words(words)) => words,
            other => panic!("{path}: {other:?}"),
        };
        assert_eq!(words("subject.age", None), ["under-14", "14-17", "adult"]);
        assert_eq!(type_of_fact("event.task", Some("prompt")), Some(FactType::Text));
        assert_eq!(type_of_fact("event.task", None), None);
        assert_eq!(type_of_fact("subject.supervised", Some("tool")), Some(FactType::Flag));
        assert_eq!(type_of_fact("general.minutes-continuous", None), Some(FactType::Number));
        assert_eq!(type_of_fact("event.assessed-on", Some("service-change")), Some(FactType::Date));
        assert!(
            matches!(type_of_fact("subject.consents", None), Some(FactType::List(element)) if matches!(*element, FactType::Record(_)))
        );
        assert!(matches!(type_of_fact("event.label.verdict", Some("publication")), Some(FactType::Words(_))));
        assert_eq!((type_of_fact("pseudonym", None), type_of_fact("locale", None)), (None, None));
        assert_eq!(nearest_fact("subject.agee", None).as_deref(), Some("subject.age"));
    }
}
