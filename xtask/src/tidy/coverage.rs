//! `coverage`: the page on coverage is what `cargo xtask coverage` would write, and nothing that must be covered is not.

use super::Violation;
use super::tree::Tree;
use crate::coverage::{PAGE, make};

/// A page that is not up to date, and every gap.
pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let (text, gaps) = match make(tree) {
        Ok(made) => made,
        Err(error) => return vec![Violation::new(PAGE, 0, format!("{error:#}"))],
    };
    let mut violations: Vec<Violation> = gaps.into_iter().map(|gap| Violation::new(PAGE, 0, gap)).collect();
    if tree.text(PAGE) != Some(text.as_str()) {
        violations.push(Violation::new(PAGE, 0, "not up to date; run `cargo xtask coverage`"));
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_was_not_written_is_found() {
        let law = ("guest-policies/registry/coverage.toml", "[IM]\ntitle = \"M\"\narticles = \"1\"\n1 = \"purpose\"\n");
        let (text, _) = make(&Tree::of(&[law])).unwrap_or_default();
        assert_eq!(check(&Tree::of(&[law])).len(), 1);
        assert_eq!(check(&Tree::of(&[law, (PAGE, &text)])), []);
    }
}
