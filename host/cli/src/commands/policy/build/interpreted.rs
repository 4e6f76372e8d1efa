//! Policies in languages that bring an interpreter: their packages make the component.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::input::file;
use crate::output;

/// A language whose policies bring an interpreter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    /// JavaScript and TypeScript.
    JavaScript,
    /// Python.
    Python,
}

/// The build of the package `@specialis/policy`, where npm puts it.
const JAVASCRIPT_BUILD: &str = "node_modules/@specialis/policy/build.mjs";
/// The module of the package `specialis-policy` that builds.
const PYTHON_BUILD: &str = "specialis_policy_build";
/// Where a folder has a Python environment of its own.
const ENVIRONMENT: &str = ".venv";

impl Language {
    /// The language of a folder, by the file that names its packages.
    pub(super) fn of_folder(folder: &Path) -> Option<Self> {
        let all = [Self::JavaScript, Self::Python];
        all.into_iter().find(|language| folder.join(language.packages()).is_file())
    }

    /// Runs the build, and reads the component that it made: never one that was left from before. Packages that are not there yet
    /// are installed first, as cargo does for a crate.
    pub(super) fn component(self, folder: &Path) -> Result<Vec<u8>> {
        let folder = std::path::absolute(folder)?;
        if !self.is_installed(&folder) {
            self.install(&folder)?;
        }
        let made = folder.join("target/policy.component.wasm");
        let failed = || format!("`{}` cannot be written", made.display());
        fs::create_dir_all(folder.join("target")).with_context(failed)?;
        if made.exists() {
            fs::remove_file(&made).with_context(failed)?;
        }
        let mut build = match self {
            Self::JavaScript => command("node", [folder.join(JAVASCRIPT_BUILD)]),
            Self::Python => command(python(&folder), ["-m", PYTHON_BUILD]),
        };
        if !self.run(build.arg(&folder).arg(&made))? {
            bail!("the policy is not built; what is wrong with it is said above");
        }
        file::policy(&made).with_context(|| format!("`{}` cannot be read", made.display()))
    }

    /// The file that names the packages.
    fn packages(self) -> &'static str {
        match self {
            Self::JavaScript => "package.json",
            Self::Python => "requirements.txt",
        }
    }

    /// Whether the package that builds is there.
    fn is_installed(self, folder: &Path) -> bool {
        match self {
            Self::JavaScript => folder.join(JAVASCRIPT_BUILD).is_file(),
            Self::Python => {
                let mut asked = command(python(folder), ["-c", &format!("import {PYTHON_BUILD}")]);
                asked.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
                asked.status().is_ok_and(|status| status.success())
            }
        }
    }

    /// Installs the packages: with npm, or with pip into an environment in the folder.
    fn install(self, folder: &Path) -> Result<()> {
        let (shown, packages) = (folder.display(), self.packages());
        output::note(&format!("the packages that `{packages}` names are installed in `{shown}`"));
        for mut step in self.installing(folder) {
            if !self.run(&mut step)? {
                bail!(
                    "the packages of the policy are not installed; look at `{packages}`, or install them yourself in `{shown}`"
                );
            }
        }
        Ok(())
    }

    /// The commands that install the packages.
    fn installing(self, folder: &Path) -> Vec<Command> {
        match self {
            Self::JavaScript => {
                // What a package brings is run by the build alone, never by its installation.
                let mut npm = command(
                    if cfg!(windows) { "npm.cmd" } else { "npm" },
                    ["install", "--ignore-scripts", "--no-audit", "--no-fund"],
                );
                npm.current_dir(folder);
                vec![npm]
            }
            Self::Python => {
                let environment = folder.join(ENVIRONMENT);
                let packages = folder.join(self.packages());
                let mut pip = command(environment.join(PYTHON), ["-m", "pip", "install", "--quiet", "--requirement"]);
                // Paths in the file count from where it stands.
                pip.arg(packages).current_dir(folder);
                vec![command(SYSTEM_PYTHON, [OsStr::new("-m"), OsStr::new("venv"), environment.as_os_str()]), pip]
            }
        }
    }

    /// Whether a command did well. What it says goes to whoever called.
    fn run(self, command: &mut Command) -> Result<bool> {
        // Its output is not that of this program.
        let run = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
        Ok(run.with_context(|| self.is_missing())?.status.success())
    }

    /// What to say where its program does not start.
    fn is_missing(self) -> &'static str {
        match self {
            Self::JavaScript => "node or npm does not start; install Node.js 20 or newer, with npm",
            Self::Python => "python does not start; install Python 3.10 or newer, with venv and pip",
        }
    }
}

fn command<A: AsRef<OsStr>>(program: impl AsRef<OsStr>, args: impl IntoIterator<Item = A>) -> Command {
    let mut command = Command::new(program);
    command.args(args);
    command
}

/// The Python of an environment, and of the system.
const PYTHON: &str = if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" };
const SYSTEM_PYTHON: &str = if cfg!(windows) { "python" } else { "python3" };

/// The Python of the folder's own environment, of the one that is active, or of the system.
fn python(folder: &Path) -> PathBuf {
    let active = std::env::var_os("VIRTUAL_ENV").map(PathBuf::from);
    let environments = [Some(folder.join(ENVIRONMENT)), active].into_iter().flatten();
    let own = environments.map(|environment| environment.join(PYTHON)).find(|python| python.is_file());
    own.unwrap_or_else(|| SYSTEM_PYTHON.into())
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
    fn packages_are_installed_where_they_are_missing_and_no_script_of_theirs_runs() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!Language::JavaScript.is_installed(folder.path()));
        let commands = Language::JavaScript.installing(folder.path());
        let [npm] = commands.as_slice() else { panic!("one command") };
        assert!(npm.get_args().any(|arg| arg == "--ignore-scripts"));
        assert_eq!(npm.get_current_dir(), Some(folder.path()));
        let build = folder.path().join(JAVASCRIPT_BUILD);
        fs::create_dir_all(build.parent().unwrap()).unwrap();
        fs::write(build, "").unwrap();
        assert!(Language::JavaScript.is_installed(folder.path()));
    }

    #[test]
    fn environment_of_the_folder_comes_first() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join(ENVIRONMENT).join(PYTHON);
        fs::create_dir_all(own.parent().unwrap()).unwrap();
        fs::write(&own, "").unwrap();
        assert_eq!(python(folder.path()), own);
    }
}
