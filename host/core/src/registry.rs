//! The registries: duties, instruments, categories and measures. They are data, so that a compliance officer can read and keep them.

pub(crate) mod check;

use std::collections::BTreeMap;

use crate::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facts::words;
use crate::{CategoryId, Citation, DutyId, InstrumentId, Level, MeasureId, SectorId};

words! {
    /// Whether a sector's law may displace a duty.
    DutyClass {
        /// Nothing displaces it.
        Floor = "floor",
        /// A granted relaxation may displace it.
        Derogable = "derogable",
    }
}
words! {
    /// The rank of an instrument, lowest first.
    Rank {
        /// Guidance.
        Guideline = "guideline",
        /// A recommended standard.
        RecommendedStandard = "recommended-standard",
        /// A normative notice.
        NormativeNotice = "normative-notice",
        /// A mandatory standard.
        MandatoryStandard = "mandatory-standard",
        /// A rule of a ministry.
        DepartmentalRule = "departmental-rule",
        /// A regulation of the State Council.
        AdministrativeRegulation = "administrative-regulation",
        /// A law.
        Law = "law",
    }
}
words! {
    /// When a measure has to happen.
    When {
        /// Before anything goes out.
        BeforeRelease = "before-release",
        /// Together with what goes out.
        WithRelease = "with-release",
        /// After it went out.
        Afterwards = "afterwards",
    }
}
words! {
    /// The order in which measures are carried out, first to last.
    Phase {
        /// Explicit labels and reminders.
        Label = "label",
        /// Implicit labels.
        Implicit = "implicit",
        /// Taking back what went out.
        Retract = "retract",
        /// Keeping and deleting records.
        Record = "record",
        /// Reports and tickets.
        Report = "report",
        /// What the platform or the user must first have or give.
        Requirement = "requirement",
        /// Measures towards the user.
        Subject = "subject",
    }
}
words! {
    /// How two values of one parameter join when two findings ask for the same measure.
    Join {
        /// They do not join: different values make two measures.
        Same = "same",
        /// The larger one applies.
        Max = "max",
        /// The smaller one applies.
        Min = "min",
    }
}
words! {
    /// The type of a parameter.
    ParamType {
        /// A number.
        Number = "number",
        /// A number of months of the calendar.
        Months = "months",
        /// A day.
        Date = "date",
        /// A duration in seconds.
        Seconds = "seconds",
        /// An id from the parameter's list.
        Id = "id",
    }
}
words! {
    /// The role of a measure in the conflict table.
    ConflictRole {
        /// Keeps a record for at least its value.
        KeepAtLeast = "keep-at-least",
        /// Deletes a record within its value.
        DeleteWithin = "delete-within",
        /// Sets the text of a label of which there can be only one.
        ExclusiveLabel = "exclusive-label",
        /// Keeps a span of text as it is.
        KeepVerbatim = "keep-verbatim",
    }
}

/// One duty.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Duty {
    /// Its name in Chinese.
    pub zh: String,
    /// Its name in English.
    pub en: String,
    /// Floor or derogable.
    pub class: DutyClass,
    /// The level if a policy that governs it cannot answer.
    #[serde(default = "review_level")]
    pub fail: Level,
    /// Categories whose hits can lead to a finding on it.
    #[serde(default)]
    pub categories: Vec<CategoryId>,
    /// Whose duty it is: `provider`, `platform`, `user`, `school`.
    pub addressee: String,
    /// The instruments that impose it.
    pub instruments: Vec<InstrumentId>,
}

fn review_level() -> Level {
    Level::Review
}

/// What prevails over an instrument, by its own words.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct YieldsTo {
    /// Sectors it names.
    pub sectors: Vec<SectorId>,
    /// Whether it names further fields by analogy (`等`).
    pub by_analogy: bool,
    /// Where it says so, as the word of a citation, such as `2(2)`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub article: Option<String>,
}

/// One legal instrument, or one version of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Instrument {
    /// Its title in Chinese.
    pub zh: String,
    /// Its title in English.
    pub en: String,
    /// Who issued it.
    pub authority: String,
    /// Its rank.
    pub rank: Rank,
    /// Whether it binds.
    pub binding: bool,
    /// The first day on which it is in force.
    pub from: Date,
    /// The last day on which it is in force, if it has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// What prevails over it, by its own words.
    #[serde(default)]
    pub yields_to: YieldsTo,
    /// The instruments that it implements. Its exceptions count as theirs.
    #[serde(default)]
    pub implements: Vec<InstrumentId>,
    /// The version before it, which applies on days before `from`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<InstrumentId>,
    /// Whether it is common practice and no instrument of law: it is named as such, without an article.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub practice: bool,
    /// Whether citations were checked against its text.
    #[serde(default)]
    pub verified: bool,
    /// Where the text was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<String>,
    /// What a reader is to know of it. Explanations print it beside each citation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Note>,
}

/// A remark in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl Instrument {
    /// Whether it is in force on `day`.
    pub fn in_force(&self, day: Date) -> bool {
        self.from <= day && self.until.is_none_or(|until| day <= until)
    }
}

/// One category of hits, detections and signals.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Category {
    /// Its name in Chinese.
    pub zh: String,
    /// Its name in English.
    pub en: String,
}

/// One parameter of a measure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Param {
    /// Its type.
    #[serde(rename = "type")]
    pub ty: ParamType,
    /// The ids it may take.
    #[serde(default)]
    pub ids: Vec<String>,
    /// The smallest number or duration it may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    /// The largest number or duration it may take. Without it the parameter takes no number at all, because a
    /// policy could encode content in an unlimited range of numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
    /// How two values join.
    #[serde(default = "same")]
    pub join: Join,
    /// The role of the measure in the conflict table, if this parameter gives its value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conflict: Option<ConflictRole>,
}

fn same() -> Join {
    Join::Same
}

/// One measure as registered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MeasureEntry {
    /// Its name in Chinese.
    pub zh: String,
    /// Its name in English.
    pub en: String,
    /// Names that replace `zh` and `en`, by the value of the parameter `kind`. Explanations then leave `kind` out.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "crate::unique_ids")]
    pub names: BTreeMap<String, Note>,
    /// When it has to happen.
    pub when: When,
    /// When it is carried out relative to other measures.
    pub phase: Phase,
    /// Its parameters, by name.
    #[serde(default, deserialize_with = "crate::unique_ids")]
    pub params: BTreeMap<String, Param>,
    /// The role of the measure in the conflict table, if no parameter gives its value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conflict: Option<ConflictRole>,
}

impl MeasureEntry {
    /// Whether a signer needs a grant for it. Retracting, acting on users and reporting have effects outside the text.
    pub fn needs_grant(&self) -> bool {
        matches!(self.phase, Phase::Retract | Phase::Subject | Phase::Report)
    }
}

/// A name in both languages. In an explanation, the name of a parameter stands before its value; a name with `{}` has the value in
/// that place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Name {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
    /// What an explicit label of this name says. Without it there is no such label in text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,
}

/// Where in an instrument a citation stands. An article, its paragraph (款) and its item (项) are different things.
///
/// A policy cites an instrument and a word for the place, such as `IM` and `14(2)`. Both together, `IM 14(2)`, are the id of the
/// citation: manifests, grants and traces name it, and it never changes. What people read stands in this table, so that a correction
/// of it is an edit of a table and moves no grant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Place {
    /// The instrument, where it is another one than the citation names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instrument: Option<InstrumentId>,
    /// The article or articles, such as `17` or `12, 15`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub article: Option<String>,
    /// The chapter of a standard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chapter: Option<String>,
    /// The paragraph (款), from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paragraph: Option<u16>,
    /// The item (项), from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<u16>,
    /// Whether this place was checked against the text, where that differs from what its instrument says of the whole text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verified: Option<bool>,
    /// Where the same stood in earlier versions, by their ids.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub versions: BTreeMap<InstrumentId, Place>,
}

/// The registries together. Call [`Registry::check`] after reading the tables.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Registry {
    /// Duties by id.
    pub duties: BTreeMap<DutyId, Duty>,
    /// Instruments by id.
    pub instruments: BTreeMap<InstrumentId, Instrument>,
    /// Categories by id.
    pub categories: BTreeMap<CategoryId, Category>,
    /// Measures by id.
    pub measures: BTreeMap<MeasureId, MeasureEntry>,
    /// Where citations stand, by their ids, such as `IM 14(2)`. One that is not listed is shown as its policy wrote it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub citations: BTreeMap<String, Place>,
    /// Names of the parameters of measures, and of the ids that these may be.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub words: BTreeMap<String, Name>,
}

impl Registry {
    /// Whether a citation was checked against the text: as its place says, or else the instrument. `earlier` is the version that
    /// applies in its place. A citation of an instrument that is not registered was not checked.
    pub fn is_verified(&self, citation: &Citation, earlier: Option<&InstrumentId>) -> bool {
        let place = self.citations.get(&format!("{} {}", citation.instrument, citation.article));
        let of_version = place.zip(earlier).and_then(|(place, earlier)| place.versions.get(earlier));
        // What was seen of a later version says nothing of an earlier one.
        let place = if earlier.is_some() { of_version } else { place };
        let applied = place.and_then(|place| place.instrument.as_ref()).or(earlier).unwrap_or(&citation.instrument);
        let of_instrument = || self.instruments.get(applied).is_some_and(|instrument| instrument.verified);
        place.and_then(|place| place.verified).unwrap_or_else(of_instrument)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registry() -> Registry {
        let instrument = |verified: bool| Instrument {
            zh: "样例规定".to_owned(),
            en: "Sample Rules".to_owned(),
            authority: "nobody".to_owned(),
            rank: Rank::Law,
            binding: true,
            from: "2026-01-01".parse().unwrap(),
            until: None,
            yields_to: YieldsTo::default(),
            implements: Vec::new(),
            earlier: None,
            practice: false,
            verified,
            seen: None,
            note: None,
        };
        let place = |verified| Place { article: Some("3".to_owned()), verified, ..Place::default() };
        let versions = BTreeMap::from([("OLD".into(), place(Some(true)))]);
        let citations = [
            ("NEW 3".to_owned(), Place { versions, ..place(Some(false)) }),
            ("NEW 4".to_owned(), place(None)),
            ("OLD 5".to_owned(), place(Some(true))),
        ];
        let instruments = BTreeMap::from([("NEW".into(), instrument(true)), ("OLD".into(), instrument(false))]);
        Registry { instruments, citations: BTreeMap::from(citations), ..Registry::default() }
    }

    #[test]
    fn a_place_is_verified_as_it_says_itself_or_else_as_its_instrument() {
        let registry = registry();
        let is_verified = |instrument: &str, article: &str, earlier: Option<&str>| {
            let citation = Citation { instrument: instrument.into(), article: article.to_owned() };
            registry.is_verified(&citation, earlier.map(InstrumentId::from).as_ref())
        };
        assert!(!is_verified("NEW", "3", None) && is_verified("NEW", "3", Some("OLD")));
        assert!(is_verified("NEW", "4", None) && !is_verified("NEW", "4", Some("OLD")));
        assert!(is_verified("NEW", "9", None) && !is_verified("OLD", "9", None) && is_verified("OLD", "5", None));
        assert!(!is_verified("NOWHERE", "1", None));
    }
}
