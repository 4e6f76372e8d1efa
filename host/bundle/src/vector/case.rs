//! Vectors of an edition: events with what all policies are expected to come to together.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};
use specialis_core::{Context, Date, DutyId, Event, Level};

use super::change::{base, changed, context_of, event_of};
use crate::BundleError;
use crate::error::VectorProblem;

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
            let input = changed(&base, &row.set, &row.forget).map_err(at_row)?;
            Ok(Case {
                as_of: row.as_of.unwrap_or(file.as_of),
                context: context_of(&input).map_err(at_row)?,
                event: event_of(&input).map_err(at_row)?,
                verdict: row.verdict,
                levels: row.levels,
                obligations: row.obligations,
                name: row.name,
            })
        })
        .collect()
}
