//! `cargo xtask api`: the public API of the crate `specialis` as text, so that a change of it is seen in review.
//!
//! The text is made from the JSON that rustdoc writes. That output is not stable yet, so rustdoc is called through this program,
//! which asks for it. All else of the build stays as it is for `cargo doc`, and nothing is compiled twice.

use std::collections::BTreeSet;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use crate::step::{heading, status_of};
use crate::workspace::Workspace;

/// The crate, and the file that holds its API.
const CRATE: &str = "specialis";
const SNAPSHOT: &str = "host/api.txt";

const HEAD: &str = "# The public API of the crate `specialis`, one item a line. `cargo xtask api` writes this file; do not edit it.\n\
                    # Items of crates that it re-exports whole (`specialis::core`, `specialis::text`) stand in those crates.\n";

/// As CI builds the documentation: with other packages, dependencies have other features and are compiled anew.
const ARGS: [&str; 4] = ["doc", "--workspace", "--no-deps", "--quiet"];

/// Names the rustdoc to call. It is set where cargo calls this program in its place.
const RUSTDOC: &str = "XTASK_RUSTDOC";
/// Cargo documents a crate again where these flags are not those of the last run.
const FLAGS: &str = "-Zunstable-options --output-format=json";

/// Writes the snapshot.
///
/// # Errors
///
/// If the documentation does not build, or its JSON has another format than is read here.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let text = api(workspace)?.map_err(|reason| anyhow::anyhow!(reason))?;
    let path = workspace.root().join(SNAPSHOT);
    fs::write(&path, text).with_context(|| format!("`{}` cannot be written", path.display()))?;
    println!("wrote {SNAPSHOT}");
    Ok(())
}

/// Compares the snapshot with what the crate exports now.
///
/// # Errors
///
/// If they differ, or the documentation does not build.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    heading("api", "cargo xtask api --check");
    let now = match api(workspace)? {
        Ok(now) => now,
        Err(reason) => {
            println!("not compared: {reason}");
            return Ok(());
        }
    };
    let path = workspace.root().join(SNAPSHOT);
    let then = fs::read_to_string(&path)
        .with_context(|| format!("`{SNAPSHOT}` cannot be read; `cargo xtask api` writes it"))?;
    let changes = changes(&then, &now);
    if changes.is_empty() {
        return Ok(());
    }
    for change in &changes {
        println!("{change}");
    }
    bail!(
        "the public API of `{CRATE}` is not as `{SNAPSHOT}` says; run `cargo xtask api` and commit the file with the change"
    )
}

/// Calls rustdoc where cargo called this program in its place; nothing where it did not.
pub(crate) fn as_rustdoc() -> Option<ExitCode> {
    let rustdoc = env::var_os(RUSTDOC)?;
    let args: Vec<OsString> = env::args_os().skip(1).collect();
    let documented = args.iter().position(|arg| arg == "--crate-name").and_then(|at| args.get(at + 1));
    if documented.is_some_and(|name| name != CRATE) {
        return Some(ExitCode::SUCCESS);
    }
    let done = Command::new(rustdoc).args(args).env("RUSTC_BOOTSTRAP", "1").status();
    Some(if done.is_ok_and(|status| status.success()) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The snapshot as it should be, or why this toolchain cannot say.
fn api(workspace: &Workspace) -> Result<Result<String, String>> {
    let path = workspace.target_dir()?.join("doc").join(format!("{CRATE}.json"));
    if path.exists() {
        fs::remove_file(&path).with_context(|| format!("`{}` cannot be removed", path.display()))?;
    }
    let this = env::current_exe().context("the path of this program cannot be had")?;
    let rustdoc = env::var_os("RUSTDOC").unwrap_or_else(|| "rustdoc".into());
    let mut cargo = workspace.cargo();
    cargo.args(ARGS).env("RUSTDOC", this).env(RUSTDOC, rustdoc).env("RUSTDOCFLAGS", FLAGS);
    ensure!(
        status_of(&mut cargo)?,
        "the documentation does not build; mend what stands above, then repeat `cargo {}`",
        ARGS.join(" ")
    );
    of_json(&path)
}

fn of_json(path: &Path) -> Result<Result<String, String>> {
    let json = fs::read_to_string(path).with_context(|| format!("`{}` cannot be read", path.display()))?;
    let value: Value = serde_json::from_str(&json).with_context(|| format!("`{}` is not JSON", path.display()))?;
    let format = value.get("format_version").and_then(Value::as_u64).unwrap_or_default();
    let known = u64::from(rustdoc_types::FORMAT_VERSION);
    if format != known {
        return Ok(Err(format!(
            "this rustdoc writes format {format} of its JSON, and `public-api` in `Cargo.toml` reads {known}; \
             change the toolchain, or the version of `public-api` with that of `rustdoc-types`"
        )));
    }
    let api = public_api::Builder::from_rustdoc_json(path)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()
        .with_context(|| format!("`{}` cannot be read as rustdoc's JSON", path.display()))?;
    let lines: String = api.items().map(|item| format!("{item}\n")).collect();
    Ok(Ok(format!("{HEAD}{lines}")))
}

/// The lines that are gone and those that are new.
fn changes(then: &str, now: &str) -> Vec<String> {
    let (old, new): (BTreeSet<&str>, BTreeSet<&str>) = (then.lines().collect(), now.lines().collect());
    let gone = old.difference(&new).map(|line| format!("- {line}"));
    gone.chain(new.difference(&old).map(|line| format!("+ {line}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn change_names_what_is_gone_and_what_is_new() {
        assert_eq!(changes("a\nb\n", "a\nc\n"), ["- b", "+ c"]);
        assert_eq!(changes("a\nb\n", "b\na\n"), Vec::<String>::new());
    }

    #[test]
    fn json_of_another_format_is_not_read() {
        let path = std::env::temp_dir().join(format!("specialis-api-{}.json", std::process::id()));
        fs::write(&path, r#"{ "format_version": 1 }"#).unwrap();
        let read = of_json(&path).unwrap();
        fs::remove_file(&path).unwrap();
        assert!(read.is_err_and(|reason| reason.contains("format 1 ")));
    }
}
