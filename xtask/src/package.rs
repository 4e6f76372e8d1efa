//! `cargo xtask package`: the library crates as a registry would get them.

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::step::Step;
use crate::workspace::Workspace;

/// Packs and builds each crate from its package, without uploading anything.
///
/// # Errors
///
/// If a crate cannot be packed, or does not build from what was packed.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let crates = published(workspace)?;
    dry_run(&crates).run(workspace)
}

/// Packs each crate and builds none: what `cargo xtask ci` has time for.
///
/// # Errors
///
/// If a crate cannot be packed.
pub(crate) fn pack_only(workspace: &Workspace) -> Result<()> {
    let crates = published(workspace)?;
    pack(&crates).run(workspace)
}

/// `cargo publish` takes several crates at once and puts those that others depend on first.
fn dry_run(crates: &[String]) -> Step {
    Step::cargo("publish, dry run", &["publish", "--dry-run", "--allow-dirty"]).args(&selected(crates))
}

fn pack(crates: &[String]) -> Step {
    Step::cargo("package", &["package", "--no-verify", "--allow-dirty", "--quiet"]).args(&selected(crates))
}

fn selected(crates: &[String]) -> Vec<String> {
    crates.iter().flat_map(|name| ["--package".to_owned(), name.clone()]).collect()
}

/// The packages of the workspace that are not `publish = false`, by name.
fn published(workspace: &Workspace) -> Result<Vec<String>> {
    let metadata = workspace.metadata(&["--no-deps"])?;
    names(&metadata).context("`cargo metadata` names no packages; update cargo")
}

/// cargo says `null` where a package may go to any registry, and an empty list where it may go to none.
fn names(metadata: &Value) -> Option<Vec<String>> {
    let packages = metadata.get("packages")?.as_array()?;
    let published = packages.iter().filter(|package| package.get("publish").is_some_and(Value::is_null));
    let names = published.filter_map(|package| Some(package.get("name")?.as_str()?.to_owned()));
    let mut names: Vec<String> = names.collect();
    names.sort();
    Some(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn crates_that_are_not_published_are_left_out() {
        let metadata = json!({ "packages": [
            { "name": "b", "publish": null }, { "name": "xtask", "publish": [] }, { "name": "a", "publish": null },
        ] });
        assert_eq!(names(&metadata), Some(vec!["a".to_owned(), "b".to_owned()]));
    }

    #[test]
    fn nothing_is_uploaded() {
        let crates = ["a".to_owned()];
        assert!(dry_run(&crates).command_line().contains("publish --dry-run"));
        assert!(pack(&crates).command_line().starts_with("cargo package "));
    }
}
