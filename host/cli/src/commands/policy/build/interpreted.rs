//! Policies in languages that bring an interpreter: their packages make the component.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::input::file;

/// A language whose policies bring an interpreter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    /// JavaScript and TypeScript.
    JavaScript,
    /// Python.
    Python,
}

/// The build of the package `@specialis/policy`, where npm puts it.
const BUILD: &str = "node_modules/@specialis/policy/build.mjs";

impl Language {
    /// The language of a folder, by the file that names its packages.
    pub(super) fn of_folder(folder: &Path) -> Option<Self> {
        let named = [("package.json", Self::JavaScript), ("requirements.txt", Self::Python)];
        named.into_iter().find(|(file, _)| folder.join(file).is_file()).map(|(_, language)| language)
    }

    /// Runs the build, and reads the component that it made: never one that was left from before.
    pub(super) fn component(self, folder: &Path) -> Result<Vec<u8>> {
        let folder = std::path::absolute(folder)?;
        let made = folder.join("target/policy.component.wasm");
        let failed = || format!("`{}` cannot be written", made.display());
        fs::create_dir_all(folder.join("target")).with_context(failed)?;
        if made.exists() {
            fs::remove_file(&made).with_context(failed)?;
        }
        let mut build = self.build(&folder)?;
        // What it says goes to whoever called.
        let run = build.arg(&folder).arg(&made).stdin(Stdio::null()).stderr(Stdio::inherit()).output();
        let run = run.with_context(|| self.is_missing())?;
        if !run.status.success() {
            bail!("the policy is not built; if its packages are missing, run {}", self.installs(&folder));
        }
        file::policy(&made).with_context(|| format!("`{}` cannot be read", made.display()))
    }

    /// The program that builds, without the folder and the file.
    fn build(self, folder: &Path) -> Result<Command> {
        match self {
            Self::JavaScript => {
                let build = folder.join(BUILD);
                if !build.is_file() {
                    bail!("the packages of the policy are not installed; run {}", self.installs(folder));
                }
                let mut node = Command::new("node");
                node.arg(build);
                Ok(node)
            }
            Self::Python => {
                let mut python = Command::new(python(folder));
                python.args(["-m", "specialis_policy_build"]);
                Ok(python)
            }
        }
    }

    /// What to say where its program does not start.
    fn is_missing(self) -> &'static str {
        match self {
            Self::JavaScript => "node does not start; install Node.js 20 or newer, with npm",
            Self::Python => "python does not start; install Python 3.10 or newer",
        }
    }

    /// The commands that install its packages.
    fn installs(self, folder: &Path) -> String {
        let shown = folder.display();
        match self {
            Self::JavaScript => format!("`npm install --prefix {shown}`"),
            Self::Python => {
                format!(
                    "`python3 -m venv {shown}/.venv` and `{shown}/.venv/bin/pip install -r {shown}/requirements.txt`"
                )
            }
        }
    }
}

/// The Python of the folder's own environment, of the one that is active, or of the system.
fn python(folder: &Path) -> PathBuf {
    let (place, system) = if cfg!(windows) { ("Scripts/python.exe", "python") } else { ("bin/python", "python3") };
    let active = std::env::var_os("VIRTUAL_ENV").map(PathBuf::from);
    let environments = [Some(folder.join(".venv")), active].into_iter().flatten();
    let own = environments.map(|environment| environment.join(place)).find(|python| python.is_file());
    own.unwrap_or_else(|| system.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn language_follows_from_the_file_that_names_the_packages() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Language::of_folder(folder.path()), None);
        fs::write(folder.path().join("requirements.txt"), "").unwrap();
        assert_eq!(Language::of_folder(folder.path()), Some(Language::Python));
        fs::write(folder.path().join("package.json"), "{}").unwrap();
        assert_eq!(Language::of_folder(folder.path()), Some(Language::JavaScript));
    }

    #[test]
    fn packages_that_are_not_there_are_named_with_the_command_that_installs_them() {
        let folder = tempfile::tempdir().unwrap();
        let error = Language::JavaScript.component(folder.path()).unwrap_err().to_string();
        assert!(
            error.starts_with("the packages of the policy are not installed; run `npm install --prefix "),
            "{error}"
        );
    }

    #[test]
    fn environment_of_the_folder_comes_first() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join(if cfg!(windows) { ".venv/Scripts/python.exe" } else { ".venv/bin/python" });
        fs::create_dir_all(own.parent().unwrap()).unwrap();
        fs::write(&own, "").unwrap();
        assert_eq!(python(folder.path()), own);
    }
}
