//! A small workspace below `target/` with nothing but a copy of the core, in which mistakes may be made.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use toml::{Table, Value};

use crate::workspace::Workspace;

/// The package under test.
const CORE: &str = "host/core";
/// What the tests of the core read besides.
const ALSO_READ: [&str; 1] = ["guest-policies/registry"];

/// The copy, and where it is built. The build folder is kept from run to run, the copy is made anew.
pub(super) struct Scratch {
    root: PathBuf,
    build: PathBuf,
}

impl Scratch {
    /// Copies the core into `folder`.
    ///
    /// # Errors
    ///
    /// If a file cannot be read or written.
    pub(super) fn make(workspace: &Workspace, folder: &Path) -> Result<Self> {
        let scratch = Self { root: folder.join("workspace"), build: folder.join("build") };
        if scratch.root.exists() {
            fs::remove_dir_all(&scratch.root)
                .with_context(|| format!("`{}` cannot be removed", scratch.root.display()))?;
        }
        for path in std::iter::once(CORE).chain(ALSO_READ) {
            copy_folder(&workspace.root().join(path), &scratch.root.join(path))?;
        }
        let manifest = workspace.root().join("Cargo.toml");
        let manifest =
            fs::read_to_string(&manifest).with_context(|| format!("`{}` cannot be read", manifest.display()))?;
        scratch.write("Cargo.toml", &only_core(&manifest)?)?;
        let lock = workspace.root().join("Cargo.lock");
        let lock = fs::read_to_string(&lock).with_context(|| format!("`{}` cannot be read", lock.display()))?;
        scratch.write("Cargo.lock", &lock)?;
        Ok(scratch)
    }

    /// Writes one file; `path` counts from the root of the repository.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub(super) fn write(&self, path: &str, text: &str) -> Result<()> {
        let file = self.root.join(path);
        fs::write(&file, text).with_context(|| format!("`{}` cannot be written", file.display()))
    }

    /// Cargo in the copy, without what costs time and shows nothing here: debug information, and the search of property tests
    /// for a smaller example.
    pub(super) fn cargo(&self, workspace: &Workspace) -> Command {
        let mut cargo = workspace.cargo();
        cargo.current_dir(&self.root);
        cargo.env("CARGO_TARGET_DIR", &self.build).env("CARGO_PROFILE_DEV_DEBUG", "false");
        cargo.env("PROPTEST_MAX_SHRINK_ITERS", "0");
        cargo
    }
}

/// The manifest of the workspace with the core as its only member.
fn only_core(manifest: &str) -> Result<String> {
    let mut manifest: Table = manifest.parse().context("`Cargo.toml` is not TOML")?;
    let workspace = manifest.get_mut("workspace").and_then(Value::as_table_mut);
    let workspace = workspace.context("`Cargo.toml` has no table `workspace`")?;
    workspace.insert("members".to_owned(), Value::Array(vec![CORE.into()]));
    workspace.remove("exclude");
    Ok(manifest.to_string())
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("`{}` cannot be made", to.display()))?;
    let entries = fs::read_dir(from).with_context(|| format!("`{}` cannot be listed", from.display()))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("`{}` cannot be listed", from.display()))?;
        let (source, copy) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy_folder(&source, &copy)?;
        } else {
            fs::copy(&source, &copy).with_context(|| format!("`{}` cannot be copied", source.display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copy_has_the_core_as_its_only_member_and_all_versions() {
        let manifest = only_core(include_str!("../../../Cargo.toml")).unwrap();
        let manifest: Table = manifest.parse().unwrap();
        assert_eq!(manifest["workspace"]["members"], Value::Array(vec![CORE.into()]));
        assert!(manifest["workspace"].get("exclude").is_none());
        assert!(manifest["workspace"]["dependencies"].get("proptest").is_some());
    }
}
