//! Tools that others wrote. Where one is missing a test says so and passes over it: `cargo xtask label-tools` installs them.

use std::path::Path;
use std::process::{Command, Output};

/// Runs a tool; nothing, with a word on why, where it is not installed.
pub(crate) fn run(tool: &str, args: &[&str]) -> Option<Output> {
    match Command::new(tool).args(args).output() {
        Ok(output) => Some(output),
        Err(error) => {
            eprintln!("skipped: `{tool}` cannot be run ({error}); `cargo xtask label-tools` installs it");
            None
        }
    }
}

/// What a tool prints, where it is installed; it must succeed.
pub(crate) fn says(tool: &str, args: &[&str]) -> Option<String> {
    let output = run(tool, args)?;
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{tool} {args:?}: {err}");
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs a script in the Python that has the libraries; nothing where there is none.
pub(crate) fn python(module: &str, script: &str, args: &[&str]) -> Option<String> {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/label-tools/bin/python");
    let own = if Path::new(own).exists() { own } else { "python3" };
    let python = std::env::var("LABEL_PYTHON").unwrap_or_else(|_| own.to_owned());
    let has = run(&python, &["-c", &format!("import {module}")])?;
    if !has.status.success() {
        eprintln!("skipped: `{python}` has no `{module}`; `cargo xtask label-tools` installs it");
        return None;
    }
    let all: Vec<&str> = ["-c", script].into_iter().chain(args.iter().copied()).collect();
    says(&python, &all)
}

/// The digests of all decoded frames and samples.
pub(crate) fn decoded(path: &Path) -> Option<String> {
    says("ffmpeg", &["-v", "error", "-i", path.to_str()?, "-map", "0", "-f", "streamhash", "-hash", "md5", "-"])
}
