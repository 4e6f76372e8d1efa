//! The schema of a profile, described once more for editors and checkers.
//!
//! INVARIANT: the same names and shapes as the file that is read; the test holds the built-in profiles against it.
#![expect(dead_code, reason = "a description of what is read")]

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use specialis_core::{CategoryId, Context, Delivery, MeasureId};

/// What a platform carries out, and what holds of its service.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Profile {
    /// The measures that the platform carries out; none where nothing is said.
    supports: Option<Supports>,
    /// Measures that people carry out, each with who does.
    #[schemars(default)]
    by_hand: BTreeMap<MeasureId, String>,
    /// Categories whose scores come late.
    #[schemars(default)]
    late_signals: BTreeSet<CategoryId>,
    /// Whether the scorer that is built in is asked; it is, unless `false` stands here.
    built_in_scorer: Option<bool>,
    /// How streamed text may go out.
    delivery: Option<Delivery>,
    /// What holds where a session says nothing else.
    #[schemars(default)]
    defaults: Context,
}

/// Which measures.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Supports {
    /// All that are registered.
    All(Everything),
    /// These.
    Some(BTreeSet<MeasureId>),
}

/// The word for all measures.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
enum Everything {
    /// All that are registered.
    Everything,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_profiles_fit_the_schema() {
        let validator = jsonschema::validator_for(&crate::schema::generate::of::<Profile>()).unwrap();
        let problems = |text: &str| -> Vec<String> {
            let written: serde_json::Value = toml::from_str(text).unwrap();
            validator.iter_errors(&written).map(|e| format!("{}: {e}", e.instance_path())).collect()
        };
        for profile in [specialis_artifacts::PROFILE, specialis_artifacts::TEXTS, "supports = [\"remind\"]\n"] {
            assert_eq!(problems(profile), Vec::<String>::new());
        }
        for odd in ["supports = \"all\"", "built-in-scorer = 1", "[defaults.subject]\nage = \"old\"", "settings = {}"] {
            assert_eq!(problems(odd).len(), 1, "{odd}");
        }
    }
}
