//! `glossary`: `docs/glossary.md` defines every word of the vocabulary, because one word has one meaning everywhere.

use std::collections::BTreeSet;

use super::Violation;
use super::tree::Tree;

/// The page that defines the words.
pub(super) const PAGE: &str = "docs/glossary.md";

/// The vocabulary, as the contract, the code, the settings, the log and the documents use it.
const VOCABULARY: [&str; 65] = [
    "event", "exchange", "session", "part", "chunk", "judging point", "policy", "state", "rule", "sector", "duty",
    "finding", "not-applicable", "met", "require", "instead-of", "unknown", "level", "obligation", "measure", "advice",
    "regime", "floor", "derogable", "grant", "warrant", "instrument", "citation", "verdict", "decision", "hit",
    "detection", "signal", "category", "lexicon", "detector", "span", "release frontier", "keep back", "settings",
    "manifest", "vector", "edition", "stage", "activate", "drain", "roll back", "canary", "monitor", "enforce",
    "shadow", "fault", "quarantine", "trust policy", "platform profile", "service profile", "trace", "record",
    "tenant", "pass", "mark", "warn", "redact", "review", "stop",
];

/// Every word of the vocabulary without an entry.
pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    // That the page is there at all is for `pages` to say.
    let Some(page) = tree.text(PAGE) else { return Vec::new() };
    let defined: BTreeSet<String> = page.lines().flat_map(entries).collect();
    let missing = VOCABULARY.iter().filter(|word| !defined.contains(**word));
    missing
        .map(|word| {
            let message = format!(
                "`{word}` is not defined; add an entry that begins with it: `**{word}**: …` or `| {word} | … |`"
            );
            Violation::new(PAGE, 0, message)
        })
        .collect()
}

/// The words that a line defines: a heading, the first cell of a row, or what stands bold at the start. One entry may
/// define several words, as in `**stage / activate**`.
fn entries(line: &str) -> Vec<String> {
    let line = line.trim_start();
    let label = if let Some(heading) = line.strip_prefix('#') {
        heading.trim_start_matches('#')
    } else if let Some(row) = line.strip_prefix('|') {
        row.split('|').next().unwrap_or_default()
    } else {
        let item = line.trim_start_matches(['-', ' ']);
        let bold = item.strip_prefix("**").and_then(|rest| rest.split_once("**"));
        bold.map_or("", |(label, _)| label)
    };
    let without_note = label.split('(').next().unwrap_or_default();
    let words = without_note.split(['/', ',', '·', ':']);
    words.map(|word| word.replace(['*', '`'], "").trim().to_lowercase()).filter(|word| !word.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_of_an_entry_defines_its_words() {
        for (line, words) in [
            ("### Judging point", vec!["judging point"]),
            ("| **keep back** (text) | 留置 | … |", vec!["keep back"]),
            ("- **stage / activate**: …", vec!["stage", "activate"]),
            ("**`instead-of`** displaces", vec!["instead-of"]),
            ("an event is judged", vec![]),
        ] {
            assert_eq!(entries(line), words, "{line}");
        }
    }

    #[test]
    fn missing_word_is_found() {
        let page: String =
            VOCABULARY.iter().filter(|word| **word != "warrant").map(|word| format!("**{word}**: …\n")).collect();
        let found = check(&Tree::of(&[(PAGE, &page)]));
        assert_eq!(found.len(), 1);
        assert!(found[0].message.contains("`warrant`"), "{}", found[0]);
    }

    #[test]
    fn each_word_stands_once_in_the_vocabulary() {
        let distinct: BTreeSet<&str> = VOCABULARY.into_iter().collect();
        assert_eq!(distinct.len(), VOCABULARY.len());
    }
}
