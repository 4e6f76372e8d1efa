//! `trust`: the trust policy, and what it allows a policy.

mod propose;

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand};
use specialis::{Clock, SystemClock};
use specialis_core::{Date, SignerId};

use crate::options::EditionOptions;
use crate::output::Exit;
use crate::policies::{self, Terms};

#[derive(Args)]
#[command(after_help = "\
Examples:
  specialis trust show > trust.toml       start your own from the built-in one
  specialis trust propose recipes.wasm --signer kitchen > kitchen.toml
  specialis trust check recipes.wasm --trust-add kitchen.toml
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
    /// Write the entries that a policy asks for: its digest under a signer, grants, measures and warrants. For somebody to read and
    /// strike out, then for `--trust-add`.
    Propose {
        /// The policy's file.
        #[arg(value_name = "FILE.wasm")]
        file: PathBuf,
        /// In whose name it is loaded.
        #[arg(long, value_name = "NAME")]
        signer: SignerId,
        /// Entries beside the registries; may be given several times.
        #[arg(long, value_name = "FILE")]
        registry_add: Vec<PathBuf>,
    },
    /// What a policy would be allowed, line by line, and why not.
    Check {
        /// The policy's file, or the id of a built-in policy.
        #[arg(value_name = "FILE.wasm")]
        file: PathBuf,
        /// The trust policy [default: built in]
        #[arg(long, value_name = "FILE")]
        trust: Option<PathBuf>,
        /// Entries beside those of the trust policy; may be given several times.
        #[arg(long, value_name = "FILE")]
        trust_add: Vec<PathBuf>,
        /// The registries [default: built in]
        #[arg(long, value_name = "FILE")]
        registry: Option<PathBuf>,
        /// Entries beside the registries; may be given several times.
        #[arg(long, value_name = "FILE")]
        registry_add: Vec<PathBuf>,
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
        TrustCommand::Propose { file, signer, registry_add } => {
            propose::run(file, signer, registry_add, out)?;
            Ok(Exit::Complete)
        }
        TrustCommand::Check { file, trust, trust_add, registry, registry_add, as_of } => {
            let options = EditionOptions {
                trust: trust.clone(),
                trust_add: trust_add.clone(),
                registry: registry.clone(),
                registry_add: registry_add.clone(),
                ..EditionOptions::default()
            };
            let ((_, trust), (_, registry)) = (options.trust()?, options.registry()?);
            let day = as_of.unwrap_or_else(|| SystemClock.today());
            policies::verify(file, &Terms { trust: &trust, registry: &registry, day, shows_all: true }, out)
        }
    }
}
