//! `packages`: a library crate that is published has what a registry shows of it, and holds every file that it is built from.

use super::Violation;
use super::tree::{Tree, numbered};

/// What a registry shows.
const SHOWN: [&str; 5] = ["description = ", "readme = ", "keywords = ", "categories = ", "license"];
/// What stands in each package, copied from the top level by a symbolic link.
const BESIDE: [&str; 2] = ["README.md", "LICENSE"];
/// Macros that read a file when the crate is compiled.
const READS: [&str; 5] = ["include_str!(", "include_bytes!(", "include!(", "path: \"", "#[path = "];

/// Every library crate that lacks something, and every file outside its folder that its sources name.
pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for folder in published(tree) {
        let manifest = format!("{folder}/Cargo.toml");
        let text = tree.text(&manifest).unwrap_or_default();
        let missing = SHOWN.iter().filter(|key| !text.lines().any(|line| line.starts_with(*key)));
        violations.extend(missing.map(|key| {
            let key = key.trim_end_matches([' ', '=']);
            Violation::new(manifest.as_str(), 0, format!("`{key}` is missing; a published crate has it"))
        }));
        let beside = BESIDE.iter().map(|name| format!("{folder}/{name}"));
        for path in beside.filter(|path| !tree.files().any(|(file, _)| file == path)) {
            violations.push(Violation::new(path, 0, "a published crate has this file; link or write it"));
        }
        violations.extend(outside(tree, folder));
    }
    violations
}

/// The folders of the crates that may go to a registry: those that do not inherit `publish = false`.
fn published(tree: &Tree) -> Vec<&str> {
    let manifests = tree.with_extension(&["toml"]).filter_map(|(path, text)| {
        let folder = path.strip_suffix("/Cargo.toml")?;
        let is_package = text.lines().any(|line| line.starts_with("[package]"));
        let is_private = text.lines().any(|line| matches!(line, "publish.workspace = true" | "publish = false"));
        (is_package && !is_private).then_some(folder)
    });
    manifests.collect()
}

/// Paths in the sources of the crate that lead out of its folder: such files are not in its package.
fn outside(tree: &Tree, folder: &str) -> Vec<Violation> {
    let (sources, script) = (format!("{folder}/src/"), format!("{folder}/build"));
    let mut violations = Vec::new();
    for (path, text) in tree.with_extension(&["rs"]) {
        let Some(inside) = path.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/')) else { continue };
        if !path.starts_with(&sources) && !path.starts_with(&script) {
            continue;
        }
        // `include_str!` counts from the file's folder, a path of the contract from the crate's.
        let depth = inside.matches('/').count();
        for (at, line) in numbered(text) {
            let is_of_file = !line.trim_start().starts_with("path: \"");
            let climbs = line.matches("../").count();
            let least = if is_of_file { depth } else { 0 };
            if climbs > least && READS.iter().any(|macro_name| line.contains(macro_name)) {
                let message =
                    "the file lies outside the crate's folder, so its package cannot be built; link it into the folder";
                violations.push(Violation::new(path, at, message));
            }
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "[package]\ndescription = \"a\"\nreadme = \"README.md\"\nkeywords = []\ncategories = []\nlicense.workspace = true\n";

    fn found(files: &[(&str, &str)]) -> Vec<(String, usize)> {
        let mut all = vec![("host/a/Cargo.toml", MANIFEST), ("host/a/README.md", ""), ("host/a/LICENSE", "")];
        all.retain(|(path, _)| !files.iter().any(|(other, _)| path == other));
        all.extend_from_slice(files);
        check(&Tree::of(&all)).into_iter().map(|violation| (violation.path, violation.line)).collect()
    }

    #[test]
    fn crate_that_is_whole_is_accepted() {
        assert_eq!(found(&[]), []);
    }

    #[test]
    fn what_a_registry_shows_is_there() {
        for key in SHOWN {
            let without = MANIFEST.replace(key, "x");
            assert_eq!(found(&[("host/a/Cargo.toml", &without)]).len(), 1, "{key}");
        }
    }

    #[test]
    fn private_crate_needs_none_of_it() {
        assert_eq!(found(&[("host/a/Cargo.toml", "[package]\npublish.workspace = true")]), []);
    }

    #[test]
    fn file_outside_the_folder_is_found() {
        for (path, line, is_refused) in [
            ("host/a/src/b.rs", "include_str!(\"../../wit/c.wit\")", true),
            ("host/a/src/b.rs", "include_str!(\"../wit/c.wit\")", false),
            ("host/a/src/b/c.rs", "include_bytes!(\"../../font/c.otf\")", false),
            ("host/a/src/b.rs", "    path: \"../wit/since\",", true),
            ("host/a/src/b.rs", "    path: \"wit/since\",", false),
            ("host/a/build.rs", "#[path = \"src/layout.rs\"]", false),
            ("host/a/build.rs", "include!(\"../table.rs\")", true),
            ("host/a/tests/b.rs", "include_str!(\"../../../docs/c.md\")", false),
        ] {
            assert_eq!(!found(&[(path, line)]).is_empty(), is_refused, "{path}: {line}");
        }
    }
}
