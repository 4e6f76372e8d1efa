//! Names for the codes of providers: a small table that is built in, and whatever an operator adds to it.

use std::collections::BTreeMap;
use std::str::FromStr;

use crate::code::{CodeError, CreditCode, ProviderCode};

/// The names that are known without being told.
const BUILT_IN: &str = include_str!("providers.csv");

/// A table of providers: credit codes and names.
///
/// As text it has a line for each provider: the unified social credit code, a comma, and the name. Empty lines and lines that begin
/// with `#` say nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Providers(BTreeMap<String, String>);

impl Providers {
    /// The table that is built in: large public services, by their registered names.
    pub fn built_in() -> Self {
        // A test reads it, so nothing is lost here.
        BUILT_IN.parse().unwrap_or_default()
    }

    /// This table with another; where both name a provider, the other counts.
    #[must_use]
    pub fn with(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// The name for a value of a label: a code of 27 characters. Nothing for a code that is not in the table, and for a value that is
    /// no code.
    pub fn name(&self, producer: &str) -> Option<&str> {
        let code: ProviderCode = producer.parse().ok()?;
        self.0.get(code.credit_code().as_str()).map(String::as_str)
    }
}

impl FromStr for Providers {
    type Err = ProvidersError;

    fn from_str(text: &str) -> Result<Self, ProvidersError> {
        let mut names = BTreeMap::new();
        for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let (line, n_line) = (line.trim(), index.saturating_add(1));
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let pair =
                line.split_once([',', '\t', '，']).map(|(code, name)| (code.trim(), name.trim().trim_matches('"')));
            let (code, name) = pair.filter(|(_, name)| !name.is_empty()).ok_or(ProvidersError::Line { n_line })?;
            let code = CreditCode::new(code).map_err(|source| ProvidersError::Code { n_line, source })?;
            names.insert(code.as_str().to_owned(), name.to_owned());
        }
        Ok(Self(names))
    }
}

/// Why a text is no table of providers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProvidersError {
    /// A line that has no code or no name.
    #[error("line {n_line} is no provider; write the credit code, a comma and the name")]
    Line {
        /// Which line, from 1 on.
        n_line: usize,
    },
    /// A line whose code is none.
    #[error("line {n_line} does not begin with a credit code; correct the code")]
    Code {
        /// Which line, from 1 on.
        n_line: usize,
        /// What is wrong with the code.
        source: CodeError,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_that_is_built_in_can_be_read_and_extended() {
        let table: Providers = BUILT_IN.parse().unwrap();
        assert!(table.0.len() > 10);
        assert_eq!(table.name("001191440300708461136T1XGW3"), Some("深圳市腾讯计算机系统有限公司"));
        assert_eq!(table.name("some company"), None);
        let own = "\u{feff}# own\n\n91440300708461136T,\"甲公司\"\r\n91340000711771143J\t乙公司\n";
        let table = table.with(own.parse().unwrap());
        assert_eq!(table.name("001191440300708461136T10000"), Some("甲公司"));
        assert_eq!(table.name("001191340000711771143J00000"), Some("乙公司"));
    }

    #[test]
    fn a_line_that_is_no_provider_is_named() {
        let of = |text: &str| text.parse::<Providers>().unwrap_err();
        assert_eq!(of("\n91440300708461136T"), ProvidersError::Line { n_line: 2 });
        assert_eq!(of("91440300708461136T, "), ProvidersError::Line { n_line: 1 });
        assert!(matches!(of("914403007084611360,甲"), ProvidersError::Code { n_line: 1, .. }));
    }
}
