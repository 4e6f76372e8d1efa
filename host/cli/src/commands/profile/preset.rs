//! The kinds of services, the facts that the law asks of each, and examples: the table `services.toml` of the registry.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use clap::ValueEnum;
use serde::Deserialize;
use specialis_core::{Citation, Registry, cited};
use toml::Value;

use crate::options::Language;

/// A kind of service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    /// A chat service for the public.
    Chat,
    /// A supplier of generation to other services through an interface.
    ApiSupplier,
    /// A service for the staff of one organization.
    InHouse,
    /// A platform that spreads what others made.
    Propagator,
    /// A service that generates news.
    News,
    /// A service that generates film, drama and micro-drama.
    Film,
    /// A service for schools and pupils.
    Education,
}

impl Kind {
    /// Its id.
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::ApiSupplier => "api-supplier",
            Self::InHouse => "in-house",
            Self::Propagator => "propagator",
            Self::News => "news",
            Self::Film => "film",
            Self::Education => "education",
        }
    }
}

/// The table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Presets {
    services: BTreeMap<String, Service>,
    facts: Vec<Fact>,
    examples: Vec<Example>,
}

/// What a kind of service is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Service {
    zh: String,
    en: String,
    asks_zh: String,
    asks_en: String,
}

/// A fact of a context.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fact {
    pub(super) path: String,
    #[serde(default)]
    services: Vec<String>,
    #[serde(default)]
    value: Option<Value>,
    #[serde(default)]
    values: BTreeMap<String, Value>,
    #[serde(default)]
    sample: Option<Value>,
    #[serde(default)]
    samples: BTreeMap<String, Value>,
    /// The request header in which the platform's gateway sends it with each session.
    #[serde(default)]
    pub(super) header: Option<String>,
    zh: String,
    en: String,
    #[serde(default)]
    cites: Vec<String>,
}

/// An exchange, and what it comes to.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Example {
    service: String,
    pub(super) expect: String,
    #[serde(default)]
    pub(super) context: toml::Table,
    pub(super) event: toml::Table,
}

impl Presets {
    /// The built-in table.
    pub(super) fn built_in() -> Result<Self> {
        toml::from_str(specialis_artifacts::SERVICES).context("the table of services cannot be read")
    }

    /// The facts of a kind of service, in their order.
    pub(super) fn facts(&self, kind: Kind) -> impl Iterator<Item = &Fact> {
        let is_asked = move |fact: &&Fact| fact.services.is_empty() || fact.services.iter().any(|id| id == kind.id());
        self.facts.iter().filter(is_asked)
    }

    /// The examples of a kind of service.
    pub(super) fn examples(&self, kind: Kind) -> impl Iterator<Item = &Example> {
        self.examples.iter().filter(move |example| example.service == kind.id())
    }

    /// Its name, and what is particular about it.
    pub(super) fn describe(&self, kind: Kind, lang: Language) -> (&str, &str) {
        let service = self.services.get(kind.id());
        service.map_or((kind.id(), ""), |service| {
            (lang.pick(&service.en, &service.zh), lang.pick(&service.asks_en, &service.asks_zh))
        })
    }
}

impl Fact {
    /// What the profile says of it as it is written.
    pub(super) fn value(&self, kind: Kind) -> Option<&Value> {
        self.values.get(kind.id()).or(self.value.as_ref())
    }

    /// What an answer looks like, where the operator is asked or each session brings it.
    pub(super) fn sample(&self, kind: Kind) -> Option<&Value> {
        self.samples.get(kind.id()).or(self.sample.as_ref())
    }

    /// What it is, and where that stands.
    pub(super) fn describe(&self, registry: &Registry, lang: Language) -> String {
        let what = lang.pick(&self.en, &self.zh);
        let places: Vec<String> = self.cites.iter().filter_map(|id| place(registry, id, lang)).collect();
        match places.as_slice() {
            [] => what.to_owned(),
            places => {
                format!("{what}{}{}{}", lang.pick(" (", "（"), places.join(lang.pick("; ", "；")), lang.pick(")", "）"))
            }
        }
    }
}

/// A citation such as `IM 9(2)` in words.
pub(super) fn place(registry: &Registry, id: &str, lang: Language) -> Option<String> {
    let (instrument, article) = id.split_once(' ')?;
    let citation = Citation { instrument: instrument.into(), article: article.to_owned() };
    Some(cited(registry, &citation, None, lang.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fact_is_one_of_a_context_and_cites_an_instrument_that_is_registered() {
        let registry = specialis::config::registry(specialis_artifacts::REGISTRY).unwrap();
        let presets = Presets::built_in().unwrap();
        assert_eq!(presets.services.len(), Kind::value_variants().len());
        for kind in Kind::value_variants() {
            assert!(!presets.describe(*kind, Language::Zh).1.is_empty(), "{}", kind.id());
            for fact in presets.facts(*kind) {
                assert!(fact.value(*kind).is_some() != fact.sample(*kind).is_some(), "{} of {}", fact.path, kind.id());
                let (group, _) = fact.path.split_once('.').unwrap();
                assert!(fact.header.is_none() || group != "service", "{}", fact.path);
                for id in &fact.cites {
                    let (instrument, _) = id.split_once(' ').unwrap();
                    assert!(registry.instruments.contains_key(instrument), "{id} of {}", fact.path);
                }
            }
        }
    }
}
