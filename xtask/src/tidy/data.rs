//! `data`: a case that no driver reads and a hostile guest that does not say what it proves are both worth nothing.

use super::Violation;
use super::tree::{Tree, extension};

const CASES: &str = "tests/conformance/cases/";
const GUESTS: &str = "tests/guests/";

/// Every file below the cases that is not TOML, and every hostile guest without its line.
pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (path, text) in tree.files() {
        if path.starts_with(CASES) && extension(path) != "toml" {
            violations.push(Violation::new(path, 0, "the driver reads `.toml` alone; rename or move this file"));
        }
        if path.starts_with(GUESTS) && extension(path) == "wat" && !says_what_it_proves(text) {
            violations.push(Violation::new(path, 1, "begin with a line `;; …` that says what this guest proves"));
        }
    }
    violations
}

fn says_what_it_proves(text: &str) -> bool {
    let first = text.lines().next().unwrap_or_default();
    first.strip_prefix(";;").is_some_and(|said| said.split_whitespace().count() >= 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unread_case_is_found() {
        let tree = Tree::of(&[
            ("tests/conformance/cases/a/b.toml", ""),
            ("tests/conformance/cases/a/b.tml", ""),
            ("tests/conformance/driver.rs", ""),
        ]);
        let found = check(&tree);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].path, "tests/conformance/cases/a/b.tml");
    }

    #[test]
    fn hostile_guest_says_what_it_proves() {
        for (text, is_refused) in [
            (";; An endless loop ends at the fuel limit.\n(component)", false),
            ("(component) ;; an endless loop ends", true),
            (";;\n(component)", true),
            ("", true),
        ] {
            let found = check(&Tree::of(&[("tests/guests/loop.wat", text)]));
            assert_eq!(!found.is_empty(), is_refused, "{text:?}");
        }
    }
}
