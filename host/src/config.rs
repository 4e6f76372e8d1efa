//! The tables that people write, from TOML, and the policies of a folder.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cap_std::fs::Dir;
use serde::Deserialize;
use specialis_core::{CategoryId, Context, Delivery, MeasureId, Registry, Trust, TrustLimits, nearest};

use crate::control::Candidate;
use crate::files::{self, FileError};
use crate::runtime::{PlatformProfile, ServiceProfile, Settings};

/// Why a table or a folder of policies cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The TOML, or an entry in it, cannot be read; the source names line and column.
    #[error("the {what} cannot be read")]
    Toml {
        /// Which table.
        what: &'static str,
        /// What is wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A profile names a measure or category that no registry has.
    #[error("the profile names the {what} `{id}`, which is not registered; nearest is `{nearest}`")]
    Unregistered {
        /// What kind of thing.
        what: &'static str,
        /// The unknown id.
        id: String,
        /// The nearest registered one.
        nearest: String,
    },
    /// `supports` of a profile is a word that says nothing.
    #[error("`supports` of the profile is `{word}`; give a list of measures, or \"everything\"")]
    Supports {
        /// The word.
        word: String,
    },
    /// A folder of policies, or a file in it, cannot be read.
    #[error("the policy file `{file}` cannot be read; check that it is there and may be read")]
    File {
        /// The file.
        file: String,
        /// What happened.
        source: FileError,
    },
    /// The name of a policy's file is not UTF-8.
    #[error("the name of the policy file `{file}` is not UTF-8; rename it")]
    FileName {
        /// The name, as far as it can be shown.
        file: String,
    },
}

fn parse<T: for<'de> Deserialize<'de>>(what: &'static str, text: &str) -> Result<T, ConfigError> {
    toml::from_str(text).map_err(|e| ConfigError::Toml { what, source: Box::new(e) })
}

/// Everything a host is built from, in one call: the registries, the trust policy and the profile as TOML, and the policies by
/// name.
///
/// # Errors
/// Where one of the tables cannot be read.
pub fn candidate<N: Into<String>, B: Into<Vec<u8>>>(
    registry_text: &str,
    trust_text: &str,
    profile_text: &str,
    policies: impl IntoIterator<Item = (N, B)>,
) -> Result<Candidate, ConfigError> {
    let registry = registry(registry_text)?;
    let (platform, service) = profile(profile_text, &registry)?;
    let candidate = Candidate::default().trust(trust(trust_text)?).platform(platform).service(service);
    Ok(candidate.registry(registry).policies(policies))
}

/// Every `.wasm` file of a folder: its name and its bytes, in the order of names.
///
/// # Errors
/// Where the folder or a file cannot be read, a file is no regular one or larger than any policy may be, or its name is not
/// UTF-8.
pub fn policies(dir: &Dir) -> Result<Vec<(String, Vec<u8>)>, ConfigError> {
    let failed = |file: &str, source: FileError| ConfigError::File { file: file.to_owned(), source };
    let mut names = Vec::new();
    for entry in dir.entries().map_err(|e| failed(".", e.into()))? {
        let name = entry.map_err(|e| failed(".", e.into()))?.file_name();
        if Path::new(&name).extension().is_some_and(|extension| extension == "wasm") {
            let shown = name.to_string_lossy().into_owned();
            names.push(name.into_string().map_err(|_| ConfigError::FileName { file: shown })?);
        }
    }
    names.sort();
    let max = TrustLimits::default().file_bytes;
    let read = |name: String| match files::read(dir, &name, max) {
        Ok(bytes) => Ok((name, bytes)),
        Err(source) => Err(failed(&name, source)),
    };
    names.into_iter().map(read).collect()
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
/// `built-in-scorer`, `delivery`, and `defaults` for contexts. The scorer that is built in is on unless the profile says
/// `built-in-scorer = false`.
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
        #[serde(default = "on")]
        built_in_scorer: bool,
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
    fn on() -> bool {
        true
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
        Supports::Word(word) => return Err(ConfigError::Supports { word }),
    };
    let unregistered = |what, id: &str, known: Vec<&str>| {
        let nearest = nearest(id, known).unwrap_or("nothing").to_owned();
        Err(ConfigError::Unregistered { what, id: id.to_owned(), nearest })
    };
    if let Some(unknown) = supports.iter().chain(file.by_hand.keys()).find(|id| !registry.measures.contains_key(*id)) {
        return unregistered("measure", unknown.as_str(), registry.measures.keys().map(|id| id.as_str()).collect());
    }
    let late_signals = file.late_signals;
    if let Some(unknown) = late_signals.iter().find(|id| !registry.categories.contains_key(*id)) {
        return unregistered("category", unknown.as_str(), registry.categories.keys().map(|id| id.as_str()).collect());
    }
    let built_in_scorer = file.built_in_scorer;
    let platform = PlatformProfile { supports, by_hand: file.by_hand, late_signals, built_in_scorer };
    Ok((platform, ServiceProfile { defaults: file.defaults, delivery: file.delivery }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_toml_are_the_same_as_strings() {
        let written = |quote: &str| {
            format!(
                "[defaults.agreement]\naccepted-on = {quote}2026-10-01{quote}\n\
                 [defaults.sector-facts.medical]\nsince = {quote}2026-09-01{quote}\n"
            )
        };
        let read = |quote: &str| profile(&written(quote), &Registry::default()).unwrap().1.defaults;
        assert_eq!(read(""), read("\""));
        assert_eq!(read("").agreement.accepted_on.map(|day| day.to_string()).as_deref(), Some("2026-10-01"));
        let settings = |quote: &str| settings(&format!("[news]\nfrom = {quote}2026-10-01{quote}\n")).unwrap();
        assert_eq!(settings(""), settings("\""));
    }
}
