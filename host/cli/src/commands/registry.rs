//! `registry`: the registries, printed as they are written, with their comments.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::options::EditionOptions;
use crate::output::Exit;

#[derive(Args)]
#[command(after_help = "\
Examples:
  specialis registry show > registry.toml         start your own from the built-in one
  specialis evaluate events.jsonl --registry registry.toml
  specialis registry show --file registry.toml    check that yours can be read")]
pub(crate) struct RegistryArgs {
    #[command(subcommand)]
    command: RegistryCommand,
}

#[derive(Subcommand)]
enum RegistryCommand {
    /// Print it as TOML, with its comments.
    Show {
        /// Read this file instead of the built-in one, and check it.
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
}

pub(crate) fn run(args: &RegistryArgs, out: &mut dyn Write) -> Result<Exit> {
    let RegistryCommand::Show { file } = &args.command;
    let options = EditionOptions { registry: file.clone(), ..EditionOptions::default() };
    let (text, _) = options.registry()?;
    out.write_all(text.as_bytes())?;
    Ok(Exit::Complete)
}
