//! Settings as a file.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use specialis_core::CategoryId;
use specialis_scorer::ScoreThresholds;

use crate::scorer::{Absence, RemoteSettings};
use crate::template::{Template, TemplateError};

/// Settings that are written as TOML cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RemoteFileError {
    /// It is not TOML, or has a key that is unknown or missing.
    #[error("the settings of a scorer cannot be read; `endpoint`, `model` and `template` are needed")]
    Read {
        /// Why.
        #[source]
        source: toml::de::Error,
    },
    /// No template of this crate has that name.
    #[error("`{name}` is no template; write one of {known}, or a table `[template]` with your own")]
    Template {
        /// The name.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// The three thresholds are not in order, or one is over 1,000.
    #[error(
        "thresholds rise from `note` over `review-with-term` to `review`, up to 1000; `{note} <= {review_with_term} <= {review}` does not hold"
    )]
    Thresholds {
        /// From which score on the decision notes it.
        note: u32,
        /// From which score on a text with a term is reviewed.
        review_with_term: u32,
        /// From which score on a text is reviewed.
        review: u32,
    },
    /// The template that stands in the file cannot be used.
    #[error("the table `[template]` cannot be used")]
    OwnTemplate {
        /// Why.
        #[source]
        source: TemplateError,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct File {
    endpoint: String,
    model: String,
    template: TemplateChoice,
    timeout_ms: Option<u64>,
    thresholds: Option<Thresholds>,
    #[serde(default)]
    absent: BTreeMap<CategoryId, Absence>,
    each_sentence: Option<bool>,
    holds_text: Option<bool>,
    masks_persons: Option<bool>,
    cached: Option<usize>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum TemplateChoice {
    Named(String),
    Own(toml::Table),
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Thresholds {
    review: u32,
    review_with_term: u32,
    note: u32,
}

impl RemoteSettings {
    /// Settings from TOML. `endpoint`, `model` and `template` are needed: the name of a built-in template, or a table with one. The
    /// other keys are `timeout-ms`, `thresholds` with `review`, `review-with-term` and `note`, `absent` with `unknown` or
    /// `highest` by category, `each-sentence`, `holds-text`, `masks-persons` and `cached`; their defaults are those of
    /// [`RemoteSettings`]. A token does not stand in a file: give it to [`RemoteSettings::token`].
    ///
    /// # Errors
    /// If it is not such TOML, the template is unknown, or the thresholds are not in order.
    pub fn parse(text: &str) -> Result<Self, RemoteFileError> {
        let file: File = toml::from_str(text).map_err(|source| RemoteFileError::Read { source })?;
        let mut settings = Self::new(file.endpoint, file.model, file.template.template()?);
        if let Some(ms) = file.timeout_ms {
            settings = settings.timeout(Duration::from_millis(ms));
        }
        if let Some(thresholds) = file.thresholds {
            settings = settings.thresholds(thresholds.checked()?);
        }
        for (category, absence) in file.absent {
            settings = settings.absent(category, absence);
        }
        settings = settings.each_sentence(file.each_sentence.unwrap_or(false));
        settings = settings.holds_text(file.holds_text.unwrap_or(false));
        settings = settings.masks_persons(file.masks_persons.unwrap_or(true));
        Ok(file.cached.into_iter().fold(settings, Self::cached))
    }
}

impl TemplateChoice {
    fn template(self) -> Result<Template, RemoteFileError> {
        match self {
            Self::Named(name) => {
                let known: Vec<Template> = Template::all();
                let names: Vec<String> = known.iter().map(|one| format!("`{}`", one.name)).collect();
                let found = known.into_iter().find(|one| one.name == name);
                found.ok_or_else(|| RemoteFileError::Template { name, known: names.join(", ") })
            }
            Self::Own(table) => {
                Template::parse(&table.to_string()).map_err(|source| RemoteFileError::OwnTemplate { source })
            }
        }
    }
}

impl Thresholds {
    fn checked(self) -> Result<ScoreThresholds, RemoteFileError> {
        let Self { review, review_with_term, note } = self;
        if note <= review_with_term && review_with_term <= review && review <= 1_000 {
            Ok(ScoreThresholds { review, review_with_term, note })
        } else {
            Err(RemoteFileError::Thresholds { note, review_with_term, review })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: &str = "endpoint = \"https://guard.example\"\nmodel = \"guard-1\"\n";

    #[test]
    fn files_say_which_key_is_wrong_and_what_would_do() {
        let error = |more: &str| {
            let error = RemoteSettings::parse(&format!("{LEAST}{more}")).unwrap_err();
            let mut said = error.to_string();
            let mut next = std::error::Error::source(&error);
            while let Some(source) = next {
                said.push_str(&format!(": {source}"));
                next = source.source();
            }
            said
        };
        assert!(error("").contains("template"));
        assert!(
            error("template = \"qwen\"\n").contains("`qwen` is no template; write one of"),
            "{}",
            error("template = \"qwen\"\n")
        );
        assert!(error("template = \"qwen3guard\"\ntoken = \"x\"\n").contains("token"));
        let orders = "template = \"qwen3guard\"\nthresholds = { review = 400, review-with-term = 600, note = 200 }\n";
        assert!(error(orders).contains("200 <= 600 <= 400"), "{}", error(orders));
        assert!(
            error("template = { name = \"mine\" }\n").contains("path"),
            "{}",
            error("template = { name = \"mine\" }\n")
        );
    }

    #[test]
    fn what_a_file_does_not_say_is_as_by_default() {
        let named = |name: &str| RemoteSettings::parse(&format!("{LEAST}template = \"{name}\"\n")).unwrap();
        for template in Template::all() {
            let by_default = RemoteSettings::new("https://guard.example", "guard-1", template.clone());
            assert_eq!(format!("{:?}", named(&template.name)), format!("{by_default:?}"));
        }
        let absent = format!("{LEAST}template = \"moderations\"\n[absent]\n\"a1.other-banned\" = \"highest\"\n");
        assert!(format!("{:?}", RemoteSettings::parse(&absent).unwrap()).contains("Highest"));
    }
}
