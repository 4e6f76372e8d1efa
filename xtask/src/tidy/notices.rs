//! `notices`: what the repository carries from others is named with its terms in `THIRD-PARTY-NOTICES.md`.

use super::Violation;
use super::tree::{Tree, extension};

const PAGE: &str = "THIRD-PARTY-NOTICES.md";
const LICENSE: &str = "LICENSE";

/// Folders of data that is compiled into a crate: fonts, tables, dictionaries.
const EMBEDDED: [&str; 2] = ["/data/", "/font/"];
/// The license of this project, and what an empty lexicon says.
const OWN: [&str; 2] = ["Apache-2.0", "none"];

/// Every embedded file that the page does not name, every file that it names in vain, and every lexicon of others.
pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let Some(page) = tree.text(PAGE) else {
        return vec![Violation::new(
            PAGE,
            0,
            "this page is missing; name what is embedded, its source and its license",
        )];
    };
    let mut violations = Vec::new();
    if !tree.files().any(|(path, _)| path == LICENSE) {
        violations.push(Violation::new(LICENSE, 0, "the license is missing; add its full text"));
    }
    let is_named = |path: &str| page.contains(&format!("`{path}`"));
    for (path, _) in tree.files().filter(|(path, _)| is_embedded(path)) {
        if !is_named(path) {
            let message = format!("this file is embedded; name it in `{PAGE}` with its source and its license");
            violations.push(Violation::new(path, 0, message));
        }
    }
    for (path, text) in tree.with_extension(&["csv"]).filter(|(path, _)| path.contains("/lexicons/")) {
        let license = text.lines().find_map(|line| line.strip_prefix("# licence:")).map(str::trim);
        match license {
            None => violations.push(Violation::new(path, 1, "add a line `# licence: …` that says whose the terms are")),
            Some(license) if !OWN.contains(&license) && !is_named(path) => {
                let message = format!("its license is `{license}`; name the file in `{PAGE}` with its source");
                violations.push(Violation::new(path, 1, message));
            }
            Some(_) => {}
        }
    }
    violations.extend(named_in_vain(tree, page));
    violations
}

/// A file of data in a crate's own folder. The license of a font stands beside it and speaks for itself.
fn is_embedded(path: &str) -> bool {
    let is_of_crate = path.starts_with("host/") || path.starts_with("guest-policies/");
    let is_of_tests = path.contains("/tests/") || path.contains("/benches/");
    is_of_crate
        && !is_of_tests
        && EMBEDDED.iter().any(|folder| path.contains(folder))
        && !path.ends_with("/OFL.txt")
        && !["rs", "toml", "md"].contains(&extension(path))
}

/// Paths in backticks that lead nowhere. A path with `*` stands for several files.
fn named_in_vain(tree: &Tree, page: &str) -> Vec<Violation> {
    let paths = page.split('`').skip(1).step_by(2).filter(|name| name.starts_with("host/") && !name.contains('*'));
    let missing = paths.filter(|path| !tree.files().any(|(file, _)| file == *path));
    missing
        .map(|path| {
            let message = format!("`{path}` is no file; correct its path, or take its row out");
            Violation::new(PAGE, tree.line_of(PAGE, path), message)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(page: &str, files: &[(&str, &str)]) -> Vec<String> {
        let mut all = vec![(PAGE, page), (LICENSE, "")];
        all.extend_from_slice(files);
        check(&Tree::of(&all)).into_iter().map(|violation| violation.path).collect()
    }

    #[test]
    fn embedded_file_that_is_not_named_is_found() {
        let files = [("host/text/data/a.bin", ""), ("host/label/font/b.otf", ""), ("host/label/font/OFL.txt", "")];
        assert_eq!(found("`host/text/data/a.bin`", &files), ["host/label/font/b.otf"]);
        assert_eq!(found("`host/text/data/a.bin`, `host/label/font/b.otf`", &files), [""; 0]);
    }

    #[test]
    fn data_of_tests_is_not_embedded() {
        assert_eq!(found("", &[("host/text/tests/data/a.bin", ""), ("tests/data/b.bin", "")]), [""; 0]);
    }

    #[test]
    fn name_of_a_file_that_is_not_there_is_found() {
        assert_eq!(found("\n`host/text/data/gone.txt`, `guest-policies/*/lexicons`", &[]), [PAGE]);
    }

    #[test]
    fn lexicon_of_others_is_named_and_each_says_its_license() {
        let path = "guest-policies/news/lexicons/a.csv";
        for (head, is_refused) in [
            ("# licence: Apache-2.0", false),
            ("# licence: none", false),
            ("# licence: CC-BY-4.0", true),
            ("term,category", true),
        ] {
            assert_eq!(!found("", &[(path, head)]).is_empty(), is_refused, "{head}");
        }
        assert_eq!(found(&format!("`{path}`"), &[(path, "# licence: CC-BY-4.0")]), [""; 0]);
    }

    #[test]
    fn page_and_license_are_there() {
        let tree = Tree::of(&[]);
        assert_eq!(check(&tree).len(), 1);
        assert_eq!(check(&Tree::of(&[(PAGE, "")])).len(), 1);
    }
}
