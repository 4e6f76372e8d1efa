//! `profile`: the profile of platform and service: printed with its comments, made for a kind of service, and checked.

mod ask;
mod check;
mod new;
mod preset;

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::options::EditionOptions;
use crate::output::Exit;

#[derive(Args)]
#[command(after_help = "\
Examples:
  specialis profile new                           asks what it has to know, in English or Chinese
  specialis profile new --service chat --lang zh --out mine --fact service.filing-number=…
  specialis profile check --profile mine/profile.toml --config mine/serve.toml
  specialis profile show > profile.toml           the built-in one
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
    /// Write a profile for a kind of service, with what the law asks of it, the mapping of facts for `serve`, and examples.
    New(new::NewArgs),
    /// Say duty by duty what would become a stop under a profile, which fact is missing, and where it would come from.
    Check(Box<check::CheckArgs>),
}

pub(crate) fn run(args: &ProfileArgs, out: &mut dyn Write) -> Result<Exit> {
    match &args.command {
        ProfileCommand::Show { file } => show(file.clone(), out),
        ProfileCommand::New(args) => new::run(args, out),
        ProfileCommand::Check(args) => check::run(args, out),
    }
}

fn show(file: Option<PathBuf>, out: &mut dyn Write) -> Result<Exit> {
    let options = EditionOptions { profile: file, ..EditionOptions::default() };
    let (_, registry) = options.registry()?;
    let (text, _) = options.profile(&registry)?;
    out.write_all(text.as_bytes())?;
    Ok(Exit::Complete)
}
