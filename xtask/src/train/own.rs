//! The project's own rows: patterns, each of which stands for many texts, and texts that stand for themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use super::rows::{Row, hash};

/// How many texts are drawn from one pattern at most.
const TEXTS_PER_PATTERN: u64 = 150;

/// Reads a file of patterns. Equal texts count once, for each of the kinds of a pattern (`prompt+output`).
///
/// # Errors
///
/// If the file cannot be read, or a line is neither a list nor a pattern.
pub(super) fn read(path: &Path) -> Result<Vec<Row>> {
    let source = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let text = fs::read_to_string(path).with_context(|| format!("`{}` cannot be read", path.display()))?;
    let (mut lists, mut seen, mut rows) = (BTreeMap::new(), BTreeSet::new(), Vec::new());
    let lines = (1_u32..).zip(text.lines()).filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    for (at, line) in lines {
        let fields: Vec<&str> = line.split('\t').collect();
        match fields.as_slice() {
            [name, choices] if name.starts_with('@') => {
                lists.insert(format!("<{}>", name.trim_start_matches('@')), format!("{{{choices}}}"));
            }
            [family, kinds, pattern] => {
                let label = if *family == "benign" { "benign" } else { "risky" };
                let whole = lists.iter().fold((*pattern).to_owned(), |text, (name, list)| text.replace(name, list));
                // Lists may stand in lists.
                let whole = lists.iter().fold(whole, |text, (name, list)| text.replace(name, list));
                let n_texts = if whole.contains('{') { TEXTS_PER_PATTERN } else { 1 };
                let texts = (0..n_texts).map(|n| draw(&whole, hash(pattern).wrapping_add(n)));
                let new = texts.filter(|text| seen.insert(text.clone())).collect::<Vec<_>>();
                for kind in kinds.split('+') {
                    rows.extend(new.iter().map(|text| Row::new(&source, kind, label, family, text)));
                }
            }
            _ => ensure!(false, "`{}:{at}` is neither a list nor a pattern", path.display()),
        }
    }
    Ok(rows)
}

/// One text of a pattern: each `{a|b}`, innermost first, gives way to one of its choices.
fn draw(pattern: &str, seed: u64) -> String {
    let mut text = pattern.to_owned();
    let mut state = seed;
    while let Some(end) = text.find('}') {
        let Some(start) = text.get(..end).and_then(|before| before.rfind('{')) else { break };
        let choices = text.get(start.saturating_add(1)..end).unwrap_or_default();
        let n_choices = choices.split('|').count();
        state = next(state);
        let nth = usize::try_from(state >> 33).unwrap_or(0).checked_rem(n_choices).unwrap_or(0);
        let chosen = choices.split('|').nth(nth).unwrap_or_default().to_owned();
        text.replace_range(start..=end, &chosen);
    }
    text
}

/// The next number of a linear congruential generator (Knuth, MMIX).
pub(super) fn next(state: u64) -> u64 {
    let mixed = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    mixed ^ (mixed >> 29)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_stands_for_each_of_its_texts() {
        let texts: BTreeSet<String> = (0..200).map(|seed| draw("{甲|乙{丙|丁}}戊{|己}", seed)).collect();
        let expected = ["甲戊", "甲戊己", "乙丙戊", "乙丙戊己", "乙丁戊", "乙丁戊己"];
        assert_eq!(texts, expected.iter().map(|text| (*text).to_owned()).collect());
    }
}
