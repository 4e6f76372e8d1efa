//! `key`: keys to sign with.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};
use clap::{Args, Subcommand};
use specialis_bundle::{PublicKey, SecretKey};

use crate::out::End;

const AFTER_HELP: &str = "\
Examples:
  specialis key new alice.pem            make a key; prints its public half
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
    /// Make a secret key and print its public half.
    New {
        /// The file to write; it must not be there yet.
        #[arg(value_name = "FILE.pem")]
        file: PathBuf,
    },
    /// Print the public half of a secret key, and what names it in signatures.
    Show {
        /// The file with the secret key.
        #[arg(value_name = "FILE.pem")]
        file: PathBuf,
    },
}

pub(crate) fn run(args: &KeyArgs, out: &mut dyn Write) -> Result<End> {
    match &args.command {
        KeyCommand::New { file } => {
            let mut seed = [0; 32];
            getrandom::fill(&mut seed).map_err(|e| anyhow!("the system gives no entropy ({e})"))?;
            let key = SecretKey::from_seed(seed);
            write_new(file, key.to_pem()?.as_bytes())?;
            writeln!(out, "{}", key.public())?;
        }
        KeyCommand::Show { file } => {
            let key = read(file)?.public();
            writeln!(out, "{key}\nkey id {}", key.id())?;
        }
    }
    Ok(End::All)
}

/// Reads a secret key.
pub(crate) fn read(file: &Path) -> Result<SecretKey> {
    let shown = file.display();
    let text = fs::read_to_string(file).with_context(|| format!("`{shown}` cannot be read; give a secret key"))?;
    SecretKey::from_pem(&text).map_err(|e| anyhow!("`{shown}`: {e}"))
}

/// Writes a file that only its owner can read, and that was not there.
pub(crate) fn write_new(file: &Path, bytes: &[u8]) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(file).and_then(|mut file| file.write_all(bytes));
    written.with_context(|| format!("`{}` cannot be written; give a name that is not taken", file.display()))
}

/// `ed25519:…`, or a file with a secret key.
pub(crate) fn public(text: &str) -> Result<PublicKey, String> {
    text.parse().map_err(|e: specialis_bundle::KeyError| e.to_string())
}
