//! `architecture`, `invariants`: `docs/architecture.md` has a section for every crate, and every invariant it states names
//! a check that exists.

use std::collections::BTreeSet;

use super::layers::Member;
use super::tree::{Tree, numbered};
use super::{NAMES, Violation};

const PAGE: &str = "docs/architecture.md";
const MARK: &str = "**Invariant";

/// `architecture`: every crate without a heading that has its package's name or its folder.
pub(super) fn sections(tree: &Tree, members: &[Member]) -> Vec<Violation> {
    // That the page is there at all is for `pages` to say.
    let Some(page) = tree.text(PAGE) else { return Vec::new() };
    let headings: BTreeSet<&str> = page.lines().filter(|line| line.starts_with('#')).flat_map(heading_words).collect();
    let missing = members
        .iter()
        .filter(|member| !headings.contains(member.name.as_str()) && !headings.contains(member.folder.as_str()));
    missing
        .map(|member| {
            let message =
                format!("no section for `{}`; add a heading with its name or with `{}`", member.name, member.folder);
            Violation::new(PAGE, 0, message)
        })
        .collect()
}

fn heading_words(heading: &str) -> impl Iterator<Item = &str> {
    heading
        .split(|c: char| c.is_whitespace() || "`(),:;#".contains(c))
        .map(|word| word.trim_end_matches('/'))
        .filter(|word| !word.is_empty())
}

/// `invariants`: every invariant that names no check, or one that does not exist.
pub(super) fn invariants(tree: &Tree) -> Vec<Violation> {
    let Some(page) = tree.text(PAGE) else { return Vec::new() };
    let checks = Checks::of(tree);
    let unnamed = paragraphs(page).into_iter().filter(|(_, text)| !quoted(text).any(|name| checks.has(name)));
    unnamed
        .map(|(at, _)| {
            let message = "this invariant names no check that exists; name in backticks a test function, a file of tests, \
                           a lint of `Cargo.toml` or a check such as `tidy layers`";
            Violation::new(PAGE, at, message)
        })
        .collect()
}

/// Each invariant with its line: from its mark to the next one, the next heading or a blank line.
fn paragraphs(page: &str) -> Vec<(usize, String)> {
    let mut paragraphs: Vec<(usize, String)> = Vec::new();
    let mut is_inside = false;
    for (at, line) in numbered(page) {
        if line.contains(MARK) {
            paragraphs.push((at, line.to_owned()));
            is_inside = true;
        } else if line.trim().is_empty() || line.starts_with('#') {
            is_inside = false;
        } else if is_inside && let Some((_, text)) = paragraphs.last_mut() {
            text.push('\n');
            text.push_str(line);
        }
    }
    paragraphs
}

/// What stands in backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// What can enforce an invariant.
struct Checks<'a> {
    tree: &'a Tree,
    tests: BTreeSet<&'a str>,
    lints: BTreeSet<&'a str>,
}

impl<'a> Checks<'a> {
    fn of(tree: &'a Tree) -> Self {
        let tests = tree.with_extension(&["rs"]).flat_map(|(_, text)| test_functions(text)).collect();
        let manifest = tree.text("Cargo.toml").unwrap_or_default();
        let lints = manifest.lines().skip_while(|line| !line.starts_with("[workspace.lints")).filter_map(|line| {
            let (name, _) = line.split_once('=')?;
            Some(name.trim())
        });
        Self { tree, tests, lints: lints.collect() }
    }

    fn has(&self, name: &str) -> bool {
        let last = name.rsplit("::").next().unwrap_or(name).trim_end_matches("()");
        let tidy = name.rsplit_once("tidy").map(|(_, check)| check.trim_start_matches([' ', ':', '-']));
        self.tests.contains(last)
            || self.lints.contains(last)
            || tidy.is_some_and(|check| check.is_empty() || NAMES.contains(&check))
            || (is_of_tests(name)
                && self.tree.files().any(|(path, _)| path == name || path.starts_with(&format!("{name}/"))))
    }
}

fn is_of_tests(path: &str) -> bool {
    let is_settings = ["deny.toml", "clippy.toml"].contains(&path);
    is_settings
        || path.starts_with("tests/")
        || path.contains("/tests/")
        || path.contains("/benches/")
        || path.ends_with("tests.rs")
}

/// The names of the functions that stand below a `#[test]`.
fn test_functions(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut is_test = false;
    for line in text.lines().map(str::trim) {
        if line == "#[test]" {
            is_test = true;
        } else if is_test && let Some(rest) = line.strip_prefix("fn ") {
            names.extend(rest.split(['(', '<']).next());
            is_test = false;
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, folder: &str) -> Member {
        Member { name: name.to_owned(), folder: folder.to_owned() }
    }

    #[test]
    fn crate_without_a_section_is_found() {
        let tree = Tree::of(&[(PAGE, "# `host/core`, `host/text/`\nspecialis-cli\n## `specialis-policy` (the SDK)")]);
        let members = [
            member("specialis-core", "host/core"),
            member("specialis-text", "host/text"),
            member("specialis-cli", "host/cli"),
            member("specialis-policy", "guest-policies/sdk"),
            member("specialis", "host"),
        ];
        let found: Vec<String> = sections(&tree, &members).into_iter().map(|violation| violation.message).collect();
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("`specialis-cli`") && found[1].contains("`specialis`"), "{found:?}");
    }

    fn unnamed(page: &str) -> Vec<usize> {
        let tree = Tree::of(&[
            (PAGE, page),
            ("Cargo.toml", "[workspace.lints.rust]\nunsafe_code = \"deny\""),
            ("tests/all/main.rs", "#[test]\nfn a_trap_tightens() {}\nfn helper() {}"),
        ]);
        invariants(&tree).iter().map(|violation| violation.line).collect()
    }

    #[test]
    fn invariant_that_names_a_check_is_accepted() {
        for check in ["tidy layers", "cargo xtask tidy", "unsafe_code", "tests/all/main.rs", "all::a_trap_tightens"] {
            assert_eq!(
                unnamed(&format!("**Invariant:** no `Clock` is\nread here (`{check}`).")),
                Vec::<usize>::new(),
                "{check}"
            );
        }
    }

    #[test]
    fn invariant_without_a_check_that_exists_is_found() {
        for check in ["tidy colors", "helper", "tests/none.rs", "host/src/lib.rs", "missing_test"] {
            let page = format!("\n**Invariant:** no clock (`{check}`).\n\n`tidy layers` is another matter.");
            assert_eq!(unnamed(&page), [2], "{check}");
        }
    }

    #[test]
    fn each_invariant_of_a_list_names_its_own() {
        assert_eq!(
            unnamed("- **Invariant** one (`tidy layers`)\n- **Invariant** two\n- **Invariant** three (`unsafe_code`)"),
            [2]
        );
    }
}
