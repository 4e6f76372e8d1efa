//! The schema of `policy.toml`: the manifest's fields, described once more for editors and checkers.
//!
//! INVARIANT: the same names and shapes as the manifest that is read; the test holds every built-in manifest against it.
#![expect(dead_code, reason = "a description of what is read")]

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use specialis_core::{
    CategoryId, Date, Delivery, Displaces, DutyId, EventKind, InstrumentId, Measure, Origin, PolicyId, ReasonId,
    RestsOn, RuleId, SectorFact, TextKey,
};

/// What a policy declares: the file `policy.toml`.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Manifest {
    /// The policy's id.
    id: PolicyId,
    /// Its version, `major.minor.patch`.
    version: String,
    /// Its title.
    title: Words,
    /// Whose law it carries: `"general"`, `"common"`, `"tenant"` or `{ sector = "film" }`.
    origin: Origin,
    /// When it is called.
    #[schemars(default)]
    wakes: Wakes,
    /// The duties it answers on; at least one.
    #[schemars(length(min = 1))]
    governs: BTreeSet<DutyId>,
    /// The relaxations it asks leave for.
    #[schemars(default)]
    displaces: Vec<Displaces>,
    /// Its rules, by id.
    rules: BTreeMap<RuleId, RuleEntry>,
    /// Its reasons, by id.
    #[schemars(default)]
    reasons: BTreeMap<ReasonId, Reason>,
    /// Its texts, by key.
    #[schemars(default)]
    texts: BTreeMap<TextKey, Words>,
    /// Text actions it may ask for.
    #[schemars(default)]
    actions: BTreeSet<Action>,
    /// Measures it may ask for; parameters that are given are the strongest it may ask.
    #[schemars(default)]
    may_require: Vec<Measure>,
    /// Its settings, by name.
    #[schemars(default)]
    settings: BTreeMap<String, Setting>,
    /// Facts of its sector beside those that every host knows, by name.
    #[schemars(default)]
    facts: BTreeMap<String, SectorFact>,
    /// Detectors whose detections it needs, by name.
    #[schemars(default)]
    detectors: BTreeSet<String>,
    /// Regular expressions of its own, by name.
    #[schemars(default)]
    patterns: BTreeMap<String, Pattern>,
    /// How streamed text may go out at the laxest, where the policy asks for more than the default.
    delivery: Option<Delivery>,
}

/// Words in both languages.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Words {
    /// Chinese.
    zh: String,
    /// English.
    en: String,
}

/// A reason: its words, and what a decision shows beside them.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
struct Reason {
    /// Chinese.
    zh: String,
    /// English.
    en: String,
    /// The facts, scores and bounds that it rests on.
    #[schemars(default)]
    rests_on: RestsOn,
}

/// When the host has a reason to call the policy.
#[derive(Default, JsonSchema, serde::Serialize)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields, default)]
struct Wakes {
    /// When a session opens.
    open: bool,
    /// On every event of these kinds.
    kinds: BTreeSet<EventKind>,
    /// On events of these kinds that have a hit, a detection or a signal in a category the policy reads.
    hits: BTreeSet<EventKind>,
    /// The categories it reads, beside those of the duties it displaces.
    categories: BTreeSet<CategoryId>,
    /// Where it asks for text, beside hits and the end.
    text: Option<TextPoints>,
    /// Categories whose late scores it waits for: text that none covers yet is kept back, where the platform sends them.
    awaits: BTreeSet<CategoryId>,
}

/// Points in text at which a policy asks to be called: sentences, or every so many characters, or both.
#[derive(JsonSchema, serde::Serialize)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
struct TextPoints {
    /// In events of these kinds.
    #[schemars(length(min = 1))]
    kinds: BTreeSet<EventKind>,
    /// At the end of each sentence.
    #[schemars(default)]
    sentences: bool,
    /// Every so many characters.
    #[schemars(range(min = 16, max = 4096))]
    every: Option<u32>,
    /// What is kept back until then.
    #[schemars(default)]
    keeps: Keeps,
}

/// What is kept back until a policy has had the point it asked for.
#[derive(Clone, Copy, Default, JsonSchema, serde::Serialize)]
#[schemars(rename_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
enum Keeps {
    /// Nothing.
    Nothing,
    /// A hit that can lead to a finding on one of its duties: all policies judge it at that point. Points without such a hit
    /// are passed over.
    #[default]
    Hits,
    /// All text.
    Text,
}

/// A regular expression that the host reads over the text for the policy, in linear time.
#[derive(JsonSchema, serde::Serialize)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
struct Pattern {
    /// The category of its hits.
    category: CategoryId,
    /// The expression, without edges.
    regex: String,
    /// The longest match in characters: the most that is kept back for it.
    #[schemars(range(min = 1, max = 256))]
    max_chars: usize,
}

/// One rule.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
struct RuleEntry {
    /// What it says, in Chinese.
    zh: String,
    /// What it says, in English.
    en: String,
    /// The duties it answers on.
    duties: BTreeSet<DutyId>,
    /// The articles it cites, by instrument.
    cites: BTreeMap<InstrumentId, BTreeSet<String>>,
    /// The facts that it reads, by path, such as `subject.age`: for the lists of facts with the rules that read them.
    #[schemars(default)]
    reads: BTreeSet<String>,
}

/// A text action.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, JsonSchema, serde::Serialize)]
#[schemars(rename_all = "kebab-case")]
enum Action {
    /// Mask a stretch.
    Redact,
    /// Give another text.
    Replace,
    /// Add a text.
    Append,
    /// Let nothing more out.
    Stop,
}

/// One setting.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
struct Setting {
    /// What it means, in Chinese.
    zh: String,
    /// What it means, in English.
    en: String,
    /// What it is called where a reason names it as a bound, such as `least budget`. Its value follows with a unit, so neither the
    /// unit nor the form of the value is said here.
    short: Option<Words>,
    /// The value where the operator gives none; its type is the setting's type.
    default: Value,
    /// The smallest number.
    min: Option<i64>,
    /// The largest number.
    max: Option<i64>,
    /// The words it may take.
    #[schemars(default)]
    one_of: Vec<String>,
    /// Which change loosens.
    loosens_when: LoosensWhen,
}

/// The value of a setting.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Value {
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

/// Which change of a setting loosens the policy.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
enum LoosensWhen {
    /// A larger number, a later day, more words, or `true`.
    Raised,
    /// A smaller number, an earlier day, fewer words, or `false`.
    Lowered,
    /// Any change.
    Changed,
    /// No change.
    Never,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_manifest_fits_the_schema() {
        let schema = crate::schema::generate::of::<Manifest>();
        let validator = jsonschema::validator_for(&schema).unwrap();
        for (name, bytes) in specialis_artifacts::POLICIES {
            let manifest = specialis_bundle::Bundle::parse(bytes).unwrap().manifest;
            let written = serde_json::to_value(&manifest).unwrap();
            let problems: Vec<String> = validator.iter_errors(&written).map(|e| e.to_string()).collect();
            assert_eq!(problems, Vec::<String>::new(), "{name}");
            let declared = schema["properties"].as_object().unwrap();
            let fields = written.as_object().unwrap();
            assert_eq!(fields.keys().collect::<Vec<_>>(), declared.keys().collect::<Vec<_>>(), "{name}");
        }
    }
}
