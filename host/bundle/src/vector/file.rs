//! Files of vectors: one rule, a base context and event, and rows that change single facts of it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};
use specialis_core::{CategoryId, Date, EventKind, RuleId, counted};

use super::change::{base, changed, context_of, event_of, settings_of, with_plain_dates};
use super::{Expected, Vector, VectorEvent};
use crate::BundleError;
use crate::error::VectorProblem;

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
    #[serde(default)]
    event: Map<String, Value>,
    vector: Vec<Row>,
}

/// A record that says, beside its own fields, what changes, where the text is cut, and what is expected.
macro_rules! with_changes {
    ($(#[$doc:meta])* $name:ident { $($(#[$attribute:meta])* $field:ident: $ty:ty,)+ }) => {
        $(#[$doc])*
        #[derive(Deserialize)]
        #[serde(rename_all = "kebab-case", deny_unknown_fields)]
        struct $name {
            $($(#[$attribute])* $field: $ty,)+
            #[serde(default)]
            set: Map<String, Value>,
            #[serde(default)]
            forget: Vec<String>,
            #[serde(default)]
            cuts: Option<Vec<usize>>,
            #[serde(default)]
            expect: Vec<Expected>,
        }
    };
}

with_changes! {
    Row {
        name: String,
        #[serde(default)]
        as_of: Option<Date>,
        #[serde(default)]
        point: Option<String>,
        /// The events of a session, in place of one.
        #[serde(default)]
        events: Vec<EventRow>,
    }
}

with_changes! {
    /// One event of a session: that of the file with changes, or one of its own.
    EventRow {
        #[serde(default)]
        event: Option<Map<String, Value>>,
    }
}

/// Reads a file of vectors: one rule, a base context and event, and rows that change single facts of it. A row may have several
/// events, which are those of one session.
///
/// # Errors
/// Where the TOML, a path or a changed event cannot be read; the message names the row.
pub fn parse_vectors(name: &str, text: &str) -> Result<Vec<Vector>, BundleError> {
    let broken = |source| BundleError::Vectors { name: name.to_owned(), source };
    let mut file: File = toml::from_str(text).map_err(|e| broken(VectorProblem::Toml(Box::new(e))))?;
    let mut base = base(std::mem::take(&mut file.context), std::mem::take(&mut file.event));
    with_plain_dates(&mut file.settings);
    if let Some(base) = base.as_object_mut() {
        base.insert("settings".to_owned(), Value::Object(std::mem::take(&mut file.settings)));
    }
    let rows = std::mem::take(&mut file.vector);
    rows.into_iter()
        .map(|row| {
            let name = row.name.clone();
            vector(&file, &base, row).map_err(|reason| broken(VectorProblem::Row { row: name, reason }))
        })
        .collect()
}

fn vector(file: &File, base: &Value, mut row: Row) -> Result<Vector, String> {
    let input = changed(base, &row.set, &row.forget)?;
    let at_open = match row.point.as_deref() {
        None | Some("event") => false,
        Some("open") => true,
        Some(other) => return Err(format!("`point` is `{other}`; give `open` or `event`")),
    };
    let later = std::mem::take(&mut row.events);
    let events = if later.is_empty() {
        let cuts = row.cuts.map(|cuts| Cuts(cuts, at_open));
        vec![of_event(&input, cuts, row.expect)?]
    } else {
        if at_open || row.cuts.is_some() || !row.expect.is_empty() {
            return Err(
                "it has `events`; give `cuts` and `expect` under each of them, and leave out `point`".to_owned()
            );
        }
        let numbered = later.into_iter().zip(1_usize..);
        let read = numbered.map(|(event, n)| in_session(&input, event).map_err(|e| format!("event {n}: {e}")));
        read.collect::<Result<_, _>>()?
    };
    if events.iter().all(|event| event.expect.is_empty()) {
        return Err(
            "it expects nothing; give each duty that matters, with the case `none` where the rule must not answer"
                .to_owned(),
        );
    }
    Ok(Vector {
        rule: file.rule.clone(),
        as_of: row.as_of.unwrap_or(file.as_of),
        context: context_of(&input)?,
        events,
        at_open,
        settings: settings_of(&input),
        terms: file.terms.clone(),
        kinds: file.kinds.clone(),
        name: row.name,
    })
}

/// One event of a session. Context and settings are those of the whole session.
fn in_session(base: &Value, row: EventRow) -> Result<VectorEvent, String> {
    let paths = row.set.keys().chain(&row.forget);
    if let Some(path) = paths.into_iter().find(|path| !path.starts_with("event.")) {
        return Err(format!("`{path}` is the same for the whole session; change it for the vector"));
    }
    let mut base = base.clone();
    if let (Some(mut event), Some(base)) = (row.event, base.as_object_mut()) {
        with_plain_dates(&mut event);
        base.insert("event".to_owned(), Value::Object(event));
    }
    of_event(&changed(&base, &row.set, &row.forget)?, row.cuts.map(|cuts| Cuts(cuts, false)), row.expect)
}

/// Where a text is cut, in characters, and whether the findings at open are meant.
struct Cuts(Vec<usize>, bool);

fn of_event(input: &Value, cuts: Option<Cuts>, expect: Vec<Expected>) -> Result<VectorEvent, String> {
    check(&expect)?;
    let mut event = VectorEvent { event: event_of(input)?, cuts: None, expect };
    if let Some(Cuts(cuts, at_open)) = cuts {
        event.cuts = Some(in_bytes(&event, &cuts, at_open)?);
    }
    Ok(event)
}

/// The places of cuts in bytes.
fn in_bytes(event: &VectorEvent, cuts: &[usize], at_open: bool) -> Result<Vec<usize>, String> {
    let [part] = event.event.parts.as_slice() else {
        return Err("`cuts` needs an event with one text; give it as `text`".to_owned());
    };
    let text = part.text.as_deref().filter(|_| *part == specialis_core::Part { text: part.text.clone(), ..plain() });
    let text = text.filter(|_| !at_open).ok_or("`cuts` needs an event with plain `text`, and no `point`")?;
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    let in_bytes = cuts.iter().map(|cut| places.get(*cut).copied().filter(|at| *at > 0));
    let in_bytes: Option<Vec<usize>> = in_bytes.collect();
    let in_bytes = in_bytes.filter(|cuts| cuts.is_sorted_by(|one, next| one < next));
    in_bytes.ok_or_else(|| {
        let chars = counted(places.len(), "character", "characters");
        format!("`cuts` must rise and lie inside the text, which has {chars}; 3 cuts behind the third")
    })
}

fn plain() -> specialis_core::Part {
    specialis_core::Part::text(String::new())
}

/// Whether what is expected can be.
fn check(expect: &[Expected]) -> Result<(), String> {
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
