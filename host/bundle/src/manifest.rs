//! The manifest: what a policy declares about itself, and is held to.

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;
use serde::{Deserialize, Deserializer, Serialize};
use specialis_core::{
    BoundSide, CategoryId, Date, Delivery, Displaces, DutyId, EventKind, InstrumentId, Measure, Origin, PolicyId,
    ReasonId, RestsOn, RuleId, SectorFact, SectorFactType, SectorFacts, TextKey, Wording, grounds_paths,
};

use crate::BundleError;

/// Words in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// A reason: its words, and what a decision shows beside them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Reason {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
    /// The facts, scores and bounds that it rests on.
    #[serde(default, skip_serializing_if = "RestsOn::is_empty")]
    pub rests_on: RestsOn,
}

/// When the host has a reason to call the policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Wakes {
    /// When a session opens.
    pub open: bool,
    /// On every event of these kinds.
    pub kinds: BTreeSet<EventKind>,
    /// On events of these kinds that have a hit, a detection or a signal in a category the policy reads.
    pub hits: BTreeSet<EventKind>,
    /// The categories it reads, beside those of the duties it displaces.
    pub categories: BTreeSet<CategoryId>,
    /// Where it asks for text, beside hits and the end.
    pub text: Option<TextPoints>,
    /// Categories whose late scores it waits for: text that none covers yet is kept back, where the platform sends them.
    pub awaits: BTreeSet<CategoryId>,
}

impl Wakes {
    /// The kinds of event on which it may be called; one may come twice.
    pub fn all_kinds(&self) -> impl Iterator<Item = EventKind> {
        let text = self.text.iter().flat_map(|text| &text.kinds);
        self.kinds.iter().chain(&self.hits).chain(text).copied()
    }
}

/// Points in text at which a policy asks to be called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TextPoints {
    /// In events of these kinds.
    pub kinds: BTreeSet<EventKind>,
    /// At the end of each sentence.
    #[serde(default)]
    pub sentences: bool,
    /// Every so many characters, from [`TextPoints::LEAST`] to [`TextPoints::MOST`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<u32>,
    /// What is kept back until then.
    #[serde(default)]
    pub keeps: Keeps,
}

/// What is kept back until a policy has had the point it asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Keeps {
    /// Nothing.
    Nothing,
    /// A hit that can lead to a finding on one of its duties: all policies judge it at that point. Points without such a hit
    /// are passed over.
    #[default]
    Hits,
    /// All text.
    Text,
}

impl TextPoints {
    /// The fewest characters between two points.
    pub const LEAST: u32 = 16;
    /// The most characters between two points.
    pub const MOST: u32 = 4_096;

    fn problem(&self) -> Option<String> {
        if self.kinds.is_empty() {
            return Some("`wakes.text` names no `kinds`; name at least one".to_owned());
        }
        match self.every {
            None if !self.sentences => {
                Some("`wakes.text` asks for no point; set `sentences = true` or give `every`".to_owned())
            }
            Some(n) if !(Self::LEAST..=Self::MOST).contains(&n) => {
                Some(format!("`wakes.text.every` is {n}; give {} to {}", Self::LEAST, Self::MOST))
            }
            None | Some(_) => None,
        }
    }
}

/// A regular expression that the host reads over the text for the policy, in linear time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Pattern {
    /// The category of its hits.
    pub category: CategoryId,
    /// The expression, without edges; it reads text as lexicons do, whatever its width, case and variants.
    pub regex: String,
    /// The longest match in characters, 1 to 256: the most that is kept back for it.
    pub max_chars: usize,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RuleEntry {
    /// What it says, in Chinese.
    pub zh: String,
    /// What it says, in English.
    pub en: String,
    /// The duties it answers on.
    pub duties: BTreeSet<DutyId>,
    /// What it cites: articles, by instrument. An answer cites nothing else, so that no citation can carry words.
    pub cites: BTreeMap<InstrumentId, BTreeSet<String>>,
    /// The facts that it reads, by path, such as `subject.age` or `sector-facts.medical.dose-mg`: for the lists of facts with the rules
    /// that read them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub reads: BTreeSet<String>,
}

/// The default of a setting, which fixes its type too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SettingValue {
    /// A switch.
    Flag(bool),
    /// A number.
    Number(i64),
    /// A day.
    Date(Date),
    /// A word.
    Text(String),
    /// A list of words.
    Texts(Vec<String>),
}

impl SettingValue {
    /// The word for the type.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Flag(_) => "true or false",
            Self::Number(_) => "a number",
            Self::Date(_) => "a date",
            Self::Text(_) => "a word",
            Self::Texts(_) => "a list of words",
        }
    }
}

/// Which change of a setting loosens the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LoosensWhen {
    /// A larger number, a later day, more words, or `true`.
    Raised,
    /// A smaller number, an earlier day, fewer words, or `false`.
    Lowered,
    /// Any change.
    Changed,
    /// No change.
    Never,
}

/// One setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Setting {
    /// What it means, in Chinese.
    pub zh: String,
    /// What it means, in English.
    pub en: String,
    /// What it is called where a reason names it as a bound, such as `least budget`. Its value follows with a unit, so neither the
    /// unit nor the form of the value is said here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub short: Option<Words>,
    /// The value where the operator gives none; its type is the setting's type.
    pub default: SettingValue,
    /// The smallest number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    /// The largest number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
    /// The words it may take.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub one_of: Vec<String>,
    /// Which change loosens.
    pub loosens_when: LoosensWhen,
}

/// What a policy declares: the file `policy.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Manifest {
    /// The policy's id.
    pub id: PolicyId,
    /// Its version, `major.minor.patch`, as Semantic Versioning 2.0 has it, in at most 64 characters.
    #[serde(deserialize_with = "version")]
    pub version: Version,
    /// Its title.
    pub title: Words,
    /// Whose law it carries: `"general"`, `"common"`, `"tenant"` or `{ sector = "film" }`.
    pub origin: Origin,
    /// When it is called.
    #[serde(default)]
    pub wakes: Wakes,
    /// The duties it answers on.
    pub governs: BTreeSet<DutyId>,
    /// The relaxations it asks leave for.
    #[serde(default)]
    pub displaces: Vec<Displaces>,
    /// Its rules, by id.
    pub rules: BTreeMap<RuleId, RuleEntry>,
    /// Its reasons, by id.
    #[serde(default)]
    pub reasons: BTreeMap<ReasonId, Reason>,
    /// Its texts, by key.
    #[serde(default)]
    pub texts: BTreeMap<TextKey, Words>,
    /// Text actions it may ask for: `redact`, `replace`, `append`, `stop`.
    #[serde(default)]
    pub actions: BTreeSet<String>,
    /// Measures it may ask for; parameters that are given are the strongest it may ask.
    #[serde(default)]
    pub may_require: Vec<Measure>,
    /// Its settings, by name.
    #[serde(default, deserialize_with = "specialis_core::unique_ids")]
    pub settings: BTreeMap<String, Setting>,
    /// Facts of its sector beside those that every host knows, by name.
    #[serde(default, deserialize_with = "specialis_core::unique_ids")]
    pub facts: BTreeMap<String, SectorFact>,
    /// Detectors whose detections it needs, by name.
    #[serde(default)]
    pub detectors: BTreeSet<String>,
    /// Regular expressions of its own, by name.
    #[serde(default, deserialize_with = "specialis_core::unique_ids")]
    pub patterns: BTreeMap<String, Pattern>,
    /// How streamed text may go out at the laxest, where the policy asks for more than the default.
    #[serde(default)]
    pub delivery: Option<Delivery>,
}

/// The most characters of a version.
const MAX_VERSION_CHARS: usize = 64;

fn version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Version, D::Error> {
    let text = String::deserialize(deserializer)?;
    let refused = |why: &str| {
        let start: String = text.chars().take(MAX_VERSION_CHARS).collect();
        let shown = specialis_core::printable(&start);
        serde::de::Error::custom(format!("`{shown}` is no version ({why}); write `major.minor.patch`, such as `1.0.0`"))
    };
    if text.len() > MAX_VERSION_CHARS {
        return Err(refused("it is longer than 64 characters"));
    }
    Version::parse(&text).map_err(|e| refused(&e.to_string()))
}

/// The most rules, reasons, texts, patterns and facts of a policy, and articles of a rule.
const MAX_RULES: usize = 128;
const MAX_REASONS: usize = 256;
const MAX_TEXTS: usize = 64;
const MAX_PATTERNS: usize = 64;
const MAX_FACTS: usize = 64;
const MAX_ARTICLES: usize = 64;

impl Manifest {
    /// Reads `policy.toml` and checks what can be checked without the registries.
    ///
    /// # Errors
    /// Where it cannot be read or contradicts itself; the message says where.
    pub fn parse(text: &str) -> Result<Self, BundleError> {
        let manifest: Self = toml::from_str(text).map_err(|e| BundleError::Manifest { source: Box::new(e) })?;
        match manifest.contradiction() {
            Some(reason) => Err(BundleError::Contradiction { reason }),
            None => Ok(manifest),
        }
    }

    fn contradiction(&self) -> Option<String> {
        let governed = |duty: &DutyId| self.governs.contains(duty);
        if self.governs.is_empty() {
            return Some("`governs` is empty; name at least one duty".to_owned());
        }
        if let Some(ask) = self.displaces.iter().find(|ask| !governed(&ask.duty)) {
            return Some(format!("`displaces` names `{}`, which `governs` does not; add it there", ask.duty));
        }
        if !self.displaces.is_empty() && !matches!(self.origin, Origin::Sector(_)) {
            return Some("only a sector's policy may ask to displace; remove `displaces` or give a sector".to_owned());
        }
        if let Some(problem) = self.too_much() {
            return Some(problem);
        }
        for (id, rule) in &self.rules {
            if rule.cites.values().flatten().all(|article| article.trim().is_empty()) {
                return Some(format!("rule `{id}` cites nothing; name an instrument and its article under `cites`"));
            }
            if let Some(duty) = rule.duties.iter().find(|duty| !governed(duty)) {
                return Some(format!("rule `{id}` answers on `{duty}`, which `governs` does not name"));
            }
        }
        if let Some(duty) =
            self.governs.iter().find(|duty| !self.rules.values().any(|rule| rule.duties.contains(*duty)))
        {
            return Some(format!("no rule answers on `{duty}`; add one or take it out of `governs`"));
        }
        if let Some(problem) = self.factless() {
            return Some(problem);
        }
        if let Some(problem) = self.groundless() {
            return Some(problem);
        }
        if let Some(problem) = self.wakes.text.as_ref().and_then(TextPoints::problem) {
            return Some(problem);
        }
        let actions = ["redact", "replace", "append", "stop"];
        if let Some(action) = self.actions.iter().find(|action| !actions.contains(&action.as_str())) {
            return Some(format!("`{action}` is no text action; there are {}", actions.join(", ")));
        }
        self.settings.iter().find_map(|(name, setting)| {
            setting.problem(&setting.default).map(|problem| format!("setting `{name}`: the default {problem}"))
        })
    }

    /// The path of a fact of its own.
    pub fn fact_path(&self, name: &str) -> Option<String> {
        match &self.origin {
            Origin::Sector(sector) => Some(format!("{}.{sector}.{name}", SectorFacts::GROUP)),
            Origin::General | Origin::Common | Origin::Tenant => None,
        }
    }

    /// Where it declares facts that there cannot be, or says that a rule reads such.
    fn factless(&self) -> Option<String> {
        for (name, fact) in &self.facts {
            if self.fact_path(name).is_none() {
                return Some("only a sector's policy may declare `[facts]`; remove them or give a sector".to_owned());
            }
            if name.contains('.') {
                return Some(format!("the fact `{name}` has a dot in its name; write `-` in its place"));
            }
            if let Some(problem) = fact.contradiction() {
                return Some(format!("the fact `{name}` {problem}"));
            }
        }
        let is_read = self.rules.iter().any(|(_, rule)| !rule.reads.is_empty());
        let paths = if is_read { specialis_core::fact_paths() } else { Vec::new() };
        let own: Vec<String> = self.facts.keys().filter_map(|name| self.fact_path(name)).collect();
        self.rules.iter().find_map(|(id, rule)| {
            let unknown = rule.reads.iter().find(|path| !paths.contains(path) && !own.contains(path))?;
            let near = specialis_core::nearest(unknown, paths.iter().chain(&own).map(String::as_str)).unwrap_or("none");
            Some(format!("rule `{id}` reads `{unknown}`, which is no fact; nearest is `{near}`"))
        })
    }

    /// Where a reason rests on what there is not, or on what no decision shows.
    fn groundless(&self) -> Option<String> {
        let mut paths = grounds_paths();
        let is_shown =
            |fact: &&SectorFact| matches!(fact.ty, SectorFactType::Flag | SectorFactType::Number | SectorFactType::Day);
        let own = self.facts.iter().filter(|(_, fact)| is_shown(fact));
        paths.extend(own.filter_map(|(name, _)| self.fact_path(name)));
        let is_bound = |name: &String| {
            let setting = self.settings.get(name).map(|setting| &setting.default);
            setting.is_some_and(|value| !matches!(value, SettingValue::Text(_)))
        };
        self.reasons.iter().find_map(|(id, reason)| {
            let RestsOn { facts, bounds, schemes, .. } = &reason.rests_on;
            if let Some(path) = facts.iter().find(|path| !paths.contains(path)) {
                return Some(format!(
                    "reason `{id}` rests on `{path}`, which is no number, day or switch of a context or an event; \
                     `specialis schema event` and `schema context` list the facts"
                ));
            }
            if let Some(name) = bounds.iter().find(|name| !is_bound(name)) {
                return Some(format!(
                    "reason `{id}` has the bound `{name}`; name a setting that is a number, a day, a switch or a table"
                ));
            }
            let is_table = |name: &String| {
                let setting = self.settings.get(name).map(|setting| &setting.default);
                matches!(setting, Some(SettingValue::Texts(_)))
            };
            (!schemes.is_empty() && !bounds.iter().any(is_table)).then(|| {
                format!(
                    "reason `{id}` names schemes and no table; name a setting that is a list of rows under `bounds`"
                )
            })
        })
    }

    /// Where it declares more than it may. What is declared bounds what answers can say.
    fn too_much(&self) -> Option<String> {
        let declared = [
            ("rules", self.rules.len(), MAX_RULES),
            ("reasons", self.reasons.len(), MAX_REASONS),
            ("texts", self.texts.len(), MAX_TEXTS),
            ("patterns", self.patterns.len(), MAX_PATTERNS),
            ("facts", self.facts.len(), MAX_FACTS),
        ];
        if let Some((what, n, most)) = declared.into_iter().find(|(_, n, most)| n > most) {
            return Some(format!("it declares {n} {what}, and may declare {most}; declare fewer"));
        }
        self.rules.iter().find_map(|(id, rule)| {
            let n: usize = rule.cites.values().map(|articles| articles.len()).sum();
            (n > MAX_ARTICLES)
                .then(|| format!("rule `{id}` cites {n} articles, and may cite {MAX_ARTICLES}; cite fewer"))
        })
    }

    /// The values a policy sees: defaults overlaid by the operator's.
    ///
    /// # Errors
    /// Where a setting is unknown, of another type, or out of bounds; all of them, each saying what to do.
    pub fn settings_with(
        &self,
        given: &BTreeMap<String, SettingValue>,
    ) -> Result<BTreeMap<String, SettingValue>, Vec<String>> {
        let mut problems = Vec::new();
        let mut values: BTreeMap<_, _> = self.settings.iter().map(|(k, s)| (k.clone(), s.default.clone())).collect();
        for (name, value) in given {
            match self.settings.get(name) {
                None => {
                    let nearest = specialis_core::nearest(name, self.settings.keys().map(String::as_str));
                    let hint = nearest.map_or("it has no settings".to_owned(), |near| format!("nearest is `{near}`"));
                    problems.push(format!("policy `{}` has no setting `{name}`; {hint}", self.id));
                }
                Some(setting) => match setting.problem(value) {
                    Some(problem) => {
                        problems.push(format!("policy `{}`, setting `{name}`: the value {problem}", self.id))
                    }
                    None => {
                        values.insert(name.clone(), value.clone());
                    }
                },
            }
        }
        if problems.is_empty() { Ok(values) } else { Err(problems) }
    }
}

impl Setting {
    /// What it is called where it is a bound: its short words, or what it means where it has none.
    pub fn bound_words(&self) -> Wording<'_> {
        match &self.short {
            Some(short) => Wording { en: &short.en, zh: &short.zh },
            None => Wording { en: &self.en, zh: &self.zh },
        }
    }

    /// On which side of it things are in order: above where a smaller number loosens, below where a larger one does.
    pub fn bound_side(&self) -> Option<BoundSide> {
        match (&self.default, self.loosens_when) {
            (SettingValue::Number(_), LoosensWhen::Lowered) => Some(BoundSide::AtLeast),
            (SettingValue::Number(_), LoosensWhen::Raised) => Some(BoundSide::AtMost),
            _ => None,
        }
    }

    /// What is wrong with a value for this setting.
    fn problem(&self, value: &SettingValue) -> Option<String> {
        if std::mem::discriminant(value) != std::mem::discriminant(&self.default) {
            return Some(format!("is {}; give {}", value.type_name(), self.default.type_name()));
        }
        match value {
            SettingValue::Number(n) if self.min.is_some_and(|min| *n < min) || self.max.is_some_and(|max| *n > max) => {
                let bound = |b: Option<i64>| b.map_or("any".to_owned(), |b| b.to_string());
                Some(format!("{n} is out of bounds; give {} to {}", bound(self.min), bound(self.max)))
            }
            SettingValue::Text(word) if !self.one_of.is_empty() && !self.one_of.contains(word) => {
                Some(format!("`{word}` is not one of {}", self.one_of.join(", ")))
            }
            SettingValue::Flag(_)
            | SettingValue::Number(_)
            | SettingValue::Date(_)
            | SettingValue::Text(_)
            | SettingValue::Texts(_) => None,
        }
    }
}
