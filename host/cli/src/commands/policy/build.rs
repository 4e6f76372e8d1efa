//! `policy build`: from the sources in a policy's folder to its file, in one command.

mod interpreted;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use serde_json::Value;
use specialis_bundle::{Sources, component, digest_of, pack};
use specialis_core::Registry;

use super::subject::{Code, with_own_registry};
use super::table::{self, Sheet};
use crate::input::file;
use crate::options::EditionOptions;
use crate::output::{self, Exit};
use interpreted::Language;

/// What `policy build` is told.
#[derive(Args)]
pub(super) struct BuildArgs {
    /// The policy's folder: a crate, or `policy.toml` beside `package.json`, `requirements.txt`, `rules.csv`, `rules.xlsx` or `rules.toml`.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The file to write [default: the policy's id in its folder]
    #[arg(short, long, value_name = "FILE.wasm")]
    output: Option<PathBuf>,
    /// Registries [default: built in]
    #[arg(long, value_name = "FILE")]
    registry: Option<PathBuf>,
    /// Entries beside the registries [default: `registry.toml` of the folder, where there is one]
    #[arg(long, value_name = "FILE")]
    registry_add: Vec<PathBuf>,
    /// Of a table: say for which values of this fact no row answers; may be given several times.
    #[arg(long, value_name = "FACT")]
    gaps: Vec<String>,
}

impl BuildArgs {
    /// What is told where nothing but the folder and the registries are.
    pub(super) fn of(folder: &Path, registry: Option<PathBuf>, registry_add: Vec<PathBuf>) -> Self {
        Self { folder: folder.to_owned(), output: None, registry, registry_add, gaps: Vec::new() }
    }
}

/// Builds, and prints the file and the digest by which a trust policy names it.
pub(super) fn run(args: &BuildArgs, out: &mut dyn Write) -> Result<Exit> {
    Ok(if write(args, out)?.is_some() { Exit::Complete } else { Exit::Incomplete })
}

/// Builds, writes the file, and prints it with its digest. None where a table cannot be built; what is wrong with it was written.
pub(super) fn write(args: &BuildArgs, out: &mut dyn Write) -> Result<Option<PathBuf>> {
    let folder = &args.folder;
    let options = EditionOptions {
        registry: args.registry.clone(),
        registry_add: args.registry_add.clone(),
        ..EditionOptions::default()
    };
    let (_, registry) = with_own_registry(&options, folder).registry()?;
    let Some(packed) = packed((folder, Code::Compiled), &registry, &args.gaps, out)? else { return Ok(None) };
    let id = specialis_bundle::Bundle::parse(&packed)?.manifest.id;
    let to = args.output.clone().unwrap_or_else(|| folder.join(format!("{id}.wasm")));
    output::replace(&to, &packed)?;
    writeln!(out, "{}", to.display())?;
    writeln!(out, "{}", digest_of(&packed))?;
    Ok(Some(to))
}

/// The file of the policy in a folder, made of its sources now. None where a table cannot be built; what is wrong with it was
/// written.
pub(super) fn packed(
    (folder, code): (&Path, Code),
    registry: &Registry,
    gaps: &[String],
    out: &mut dyn Write,
) -> Result<Option<Vec<u8>>> {
    let sources = match Sheet::of_folder(folder)? {
        Some(sheet) => {
            let made = table::make(folder, &sheet, registry, gaps)?;
            for line in &made.said {
                output::write_line(out, line)?;
            }
            let Some(sources) = made.sources else { return Ok(None) };
            sources
        }
        None if !gaps.is_empty() => {
            bail!("`{}` is no table, and only tables have gaps; leave `--gaps` out", folder.display())
        }
        None if folder.join("Cargo.toml").is_file() => {
            let component = match code {
                Code::Compiled => component(compiled(folder, &[])?)?,
                Code::Named => component(compiled(folder, &["--config", "profile.release.strip=false"])?)?,
                Code::StandIn => specialis_artifacts::TABLE.to_vec(),
            };
            Sources::of_folder(folder, component)?
        }
        None => {
            let Some(language) = Language::of_folder(folder) else {
                bail!(
                    "`{}` has neither `Cargo.toml` nor `package.json`, `requirements.txt`, `rules.csv`, `rules.xlsx` or `rules.toml`; \
                     give the folder of a policy, or make one with `specialis policy new`",
                    folder.display()
                );
            };
            let component = match code {
                Code::Compiled | Code::Named => language.component(folder)?,
                Code::StandIn => specialis_artifacts::TABLE.to_vec(),
            };
            Sources::of_folder(folder, component)?
        }
    };
    pack(sources).map(Some).with_context(|| format!("`{}`", folder.display()))
}

/// Compiles a crate for the sandbox, with more arguments for cargo, and reads the module that cargo says it made: never one that was
/// left from before.
fn compiled(folder: &Path, more: &[&str]) -> Result<Vec<u8>> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(folder).args([
        "build",
        "--release",
        "--target",
        "wasm32-unknown-unknown",
        "--message-format",
        "json-render-diagnostics",
    ]);
    cargo.args(more);
    // Its warnings and errors go to whoever called.
    let run = cargo.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let run = run.context("cargo does not start; install Rust with rustup")?;
    if !run.status.success() {
        bail!("the policy does not compile; if the target is missing, run `rustup target add wasm32-unknown-unknown`");
    }
    let said = String::from_utf8_lossy(&run.stdout);
    let messages = said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let manifest = std::fs::canonicalize(folder.join("Cargo.toml"))?;
    let is_own = |message: &Value| {
        let path = message.get("manifest_path").and_then(Value::as_str).map(std::fs::canonicalize);
        path.is_some_and(|path| path.is_ok_and(|path| path == manifest))
    };
    let files = messages.filter(is_own).flat_map(|message| {
        let files = message.get("filenames").and_then(Value::as_array).cloned().unwrap_or_default();
        files.into_iter().filter_map(|file| Some(PathBuf::from(file.as_str()?)))
    });
    let mut modules = files.filter(|file| file.extension().is_some_and(|extension| extension == "wasm"));
    let module = modules.next_back();
    let module =
        module.context("the crate makes no module; add `crate-type = [\"cdylib\", \"rlib\"]` under `[lib]`")?;
    file::policy(&module).with_context(|| format!("`{}` cannot be read", module.display()))
}
