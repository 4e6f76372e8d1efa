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

/// What stands between the name of a session and the digits that make it one of its own.
const OWN_MARK: char = '#';

/// How many hexadecimal digits those are.
const OWN_DIGITS: usize = 16;

impl SessionId {
    /// A session of its own under a name that others may give too: the name, `#`, and `random` as 16 hexadecimal digits.
    ///
    /// The id of a decision is computed over the id of its session. So two exchanges under one name have other decision ids, even
    /// where they begin with the same input.
    ///
    /// ```
    /// use specialis_core::SessionId;
    ///
    /// let session = SessionId::of_its_own("exchange-1", [0, 1, 2, 3, 4, 5, 6, 0xff]);
    /// assert_eq!(session.as_str(), "exchange-1#00010203040506ff");
    /// assert!(session.is_named("exchange-1"));
    /// ```
    pub fn of_its_own(name: &str, random: [u8; 8]) -> Self {
        Self::from(format!("{name}{OWN_MARK}{:016x}", u64::from_be_bytes(random)))
    }

    /// Whether this is the session of a name, or a session of its own under it (see [`SessionId::of_its_own`]).
    pub fn is_named(&self, name: &str) -> bool {
        is_session_named(&self.0, name)
    }
}

/// What [`SessionId::is_named`] says, of an id that is a text.
pub fn is_session_named(session: &str, name: &str) -> bool {
    let Some(rest) = session.strip_prefix(name) else { return false };
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let is_own = |digits: &str| digits.len() == OWN_DIGITS && digits.bytes().all(is_digit);
    rest.is_empty() || rest.strip_prefix(OWN_MARK).is_some_and(is_own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_of_its_own_has_the_name_it_was_made_of_and_no_other() {
        let own = SessionId::of_its_own("s#1", [0xab; 8]);
        assert_eq!(own.as_str(), "s#1#abababababababab");
        assert!(check_id(own.as_str()).is_ok());
        assert!(own.is_named("s#1") && own.is_named(own.as_str()));
        for other in ["s", "s#", "s#1#", "s#1#abababababababa", ""] {
            assert!(!own.is_named(other), "{other}");
        }
        assert!(!is_session_named("s#1", "s") && !is_session_named("s-2", "s"));
        assert!(!is_session_named("s#ABABABABABABABAB", "s"));
        assert_ne!(own, SessionId::of_its_own("s#1", [0xac; 8]));
    }

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
