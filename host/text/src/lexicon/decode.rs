//! From the bytes of a file to text.

use encoding_rs::GB18030;

use super::{FileError, LexiconError, Problem};

const UTF8_MARK: &[u8] = &[0xEF, 0xBB, 0xBF];

/// Decodes UTF-8, with or without a byte order mark, or GB18030. Text that is valid UTF-8 is taken as that.
pub(super) fn decode(name: &str, bytes: &[u8]) -> Result<String, LexiconError> {
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(FileError::new(name, Problem::Utf16).into());
    }
    let body = bytes.strip_prefix(UTF8_MARK).unwrap_or(bytes);
    if let Ok(text) = std::str::from_utf8(body) {
        return Ok(text.to_owned());
    }
    GB18030
        .decode_without_bom_handling_and_without_replacement(bytes)
        .map(std::borrow::Cow::into_owned)
        .ok_or_else(|| FileError::new(name, Problem::Encoding).into())
}
