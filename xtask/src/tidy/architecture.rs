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

/// How an invariant introduces what enforces it.
const CHECKED: &str = "checked by";

/// `invariants`: every invariant that names no check, or one that does not exist.
pub(super) fn invariants(tree: &Tree) -> Vec<Violation> {
    let Some(page) = tree.text(PAGE) else { return Vec::new() };
    let checks = Checks::of(tree);
    let mut violations = Vec::new();
    for (at, text) in paragraphs(page) {
        let named: Vec<&str> = text.rsplit_once(CHECKED).map_or_else(Vec::new, |(_, by)| quoted(by).collect());
        if named.is_empty() {
            let message = "this invariant names no check; end it with `checked by` and, in backticks, test functions, lints \
                           or checks such as `tidy layers`";
            violations.push(Violation::new(PAGE, at, message));
        }
        for name in named.into_iter().filter(|name| !checks.has(name)) {
            let message = format!(
                "`{name}` is no check; name a test function, a lint of `Cargo.toml`, or a check such as `tidy layers`"
            );
            violations.push(Violation::new(PAGE, at, message));
        }
    }
    violations
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

/// What can enforce an invariant. A folder or a file of settings is no check: it says nothing of what it would catch.
struct Checks<'a> {
    tests: BTreeSet<&'a str>,
    lints: BTreeSet<&'a str>,
    /// Whether `clippy.toml` says what its lint is to refuse.
    refuses_methods: bool,
}

impl<'a> Checks<'a> {
    fn of(tree: &'a Tree) -> Self {
        let tests = tree.with_extension(&["rs"]).flat_map(|(_, text)| test_functions(text)).collect();
        let manifest = tree.text("Cargo.toml").unwrap_or_default();
        let lints = manifest.lines().skip_while(|line| !line.starts_with("[workspace.lints")).filter_map(|line| {
            let (name, _) = line.split_once('=')?;
            Some(name.trim())
        });
        let clippy = tree.text("clippy.toml").unwrap_or_default();
        let refuses_methods = clippy.lines().any(|line| line.starts_with("disallowed-methods"));
        Self { tests, lints: lints.collect(), refuses_methods }
    }

    fn has(&self, name: &str) -> bool {
        name.strip_prefix("tidy ").is_some_and(|check| NAMES.contains(&check))
            || self.tests.contains(name)
            || self.lints.contains(name)
            || (name == "disallowed_methods" && self.refuses_methods)
    }
}

/// The names of the functions that stand below a `#[test]`; where a macro writes those, the names it is given.
fn test_functions(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let (mut is_test, mut by_macro) = (false, false);
    for line in text.lines().map(str::trim) {
        if line.ends_with("#[test]") {
            is_test = true;
        } else if is_test && let Some(rest) = line.strip_prefix("fn ") {
            let name = rest.split(['(', '<']).next();
            by_macro |= name.is_some_and(|name| name.starts_with('$'));
            names.extend(name);
            is_test = false;
        } else if by_macro && let Some((name, _)) = line.split_once([':', '=']) {
            let name = name.trim();
            let is_sentence =
                name.contains('_') && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
            names.extend(is_sentence.then_some(name));
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

    fn violations_on(page: &str) -> Vec<usize> {
        let tests = "#[test]\nfn a_trap_tightens() {}\nfn helper() {}";
        let laws = "macro_rules! laws {\n$(#[test]\nfn $test() {}\n)+}\nlaws! {\na_floor_holds = \"2\";\n}";
        let tree = Tree::of(&[
            (PAGE, page),
            ("Cargo.toml", "[workspace.lints.rust]\nunsafe_code = \"deny\""),
            ("clippy.toml", "disallowed-methods = []"),
            ("tests/all/main.rs", tests),
            ("host/core/tests/laws.rs", laws),
        ]);
        invariants(&tree).iter().map(|violation| violation.line).collect()
    }

    #[test]
    fn invariant_that_names_a_check_is_accepted() {
        for check in ["tidy layers", "unsafe_code", "a_trap_tightens", "a_floor_holds", "disallowed_methods"] {
            let page = format!("**Invariant:** no `Clock` is\nread here; checked by `{check}`.");
            assert_eq!(violations_on(&page), Vec::<usize>::new(), "{check}");
        }
    }

    #[test]
    fn invariant_without_a_check_that_exists_is_found() {
        for check in [
            "tidy colors", "tidy", "helper", "tests/none.rs", "tests/all", "tests/all/main.rs", "deny.toml",
            "clippy.toml", "host/src/lib.rs", "missing_test", "all::a_trap_tightens",
        ] {
            let page = format!("\n**Invariant:** no clock; checked by `{check}`.\n\n`tidy layers` is another matter.");
            assert_eq!(violations_on(&page), [2], "{check}");
        }
    }

    #[test]
    fn mention_of_a_check_enforces_nothing() {
        assert_eq!(violations_on("**Invariant:** `tidy layers` knows no clock."), [1]);
        assert_eq!(violations_on("**Invariant:** `unsafe_code` is not here; checked by people."), [1]);
    }

    #[test]
    fn each_check_of_an_invariant_exists() {
        let page = "**Invariant:** no clock; checked by `tidy layers`, `unsafe_code` and `missing_test`.";
        assert_eq!(violations_on(page), [1]);
    }

    #[test]
    fn each_invariant_of_a_list_names_its_own() {
        assert_eq!(
            violations_on(
                "- **Invariant** one; checked by `tidy layers`\n- **Invariant** two\n- **Invariant** three; checked by `unsafe_code`"
            ),
            [2]
        );
    }
}
