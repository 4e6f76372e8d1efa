//! `trust`, `profile`, `registry`: the tables that people write, printed as they are, with their comments.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand};
use specialis_core::Date;

use crate::edition::{self, EditionArgs};
use crate::out::End;

#[derive(Args)]
#[command(after_help = "\
Examples:
  specialis registry show > registry.toml         start your own from the built-in one
  specialis evaluate events.jsonl --registry registry.toml
  specialis registry show --file registry.toml    check that yours can be read
  specialis profile show --file texts             the built-in profile for heaps of bare texts")]
pub(crate) struct TableArgs {
    #[command(subcommand)]
    command: TableCommand,
}

#[derive(Subcommand)]
enum TableCommand {
    /// Print it as TOML, with its comments.
    Show {
        /// Read this file instead of the built-in one, and check it.
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
}

impl TableArgs {
    fn file(&self) -> Option<PathBuf> {
        let TableCommand::Show { file } = &self.command;
        file.clone()
    }
}

fn print(text: &str, out: &mut dyn Write) -> Result<End> {
    out.write_all(text.as_bytes())?;
    Ok(End::All)
}

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

/// Prints the trust policy, or holds a policy against it.
pub(crate) fn trust(args: &TrustArgs, out: &mut dyn Write) -> Result<End> {
    match &args.command {
        TrustCommand::Show { file } => {
            let args = EditionArgs { trust: file.clone(), ..EditionArgs::default() };
            let (text, _) = args.trust()?;
            print(&text, out)
        }
        TrustCommand::Check { file, trust, registry, as_of } => {
            let args = EditionArgs { trust: trust.clone(), registry: registry.clone(), ..EditionArgs::default() };
            crate::policy::verify(file, &args, *as_of, true, out)
        }
    }
}

/// Prints the profile.
pub(crate) fn profile(args: &TableArgs, out: &mut dyn Write) -> Result<End> {
    let args = EditionArgs { profile: args.file(), ..EditionArgs::default() };
    let (text, _) = args.profile(&args.registry()?.1)?;
    print(&text, out)
}

/// Prints the registries.
pub(crate) fn registry(args: &TableArgs, out: &mut dyn Write) -> Result<End> {
    let (text, _) = edition::EditionArgs { registry: args.file(), ..EditionArgs::default() }.registry()?;
    print(&text, out)
}
