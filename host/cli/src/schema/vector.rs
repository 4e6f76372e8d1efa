//! The schema of a file of vectors, described once more for editors and checkers.
//!
//! INVARIANT: the same names and shapes as the files that are read; the test holds the files of every built-in policy against it.
#![expect(dead_code, reason = "a description of what is read")]

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde_json::{Map, Value};
use specialis_core::{CategoryId, Context, Date, DutyId, EventKind, Level, ReasonId, RuleId};

/// Vectors of one rule: a context and an event, and rows that change single facts of them.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Vectors {
    /// The rule.
    rule: RuleId,
    /// The day.
    as_of: Date,
    /// The kinds of event that findings made at open hold for.
    #[schemars(default)]
    kinds: Vec<EventKind>,
    /// Settings that differ from the policy's defaults.
    #[schemars(default)]
    settings: Map<String, Value>,
    /// Terms that stand in lexicons of other policies, by category.
    #[schemars(default)]
    terms: BTreeMap<CategoryId, Vec<String>>,
    /// The context.
    #[schemars(default)]
    context: Context,
    /// The event, as `specialis schema event` describes it.
    #[schemars(default)]
    event: Map<String, Value>,
    /// The rows; at least one.
    #[schemars(length(min = 1))]
    vector: Vec<Row>,
}

/// A record that says, beside its own fields, what changes, where the text is cut, and what is expected.
macro_rules! with_changes {
    ($(#[$doc:meta])* $name:ident { $($(#[$attribute:meta])* $field:ident: $ty:ty,)+ }) => {
        $(#[$doc])*
        #[derive(JsonSchema)]
        #[schemars(rename_all = "kebab-case", deny_unknown_fields)]
        struct $name {
            $($(#[$attribute])* $field: $ty,)+
            /// Values by path, such as `event.facts.task` or `settings.limit`; on an event of a session each is below `event`.
            #[schemars(default)]
            set: Map<String, Value>,
            /// Paths of what is not there.
            #[schemars(default)]
            forget: Vec<String>,
            /// The event's text comes as a stream that is cut behind these characters.
            #[schemars(default)]
            cuts: Option<Vec<usize>>,
            /// What the rule must answer.
            #[schemars(default)]
            expect: Vec<Expected>,
        }
    };
}

with_changes! {
    /// One row: the context and the event with its changes, and what the rule must answer.
    Row {
        /// What makes it special.
        name: String,
        /// Another day.
        as_of: Option<Date>,
        /// `open` where the findings at open are meant.
        #[schemars(default)]
        point: Option<Point>,
        /// The events of a session, in place of one.
        #[schemars(default)]
        events: Vec<SessionEvent>,
    }
}

with_changes! {
    /// One event of a session.
    SessionEvent {
        /// An event of its own, in place of that of the file.
        event: Option<Map<String, Value>>,
    }
}

/// Which findings are meant.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
enum Point {
    /// Those made when the session opens.
    Open,
    /// Those on the event.
    Event,
}

/// What the rule must answer on a duty.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
struct Expected {
    /// The duty.
    duty: DutyId,
    /// The case.
    case: Case,
    /// The level, for `require` and `instead-of`.
    level: Option<Level>,
    /// The reason, for every case that gives one.
    reason: Option<ReasonId>,
    /// The citation, such as `IM 14(2)`; any where none is given.
    cite: Option<String>,
    /// All measures, by id, and the text actions by their words.
    #[schemars(default)]
    measures: Vec<String>,
    /// At open, the kinds of event that it holds for.
    kinds: Option<Vec<EventKind>>,
    /// Whether further measures and answers may stand beside it.
    #[schemars(default)]
    at_least: bool,
}

/// The case of an answer.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
enum Case {
    /// The duty does not arise.
    NotApplicable,
    /// It arises and is fulfilled.
    Met,
    /// It asks for something.
    Require,
    /// The sector's law provides otherwise.
    InsteadOf,
    /// It cannot be told.
    Unknown,
    /// The rule says nothing.
    None,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_vector_fits_the_schema() {
        let validator = jsonschema::validator_for(&crate::schema::generate::of::<Vectors>()).unwrap();
        for (policy, bytes) in specialis_artifacts::POLICIES {
            for section in specialis_bundle::Bundle::parse(bytes).unwrap().vectors {
                let text = std::str::from_utf8(&section.data).unwrap();
                let written: Value = toml::from_str(text).unwrap();
                let problems: Vec<String> = validator.iter_errors(&written).map(|e| e.to_string()).collect();
                assert_eq!(problems, Vec::<String>::new(), "{policy} {}", section.name);
            }
        }
        let odd = "rule = \"R\"\nas-of = \"2026-11-02\"\n[[vector]]\nname = \"n\"\nexpects = []";
        assert!(!validator.is_valid(&toml::from_str(odd).unwrap()));
    }
}
