//! Vectors: events with the findings that a policy is expected to make on them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};
use specialis_core::{CategoryId, Context, Date, DutyId, Event, EventKind, Level, ReasonId, RuleId};

use crate::BundleError;
use crate::error::VectorProblem;

/// One expected finding. On the duties that a vector names its rule has to answer just what is expected.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Expected {
    /// The duty.
    pub duty: DutyId,
    /// The case: `not-applicable`, `met`, `require`, `instead-of`, `unknown`, or `none` where the rule must not answer.
    pub case: String,
    /// The level, for `require` and `instead-of`.
    #[serde(default)]
    pub level: Option<Level>,
    /// The reason, for every case that gives one.
    #[serde(default)]
    pub reason: Option<ReasonId>,
    /// The citation that it rests on, as its instrument and the word for the place, such as `IM 14(2)`; any where none is given.
    #[serde(default)]
    pub cite: Option<String>,
    /// The measures that are asked for, by id, and the text actions by their words: all of them.
    #[serde(default)]
    pub measures: Vec<String>,
    /// At open, the kinds of event that it holds for: those of the file where none are given here.
    #[serde(default)]
    pub kinds: Option<Vec<EventKind>>,
    /// Whether further measures, and further answers on the duty, may stand beside it.
    #[serde(default)]
    pub at_least: bool,
}

impl Expected {
    /// The case of a rule that must not answer.
    pub const NONE: &str = "none";

    /// Whether the rule is to ask for nothing.
    pub fn is_quiet(&self) -> bool {
        matches!(self.case.as_str(), Self::NONE | "not-applicable")
    }

    /// What is missing or does not belong.
    fn problem(&self) -> Option<&'static str> {
        let asks = self.level.is_some() || !self.measures.is_empty();
        match self.case.as_str() {
            "require" | "instead-of" if self.level.is_none() => Some("asks for something; give its `level`"),
            "require" | "instead-of" | "not-applicable" | "unknown" if self.reason.is_none() => {
                Some("is answered with a reason; give it as `reason`")
            }
            "require" | "instead-of" => None,
            "not-applicable" | "unknown" if self.cite.is_some() => Some("cites nothing; leave out `cite`"),
            "not-applicable" | "met" | "unknown" if asks => Some("asks for nothing; leave out `level` and `measures`"),
            "met" if self.reason.is_some() => Some("is answered without a reason; leave it out"),
            "not-applicable" | "met" | "unknown" => None,
            Self::NONE
                if asks || self.reason.is_some() || self.cite.is_some() || self.kinds.is_some() || self.at_least =>
            {
                Some("is no answer at all; leave out everything but the duty")
            }
            Self::NONE => None,
            _ => Some("is no case; give `require`, `instead-of`, `met`, `not-applicable`, `unknown` or `none`"),
        }
    }
}

/// An event and what one rule is expected to answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Vector {
    /// The rule.
    pub rule: RuleId,
    /// What makes this one special.
    pub name: String,
    /// The day.
    pub as_of: Date,
    /// The context.
    pub context: Context,
    /// The event.
    pub event: Event,
    /// Whether the findings made at open are meant.
    pub at_open: bool,
    /// Settings of the policy that differ from its defaults.
    pub settings: Map<String, Value>,
    /// Terms that stand in lexicons of other policies, by category.
    pub terms: BTreeMap<CategoryId, Vec<String>>,
    /// The kinds of event that findings made at open hold for, all where empty, where an expected one says nothing else.
    pub kinds: Vec<EventKind>,
    /// What the rule must answer.
    pub expect: Vec<Expected>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct File {
    rule: RuleId,
    as_of: Date,
    #[serde(default)]
    kinds: Vec<EventKind>,
    #[serde(default)]
    settings: Map<String, Value>,
    #[serde(default)]
    terms: BTreeMap<CategoryId, Vec<String>>,
    #[serde(default)]
    context: Map<String, Value>,
    event: Map<String, Value>,
    vector: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Row {
    name: String,
    #[serde(default)]
    as_of: Option<Date>,
    #[serde(default)]
    point: Option<String>,
    #[serde(default)]
    set: Map<String, Value>,
    #[serde(default)]
    forget: Vec<String>,
    expect: Vec<Expected>,
}

/// Reads a file of vectors: one rule, a base context and event, and rows that change single facts of it.
///
/// # Errors
/// Where the TOML, a path or a changed event cannot be read; the message names the row.
pub fn parse_vectors(name: &str, text: &str) -> Result<Vec<Vector>, BundleError> {
    let broken = |source| BundleError::Vectors { name: name.to_owned(), source };
    let file: File = toml::from_str(text).map_err(|e| broken(VectorProblem::Toml(Box::new(e))))?;
    let settings = file.settings;
    let mut base = base(file.context, file.event);
    if let Some(base) = base.as_object_mut() {
        base.insert("settings".to_owned(), Value::Object(settings));
    }
    file.vector
        .into_iter()
        .map(|row| {
            let at_row = |reason: String| broken(VectorProblem::Row { row: row.name.clone(), reason });
            let (context, event, settings) = changed(&base, &row.set, &row.forget).map_err(at_row)?;
            let at_open = match row.point.as_deref() {
                None | Some("event") => false,
                Some("open") => true,
                Some(other) => return Err(at_row(format!("`point` is `{other}`; give `open` or `event`"))),
            };
            check(&row.expect).map_err(at_row)?;
            Ok(Vector {
                rule: file.rule.clone(),
                as_of: row.as_of.unwrap_or(file.as_of),
                context,
                event,
                at_open,
                settings,
                terms: file.terms.clone(),
                kinds: file.kinds.clone(),
                expect: row.expect,
                name: row.name,
            })
        })
        .collect()
}

/// Whether what is expected can be.
fn check(expect: &[Expected]) -> Result<(), String> {
    if expect.is_empty() {
        return Err(
            "it expects nothing; give each duty that matters, with the case `none` where the rule must not answer"
                .to_owned(),
        );
    }
    for expected in expect {
        let (duty, case) = (&expected.duty, &expected.case);
        if let Some(problem) = expected.problem() {
            return Err(format!("on `{duty}` the case `{case}` {problem}"));
        }
        let others = || expect.iter().filter(|other| other.duty == *duty && other.case != Expected::NONE);
        if case == Expected::NONE && others().next().is_some() {
            return Err(format!("on `{duty}` the rule both answers and does not; leave out one"));
        }
    }
    Ok(())
}

/// An event and what all policies of an edition are expected to come to together.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// What makes this one special.
    pub name: String,
    /// The day.
    pub as_of: Date,
    /// The context.
    pub context: Context,
    /// The event.
    pub event: Event,
    /// The verdict, where it matters.
    pub verdict: Option<Level>,
    /// The levels of duties.
    pub levels: BTreeMap<DutyId, Level>,
    /// Obligations that must be there, by the measure's id or the text action's word.
    pub obligations: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct CaseFile {
    as_of: Date,
    #[serde(default)]
    context: Map<String, Value>,
    event: Map<String, Value>,
    vector: Vec<CaseRow>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct CaseRow {
    name: String,
    #[serde(default)]
    as_of: Option<Date>,
    #[serde(default)]
    set: Map<String, Value>,
    #[serde(default)]
    forget: Vec<String>,
    #[serde(default)]
    verdict: Option<Level>,
    #[serde(default)]
    levels: BTreeMap<DutyId, Level>,
    #[serde(default)]
    obligations: Vec<String>,
}

/// Reads a file of vectors for an edition: a base context and event, and rows that change single facts of it.
///
/// # Errors
/// Where the TOML, a path or a changed event cannot be read, or a row expects nothing; the message names the row.
pub fn parse_cases(name: &str, text: &str) -> Result<Vec<Case>, BundleError> {
    let broken = |source| BundleError::Vectors { name: name.to_owned(), source };
    let file: CaseFile = toml::from_str(text).map_err(|e| broken(VectorProblem::Toml(Box::new(e))))?;
    let base = base(file.context, file.event);
    file.vector
        .into_iter()
        .map(|row| {
            let at_row = |reason: String| broken(VectorProblem::Row { row: row.name.clone(), reason });
            if row.verdict.is_none() && row.levels.is_empty() && row.obligations.is_empty() {
                return Err(at_row("it expects nothing; give `verdict`, `levels` or `obligations`".to_owned()));
            }
            let (context, event, _) = changed(&base, &row.set, &row.forget).map_err(at_row)?;
            Ok(Case {
                as_of: row.as_of.unwrap_or(file.as_of),
                context,
                event,
                verdict: row.verdict,
                levels: row.levels,
                obligations: row.obligations,
                name: row.name,
            })
        })
        .collect()
}

fn base(context: Map<String, Value>, event: Map<String, Value>) -> Value {
    let parts = [("context".to_owned(), Value::Object(context)), ("event".to_owned(), Value::Object(event))];
    Value::Object(Map::from_iter(parts))
}

/// The base with what a row sets and forgets.
fn changed(
    base: &Value,
    set: &Map<String, Value>,
    forget: &[String],
) -> Result<(Context, Event, Map<String, Value>), String> {
    let mut input = base.clone();
    for (path, value) in set {
        put(&mut input, path, Some(value.clone())).ok_or_else(|| format!("`{path}` cannot be set"))?;
    }
    for path in forget {
        put(&mut input, path, None).ok_or_else(|| format!("`{path}` is not there to forget"))?;
    }
    let take = |key: &str| input.get(key).cloned().unwrap_or_default();
    let context = serde_path_to_error::deserialize(take("context")).map_err(|e| format!("context: {e}"))?;
    let event = serde_json::from_value(take("event")).map_err(|e| format!("event: {e}"))?;
    let settings = take("settings").as_object().cloned().unwrap_or_default();
    Ok((context, event, settings))
}

/// Sets or removes what stands at a dotted path; none where the path leads nowhere.
fn put(value: &mut Value, path: &str, new: Option<Value>) -> Option<()> {
    match path.split_once('.') {
        Some((head, rest)) => {
            let object = value.as_object_mut()?;
            if new.is_some() && !object.contains_key(head) {
                object.insert(head.to_owned(), Value::Object(Map::new()));
            }
            put(object.get_mut(head)?, rest, new)
        }
        None => match new {
            Some(new) => {
                value.as_object_mut()?.insert(path.to_owned(), new);
                Some(())
            }
            None => value.as_object_mut()?.remove(path).map(|_| ()),
        },
    }
}
