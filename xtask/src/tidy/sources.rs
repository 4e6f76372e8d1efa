//! `lengths`, `modules`, `leftovers`: what every source file keeps to.

use super::Violation;
use super::tree::{Tree, numbered};

/// Past this a file gets a note: look for the seam.
const LONG: usize = 600;
/// Past this a file is refused.
const TOO_LONG: usize = 1_000;

/// Words that say that something is not finished. Spelled in pieces, so that this file does not contain them.
const LEFTOVERS: [(&str, &str); 4] = [
    (concat!("to", "do!"), "write what is missing"),
    (concat!("unimple", "mented!"), "write what is missing"),
    (concat!("#[ig", "nore"), "mend the test or take it out; a test that never runs proves nothing"),
    (concat!("FIX", "ME"), "mend it now, or open an issue and say here why it is as it is"),
];

/// `lengths`: no Rust file over 1,000 lines.
pub(super) fn lengths(tree: &Tree) -> Vec<Violation> {
    longer_than(tree, TOO_LONG, usize::MAX, "no file is longer than 1,000; split it at a seam")
}

/// Files over 600 lines: worth a note, no violation.
pub(super) fn long_files(tree: &Tree) -> Vec<Violation> {
    longer_than(tree, LONG, TOO_LONG, "past 600, look for the seam")
}

fn longer_than(tree: &Tree, above: usize, at_most: usize, advice: &str) -> Vec<Violation> {
    let lengths = tree.with_extension(&["rs"]).map(|(path, text)| (path, text.lines().count()));
    let long = lengths.filter(|(_, n_lines)| *n_lines > above && *n_lines <= at_most);
    long.map(|(path, n_lines)| Violation::new(path, 0, format!("{n_lines} lines; {advice}"))).collect()
}

/// `modules`: a module `foo` is `foo.rs` and `foo/`, so that no two tabs of an editor have the same name.
pub(super) fn modules(tree: &Tree) -> Vec<Violation> {
    let named_mod = tree.with_extension(&["rs"]).filter(|(path, _)| path.rsplit('/').next() == Some("mod.rs"));
    named_mod
        .map(|(path, _)| {
            let better = path.strip_suffix("/mod.rs").unwrap_or(path);
            Violation::new(path, 0, format!("no file is called `mod.rs`; rename it to `{better}.rs`"))
        })
        .collect()
}

/// `leftovers`: nothing unfinished lands.
pub(super) fn leftovers(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (path, text) in tree.with_extension(&["rs", "wit", "toml", "wat"]) {
        for (at, line) in numbered(text) {
            for (word, advice) in LEFTOVERS.iter().filter(|(word, _)| line.contains(word)) {
                violations.push(Violation::new(path, at, format!("`{word}` is left behind; {advice}")));
            }
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_is_noted_at_601_and_refused_at_1001_lines() {
        let file = |n_lines: usize| Tree::of(&[("host/src/a.rs", &"//\n".repeat(n_lines))]);
        for (n_lines, n_refused, n_noted) in [(600, 0, 0), (601, 0, 1), (1_000, 0, 1), (1_001, 1, 0)] {
            let tree = file(n_lines);
            assert_eq!((lengths(&tree).len(), long_files(&tree).len()), (n_refused, n_noted), "{n_lines} lines");
        }
    }

    #[test]
    fn length_counts_rust_alone() {
        assert_eq!(lengths(&Tree::of(&[("docs/a.md", &"\n".repeat(5_000))])), []);
    }

    #[test]
    fn mod_rs_is_refused_and_its_better_name_given() {
        let found = modules(&Tree::of(&[("a/b/mod.rs", ""), ("a/c.rs", ""), ("a/commod.rs", "")]));
        assert_eq!(found.len(), 1);
        assert!(found[0].message.contains("`a/b.rs`"), "{}", found[0]);
    }

    #[test]
    fn leftover_is_found_with_its_line() {
        let tree = Tree::of(&[("a.rs", concat!("fn f() {\n    to", "do!()\n}")), ("b.md", concat!("FIX", "ME"))]);
        let found = leftovers(&tree);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].path.as_str(), found[0].line), ("a.rs", 2));
    }
}
