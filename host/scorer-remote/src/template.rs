//! Templates: what is sent to a model, and how its answer is read.

use std::collections::BTreeMap;

use serde::Deserialize;
use specialis_core::CategoryId;

/// What is sent to a model, and how its answer is read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Template {
    /// Its name.
    pub(crate) name: String,
    /// The path behind the base of the endpoint.
    pub(crate) path: String,
    pub(crate) form: Form,
    /// The message about a text that a user sends in; `{text}` stands for the text.
    #[serde(default = "whole")]
    pub(crate) prompt: String,
    /// The message about a text that was generated.
    #[serde(default = "whole")]
    pub(crate) output: String,
    /// Whether a generated text is sent as a message of the assistant.
    #[serde(default)]
    pub(crate) output_as_assistant: bool,
    /// How the line of the answer begins that has the verdict. Empty for the first line.
    #[serde(default)]
    pub(crate) verdict_line: String,
    /// How the line begins that has the categories. Empty for the line behind the verdict.
    #[serde(default)]
    pub(crate) categories_line: String,
    /// The score of each verdict, in permille.
    #[serde(default)]
    pub(crate) verdicts: BTreeMap<String, u32>,
    /// The category of each name that the model uses.
    pub(crate) categories: BTreeMap<String, CategoryId>,
    /// The category of a verdict without a known name.
    pub(crate) otherwise: CategoryId,
}

/// The form of request and answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Form {
    /// `/v1/chat/completions`: the answer is text.
    Chat,
    /// `/v1/moderations`: the answer has a score for each category.
    Moderations,
}

/// A template cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the template cannot be read; it is TOML with the keys of the built-in ones")]
pub struct TemplateError {
    #[source]
    source: toml::de::Error,
}

fn whole() -> String {
    "{text}".to_owned()
}

macro_rules! built_in {
    ($($(#[$doc:meta])* $name:ident: $file:literal),+ $(,)?) => {
        impl Template {
            $(
                $(#[$doc])*
                pub fn $name() -> Self {
                    Self::built_in(include_str!(concat!("../templates/", $file)))
                }
            )+
        }

        impl Template {
            /// The templates of this crate.
            pub(crate) fn all() -> Vec<Self> {
                vec![$(Self::$name()),+]
            }
        }

        #[cfg(test)]
        const BUILT_IN: &[&str] = &[$(include_str!(concat!("../templates/", $file))),+];
    };
}

built_in! {
    /// Qwen3Guard: safe, controversial or unsafe, with categories.
    qwen3guard: "qwen3guard.toml",
    /// Llama Guard 3: safe or unsafe, with the hazards S1 to S14.
    llama_guard_3: "llama-guard-3.toml",
    /// Llama Guard 4: as Llama Guard 3.
    llama_guard_4: "llama-guard-4.toml",
    /// ShieldGemma, asked about dangerous content.
    shieldgemma: "shieldgemma.toml",
    /// An endpoint of the form `/v1/moderations`.
    moderations: "moderations.toml",
}

impl Template {
    /// Reads a template from TOML.
    ///
    /// # Errors
    /// If it is not TOML, a key is missing, or a key is unknown.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        toml::from_str(text).map_err(|source| TemplateError { source })
    }

    /// A template of this crate. INVARIANT: each can be read, which a test shows; one that could not would map nothing.
    fn built_in(text: &str) -> Self {
        Self::parse(text).unwrap_or_else(|_| Self {
            name: String::new(),
            path: String::new(),
            form: Form::Chat,
            prompt: whole(),
            output: whole(),
            output_as_assistant: false,
            verdict_line: String::new(),
            categories_line: String::new(),
            verdicts: BTreeMap::new(),
            categories: BTreeMap::new(),
            otherwise: CategoryId::from("a1.other-banned"),
        })
    }

    /// Every category that it maps to.
    pub(crate) fn all_categories(&self) -> impl Iterator<Item = &CategoryId> {
        self.categories.values().chain([&self.otherwise])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_template_can_be_read() {
        for text in BUILT_IN {
            let template = Template::parse(text).unwrap_or_else(|e| panic!("{e:?}"));
            assert!(template.path.starts_with("/v1/"), "{}", template.name);
            assert_eq!(template.form == Form::Chat, !template.verdicts.is_empty(), "{}", template.name);
        }
    }

    #[test]
    fn a_template_with_an_unknown_key_is_refused() {
        assert!(Template::parse("name = \"x\"\nform = \"chat\"\nverdict = 1").is_err());
    }
}
