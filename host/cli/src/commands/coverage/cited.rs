//! On which of its duties a rule cites a place, as far as its vectors show it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use specialis_bundle::parse_vectors;

/// On which duties vectors expect a rule to cite a place: rule, then place, then duties.
#[derive(Debug, Default)]
pub(super) struct Cited(BTreeMap<String, BTreeMap<String, BTreeSet<String>>>);

impl Cited {
    pub(super) fn of(files: Vec<(String, String, Vec<u8>)>) -> Result<Self> {
        let mut cited = Self::default();
        for (policy, name, data) in files {
            let text = std::str::from_utf8(&data).with_context(|| format!("`{name}` of `{policy}`"))?;
            for vector in parse_vectors(&name, text)? {
                let places = cited.0.entry(vector.rule.to_string()).or_default();
                for (place, duty) in vector.expected().filter_map(|one| Some((one.cite.clone()?, one.duty.clone()))) {
                    places.entry(place).or_default().insert(duty.to_string());
                }
            }
        }
        Ok(cited)
    }

    /// Whether the rule answers on the duty by this place: as vectors show it, and in doubt it does.
    pub(super) fn carries(&self, rule: &str, place: &str, duty: &str) -> bool {
        self.0.get(rule).and_then(|places| places.get(place)).is_none_or(|duties| duties.contains(duty))
    }
}
