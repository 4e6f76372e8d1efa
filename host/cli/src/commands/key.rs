//! `key`: keys to sign with.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use specialis_bundle::SecretKey;

use crate::keys;
use crate::output::{self, Exit};

const AFTER_HELP: &str = "\
Examples:
  specialis key new alice.pem            make a key; prints its public half
  specialis key new root.pem bob.pem     make two
  specialis key show alice.pem           print the public half again

The file is PKCS #8, as `openssl genpkey -algorithm ed25519` writes it. Keep it where nobody else can read it; what goes into
`trust.toml` and `approvers.json` is the public half.";

#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct KeyArgs {
    #[command(subcommand)]
    command: KeyCommand,
}

#[derive(Subcommand)]
enum KeyCommand {
    /// Make a secret key and print its public half; or several, a line each.
    New {
        /// The files to write; none of them may be there yet.
        #[arg(value_name = "FILE.pem", required = true)]
        files: Vec<PathBuf>,
    },
    /// Print the public half of a secret key, and what names it in signatures.
    Show {
        /// The file with the secret key.
        #[arg(value_name = "FILE.pem")]
        file: PathBuf,
    },
}

pub(crate) fn run(args: &KeyArgs, out: &mut dyn Write) -> Result<Exit> {
    match &args.command {
        KeyCommand::New { files } => {
            for file in files {
                let mut seed = [0; 32];
                getrandom::fill(&mut seed).context("the system gives no entropy")?;
                let key = SecretKey::from_seed(seed);
                output::write_new(file, key.to_pem()?.as_bytes())?;
                writeln!(out, "{}", key.public())?;
            }
        }
        KeyCommand::Show { file } => {
            let key = keys::read(file)?.public();
            writeln!(out, "{key}\nkey id {}", key.id())?;
        }
    }
    Ok(Exit::Complete)
}
