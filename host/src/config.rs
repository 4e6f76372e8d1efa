//! The tables that people write, from TOML: registries, trust policy, profile, settings.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use specialis_core::{CategoryId, Context, Delivery, MeasureId, Registry, Trust};

use crate::edition::Settings;
use crate::profile::{PlatformProfile, ServiceProfile};

/// A table that cannot be read; the message names line and column.
#[derive(Debug, thiserror::Error)]
#[error("{what}: {reason}")]
pub struct ConfigError {
    what: &'static str,
    reason: String,
}

fn parse<T: for<'de> Deserialize<'de>>(what: &'static str, text: &str) -> Result<T, ConfigError> {
    toml::from_str(text).map_err(|e| ConfigError { what, reason: e.to_string().trim_end().to_owned() })
}

/// The registries: one document with the tables `duties`, `instruments`, `categories` and `measures`.
///
/// # Errors
/// Where the TOML or an entry cannot be read.
pub fn registry(text: &str) -> Result<Registry, ConfigError> {
    parse("registries", text)
}

/// The trust policy.
///
/// # Errors
/// Where the TOML or an entry cannot be read.
pub fn trust(text: &str) -> Result<Trust, ConfigError> {
    parse("trust policy", text)
}

/// The operator's settings: a table for each policy.
///
/// # Errors
/// Where the TOML or a value cannot be read.
pub fn settings(text: &str) -> Result<Settings, ConfigError> {
    parse("settings", text)
}

/// The profile of platform and service: `supports` (a list of measures, or `"everything"`), `by-hand`, `late-signals`,
/// `delivery`, and `defaults` for contexts.
///
/// # Errors
/// Where the TOML or a value cannot be read, or where `supports` is another word.
pub fn profile(text: &str, registry: &Registry) -> Result<(PlatformProfile, ServiceProfile), ConfigError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "kebab-case", deny_unknown_fields)]
    struct File {
        #[serde(default)]
        supports: Supports,
        #[serde(default)]
        by_hand: BTreeMap<MeasureId, String>,
        #[serde(default)]
        late_signals: BTreeSet<CategoryId>,
        #[serde(default)]
        delivery: Option<Delivery>,
        #[serde(default)]
        defaults: Context,
    }
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Supports {
        Word(String),
        List(BTreeSet<MeasureId>),
    }
    impl Default for Supports {
        fn default() -> Self {
            Self::List(BTreeSet::new())
        }
    }
    let file: File = parse("profile", text)?;
    let supports = match file.supports {
        Supports::List(list) => list,
        Supports::Word(word) if word == "everything" => registry.measures.keys().cloned().collect(),
        Supports::Word(word) => {
            let reason = format!("`supports` is `{word}`; give a list of measures, or \"everything\"");
            return Err(ConfigError { what: "profile", reason });
        }
    };
    if let Some(unknown) = supports.iter().chain(file.by_hand.keys()).find(|id| !registry.measures.contains_key(*id)) {
        let near = specialis_core::nearest(unknown.as_str(), registry.measures.keys().map(|id| id.as_str()));
        let reason = format!("there is no measure `{unknown}`; nearest is `{}`", near.unwrap_or("none"));
        return Err(ConfigError { what: "profile", reason });
    }
    let late_signals = file.late_signals;
    if let Some(unknown) = late_signals.iter().find(|id| !registry.categories.contains_key(*id)) {
        let near = specialis_core::nearest(unknown.as_str(), registry.categories.keys().map(|id| id.as_str()));
        let reason = format!("there is no category `{unknown}`; nearest is `{}`", near.unwrap_or("none"));
        return Err(ConfigError { what: "profile", reason });
    }
    let platform = PlatformProfile { supports, by_hand: file.by_hand, late_signals };
    Ok((platform, ServiceProfile { defaults: file.defaults, delivery: file.delivery }))
}
