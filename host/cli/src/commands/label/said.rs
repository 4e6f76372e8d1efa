//! What goes wrong, said in both languages.

use std::error::Error as StdError;
use std::fmt;

use anyhow::{Error, Result};

/// An error of these commands: what it says in English and in Chinese, and what is behind it.
#[derive(Debug)]
pub(super) struct Said {
    en: String,
    zh: String,
    cause: Option<Error>,
}

impl Said {
    /// What it says in Chinese, without what is behind it.
    pub(super) fn zh(&self) -> &str {
        &self.zh
    }

    /// What is behind it.
    pub(super) fn cause(&self) -> Option<&Error> {
        self.cause.as_ref()
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.en)
    }
}

impl StdError for Said {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.cause.as_ref().map(|cause| {
            let cause: &(dyn StdError + 'static) = cause.as_ref();
            cause
        })
    }
}

/// An error with nothing behind it.
pub(super) fn said(en: impl Into<String>, zh: impl Into<String>) -> Error {
    Said { en: en.into(), zh: zh.into(), cause: None }.into()
}

/// Says in both languages what failed.
pub(super) trait OrSay<T> {
    /// `words` gives the sentence in English and in Chinese.
    fn or_say<E: Into<String>, Z: Into<String>>(self, words: impl FnOnce() -> (E, Z)) -> Result<T>;
}

impl<T, F: Into<Error>> OrSay<T> for Result<T, F> {
    fn or_say<E: Into<String>, Z: Into<String>>(self, words: impl FnOnce() -> (E, Z)) -> Result<T> {
        self.map_err(|cause| {
            let (en, zh) = words();
            Said { en: en.into(), zh: zh.into(), cause: Some(cause.into()) }.into()
        })
    }
}

impl<T> OrSay<T> for Option<T> {
    fn or_say<E: Into<String>, Z: Into<String>>(self, words: impl FnOnce() -> (E, Z)) -> Result<T> {
        self.ok_or_else(|| {
            let (en, zh) = words();
            said(en, zh)
        })
    }
}
