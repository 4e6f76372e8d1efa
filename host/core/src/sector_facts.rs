//! Facts that the policies of a sector declare: what they may be, and their values.
//!
//! A built-in fact is a field of a record. One of a sector is known by its name alone, so that a sector may have facts of its own
//! without a change of any host. What a host does with both is the same: a value that does not fit its declaration is refused, a
//! fact counts only where its source may assert it, and what is not known tightens.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::facts::words;
use crate::{Date, EventKind, FactValue, SectorId, nearest};

words! {
    /// The type of a fact that a sector declares.
    SectorFactType {
        /// Yes or no.
        Flag = "flag",
        /// A whole number.
        Number = "number",
        /// A day.
        Day = "day",
        /// One of the declared words.
        Word = "word",
        /// Several of the declared words.
        Words = "words",
        /// Free text, such as a name or a number on a paper.
        Text = "text",
    }
}

/// A fact as a policy declares it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SectorFact {
    /// What it is called in Chinese.
    pub zh: String,
    /// What it is called in English.
    pub en: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: SectorFactType,
    /// The unit of a number, such as `mg`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The words that it may be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
    /// The kinds of event that have it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub events: BTreeSet<EventKind>,
    /// Whether it is a fact of the session, in its context.
    #[serde(default, skip_serializing_if = "is_false")]
    pub context: bool,
}

/// The facts of all sectors: those that their policies declare.
pub type DeclaredFacts = BTreeMap<SectorId, BTreeMap<String, SectorFact>>;

fn is_false(value: &bool) -> bool {
    !value
}

impl SectorFact {
    /// What is wrong with the declaration.
    pub fn contradiction(&self) -> Option<&'static str> {
        let has_words = matches!(self.ty, SectorFactType::Word | SectorFactType::Words);
        if self.zh.trim().is_empty() || self.en.trim().is_empty() {
            Some("needs a name in both languages; give `zh` and `en`")
        } else if self.context != self.events.is_empty() {
            Some("is a fact of events or of the session; give either `events = [\"output\"]` or `context = true`")
        } else if has_words == self.words.is_empty() {
            Some("has `words` where its type is `word` or `words`, and nowhere else")
        } else if self.unit.is_some() && self.ty != SectorFactType::Number {
            Some("has a `unit`, which a number alone has")
        } else {
            None
        }
    }

    /// The value as it counts; what to give in its place where it does not fit.
    fn admitted(&self, value: &SectorValue) -> Result<SectorValue, String> {
        let word = |word: &String| self.words.contains(word);
        match (self.ty, value) {
            (SectorFactType::Flag, SectorValue::Flag(_))
            | (SectorFactType::Number, SectorValue::Number(_))
            | (SectorFactType::Day, SectorValue::Day(_))
            | (SectorFactType::Text, SectorValue::Text(_)) => Ok(value.clone()),
            // A text may look like a day.
            (SectorFactType::Text, SectorValue::Day(day)) => Ok(SectorValue::Text(day.to_string())),
            (SectorFactType::Word, SectorValue::Text(said)) if word(said) => Ok(value.clone()),
            (SectorFactType::Words, SectorValue::Texts(said)) if said.iter().all(word) => Ok(value.clone()),
            _ => Err(match self.ty {
                SectorFactType::Flag => "true or false".to_owned(),
                SectorFactType::Number => match &self.unit {
                    Some(unit) => format!("a whole number, in {unit}"),
                    None => "a whole number".to_owned(),
                },
                SectorFactType::Day => "a day, such as `2026-11-02`".to_owned(),
                SectorFactType::Word => format!("one of {}", self.words.join(", ")),
                SectorFactType::Words => format!("a list of some of {}", self.words.join(", ")),
                SectorFactType::Text => "a text".to_owned(),
            }),
        }
    }

    /// Whether it may stand there.
    fn is_of(&self, place: FactPlace) -> bool {
        match place {
            FactPlace::Context => self.context,
            FactPlace::Event(kind) => self.events.contains(&kind),
        }
    }
}

/// The value of a fact that a sector declares. In JSON it is the bare value; a text that is a day is read as one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum SectorValue {
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Number(i64),
    /// A day.
    Day(Date),
    /// A word or a text.
    Text(String),
    /// Several words.
    Texts(Vec<String>),
}

impl SectorValue {
    /// The value as a decision shows it; never text.
    pub(crate) fn shown(&self) -> Option<FactValue> {
        match self {
            Self::Flag(flag) => Some(FactValue::Flag(*flag)),
            Self::Number(number) => Some(FactValue::Number(*number)),
            Self::Day(day) => Some(FactValue::Day(*day)),
            Self::Text(_) | Self::Texts(_) => None,
        }
    }
}

impl<'de> Deserialize<'de> for SectorValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Value;

        impl<'de> Visitor<'de> for Value {
            type Value = SectorValue;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true or false, a whole number, a day, a text or a list of texts")
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<SectorValue, E> {
                Ok(SectorValue::Flag(value))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<SectorValue, E> {
                Ok(SectorValue::Number(value))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<SectorValue, E> {
                i64::try_from(value).map(SectorValue::Number).map_err(|_| E::custom("the number is too large"))
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<SectorValue, E> {
                Ok(value.parse().map_or_else(|_| SectorValue::Text(value.to_owned()), SectorValue::Day))
            }

            /// A date of TOML.
            fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<SectorValue, A::Error> {
                Date::deserialize(MapAccessDeserializer::new(entries)).map(SectorValue::Day)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<SectorValue, A::Error> {
                let mut all = Vec::new();
                while let Some(element) = elements.next_element()? {
                    all.push(element);
                }
                Ok(SectorValue::Texts(all))
            }
        }

        deserializer.deserialize_any(Value)
    }
}

/// Where facts stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactPlace {
    /// In the context of a session.
    Context,
    /// In an event of a kind.
    Event(EventKind),
}

/// Facts of sectors with their values. Absent means unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct SectorFacts(#[serde(deserialize_with = "crate::unique_map")] BTreeMap<SectorId, OfSector>);

/// The facts of one sector.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
struct OfSector(#[serde(deserialize_with = "crate::unique_ids")] BTreeMap<String, SectorValue>);

impl SectorFacts {
    /// What their paths begin with, as in `sector-facts.medical.dose-mg`, and where they stand in JSON.
    pub const GROUP: &str = "sector-facts";

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.0.values().all(|facts| facts.0.is_empty())
    }

    /// The facts of one sector, in the order of their names.
    pub fn of(&self, sector: &SectorId) -> impl Iterator<Item = (&str, &SectorValue)> {
        self.0.get(sector).into_iter().flat_map(|facts| &facts.0).map(|(name, value)| (name.as_str(), value))
    }

    /// Gives a fact a value.
    pub fn insert(&mut self, sector: SectorId, name: impl Into<String>, value: SectorValue) {
        self.0.entry(sector).or_default().0.insert(name.into(), value);
    }

    /// The paths of all facts that have a value.
    pub fn known(&self) -> Vec<String> {
        self.all().map(|(sector, name, _)| path(sector, name)).collect()
    }

    /// Makes the fact at a path unknown; false where it was, or where it is no path of such a fact.
    pub fn forget(&mut self, path: &str) -> bool {
        let Some((sector, name)) = Self::split(path) else { return false };
        self.0.get_mut(sector).is_some_and(|facts| facts.0.remove(name).is_some())
    }

    /// Takes every fact that is unknown here from `defaults`; returns the paths of those taken.
    pub fn inherit(&mut self, defaults: &Self) -> Vec<String> {
        let mut taken = Vec::new();
        for (sector, name, value) in defaults.all() {
            let facts = self.0.entry(sector.clone()).or_default();
            if !facts.0.contains_key(name) {
                facts.0.insert(name.to_owned(), value.clone());
                taken.push(path(sector, name));
            }
        }
        taken
    }

    /// The value of the fact at a path.
    pub fn get(&self, path: &str) -> Option<&SectorValue> {
        let (sector, name) = Self::split(path)?;
        self.0.get(sector)?.0.get(name)
    }

    /// Holds the facts against what is declared: each that does not fit becomes unknown. Returns their paths, with a sentence that
    /// says what is wrong.
    pub fn admit(&mut self, declared: &DeclaredFacts, place: FactPlace) -> Vec<(String, String)> {
        let mut refused = Vec::new();
        for (sector, facts) in &mut self.0 {
            let of_sector = declared.get(sector);
            facts.0.retain(|name, value| {
                let fact = of_sector.and_then(|facts| facts.get(name));
                let said = match fact {
                    None => Err(undeclared(declared, sector, name)),
                    Some(fact) if !fact.is_of(place) => Err(misplaced(fact)),
                    Some(fact) => fact.admitted(value).map_err(|wanted| format!("does not fit; give {wanted}")),
                };
                match said {
                    Ok(admitted) => *value = admitted,
                    Err(problem) => {
                        let path = path(sector, name);
                        refused.push((path.clone(), format!("`{path}` {problem}")));
                        return false;
                    }
                }
                true
            });
        }
        self.0.retain(|_, facts| !facts.0.is_empty());
        refused
    }

    fn all(&self) -> impl Iterator<Item = (&SectorId, &str, &SectorValue)> {
        self.0
            .iter()
            .flat_map(|(sector, facts)| facts.0.iter().map(move |(name, value)| (sector, name.as_str(), value)))
    }

    /// The sector and the name that a path leads to. Sectors may have dots, and names of facts have none.
    fn split(path: &str) -> Option<(&str, &str)> {
        path.strip_prefix(Self::GROUP)?.strip_prefix('.')?.rsplit_once('.')
    }
}

/// The path of a fact.
fn path(sector: &SectorId, name: &str) -> String {
    format!("{}.{sector}.{name}", SectorFacts::GROUP)
}

fn undeclared(declared: &DeclaredFacts, sector: &SectorId, name: &str) -> String {
    match declared.get(sector) {
        None => {
            let near = nearest(sector.as_str(), declared.keys().map(|id| id.as_str())).unwrap_or("none");
            format!("is declared by no policy of the edition; the nearest sector with facts is `{near}`")
        }
        Some(facts) => {
            let near = nearest(name, facts.keys().map(String::as_str)).unwrap_or("none");
            format!("is declared by no policy of `{sector}`; nearest is `{near}`")
        }
    }
}

fn misplaced(fact: &SectorFact) -> String {
    if fact.context {
        return "is a fact of the session; give it in the context".to_owned();
    }
    let kinds: Vec<&str> = fact.events.iter().map(|kind| kind.as_str()).collect();
    format!("is a fact of {} events; give it there", kinds.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared() -> DeclaredFacts {
        let fact = |text: &str| -> SectorFact { read(text) };
        let facts = [
            ("dose-mg", fact(r#"{"zh":"剂量","en":"dose","type":"number","unit":"mg","events":["output"]}"#)),
            (
                "route",
                fact(r#"{"zh":"途径","en":"route","type":"word","words":["oral","topical"],"events":["output"]}"#),
            ),
            ("approved-on", fact(r#"{"zh":"批准日","en":"day of approval","type":"day","context":true}"#)),
            ("note", fact(r#"{"zh":"备注","en":"note","type":"text","context":true}"#)),
        ];
        [("medical".into(), facts.into_iter().map(|(name, fact)| (name.to_owned(), fact)).collect())].into()
    }

    fn read<T: for<'de> Deserialize<'de>>(text: &str) -> T {
        serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"))
    }

    #[test]
    fn what_fits_stays_and_all_else_becomes_unknown() {
        let mut facts: SectorFacts = read(
            r#"{"medical":{"dose-mg":500,"route":"orally","dose":5,"approved-on":"2026-11-02"},"legal":{"x":true}}"#,
        );
        let refused = facts.admit(&declared(), FactPlace::Event(EventKind::Output));
        let said: Vec<&str> = refused.iter().map(|(_, said)| said.as_str()).collect();
        assert_eq!(
            said,
            [
                "`sector-facts.legal.x` is declared by no policy of the edition; the nearest sector with facts is `medical`",
                "`sector-facts.medical.approved-on` is a fact of the session; give it in the context",
                "`sector-facts.medical.dose` is declared by no policy of `medical`; nearest is `dose-mg`",
                "`sector-facts.medical.route` does not fit; give one of oral, topical",
            ]
        );
        assert_eq!(facts.known(), ["sector-facts.medical.dose-mg"]);
        assert_eq!(facts.get("sector-facts.medical.dose-mg"), Some(&SectorValue::Number(500)));
    }

    #[test]
    fn a_text_that_looks_like_a_day_is_what_its_declaration_says() {
        let mut facts: SectorFacts = read(r#"{"medical":{"note":"2026-11-02","approved-on":"2026-11-02"}}"#);
        assert_eq!(facts.admit(&declared(), FactPlace::Context), []);
        let of = |name: &str| facts.get(&format!("sector-facts.medical.{name}")).cloned();
        assert_eq!(of("note"), Some(SectorValue::Text("2026-11-02".to_owned())));
        assert_eq!(of("approved-on"), "2026-11-02".parse().ok().map(SectorValue::Day));
        let mut odd: SectorFacts = read(r#"{"medical":{"approved-on":"today"}}"#);
        let refused = odd.admit(&declared(), FactPlace::Context);
        assert!(refused.iter().any(|(_, said)| said.ends_with("give a day, such as `2026-11-02`")), "{refused:?}");
    }

    #[test]
    fn facts_are_forgotten_and_inherited_by_their_paths() {
        let mut facts: SectorFacts = read(r#"{"a.b":{"x":true}}"#);
        let defaults: SectorFacts = read(r#"{"a.b":{"x":false,"y":["p"]}}"#);
        assert_eq!(facts.inherit(&defaults), ["sector-facts.a.b.y"]);
        assert_eq!(facts.get("sector-facts.a.b.x"), Some(&SectorValue::Flag(true)));
        assert!(
            facts.forget("sector-facts.a.b.x") && !facts.forget("sector-facts.a.b.x") && !facts.forget("subject.age")
        );
        for twice in [r#"{"a":{"x":1,"x":2}}"#, r#"{"a":{},"a":{}}"#, r#"{"a":{"x":1.5}}"#, r#"{"a":{"x":null}}"#] {
            assert!(serde_json::from_str::<SectorFacts>(twice).is_err(), "{twice}");
        }
    }

    #[test]
    fn a_declaration_that_contradicts_itself_says_why() {
        let good = r#"{"zh":"途径","en":"route","type":"word","words":["oral"],"events":["output"]}"#;
        assert_eq!(read::<SectorFact>(good).contradiction(), None);
        for (from, to, why) in [
            ("\"words\":[\"oral\"],", "", "has `words` where"),
            ("\"events\":[\"output\"]", "\"context\":false", "is a fact of events or of the session"),
            ("\"events\"", "\"context\":true,\"events\"", "is a fact of events or of the session"),
            ("\"zh\":\"途径\"", "\"zh\":\" \"", "needs a name in both languages"),
            ("\"events\"", "\"unit\":\"mg\",\"events\"", "has a `unit`"),
        ] {
            let said = read::<SectorFact>(&good.replace(from, to)).contradiction();
            assert!(said.is_some_and(|said| said.starts_with(why)), "{why}: {said:?}");
        }
    }
}
