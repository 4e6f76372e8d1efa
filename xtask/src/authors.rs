//! `cargo xtask authors`: what an author waits for, and what one policy costs in each language.
//!
//! First `policy watch` on a new policy in Rust: the seconds from a saved file to its printed result. Then the policy of `tests/authors`
//! in each language: how long it takes to build, how long its vectors take with and without compiled code, and what `policy bench` says
//! of them.

use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::setup;
use crate::step::{Step, heading, status_of};
use crate::workspace::Workspace;

/// How often the policy that is watched changes.
const N_CHANGES: u32 = 5;
/// Where its rule begins.
const RULE: &str = "fn listed_terms(case: &Case) -> Vec<Finding> {\n";
/// The folders of `tests/authors` that hold the policy.
const LANGUAGES: [&str; 4] = ["rust", "table", "js", "python"];

/// The program, and where it works.
struct Bench<'a> {
    workspace: &'a Workspace,
    binary: PathBuf,
    folder: PathBuf,
}

/// Measures, and prints what it measures.
///
/// # Errors
///
/// If the set-up or the program fails, or what it prints is not as it has to be.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    setup::guest_target(workspace)?;
    Step::cargo("command line", &["build", "--release", "--workspace", "--bin", "specialis"]).run(workspace)?;
    let target = workspace.target_dir()?;
    let binary = target.join("release").join(format!("specialis{EXE_SUFFIX}"));
    let bench = Bench { workspace, binary, folder: target.join("author-costs") };
    watch(&bench)?;
    LANGUAGES.iter().try_for_each(|language| cost(&bench, language))?;
    println!(
        "\nto keep these figures, add them with machine, date and this command to a file in `host/benches/record/`"
    );
    Ok(())
}

impl Bench<'_> {
    /// A folder that is empty.
    fn fresh(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("`{}` cannot be removed", folder.display()))?;
        }
        Ok(folder)
    }

    fn command(&self, args: &[&str], folder: &Path) -> Command {
        let mut command = self.workspace.command(&self.binary);
        // What is compiled for this machine, and where, is not the author's.
        command.env_remove("RUSTFLAGS").env_remove("VIRTUAL_ENV").env("CARGO_TARGET_DIR", self.folder.join("crates"));
        command.args(args).arg(folder);
        command
    }
}

/// Runs a command, and says how long it took; none where it failed.
fn time(command: &mut Command) -> Result<Option<Duration>> {
    let began = Instant::now();
    let is_done = status_of(command.stdin(Stdio::null()).stdout(Stdio::null()))?;
    Ok(is_done.then(|| began.elapsed()))
}

/// Prints how long it takes from a saved file to its result.
fn watch(bench: &Bench<'_>) -> Result<()> {
    let folder = bench.fresh("kettle")?;
    let mut new = bench.command(&["policy", "new", "--sdk", "guest-policies/sdk"], &folder);
    // The first build compiles what the policy depends on.
    let mut build = bench.command(&["policy", "build"], &folder);
    let is_built = time(&mut new)?.is_some() && time(&mut build)?.is_some();
    ensure!(is_built, "the policy is not made; what is wrong with it is said above");
    heading("watch", "specialis policy watch kettle, after changes of src/lib.rs");
    let source = folder.join("src/lib.rs");
    let failed = || format!("`{}` cannot be read or written", source.display());
    let text = fs::read_to_string(&source).with_context(failed)?;
    ensure!(text.contains(RULE), "`{}` has no `{}`; mend this task", source.display(), RULE.trim_end());
    let runs = N_CHANGES.saturating_add(1).to_string();
    let mut watching = Watching::start(bench.command(&["policy", "watch", "--runs", &runs], &folder))?;
    watching.wait()?;
    for change in 1..=N_CHANGES {
        // Each is other code, which has to be compiled for the host too.
        let changed = text.replace(RULE, &format!("{RULE}    std::hint::black_box({change}_u32);\n"));
        let began = Instant::now();
        fs::write(&source, changed).with_context(failed)?;
        watching.wait()?;
        println!("{:.2} s from the saved file to its result", began.elapsed().as_secs_f64());
    }
    Ok(())
}

/// Prints what the policy of `tests/authors` costs in a language.
fn cost(bench: &Bench<'_>, language: &str) -> Result<()> {
    let folder = bench.fresh(language)?;
    let sources = bench.workspace.root().join("tests/authors");
    for from in ["shared", language] {
        copy(bench.workspace, &sources.join(from), &folder)?;
    }
    let (file, registry) = (folder.join("kitchen.wasm"), folder.join("registry.toml"));
    let registry = registry.display().to_string();
    heading(language, &format!("specialis policy build tests/authors/{language}"));
    let build = || bench.command(&["policy", "build"], &folder);
    if time(&mut build())?.is_none() {
        println!("skipped: it is not built; what is missing is said above");
        return Ok(());
    }
    let built = time(&mut build())?;
    let test = |more: &[&str]| {
        let mut command = bench.command(&["policy", "test", "--registry-add", &registry], &file);
        command.args(more);
        time(&mut command)
    };
    let (compiling, _, cached) = (test(&["--no-cache"])?, test(&[])?, test(&[])?);
    let n_bytes = fs::metadata(&file).with_context(|| format!("`{}`", file.display()))?.len();
    println!("its file has {n_bytes} bytes");
    for (what, took) in [
        ("building it again", built),
        ("its vectors, compiled first", compiling),
        ("its vectors, compiled before", cached),
    ] {
        let took = took.with_context(|| format!("{what}: it failed; what is wrong is said above"))?;
        println!("{:.2} s for {what}", took.as_secs_f64());
    }
    let mut figures = bench.command(&["policy", "bench", "--all", "--registry-add", &registry], &file);
    ensure!(status_of(&mut figures)?, "`policy bench` failed");
    Ok(())
}

/// Copies a folder over another. Paths to the SDKs in the files of packages become whole.
fn copy(workspace: &Workspace, from: &Path, to: &Path) -> Result<()> {
    let failed = || format!("`{}` cannot be copied", from.display());
    fs::create_dir_all(to).with_context(failed)?;
    let sdks = workspace.root().join("guest-policies").display().to_string();
    for entry in fs::read_dir(from).with_context(failed)? {
        let entry = entry.with_context(failed)?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(workspace, &from, &to)?;
        } else {
            let text = fs::read_to_string(&from).with_context(failed)?;
            fs::write(&to, text.replace("../../../guest-policies", &sdks)).with_context(failed)?;
        }
    }
    Ok(())
}

/// A program that watches a policy, and ends with the measurement.
struct Watching {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Watching {
    fn start(mut command: Command) -> Result<Self> {
        let mut child = command.stdout(Stdio::piped()).spawn().context("`policy watch` does not start")?;
        let Some(out) = child.stdout.take() else { bail!("`policy watch` has no output") };
        Ok(Self { child, lines: BufReader::new(out).lines() })
    }

    /// Waits for the result of a run.
    fn wait(&mut self) -> Result<()> {
        for line in &mut self.lines {
            let line = line.context("`policy watch` cannot be read")?;
            if line.starts_with(|first: char| first.is_ascii_digit()) && line.contains(" vectors, ") {
                ensure!(line.ends_with(" 0 failed"), "`policy watch` says `{line}`");
                return Ok(());
            }
        }
        bail!("`policy watch` ended")
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
