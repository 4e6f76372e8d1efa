//! `trust`, `profile`, `registry`: the tables that people write, printed as they are, with their comments.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::edition::{self, EditionArgs};
use crate::out::End;

#[derive(Args)]
#[command(after_help = "\
Examples:
  specialis trust show > trust.toml       start your own from the built-in one
  specialis evaluate events.jsonl --trust trust.toml
  specialis trust show --file trust.toml  check that yours can be read
  specialis profile show --file texts     the built-in profile for heaps of bare texts")]
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

/// Prints the trust policy.
pub(crate) fn trust(args: &TableArgs, out: &mut dyn Write) -> Result<End> {
    let args = EditionArgs { trust: args.file(), ..EditionArgs::default() };
    let (text, _) = args.trust()?;
    print(&text, out)
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
