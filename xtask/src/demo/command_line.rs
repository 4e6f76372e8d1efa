//! The binary `specialis`, called as a user calls it.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;

/// The built binary.
pub(super) struct CommandLine<'a> {
    workspace: &'a Workspace,
    binary: PathBuf,
}

/// What one call answered.
pub(super) struct Answer {
    /// Standard output: decisions or an explanation.
    pub(super) output: String,
    /// Standard error: the summary.
    pub(super) summary: String,
}

impl<'a> CommandLine<'a> {
    /// The binary at this path, called at the workspace's root.
    pub(super) fn new(workspace: &'a Workspace, binary: PathBuf) -> Self {
        Self { workspace, binary }
    }

    /// Calls it and waits for the end.
    ///
    /// # Errors
    ///
    /// If it cannot be run or its exit code is not 0; the error carries what it said.
    pub(super) fn run(&self, args: &[&str]) -> Result<Answer> {
        let output = self.workspace.command(&self.binary).args(args).output().with_context(|| {
            format!("`{}` cannot be run; build it with `cargo build --workspace --bins --tests`", self.binary.display())
        })?;
        let summary = String::from_utf8_lossy(&output.stderr).into_owned();
        if !output.status.success() {
            let said = summary.trim_end();
            bail!("`specialis {}` ended with {}; it said:\n{said}", args.join(" "), output.status);
        }
        let output = String::from_utf8(output.stdout).context("`specialis` wrote something that is not UTF-8")?;
        Ok(Answer { output, summary })
    }
}
