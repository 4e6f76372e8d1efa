//! What a finding rests on: the facts, scores and bounds that its policy declares for the reason.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{CategoryId, Context, Date, Event, EventFacts, EventKind, SectorFacts, Signal, SourceId};

/// The value of a fact or of a bound in a decision. A fact is never text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum FactValue {
    /// Yes or no.
    Flag(bool),
    /// A number, in the unit of the fact.
    Number(i64),
    /// A day.
    Day(Date),
    /// The rows of a table of the operator.
    Rows(Vec<String>),
}

/// The most rows of a table that stand in a decision, and how many bytes they have together at most.
const MAX_ROWS: usize = 256;
const MAX_ROW_BYTES: usize = 16 << 10;

/// A score that one of the platform's models gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct GivenScore {
    /// The category that it scores.
    pub category: CategoryId,
    /// The score in thousandths.
    pub score_permille: u32,
    /// The model, where the platform named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceId>,
}

/// What a reason rests on in one decision.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Grounds {
    /// The facts, by path. One without a value is not known.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, Option<FactValue>>,
    /// The scores of the platform's models.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scores: Vec<GivenScore>,
    /// The settings of the policy that are a bound, by name. A very long table is left out.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub bounds: BTreeMap<String, FactValue>,
}

/// What a policy declares that one of its reasons rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct RestsOn {
    /// Facts, by path, such as `publication.budget-yuan`: those of [`grounds_paths`](crate::grounds_paths).
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub facts: BTreeSet<String>,
    /// Whether it rests on scores of the platform's models.
    #[serde(skip_serializing_if = "is_false")]
    pub scores: bool,
    /// Settings that are a bound: numbers, days, switches or tables.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub bounds: BTreeSet<String>,
    /// The schemes whose rows a table shows, such as `ai-drama`; all where empty.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub schemes: BTreeSet<String>,
}

impl RestsOn {
    /// Whether nothing is declared.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The rows of a table that is a bound: those of the declared schemes. More than 256 rows or 16 KiB do not stand in decisions at
    /// all, because a part of them would say something else.
    pub fn table(&self, rows: &[String]) -> Option<FactValue> {
        let is_shown = |row: &&String| {
            self.schemes.is_empty() || Row::read(row).is_some_and(|row| self.schemes.contains(row.scheme))
        };
        let shown = || rows.iter().filter(is_shown);
        let n_bytes = shown().map(String::len).fold(0, usize::saturating_add);
        let fits = shown().count() <= MAX_ROWS && n_bytes <= MAX_ROW_BYTES;
        fits.then(|| FactValue::Rows(shown().cloned().collect()))
    }
}

impl Grounds {
    /// What a reason rests on, with the values of facts and scores. `bounds` are the values of its bounds.
    pub(crate) fn of(
        rests_on: &RestsOn,
        bounds: BTreeMap<String, FactValue>,
        context: &Context,
        event: &Event,
    ) -> Self {
        let value = |path: &String| (path.clone(), fact(path, context, event));
        let scores = if rests_on.scores { reached(&event.signals, &bounds) } else { Vec::new() };
        Self { facts: rests_on.facts.iter().map(value).collect(), scores, bounds }
    }
}

/// A row of a table, `SCHEME/GRADE=VALUE` or `SCHEME@DAY/GRADE=VALUE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row<'r> {
    pub(crate) scheme: &'r str,
    /// The first day on which it holds.
    pub(crate) from: Option<Date>,
    pub(crate) grade: &'r str,
    pub(crate) value: &'r str,
}

impl<'r> Row<'r> {
    /// `None` where the text is no such row.
    pub(crate) fn read(row: &'r str) -> Option<Self> {
        let (of, value) = row.split_once('=')?;
        let (scheme, grade) = of.split_once('/')?;
        let (scheme, from) = match scheme.split_once('@') {
            None => (scheme, None),
            Some((scheme, day)) => (scheme, Some(day.trim().parse().ok()?)),
        };
        Some(Self { scheme: scheme.trim(), from, grade: grade.trim(), value: value.trim() })
    }
}

/// The scores that reach the lowest bound, as a policy compares them; the highest where none does.
fn reached(signals: &[Signal], bounds: &BTreeMap<String, FactValue>) -> Vec<GivenScore> {
    let highest = signals.iter().map(|signal| signal.score_permille).max().unwrap_or(0);
    let numbers = bounds.values().filter_map(|bound| match bound {
        FactValue::Number(number) => u32::try_from(*number).ok(),
        FactValue::Flag(_) | FactValue::Day(_) | FactValue::Rows(_) => None,
    });
    let least = numbers.min().unwrap_or(highest).min(highest);
    let reaches = signals.iter().filter(|signal| signal.score_permille >= least);
    let given = reaches.map(|signal| GivenScore {
        category: signal.category.clone(),
        score_permille: signal.score_permille,
        source: signal.source.clone(),
    });
    given.take(MAX_SCORES).collect()
}

/// The most scores that stand in one [`Grounds`].
const MAX_SCORES: usize = 16;

/// The value of a fact of the context or the event.
fn fact(path: &str, context: &Context, event: &Event) -> Option<FactValue> {
    let (group, place) = path.split_once('.')?;
    if group == SectorFacts::GROUP {
        return event.sector_facts.get(path).or_else(|| context.sector_facts.get(path))?.shown();
    }
    if event.kind().as_str() == group {
        return event.facts.record().ground(place);
    }
    let groups = context.groups();
    let (_, record) = groups.iter().find(|(name, _)| *name == group)?;
    record.ground(place)
}

/// The path of every fact that a decision may show, such as `publication.budget-yuan`.
pub fn grounds_paths() -> Vec<String> {
    let context = Context::default();
    let of_context = context.groups().map(|(group, record)| (group, record.grounds()));
    let of_events = EventKind::ALL.iter().map(|kind| (kind.as_str(), EventFacts::unknown(*kind).record().grounds()));
    let groups = of_context.into_iter().chain(of_events);
    groups.flat_map(|(group, places)| places.into_iter().map(move |place| format!("{group}.{place}"))).collect()
}

fn is_false(value: &bool) -> bool {
    !value
}

/// A fact, or a place inside one, that a decision may show.
pub(crate) trait Ground {
    /// The places that can be shown: the empty one for the fact itself.
    const PLACES: &'static [&'static str] = &[];

    /// The value of a place.
    fn at(&self, place: &str) -> Option<FactValue> {
        let _ = place;
        None
    }
}

/// Facts that are shown as they are.
macro_rules! shown {
    ($($ty:ty = |$value:ident| $shown:expr),+ $(,)?) => {$(
        impl Ground for $ty {
            const PLACES: &'static [&'static str] = &[""];

            fn at(&self, place: &str) -> Option<FactValue> {
                let $value = *self;
                place.is_empty().then(|| $shown)
            }
        }
    )+};
}

shown! {
    bool = |flag| FactValue::Flag(flag),
    u32 = |number| FactValue::Number(number.into()),
    u64 = |number| FactValue::Number(i64::try_from(number).unwrap_or(i64::MAX)),
    Date = |day| FactValue::Day(day),
}

/// Facts of which some fields are shown.
macro_rules! shown_fields {
    ($($ty:ty { $($field:ident = $place:literal),+ })+) => {$(
        impl Ground for $ty {
            const PLACES: &'static [&'static str] = &[$($place),+];

            fn at(&self, place: &str) -> Option<FactValue> {
                match place {
                    $($place => self.$field.at(""),)+
                    _ => None,
                }
            }
        }
    )+};
}

shown_fields! {
    crate::Progress { received_on = "received-on", answered_on = "answered-on" }
    crate::Waiver { on = "on", record_days = "record-days" }
    crate::LabelReading {
        explicit = "explicit", explicit_height_permille = "explicit-height-permille", explicit_ms = "explicit-ms",
        traces_permille = "traces-permille"
    }
}

impl<T: Ground> Ground for Option<T> {
    const PLACES: &'static [&'static str] = T::PLACES;

    fn at(&self, place: &str) -> Option<FactValue> {
        self.as_ref().and_then(|value| value.at(place))
    }
}

/// Free text, ids and lists are never shown.
macro_rules! never_shown {
    ($($ty:ty),+ $(,)?) => { $(impl Ground for $ty {})+ };
}

never_shown!(String, crate::Licence);

impl<T> Ground for Vec<T> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_that_is_very_long_does_not_stand_in_a_decision() {
        let rows = |n: usize, n_bytes: usize| vec!["r".repeat(n_bytes); n];
        for (n, n_bytes, is_kept) in
            [(0, 0, true), (256, 64, true), (257, 1, false), (2, 8_192, true), (2, 8_193, false)]
        {
            let rows = rows(n, n_bytes);
            assert_eq!(
                RestsOn::default().table(&rows),
                is_kept.then(|| FactValue::Rows(rows.clone())),
                "{n} of {n_bytes}"
            );
        }
    }

    #[test]
    fn a_table_shows_the_schemes_that_the_reason_names() {
        let rows = ["live/key=9", "ai@2026-07-01/key=8", "ai/key=7", "no row"].map(str::to_owned).to_vec();
        let kept = |schemes: &[&str]| {
            let schemes = schemes.iter().map(|scheme| (*scheme).to_owned()).collect();
            RestsOn { schemes, ..RestsOn::default() }.table(&rows).unwrap()
        };
        assert_eq!(kept(&[]), FactValue::Rows(rows.clone()));
        assert_eq!(kept(&["ai"]), FactValue::Rows(rows[1..3].to_vec()));
        assert_eq!(kept(&["city"]), FactValue::Rows(Vec::new()));
    }
}
