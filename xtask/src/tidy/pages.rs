//! `pages`: what a newcomer opens first is there and names the first two commands, the index of the documents names each page, the
//! table of contents of the book each of its pages, and every link between pages leads somewhere.

use super::Violation;
use super::tree::{Tree, numbered};

const INDEX: &str = "docs/README.md";
const PAGES: [&str; 6] =
    ["README.md", "CHANGELOG.md", INDEX, "docs/architecture.md", "docs/contributing.md", "docs/glossary.md"];
const COMMANDS: [&str; 2] = ["cargo xtask demo", "cargo xtask test"];
/// The book, whose pages stand in a table of contents of their own.
const BOOK: &str = "docs/book/";
const CONTENTS: &str = "docs/book/src/SUMMARY.md";
/// The README of the repository once more, where the crate's package needs it; its links are checked at the top.
const SECOND_README: &str = "host/README.md";

/// Every page that is missing or not in the index, every command that the README does not name, and every link that leads nowhere.
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
    violations.extend(not_in_index(tree));
    violations.extend(dead_links(tree));
    violations
}

fn not_in_index(tree: &Tree) -> Vec<Violation> {
    let of_index =
        |path: &str| path.starts_with("docs/") && !path.starts_with("docs/design/") && !path.starts_with(BOOK);
    let mut violations = not_linked(tree, INDEX, of_index, "say there for whom it is");
    violations.extend(not_linked(tree, CONTENTS, |path| path.starts_with(BOOK), "give it a line there"));
    violations
}

/// The pages that a page should link and does not.
fn not_linked(tree: &Tree, page: &str, is_of_page: impl Fn(&str) -> bool, remedy: &str) -> Vec<Violation> {
    let Some(text) = tree.text(page) else { return Vec::new() };
    let linked: Vec<String> = links(text).filter_map(|(_, target)| resolved(page, target)).collect();
    let pages = tree.with_extension(&["md"]).map(|(path, _)| path).filter(|path| *path != page && is_of_page(path));
    pages
        .filter(|path| !linked.iter().any(|target| target == path))
        .map(|path| Violation::new(page, 0, format!("`{path}` is not linked; {remedy}")))
        .collect()
}

fn dead_links(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (path, text) in tree.with_extension(&["md"]).filter(|(path, _)| *path != SECOND_README) {
        for (at, target) in links(text) {
            let leads = resolved(path, target).is_some_and(|target| {
                let folder = format!("{}/", target.trim_end_matches('/'));
                tree.files().any(|(file, _)| file == target || file.starts_with(&folder))
            });
            if !leads {
                violations.push(Violation::new(path, at, format!("the link to `{target}` leads nowhere; correct it")));
            }
        }
    }
    violations
}

/// The links of a page to other files, with their lines; not those to the web, into the page itself, or in code.
pub(crate) fn links(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut is_code = false;
    let lines = numbered(text).filter(move |(_, line)| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    });
    let targets = lines.flat_map(|(at, line)| {
        let after = line.split("](").skip(1);
        after.filter_map(move |rest| Some((at, rest.split_once(')')?.0)))
    });
    targets.filter(|(_, target)| !target.contains("://") && !target.starts_with('#'))
}

/// Where a link leads, as a path from the root; nothing where it leads out of the repository.
pub(crate) fn resolved(page: &str, target: &str) -> Option<String> {
    let target = target.split('#').next().unwrap_or_default();
    let folder = page.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut path: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "." => {}
            ".." => {
                path.pop()?;
            }
            part => path.push(part),
        }
    }
    Some(path.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_page_is_found() {
        let tree = Tree::of(&[
            ("README.md", "cargo xtask demo, cargo xtask test"),
            ("docs/architecture.md", ""),
            (INDEX, "[a](architecture.md)"),
        ]);
        let found: Vec<String> = check(&tree).into_iter().map(|violation| violation.path).collect();
        assert_eq!(found, ["CHANGELOG.md", "docs/contributing.md", "docs/glossary.md"]);
    }

    #[test]
    fn readme_without_the_first_commands_is_found() {
        let index = "[a](architecture.md) [b](contributing.md) [c](glossary.md)";
        let pages = PAGES.map(|page| (page, if page == INDEX { index } else { "cargo xtask demo" }));
        let found = check(&Tree::of(&pages));
        assert_eq!(found.len(), 1);
        assert!(found[0].message.contains("cargo xtask test"), "{}", found[0]);
    }

    #[test]
    fn page_that_the_index_does_not_name_is_found() {
        let tree = Tree::of(&[
            (INDEX, "[text](text.md)"),
            ("docs/text.md", ""),
            ("docs/labels.md", ""),
            ("docs/design/1.md", ""),
        ]);
        let found = not_in_index(&tree);
        assert_eq!(found.len(), 1);
        assert!(found[0].message.contains("docs/labels.md"), "{}", found[0]);
    }

    #[test]
    fn page_of_the_book_that_the_table_of_contents_does_not_name_is_found() {
        let tree = Tree::of(&[
            (INDEX, "[text](text.md)"),
            ("docs/text.md", ""),
            (CONTENTS, "[first](first/table.md)"),
            ("docs/book/src/first/table.md", ""),
            ("docs/book/src/second.md", ""),
        ]);
        let found = not_in_index(&tree);
        assert_eq!(found.len(), 1);
        assert!(found[0].path == CONTENTS && found[0].message.contains("docs/book/src/second.md"), "{}", found[0]);
    }

    #[test]
    fn link_that_leads_nowhere_is_found() {
        let links = "[a](b.md#part)\n[c](../README.md) [d](gone.md)\n[w](https://example.org) [p](#part)\n[f](design)\n\
                     ```text\n[x](nowhere.md)\n```\n[up](../../outside.md)";
        let tree = Tree::of(&[("docs/a.md", links), ("docs/b.md", ""), ("README.md", ""), ("docs/design/1.md", "")]);
        let lines: Vec<usize> = dead_links(&tree).iter().map(|violation| violation.line).collect();
        assert_eq!(lines, [2, 8]);
    }
}
