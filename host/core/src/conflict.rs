//! The conflict table: obligations that cannot stand together (rule R8 of precedence).
//!
//! | first | second | they conflict where |
//! |---|---|---|
//! | keep a record for at least x | delete it within y | y is shorter than x |
//! | an exclusive label | an exclusive label | their texts differ |
//! | replace the text | replace the text | the texts differ |
//! | redact a span | keep a span verbatim | the spans overlap |
//!
//! The registry says which measures take part in the table ([`ConflictRole`]). Two measures never conflict if they have a parameter
//! of the same name, an id that does not join, with different values: they are then about different things. A number counts as
//! days, and a month as 31 of them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facts::words;
use crate::{
    ConflictRole, DutyId, Join, Measure, MeasureEntry, Obligation, ParamType, ParamValue, PolicyId, Registry, Span,
};

words! {
    /// The rows of the conflict table.
    ConflictKind {
        /// Keep a record for at least x, and delete it within less than x.
        KeepOrDelete = "keep-or-delete",
        /// Two exclusive label texts.
        ExclusiveLabels = "exclusive-labels",
        /// Two different replacements.
        Replacements = "replacements",
        /// Redact a span, and keep it verbatim.
        RedactOrKeep = "redact-or-keep",
    }
}

/// One side of a conflict.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Party {
    /// The duty that it comes from.
    pub duty: DutyId,
    /// The policy that asks for it.
    pub policy: PolicyId,
    /// The obligation.
    pub obligation: Obligation,
}

/// Two obligations that cannot stand together (`norm-conflict`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct NormConflict {
    /// The row of the table.
    pub kind: ConflictKind,
    /// One side.
    pub first: Party,
    /// The other.
    pub second: Party,
}

/// Two measures of loaded policies that could conflict, found from the `may-require` of their manifests.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PotentialConflict {
    /// The row of the table.
    pub kind: ConflictKind,
    /// One policy and its measure.
    pub first: (PolicyId, Measure),
    /// The other policy and its measure.
    pub second: (PolicyId, Measure),
}

/// The conflicts that could arise between the policies of an edition, for the report at load (R8).
///
/// A parameter without a value in the manifest stands for any value. Two measures of one policy can conflict too. Manifests do not
/// list redactions, so that the last row of the table is found only when a decision is made.
pub fn potential_conflicts(may_require: &[(PolicyId, Measure)], registry: &Registry) -> Vec<PotentialConflict> {
    let mut found = Vec::new();
    for (n, first) in may_require.iter().enumerate() {
        let (Some(one), rest) = (role_of(registry, &first.1, true), may_require.iter().skip(n.saturating_add(1)))
        else {
            continue;
        };
        for second in rest {
            let Some(other) = role_of(registry, &second.1, true) else { continue };
            if let Some(kind) = clash(&one, &other) {
                found.push(PotentialConflict { kind, first: first.clone(), second: second.clone() });
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

/// The role of an obligation in the conflict table.
pub(crate) enum Side<'a> {
    Keep(About<'a>, u64),
    Delete(About<'a>, u64),
    Label(About<'a>, Text<'a>),
    Replace(&'a str),
    Redact(Span),
    Verbatim(Span),
}

/// The text of an exclusive label.
#[derive(PartialEq, Eq)]
pub(crate) enum Text<'a> {
    Of(&'a ParamValue),
    Whole(&'a Measure),
    Any,
}

/// A measure with its entry in the registry.
#[derive(Clone, Copy)]
pub(crate) struct About<'a>(&'a Measure, &'a MeasureEntry);

impl<'a> Side<'a> {
    /// The role of an obligation, if it has one.
    pub(crate) fn of(registry: &'a Registry, obligation: &'a Obligation) -> Option<Self> {
        match obligation {
            Obligation::Redact(span) => Some(Self::Redact(*span)),
            Obligation::Replace(text) => Some(Self::Replace(text.as_str())),
            Obligation::Append(_) | Obligation::Stop => None,
            Obligation::Measure(measure) => role_of(registry, measure, false),
        }
    }
}

/// The row of the table by which two obligations conflict.
pub(crate) fn clash(first: &Side<'_>, second: &Side<'_>) -> Option<ConflictKind> {
    match (first, second) {
        (Side::Keep(about, keep), Side::Delete(other, delete))
        | (Side::Delete(other, delete), Side::Keep(about, keep)) => {
            (delete < keep && about.may_be_same(*other)).then_some(ConflictKind::KeepOrDelete)
        }
        (Side::Label(about, one), Side::Label(other, two)) => {
            (one.differs(two) && about.may_be_same(*other)).then_some(ConflictKind::ExclusiveLabels)
        }
        (Side::Replace(one), Side::Replace(two)) => (one != two).then_some(ConflictKind::Replacements),
        (Side::Redact(span), Side::Verbatim(other)) | (Side::Verbatim(other), Side::Redact(span)) => {
            span.overlaps(other).then_some(ConflictKind::RedactOrKeep)
        }
        (
            Side::Keep(..)
            | Side::Delete(..)
            | Side::Label(..)
            | Side::Replace(_)
            | Side::Redact(_)
            | Side::Verbatim(_),
            _,
        ) => None,
    }
}

/// The role of a measure. If `is_open`, a parameter without a value stands for any value.
fn role_of<'a>(registry: &'a Registry, measure: &'a Measure, is_open: bool) -> Option<Side<'a>> {
    let entry = registry.measures.get(&measure.id)?;
    let about = About(measure, entry);
    let roles =
        || entry.params.iter().filter_map(|(name, param)| Some((param, param.conflict?, measure.params.get(name))));
    // Of several parameters that give the value the one that is given counts.
    let (role, value) = match roles().find(|(_, _, value)| value.is_some()).or_else(|| roles().next()) {
        Some((param, role, Some(value))) => (role, Some((param.ty, value))),
        Some((_, role, None)) if is_open => (role, None),
        Some((_, _, None)) => return None,
        None => (entry.conflict?, None),
    };
    let whole = entry.conflict.is_some();
    Some(match role {
        ConflictRole::KeepAtLeast => Side::Keep(about, value.map_or(u64::MAX, seconds)),
        ConflictRole::DeleteWithin => Side::Delete(about, value.map_or(0, seconds)),
        ConflictRole::ExclusiveLabel => Side::Label(
            about,
            match value {
                Some((_, value)) => Text::Of(value),
                None if whole => Text::Whole(measure),
                None => Text::Any,
            },
        ),
        ConflictRole::KeepVerbatim => Side::Verbatim(span(measure)),
    })
}

impl Text<'_> {
    fn differs(&self, other: &Self) -> bool {
        self != other || *self == Self::Any
    }
}

impl About<'_> {
    /// Whether both measures may be about the same thing: no parameter that names a thing has different values.
    fn may_be_same(self, other: Self) -> bool {
        self.0.params.iter().all(|(name, value)| {
            let names_a_thing = |About(_, entry): Self| {
                entry.params.get(name).is_some_and(|param| param.join == Join::Same && param.conflict.is_none())
            };
            match (value, other.0.params.get(name)) {
                (ParamValue::Id(one), Some(ParamValue::Id(two))) if names_a_thing(self) && names_a_thing(other) => {
                    one == two
                }
                _ => true,
            }
        })
    }
}

/// A length of time in seconds. A number counts as days, or as months of 31 days; a date or an id as zero.
fn seconds((ty, value): (ParamType, &ParamValue)) -> u64 {
    const DAY: u64 = 86_400;
    let unit = if ty == ParamType::Months { 31_u64.saturating_mul(DAY) } else { DAY };
    match value {
        ParamValue::Number(number) => u64::try_from(*number).unwrap_or(0).saturating_mul(unit),
        ParamValue::Seconds(seconds) => *seconds,
        ParamValue::Date(_) | ParamValue::Id(_) => 0,
    }
}

/// The span that a measure's parameters `part`, `start` and `end` give. A missing `part` or `start` counts as 0, a missing `end`
/// as the end of the text.
fn span(measure: &Measure) -> Span {
    let number = |name: &str| match measure.params.get(name) {
        Some(ParamValue::Number(value)) => u32::try_from(*value).ok(),
        Some(ParamValue::Date(_) | ParamValue::Seconds(_) | ParamValue::Id(_)) | None => None,
    };
    Span {
        part: number("part").unwrap_or(0),
        start: number("start").unwrap_or(0),
        end: number("end").unwrap_or(u32::MAX),
    }
}
