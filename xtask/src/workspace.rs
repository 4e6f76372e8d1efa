//! Where the workspace is, and what cargo knows about it.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// The workspace these tasks belong to.
pub(crate) struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// Finds the root: the folder above this package where cargo started it, else the nearest one above the current folder.
    pub(crate) fn find() -> Result<Self> {
        let start = match env::var_os("CARGO_MANIFEST_DIR") {
            Some(package) => PathBuf::from(package),
            None => env::current_dir().context("the current folder cannot be read; change to the repository's root")?,
        };
        for folder in start.ancestors() {
            let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
            if manifest.lines().any(|line| line.trim() == "[workspace]") {
                return Ok(Self { root: folder.to_owned() });
            }
        }
        bail!("no workspace at or above `{}`; run this inside the repository", start.display())
    }

    /// The root folder.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A command that runs at the root, without what cargo told this process about *this* package.
    ///
    /// Build scripts watch some of those variables; left in, the same build by hand would start from scratch.
    pub(crate) fn command(&self, program: impl Into<OsString>) -> Command {
        let mut command = Command::new(program.into());
        command.current_dir(&self.root);
        for (name, _) in env::vars_os() {
            let is_of_package =
                name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"));
            if is_of_package {
                command.env_remove(name);
            }
        }
        command
    }

    /// The cargo that started this process, else the one on the path.
    pub(crate) fn cargo(&self) -> Command {
        self.command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
    }

    /// What `cargo metadata` says, `args` added.
    ///
    /// # Errors
    ///
    /// If cargo cannot be run, refuses a manifest, or answers something that is not JSON.
    pub(crate) fn metadata(&self, args: &[&str]) -> Result<Value> {
        let output = self
            .cargo()
            .args(["metadata", "--format-version", "1"])
            .args(args)
            .output()
            .context("cargo cannot be run; check that it is on the path")?;
        if !output.status.success() {
            bail!(
                "`cargo metadata` failed; mend what it names:\n{}",
                String::from_utf8_lossy(&output.stderr).trim_end()
            );
        }
        serde_json::from_slice(&output.stdout).context("`cargo metadata` answered something that is not JSON")
    }

    /// Where cargo builds.
    ///
    /// # Errors
    ///
    /// As [`metadata`](Self::metadata).
    pub(crate) fn target_dir(&self) -> Result<PathBuf> {
        let metadata = self.metadata(&["--no-deps"])?;
        let folder = metadata.get("target_directory").and_then(Value::as_str);
        Ok(PathBuf::from(folder.context("`cargo metadata` names no target directory; update cargo")?))
    }
}
