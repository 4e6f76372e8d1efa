//! `profile`: the profile of platform and service, printed as it is written, with its comments.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::options::EditionOptions;
use crate::output::Exit;

#[derive(Args)]
#[command(after_help = "\
Examples:
  specialis profile show > profile.toml           start your own from the built-in one
  specialis evaluate events.jsonl --profile profile.toml
  specialis profile show --file profile.toml      check that yours can be read
  specialis profile show --file texts             the built-in profile for files of bare texts")]
pub(crate) struct ProfileArgs {
    #[command(subcommand)]
    command: ProfileCommand,
}

#[derive(Subcommand)]
enum ProfileCommand {
    /// Print it as TOML, with its comments.
    Show {
        /// Read this file instead of the built-in one, and check it.
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
}

pub(crate) fn run(args: &ProfileArgs, out: &mut dyn Write) -> Result<Exit> {
    let ProfileCommand::Show { file } = &args.command;
    let options = EditionOptions { profile: file.clone(), ..EditionOptions::default() };
    let (_, registry) = options.registry()?;
    let (text, _) = options.profile(&registry)?;
    out.write_all(text.as_bytes())?;
    Ok(Exit::Complete)
}
