//! `cargo xtask api`: the public API of the crate `specialis` as text, so that a change of it is seen in review.
//!
//! The text is made from the JSON that a nightly rustdoc writes. Where there is no nightly toolchain, or one whose JSON has another
//! format, nothing is compared, and the run says so.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use crate::step::{heading, status_of};
use crate::workspace::Workspace;

/// The crate, and the file that holds its API.
const CRATE: &str = "specialis";
const SNAPSHOT: &str = "host/api.txt";

const HEAD: &str = "# The public API of the crate `specialis`, one item a line. `cargo xtask api` writes this file; do not edit it.\n\
                    # Items of crates that it re-exports whole (`specialis::core`, `specialis::text`) stand in those crates.\n";

const ARGS: [&str; 10] = [
    "rustdoc", "--package", CRATE, "--lib", "--target-dir", "target/api", "-Zunstable-options", "--output-format",
    "json", "--quiet",
];

/// Writes the snapshot.
///
/// # Errors
///
/// If there is no nightly toolchain, or the crate does not build with it.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    ensure!(
        has_nightly(workspace),
        "no nightly toolchain; `rustup toolchain install nightly --profile minimal` adds one"
    );
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
/// If they differ, or the crate does not build with the nightly toolchain.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    if !has_nightly(workspace) {
        heading("api", "not run, there is no nightly toolchain; `rustup toolchain install nightly` adds one");
        return Ok(());
    }
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

/// `rustup run` finds the toolchain whatever toolchain started this process.
fn has_nightly(workspace: &Workspace) -> bool {
    let asked = workspace.command("rustup").args(["run", "nightly", "rustc", "--version"]).output();
    asked.is_ok_and(|output| output.status.success())
}

/// The snapshot as it should be, or why this toolchain cannot say.
fn api(workspace: &Workspace) -> Result<Result<String, String>> {
    let mut rustdoc = workspace.command("rustup");
    rustdoc.args(["run", "nightly", "cargo"]).args(ARGS);
    // What the cargo that started this process told it about its own toolchain.
    for name in ["CARGO", "RUSTC", "RUSTDOC", "RUSTUP_TOOLCHAIN"] {
        rustdoc.env_remove(name);
    }
    ensure!(
        status_of(&mut rustdoc)?,
        "the documentation of `{CRATE}` does not build with the nightly toolchain; mend what stands above, then repeat \
         `cargo +nightly {}`",
        ARGS.join(" ")
    );
    let path = workspace.root().join("target/api/doc").join(format!("{CRATE}.json"));
    of_json(&path)
}

fn of_json(path: &Path) -> Result<Result<String, String>> {
    let json = fs::read_to_string(path).with_context(|| format!("`{}` cannot be read", path.display()))?;
    let value: Value = serde_json::from_str(&json).with_context(|| format!("`{}` is not JSON", path.display()))?;
    let format = value.get("format_version").and_then(Value::as_u64).unwrap_or_default();
    let known = u64::from(rustdoc_types::FORMAT_VERSION);
    if format != known {
        return Ok(Err(format!(
            "this nightly writes format {format} of its JSON, and `public-api` in `Cargo.toml` reads {known}; \
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
