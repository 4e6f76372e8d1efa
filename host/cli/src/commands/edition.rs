//! `edition`: make, sign, check and publish editions, and the signed acts on them.

mod acts;
mod check;
mod folder;

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand};
use specialis_bundle::PublicKey;
use specialis_core::{Date, Mode, PolicyId};

use crate::keys;
use crate::options::{self, CacheOptions};
use crate::output::Exit;
use acts::Signing;

const AFTER_HELP: &str = "\
From nothing to a signed edition:
  specialis key new root.pem
  specialis key new alice.pem
  specialis edition init next
  specialis edition approvers next --root-key root.pem --approver alice=ed25519:… --expires 2027-12-31
  specialis edition write next --expires 2027-12-31
  specialis edition sign next --key alice.pem
  specialis edition check next --root ed25519:…
  specialis edition publish next live
  specialis evaluate events.jsonl --edition live --root ed25519:… --watch

What `check --live DIR` marks as loosening needs `--reason` in `write` and the signatures of two approvers.";

#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct EditionArgs {
    #[command(subcommand)]
    command: EditionCommand,
}

/// A folder, and the last day on which the document that is written there counts.
#[derive(Args)]
struct Target {
    /// The edition's folder.
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// The last day on which it counts.
    #[arg(long, value_name = "DATE")]
    expires: Date,
}

#[derive(Subcommand)]
enum EditionCommand {
    /// Make a folder with the built-in policies, registries, trust policy and profile, to start from.
    Init {
        /// The folder; it must be empty or not there yet.
        #[arg(value_name = "DIR")]
        dir: PathBuf,
    },
    /// Write the list of those who may approve editions, signed by the root key.
    Approvers {
        #[command(flatten)]
        target: Target,
        /// The root key.
        #[arg(long, value_name = "FILE.pem")]
        root_key: PathBuf,
        /// Who may approve; may be given several times.
        #[arg(long, value_name = "NAME=KEY", value_parser = approver, required = true)]
        approver: Vec<(String, PublicKey)>,
    },
    /// Write the manifest of what stands in the folder. It has to be signed.
    Write {
        #[command(flatten)]
        target: Target,
        /// Its number [default: one more than the manifest that is there]
        #[arg(long, value_name = "N")]
        number: Option<u64>,
        /// Why it loosens, where it does.
        #[arg(long, value_name = "WORDS")]
        reason: Option<String>,
        /// Move live sessions to it at once; only for an edition that nowhere loosens.
        #[arg(long)]
        urgent: bool,
        /// Let policies go back to earlier versions.
        #[arg(long)]
        rolls_back: bool,
        /// Let a policy speak in the trace only (`monitor`) or count (`enforce`); may be given for several.
        #[arg(long, value_name = "POLICY=MODE", value_parser = options::mode)]
        mode: Vec<(PolicyId, Mode)>,
        /// A policy file that must not be loaded again, by its digest; may be given several times.
        #[arg(long, value_name = "DIGEST")]
        revoke: Vec<String>,
    },
    /// Sign the manifest, or with `--act` an act that stands there.
    Sign {
        /// The edition's folder.
        #[arg(value_name = "DIR")]
        dir: PathBuf,
        /// The approver's key.
        #[arg(long, value_name = "FILE.pem")]
        key: PathBuf,
        /// Which document to sign [default: edition.json]
        #[arg(long, value_name = "FILE")]
        act: Option<String>,
    },
    /// Stage the edition without publishing it: signatures, code, vectors, and the difference to another.
    Check {
        /// The edition's folder.
        #[arg(value_name = "DIR")]
        dir: PathBuf,
        /// The root key, as `key show` prints it.
        #[arg(long, value_name = "KEY", value_parser = keys::public)]
        root: PublicKey,
        /// The folder of the edition that is live.
        #[arg(long, value_name = "DIR")]
        live: Option<PathBuf>,
        #[command(flatten)]
        cache: CacheOptions,
    },
    /// What an edition's manifest says, and which keys signed it; nothing is believed or run.
    Show {
        /// The edition's folder.
        #[arg(value_name = "DIR")]
        dir: PathBuf,
    },
    /// Copy an edition into a watched folder: every file whole, the manifest last.
    Publish {
        /// The edition's folder.
        #[arg(value_name = "DIR")]
        from: PathBuf,
        /// The watched folder.
        #[arg(value_name = "WATCHED")]
        to: PathBuf,
    },
    /// Write and sign the act of going back to an earlier edition, into a watched folder.
    Rollback {
        #[command(flatten)]
        target: Target,
        /// The edition that is live, by its id.
        #[arg(long, value_name = "ID")]
        from: String,
        /// The edition to go back to, by its id.
        #[arg(long, value_name = "ID")]
        to: String,
        /// Why.
        #[arg(long, value_name = "WORDS")]
        reason: String,
        /// The approvers' keys; two where going back loosens.
        #[arg(long, value_name = "FILE.pem", required = true)]
        key: Vec<PathBuf>,
    },
    /// Write and sign the act of revoking policies, live sessions included, into a watched folder.
    Revoke {
        #[command(flatten)]
        target: Target,
        /// The digests of the policies' files.
        #[arg(long, value_name = "DIGEST", required = true)]
        digest: Vec<String>,
        /// Why.
        #[arg(long, value_name = "WORDS")]
        reason: String,
        /// The approver's key.
        #[arg(long, value_name = "FILE.pem", required = true)]
        key: Vec<PathBuf>,
    },
}

pub(crate) fn run(args: &EditionArgs, out: &mut dyn Write) -> Result<Exit> {
    match &args.command {
        EditionCommand::Init { dir } => folder::init(dir, out),
        EditionCommand::Approvers { target, root_key, approver } => {
            acts::approvers(&target.dir, target.expires, root_key, approver, out)
        }
        EditionCommand::Write { target, number, reason, urgent, rolls_back, mode, revoke } => {
            let change =
                folder::Change { reason, urgent: *urgent, rolls_back: *rolls_back, modes: mode, revoked: revoke };
            folder::write(&target.dir, target.expires, *number, &change, out)
        }
        EditionCommand::Sign { dir, key, act } => acts::sign(dir, key, act.as_deref(), out),
        EditionCommand::Check { dir, root, live, cache } => check::run(dir, root, live.as_deref(), cache, out),
        EditionCommand::Show { dir } => check::show(dir, out),
        EditionCommand::Publish { from, to } => folder::publish(from, to, out),
        EditionCommand::Rollback { target, from, to, reason, key } => {
            acts::rollback(&Signing { folder: &target.dir, expires: target.expires, reason, keys: key }, from, to, out)
        }
        EditionCommand::Revoke { target, digest, reason, key } => {
            acts::revoke(&Signing { folder: &target.dir, expires: target.expires, reason, keys: key }, digest, out)
        }
    }
}

/// `alice=ed25519:…`.
fn approver(text: &str) -> Result<(String, PublicKey), String> {
    let (name, key) = text.split_once('=').ok_or("write it like `alice=ed25519:…`")?;
    if name.is_empty() {
        return Err("name the approver, as in `alice=ed25519:…`".to_owned());
    }
    let key = keys::public(key).map_err(|error| error.to_string())?;
    Ok((name.to_owned(), key))
}
