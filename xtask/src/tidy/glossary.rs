//! `glossary`: `docs/glossary.md` defines each word once, and defines no word that nothing uses.
//!
//! A word stands in the first cell of a row; one row may define several, as in `| stage / activate | … |`. The section on words
//! that are not used is for [`words`](super::words).

use std::collections::BTreeMap;

use super::Violation;
use super::tree::{Tree, numbered};

/// The page that defines the words.
pub(super) const PAGE: &str = "docs/glossary.md";

/// How the heading of the section begins that lists words which are not used.
pub(super) const NOT_USED: &str = "not used";

/// Every word that is defined twice, and every one that no other page, contract or source uses.
pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    // That the page is there at all is for `pages` to say.
    let Some(page) = tree.text(PAGE) else { return Vec::new() };
    let mut violations = Vec::new();
    let mut defined: BTreeMap<String, usize> = BTreeMap::new();
    for (at, word) in entries(page) {
        if let Some(first) = defined.get(&word) {
            let message = format!("`{word}` is defined in line {first} already; one word has one meaning");
            violations.push(Violation::new(PAGE, at, message));
        } else {
            defined.insert(word, at);
        }
    }
    let texts: Vec<String> = others(tree).map(spaced).collect();
    for (word, at) in defined.iter().filter(|(word, _)| !texts.iter().any(|text| has_word(text, &spaced(word)))) {
        let message = format!("nothing uses `{word}`; take it out, or call the thing by it");
        violations.push(Violation::new(PAGE, *at, message));
    }
    violations
}

/// What may use a word: the other pages, the contract, and code that is not a test of this check.
fn others(tree: &Tree) -> impl Iterator<Item = &str> {
    let files = tree.with_extension(&["md", "wit", "rs", "toml"]);
    files.filter(|(path, _)| *path != PAGE && !path.starts_with("xtask/")).map(|(_, text)| text)
}

/// The words of the page with their lines, without the section on words that are not used.
fn entries(page: &str) -> Vec<(usize, String)> {
    let mut words = Vec::new();
    for row in rows(page).into_iter().filter(|row| !row.is_not_used) {
        let cell = row.cells.first().map_or("", String::as_str);
        if row.cells.iter().skip(1).all(String::is_empty) {
            // The title of a group of rows.
            continue;
        }
        words.extend(cell.split(" / ").map(|word| (row.at, word.trim().to_lowercase())));
    }
    words
}

/// A row of a table below a heading.
pub(super) struct Row {
    /// Its line, from 1.
    pub(super) at: usize,
    /// Its cells, without marks of bold and code.
    pub(super) cells: Vec<String>,
    /// Whether it stands in the section on words that are not used.
    pub(super) is_not_used: bool,
}

/// The rows of all tables of the page, their heads left out.
pub(super) fn rows(page: &str) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut is_not_used = false;
    for (at, line) in numbered(page) {
        if line.starts_with('#') {
            is_not_used = line.to_lowercase().contains(NOT_USED);
        }
        let Some(inside) = line.trim().strip_prefix('|').and_then(|line| line.strip_suffix('|')) else { continue };
        if inside.chars().all(|c| "-:| ".contains(c)) {
            // The line below the head of a table.
            rows.pop();
            continue;
        }
        let cells = inside.split('|').map(|cell| cell.replace(['*', '`'], "").trim().to_owned()).collect();
        rows.push(Row { at, cells, is_not_used });
    }
    rows
}

/// A text in small letters with a space between the words of a name: `JudgingPoint`, `judging-point` and `judging_point` are
/// `judging point`.
fn spaced(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut was_small = false;
    for c in text.chars() {
        if c.is_uppercase() && was_small {
            out.push(' ');
        }
        was_small = c.is_lowercase();
        if c == '-' || c == '_' || c.is_whitespace() {
            out.push(' ');
        } else {
            out.extend(c.to_lowercase());
        }
    }
    out
}

/// Whether a word stands in a text as a word, in the singular or with an `s`.
fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at.saturating_add(word.len())..).unwrap_or_default();
        let after = after.strip_prefix('s').unwrap_or(after);
        let is_edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
        is_edge(before) && is_edge(after.chars().next())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(page: &str, text: &str) -> Vec<usize> {
        check(&Tree::of(&[(PAGE, page), ("docs/a.md", text)])).iter().map(|violation| violation.line).collect()
    }

    const HEAD: &str = "| word | meaning |\n|---|---|\n";

    #[test]
    fn word_that_is_defined_twice_is_found() {
        let page = format!("{HEAD}| event | one |\n\n# More\n\n{HEAD}| **Event** | two |\n");
        assert_eq!(found(&page, "an event"), [9]);
    }

    #[test]
    fn word_that_nothing_uses_is_found() {
        let page = format!("{HEAD}| stage / activate | … |\n");
        assert_eq!(found(&page, "host.stage(candidate)"), [3]);
        assert_eq!(found(&page, "stage, then activate"), Vec::<usize>::new());
        assert_eq!(found(&page, "stagecraft activates"), [3], "the start of a longer word is another word");
    }

    #[test]
    fn word_of_several_is_found_in_each_way_to_write_it() {
        let page = format!("{HEAD}| judging point | … |\n");
        for text in ["Judging\npoint", "judging-points", "judging_point", "struct JudgingPoint;"] {
            assert_eq!(found(&page, text), Vec::<usize>::new(), "{text}");
        }
    }

    #[test]
    fn section_of_words_that_are_not_used_defines_none() {
        let page = format!("{HEAD}\n## Words not used\n\n{HEAD}| effect | obligation |\n");
        assert_eq!(found(&page, ""), Vec::<usize>::new());
    }

    #[test]
    fn title_of_a_group_of_rows_is_no_word() {
        let page = format!(
            "{HEAD}| **What is judged** | |\n| event | one |\n| **Who judges** | |\n| **What is judged** | |\n"
        );
        assert_eq!(found(&page, "an event"), Vec::<usize>::new());
    }

    #[test]
    fn head_of_a_table_is_no_row() {
        let cells: Vec<String> = rows(&format!("{HEAD}| a | b |\n")).into_iter().flat_map(|row| row.cells).collect();
        assert_eq!(cells, ["a", "b"]);
    }
}
