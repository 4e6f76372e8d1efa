//! The registries: duties, instruments, categories and measures, as data that an officer can read.

pub(crate) mod check;

use std::collections::BTreeMap;

use crate::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facts::words;
use crate::{CategoryId, DutyId, InstrumentId, Level, MeasureId, SectorId};

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
    /// The force of an instrument, weakest first.
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
    /// The place of a measure in the order of carrying out, first to last.
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
        /// They must be equal; different values stay two measures.
        Same = "same",
        /// The larger holds.
        Max = "max",
        /// The smaller holds.
        Min = "min",
    }
}
words! {
    /// The type of a parameter.
    ParamType {
        /// A number.
        Number = "number",
        /// A day.
        Date = "date",
        /// A duration in seconds.
        Seconds = "seconds",
        /// An id from the parameter's list.
        Id = "id",
    }
}
words! {
    /// A part in the conflict table.
    ConflictRole {
        /// Keeps a record for at least its value.
        KeepAtLeast = "keep-at-least",
        /// Deletes a record within its value.
        DeleteWithin = "delete-within",
        /// A label text of which only one may stand.
        ExclusiveLabel = "exclusive-label",
        /// A stretch of text that must stay as it is.
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
    /// The level when a policy that governs it cannot answer.
    #[serde(default = "review_level")]
    pub fail: Level,
    /// Categories whose hits can lead to a finding on it.
    #[serde(default)]
    pub categories: Vec<CategoryId>,
    /// Whose duty it is: `provider`, `platform`, `user`, `school`.
    pub addressee: String,
    /// Where it stands.
    pub instruments: Vec<InstrumentId>,
}

fn review_level() -> Level {
    Level::Review
}

/// What an instrument says prevails over it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct YieldsTo {
    /// Sectors it names.
    pub sectors: Vec<SectorId>,
    /// Whether it names further fields by analogy (`等`).
    pub by_analogy: bool,
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
    /// Its force.
    pub rank: Rank,
    /// Whether it binds.
    pub binding: bool,
    /// The first day on which it is in force.
    pub from: Date,
    /// The last day, where it has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// What it says itself prevails over it.
    #[serde(default)]
    pub yields_to: YieldsTo,
    /// Instruments it implements: its exceptions count as theirs.
    #[serde(default)]
    pub implements: Vec<InstrumentId>,
    /// The version before it, which applies on days before `from`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<InstrumentId>,
    /// Whether the text itself was seen.
    #[serde(default)]
    pub verified: bool,
    /// Where it was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<String>,
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
    /// The largest number or duration it may take. Without it the parameter takes no number at all: an open range of
    /// numbers would be a way out for content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
    /// How two values join.
    #[serde(default = "same")]
    pub join: Join,
    /// Its part in the conflict table.
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
    /// When it has to happen.
    pub when: When,
    /// Its place in the order of carrying out.
    pub phase: Phase,
    /// Its parameters, by name.
    #[serde(default)]
    pub params: BTreeMap<String, Param>,
    /// Its part in the conflict table where no parameter carries it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conflict: Option<ConflictRole>,
}

impl MeasureEntry {
    /// Whether a signer needs a grant for it. Taking back, acting on users and reporting reach past the text at hand.
    pub fn needs_grant(&self) -> bool {
        matches!(self.phase, Phase::Retract | Phase::Subject | Phase::Report)
    }
}

/// What something is called.
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

/// The registries together. Call [`Registry::check`] after reading the tables.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
    /// Names of the parameters of measures, and of the ids that these may be.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub words: BTreeMap<String, Name>,
}
