//! `label-corpus`: labels every file of a folder and compares, with tools that others wrote.

use std::path::Path;

use anyhow::{Context as _, Result};

use crate::step::status_of;
use crate::workspace::Workspace;

/// What makes the files of a test: pictures, sounds, videos, documents.
const MAKE: &str = include_str!("label_corpus/make.py");

/// Labels what is in the folder; makes files there before, where that was asked for.
pub(crate) fn run(workspace: &Workspace, folder: &Path, make: bool) -> Result<()> {
    let folder = std::path::absolute(folder).context("the folder has no path")?;
    if make {
        let own = workspace.root().join("target").join("label-tools").join("bin").join("python");
        let python = if own.exists() { own.into_os_string() } else { "python3".into() };
        let done = status_of(workspace.command(python).args(["-c", MAKE]).arg(&folder))?;
        anyhow::ensure!(done, "the files could not be made; run `cargo xtask label-tools` first");
    }
    let args = ["run", "-q", "-p", "specialis-label", "--example", "label_corpus", "--"];
    let done = status_of(workspace.cargo().args(args).arg(&folder))?;
    anyhow::ensure!(done, "not every file is as it should be; the lines above name them");
    Ok(())
}
