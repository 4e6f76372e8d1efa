//! One row of a file of texts: a text, what kind of event it is, and what is known to be true of it.

use serde::Deserialize;
use specialis_core::{Event, EventKind};

use super::line::words::{self, Piece};

/// A labelled text. Fields that are not named here are passed over: sets of texts have more of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// What it is called in its set.
    pub(crate) id: Option<String>,
    /// The set it comes from.
    pub(crate) source: Option<String>,
    /// What the set says of it, such as `benign`.
    pub(crate) label: String,
    /// What the set sorts it under.
    pub(crate) category: Option<String>,
    kind: EventKind,
    text: String,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Raw {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    source: Option<String>,
    kind: String,
    label: String,
    #[serde(default)]
    category: Option<String>,
    text: String,
}

impl Row {
    /// Reads a row, or says what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if !text.trim_start().starts_with('{') {
            serde_json::from_str::<serde::de::IgnoredAny>(text).map_err(|error| words::not_json(&error))?;
            return Err("not an object; write `{\"kind\": …, \"label\": …, \"text\": …}`".to_owned());
        }
        let Raw { id, source, kind, label, category, text } = words::read(text, Piece::Row)?;
        let kind = EventKind::parse(&kind).map_err(|reason| format!("`kind`: {reason}"))?;
        // Sets that people sorted by hand have blanks around what they sorted it under.
        let trimmed = |field: Option<String>| field.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let (label, source, category) = (label.trim().to_owned(), trimmed(source), trimmed(category));
        if label.is_empty() {
            return Err("`label` is empty; say what is true of the text, such as `benign` or `risky`".to_owned());
        }
        Ok(Self { id, source, label, category, kind, text })
    }

    /// The event that it is.
    pub(crate) fn event(&self) -> Event {
        Event::new(self.kind).with_text(self.text.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_a_set_of_its_own_are_passed_over() {
        let row = Row::parse(r#"{"kind":"prompt","label":"benign","text":"你好","annotator":7}"#).unwrap();
        assert_eq!((row.label.as_str(), row.id), ("benign", None));
    }

    #[test]
    fn blanks_around_a_category_make_no_other() {
        let row =
            Row::parse(r#"{"kind":"prompt","label":" risky","category":" fraud ","source":" ","text":" a "}"#).unwrap();
        assert_eq!((row.label.as_str(), row.category.as_deref(), row.source), ("risky", Some("fraud"), None));
        assert_eq!(row.text, " a ");
    }

    #[test]
    fn messages_say_what_to_do() {
        let cases = [
            (r#"{"kind":"prompt","text":"a"}"#, "missing field `label`; see `specialis replay --help`"),
            (
                r#"{"kind":"promt","label":"a","text":"a"}"#,
                "`kind`: unknown event kind `promt`; nearest is `prompt`, see `specialis schema event`",
            ),
            (
                r#"{"kind":"prompt","label":"","text":"a"}"#,
                "`label` is empty; say what is true of the text, such as `benign` or `risky`",
            ),
            (
                r#"{"kind":"prompt","label":"a","text":5}"#,
                "`text`: invalid type: integer `5`, expected a string; see `specialis replay --help`",
            ),
            ("[]", "not an object; write `{\"kind\": …, \"label\": …, \"text\": …}`"),
        ];
        for (text, message) in cases {
            assert_eq!(Row::parse(text), Err(message.to_owned()), "{text}");
        }
    }
}
