//! `policy watch`: build and test a policy again whenever a file of its folder changes.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::{Duration, SystemTime};

use anyhow::{Result, bail};
use clap::Args;

use super::build::{self, BuildArgs};
use super::test::{self, TestArgs};
use crate::options::EditionOptions;
use crate::output::{self, Exit};

/// How often the folder is looked at. A change waits half as long on average.
const EVERY: Duration = Duration::from_millis(100);

/// Folders and files that builds and package managers write.
const BUILT: [&str; 4] = ["target", "node_modules", "__pycache__", "package-lock.json"];

/// What `policy watch` is told.
#[derive(Args)]
pub(super) struct WatchArgs {
    /// The policy's folder.
    #[arg(value_name = "DIR")]
    policy_folder: PathBuf,
    /// Only the vectors whose rule and name have this in them, as for `policy test`.
    #[arg(long, value_name = "PATTERN")]
    run: Option<String>,
    /// End after so many runs; without it, with Ctrl-C.
    #[arg(long, value_name = "N")]
    runs: Option<u64>,
    #[command(flatten)]
    edition: EditionOptions,
}

/// Builds and tests, then waits for a change and does so again. What goes wrong is written, and the next change tried.
pub(super) fn run(args: &WatchArgs, out: &mut dyn Write) -> Result<Exit> {
    if !args.policy_folder.join("policy.toml").is_file() {
        bail!("`{}` has no `policy.toml`; give the folder of a policy", args.policy_folder.display());
    }
    let (_open, nobody) = mpsc::channel::<()>();
    let mut seen = None;
    let mut n_runs = 0_u64;
    loop {
        let now = files(&args.policy_folder);
        if seen.as_ref() == Some(&now) {
            // Nothing tells of changes, so the folder is looked at again after a while.
            let _ = nobody.recv_timeout(EVERY);
            continue;
        }
        let exit = build_and_test(args, out).unwrap_or_else(|error| {
            output::note_error(&args.policy_folder.display().to_string(), &error);
            Exit::Incomplete
        });
        out.flush()?;
        // What the run itself wrote is no change: files are looked at as they were before it.
        seen = Some(now);
        n_runs = n_runs.saturating_add(1);
        if args.runs.is_some_and(|runs| n_runs >= runs) {
            return Ok(exit);
        }
    }
}

fn build_and_test(args: &WatchArgs, out: &mut dyn Write) -> Result<Exit> {
    let edition = &args.edition;
    let build = BuildArgs::of(&args.policy_folder, edition.registry.clone(), edition.registry_add.clone());
    let Some(file) = build::write(&build, out)? else { return Ok(Exit::Incomplete) };
    let mut edition = super::subject::with_own_registry(edition, &args.policy_folder);
    edition.with.clear();
    let policy = Some(file.display().to_string());
    test::run(&TestArgs { policy, run: args.run.clone(), junit: None, edition }, out)
}

/// The files of a folder with the times of their last changes; none of what is built.
fn files(folder: &Path) -> BTreeMap<PathBuf, Option<SystemTime>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).into_iter().flatten().filter_map(|entry| entry.ok());
        for entry in entries {
            let path = entry.path();
            let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
            let is_built = BUILT.iter().any(|built| entry.file_name() == *built)
                || path.extension().is_some_and(|ext| ext == "wasm" || ext == "lock");
            let Ok(metadata) = entry.metadata() else { continue };
            if is_hidden || is_built {
                continue;
            }
            if metadata.is_dir() {
                folders.push(path);
            } else {
                files.insert(path, metadata.modified().ok());
            }
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_is_built_is_no_change_and_what_is_written_is_one() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        };
        write("src/lib.rs");
        let before = files(folder.path());
        ["target/x", "x.wasm", "Cargo.lock", ".git/x", "node_modules/x/y.js", "src/__pycache__/x.pyc"]
            .into_iter()
            .for_each(write);
        assert_eq!(files(folder.path()), before);
        write("vectors/R1.toml");
        assert_eq!(files(folder.path()).len(), 2);
    }
}
