//! Identifiers: one type for each kind of name, cheap to clone, and the one grammar that they all follow.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use thiserror::Error;

use crate::printable;

/// The most characters of an identifier.
pub const MAX_ID_CHARS: usize = 96;

/// How many characters of a text that is no identifier a message shows.
const SHOWN: usize = 40;

/// A text that is no identifier.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Error)]
#[error(
    "`{shown}` is no id; write 1 to {MAX_ID_CHARS} ASCII letters and digits, with one `.`, `-`, `_`, `:` or `#` between them at a time"
)]
pub struct IdError {
    shown: String,
}

/// Checks that a text is an identifier: 1 to [`MAX_ID_CHARS`] ASCII letters and digits, with one of `.`, `-`, `_`, `:` and `#`
/// between two of them at a time.
///
/// So an identifier is no path out of a folder, looks like no other identifier of another script, and fits on a line. Every
/// type of identifier checks it where it is read from a file or a message. Names that have no type of their own, such as those of
/// settings, are checked by whoever reads them.
///
/// # Errors
///
/// If it is anything else; the message shows its beginning.
///
/// ```
/// use specialis_core::check_id;
///
/// assert!(check_id("im.art9.agreement").is_ok());
/// for text in ["", "../film", "a..b", "-a", "nеws", "new s"] {
///     assert!(check_id(text).is_err(), "{text}");
/// }
/// ```
pub fn check_id(text: &str) -> Result<(), IdError> {
    let is_whole = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if text.len() <= MAX_ID_CHARS && text.split(['.', '-', '_', ':', '#']).all(is_whole) {
        return Ok(());
    }
    let mut start: String = text.chars().take(SHOWN).collect();
    if start.len() < text.len() {
        start.push('…');
    }
    Err(IdError { shown: printable(&start).into_owned() })
}

/// Reads a text that has to be an identifier.
pub(crate) fn read_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    check_id(&text).map_err(serde::de::Error::custom)?;
    Ok(text)
}

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(Arc::from(text))
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(Arc::from(text))
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &self.0)
            }
        }
    )+};
}

/// Names that follow the grammar of [`check_id`].
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        names! { $($(#[$doc])* $name,)+ }

        $(impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                read_id(deserializer).map(Self::from)
            }
        })+
    };
}

ids! {
    /// A duty of the registry, such as `im.art9.agreement`.
    DutyId,
    /// A policy, such as `news`.
    PolicyId,
    /// A rule inside a policy, such as `N1`.
    RuleId,
    /// A sector tag, such as `film`.
    SectorId,
    /// A legal instrument of the registry, such as `IM`.
    InstrumentId,
    /// A category of hits, detections and signals, such as `a1.violence`.
    CategoryId,
    /// A measure of the registry, such as `label-explicit`.
    MeasureId,
    /// A reason that a policy's manifest declares in both languages.
    ReasonId,
    /// A text that a policy's manifest declares in both languages.
    TextKey,
    /// Who asserts a fact, such as `platform` or `id-check`.
    SourceId,
    /// Who answers for a policy: a name that the trust policy gives to keys and to digests of files.
    SignerId,
    /// A model that scores text, such as `built-in`.
    ScorerId,
}

names! {
    /// A session, as the platform names it.
    SessionId,
}

impl<'de> Deserialize<'de> for SessionId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_is_ascii_letters_and_digits_with_single_marks_between() {
        let longest = "a".repeat(MAX_ID_CHARS);
        let digest = format!("sha256:{}", "0a".repeat(32));
        for text in ["a", "N1R", "im.art9.agreement", "id-check", "film#3", "a_b", longest.as_str(), digest.as_str()] {
            assert_eq!(check_id(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused_wherever_an_id_is_read() {
        let long = "a".repeat(MAX_ID_CHARS.saturating_add(1));
        let huge = "a".repeat(100_000);
        let texts = [
            "",
            " ",
            ".",
            "..",
            "../a",
            "a/b",
            "a\\b",
            "/a",
            "a..b",
            "a.",
            ".a",
            "-a",
            "a-",
            "a--b",
            "a b",
            " a",
            "a\n",
            "a\0",
            "nеws",
            "ｎews",
            "新闻",
            "a\u{202e}b",
            "a\u{200b}",
            "é",
            "a%2fb",
            "a*",
            "a\"",
            long.as_str(),
            huge.as_str(),
        ];
        for text in texts {
            let json = serde_json::Value::from(text);
            assert!(check_id(text).is_err(), "{text:?}");
            assert!(serde_json::from_value::<PolicyId>(json.clone()).is_err(), "{text:?}");
            let key = serde_json::json!({ text: 1 });
            assert!(serde_json::from_value::<std::collections::BTreeMap<DutyId, u8>>(key).is_err(), "{text:?}");
        }
    }

    #[test]
    fn message_shows_the_beginning_and_nothing_that_turns_text() {
        let error = check_id(&format!("a\u{202e}{}", "b".repeat(100_000))).unwrap_err().to_string();
        assert!(error.starts_with("`a\\u{202e}bbb") && error.len() < 240, "{error}");
        assert!(error.contains("…` is no id; write 1 to 96 ASCII letters"), "{error}");
    }
}
