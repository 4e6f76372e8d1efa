//! The values of a label: which characters they may have.

use std::fmt;

use serde::{Serialize, Serializer};

/// The text of one field: characters the standard allows, at most [`Text::MAX`] of them. It may be empty.
///
/// Allowed are `0x21`, `0x23` to `0x5B`, `0x5D` to `0x7E` and the escaped quotation mark (Annex E j of GB 45438-2025): printable ASCII
/// without the space and the backslash.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Text(String);

impl Text {
    /// The longest value of a field, in characters: room for a signature of a 4,096-bit key in base64, several times over.
    pub const MAX: usize = 4096;

    /// Takes a value whose characters are all allowed.
    ///
    /// # Errors
    ///
    /// Names the first character that is not, or the length that is too long.
    pub fn new(value: impl Into<String>) -> Result<Self, FieldError> {
        let value = value.into();
        if let Some((at, found)) = first_forbidden(&value) {
            return Err(FieldError::Forbidden { at, found });
        }
        if value.len() > Self::MAX {
            return Err(FieldError::TooLong { length: value.len() });
        }
        Ok(Self(value))
    }

    /// The characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// Why a value cannot stand in a field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// A character outside the set.
    #[error("`{}` at character {} is not allowed; use printable ASCII without space and `\\`", shown(*.found), .at.saturating_add(1))]
    Forbidden {
        /// Counted in characters, from 0.
        at: usize,
        /// The character.
        found: char,
    },
    /// Longer than any label needs.
    #[error("the value has {length} characters; shorten it to {}", Text::MAX)]
    TooLong {
        /// How many it has.
        length: usize,
    },
}

pub(crate) fn shown(c: char) -> String {
    if c.is_control() || c == ' ' { format!("U+{:04X}", u32::from(c)) } else { c.to_string() }
}

/// Whether a field may have this character.
pub(crate) fn is_allowed(c: char) -> bool {
    matches!(c, '!'..='[' | ']'..='~')
}

/// The first character that a field may not have, and its place counted in characters.
pub(crate) fn first_forbidden(value: &str) -> Option<(usize, char)> {
    value.chars().enumerate().find(|(_, c)| !is_allowed(*c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_set_is_that_of_the_standard() {
        let allowed: Vec<u32> = (0..0x200).filter(|&n| char::from_u32(n).is_some_and(is_allowed)).collect();
        let standard: Vec<u32> = [0x21, 0x22].into_iter().chain(0x23..=0x5B).chain(0x5D..=0x7E).collect();
        assert_eq!(allowed, standard);
    }

    #[test]
    fn a_value_that_is_refused_says_where() {
        assert_eq!(Text::new("Some Agent"), Err(FieldError::Forbidden { at: 4, found: ' ' }));
        assert_eq!(Text::new("某某"), Err(FieldError::Forbidden { at: 0, found: '某' }));
        assert_eq!(
            Text::new("Some Agent").unwrap_err().to_string(),
            "`U+0020` at character 5 is not allowed; use printable ASCII without space and `\\`"
        );
        assert_eq!(Text::new("a".repeat(5000)), Err(FieldError::TooLong { length: 5000 }));
        assert!(Text::new("").is_ok_and(|text| text.is_empty()));
    }
}
