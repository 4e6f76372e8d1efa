//! `key`: keys to sign with.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand};
use specialis_bundle::SecretKey;

use crate::keys;
use crate::output::{self, Exit};

const AFTER_HELP: &str = "\
Examples:
  specialis key new alice.pem            make a key; prints its public half
  specialis key new root.pem bob.pem     make two
  specialis key show alice.pem           print the public half again
  specialis key new bob.pem --sm2        make a key that also signs by SM2 with SM3

The file is PKCS #8, as `openssl genpkey -algorithm ed25519` writes it; a key of SM2 stands below, as `openssl genpkey -algorithm
SM2` writes it. Keep it where nobody else can read it; what goes into `trust.toml` and `approvers.json` is the public half.";

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
        /// Make a key of SM2 beside each: whatever a file signs then has a second signature, by SM2 with SM3, and counts with both
        /// alone.
        #[arg(long)]
        sm2: bool,
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
        KeyCommand::New { files, sm2 } => {
            for file in files {
                let key = SecretKey::from_seed(keys::random()?);
                let key = if *sm2 { key.with_sm2(keys::random()?)? } else { key };
                output::write_new(file, key.to_pem()?.as_bytes())?;
                writeln!(out, "{}", key.public())?;
            }
        }
        KeyCommand::Show { file } => {
            let key = keys::read(file)?.public();
            writeln!(out, "{key}\nkey id {}", key.id())?;
            if let Some(id) = key.sm2_id() {
                writeln!(out, "key id of SM2 {id}")?;
            }
        }
    }
    Ok(Exit::Complete)
}
