//! `pages`: what a newcomer opens first is there and names the first two commands.

use super::Violation;
use super::tree::Tree;

const PAGES: [&str; 4] = ["README.md", "CHANGELOG.md", "docs/architecture.md", "docs/glossary.md"];
const COMMANDS: [&str; 2] = ["cargo xtask demo", "cargo xtask test"];

/// Every page that is missing, and every command that the README does not name.
pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let missing = PAGES.iter().filter(|page| tree.text(page).is_none());
    let mut violations: Vec<Violation> =
        missing.map(|page| Violation::new(*page, 0, "this page is missing; write it")).collect();
    if let Some(readme) = tree.text("README.md") {
        let unnamed = COMMANDS.iter().filter(|command| !readme.contains(**command));
        violations.extend(unnamed.map(|command| {
            let message = format!("`{command}` is not named; a newcomer types it first, say so");
            Violation::new("README.md", 0, message)
        }));
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_page_is_found() {
        let tree = Tree::of(&[("README.md", "cargo xtask demo, cargo xtask test"), ("docs/architecture.md", "")]);
        let found: Vec<String> = check(&tree).into_iter().map(|violation| violation.path).collect();
        assert_eq!(found, ["CHANGELOG.md", "docs/glossary.md"]);
    }

    #[test]
    fn readme_without_the_first_commands_is_found() {
        let pages = PAGES.map(|page| (page, "cargo xtask demo"));
        let found = check(&Tree::of(&pages));
        assert_eq!(found.len(), 1);
        assert!(found[0].message.contains("cargo xtask test"), "{}", found[0]);
    }
}
