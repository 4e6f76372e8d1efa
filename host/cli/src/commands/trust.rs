//! `trust`: the trust policy, and what it allows a policy.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand};
use specialis::{Clock, SystemClock};
use specialis_core::Date;

use crate::options::EditionOptions;
use crate::output::Exit;
use crate::policies::{self, Terms};

#[derive(Args)]
#[command(after_help = "\
Examples:
  specialis trust show > trust.toml       start your own from the built-in one
  specialis trust check news.wasm --trust trust.toml
  specialis evaluate events.jsonl --trust trust.toml

`check` says of everything that a policy asks for whether it would count, and why. Exit code 1: it would not be loaded.")]
pub(crate) struct TrustArgs {
    #[command(subcommand)]
    command: TrustCommand,
}

#[derive(Subcommand)]
enum TrustCommand {
    /// Print it as TOML, with its comments.
    Show {
        /// Read this file instead of the built-in one, and check it.
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// What a policy would be allowed, line by line, and why not.
    Check {
        /// The policy's file, or the id of a built-in policy.
        #[arg(value_name = "FILE.wasm")]
        file: PathBuf,
        /// The trust policy [default: built in]
        #[arg(long, value_name = "FILE")]
        trust: Option<PathBuf>,
        /// The registries [default: built in]
        #[arg(long, value_name = "FILE")]
        registry: Option<PathBuf>,
        /// The day for which signatures have to count [default: today]
        #[arg(long, value_name = "DATE")]
        as_of: Option<Date>,
    },
}

pub(crate) fn run(args: &TrustArgs, out: &mut dyn Write) -> Result<Exit> {
    match &args.command {
        TrustCommand::Show { file } => {
            let options = EditionOptions { trust: file.clone(), ..EditionOptions::default() };
            let (text, _) = options.trust()?;
            out.write_all(text.as_bytes())?;
            Ok(Exit::Complete)
        }
        TrustCommand::Check { file, trust, registry, as_of } => {
            let options =
                EditionOptions { trust: trust.clone(), registry: registry.clone(), ..EditionOptions::default() };
            let ((_, trust), (_, registry)) = (options.trust()?, options.registry()?);
            let day = as_of.unwrap_or_else(|| SystemClock.today());
            policies::verify(file, &Terms { trust: &trust, registry: &registry, day, shows_all: true }, out)
        }
    }
}
