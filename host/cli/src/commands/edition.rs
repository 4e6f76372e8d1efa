//! `edition`: put editions together, sign, check and publish them, go back and revoke.

mod acts;
mod check;
mod folder;
mod show;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, Subcommand};
use specialis_bundle::PublicKey;
use specialis_core::Date;

use crate::keys;
use crate::options::{CacheOptions, last_day};
use crate::output::{self, Exit};

const AFTER_HELP: &str = "\
From nothing to a signed edition that is live:
  specialis key new root.pem alice.pem
  specialis edition init next
  specialis edition approvers next --root-key root.pem --approver alice=alice.pem --expires 2027-12-31
  specialis edition write next --expires 2027-12-31 --key alice.pem
  specialis edition check next --root ed25519:…
  specialis edition publish next live
  specialis evaluate events.jsonl --edition live --root ed25519:… --watch

With a policy beside the built-in ones, which two approvers have to sign, because a new signer is trusted:
  specialis trust propose my.wasm --signer me > me.toml
  specialis edition init next --with my.wasm --registry-add my/registry.toml --trust-add me.toml
  specialis edition write next --expires 2027-12-31 --reason \"the first of it\" --key alice.pem --key bob.pem

`next` is where an edition is put together, `live` where it is published: a chain of signed statements and the files they
name. `write` takes in policies (`--with`) and entries of tables (`--registry-add`, `--trust-add`) that are given to it. From the
second edition on, give `--live live` to `write` and `check`, so that the statement continues the chain.
What `check` marks as loosening needs `--reason` in `write` and the signatures of two approvers.";

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
    #[arg(long, value_name = "DATE", value_parser = last_day)]
    expires: Date,
}

#[derive(Subcommand)]
enum EditionCommand {
    /// Make a folder with the built-in policies, registries, trust policy and profile, to start from.
    Init {
        /// The folder; it must be empty or not there yet.
        #[arg(value_name = "DIR")]
        dir: PathBuf,
        #[command(flatten)]
        added: folder::Added,
    },
    /// Write the list of those who may approve editions, signed by the root key.
    Approvers {
        #[command(flatten)]
        target: Target,
        /// The root key.
        #[arg(long, value_name = "FILE.pem")]
        root_key: PathBuf,
        /// Who may approve, by the public key or the file of the secret one; may be given several times.
        #[arg(long, value_name = "NAME=KEY|FILE.pem", value_parser = approver, required = true)]
        approver: Vec<(String, PublicKey)>,
    },
    /// Write the manifest of what stands in the folder, and the statement that makes it live. The statement has to be signed: at
    /// once with `--key`, or later by `edition sign`.
    Write {
        #[command(flatten)]
        target: Target,
        /// The published folder whose chain it continues [default: none, it is the first]
        #[arg(long, value_name = "DIR")]
        live: Option<PathBuf>,
        #[command(flatten)]
        change: folder::Change,
    },
    /// Sign the statement that stands in the folder.
    Sign {
        /// The edition's folder.
        #[arg(value_name = "DIR")]
        dir: PathBuf,
        /// The approver's key.
        #[arg(long, value_name = "FILE.pem")]
        key: PathBuf,
    },
    /// Stage the edition without publishing it: signatures, code, vectors, and the difference to the one that is live.
    Check {
        /// The edition's folder.
        #[arg(value_name = "DIR")]
        dir: PathBuf,
        /// The root key, as `key show` prints it.
        #[arg(long, value_name = "KEY", value_parser = keys::public)]
        root: PublicKey,
        /// The published folder whose chain it continues [default: none, it is the first]
        #[arg(long, value_name = "DIR")]
        live: Option<PathBuf>,
        #[command(flatten)]
        cache: CacheOptions,
    },
    /// What stands in an edition's folder, or the chain of a published one, and which keys signed; nothing is believed or run.
    Show {
        /// The folder.
        #[arg(value_name = "DIR")]
        dir: PathBuf,
        /// The root key: with it everything is read and verified, and the id that decisions name is shown.
        #[arg(long, value_name = "KEY", value_parser = keys::public)]
        root: Option<PublicKey>,
    },
    /// Copy an edition into a published folder: every file whole, the statement last.
    Publish {
        /// The edition's folder.
        #[arg(value_name = "DIR")]
        from: PathBuf,
        /// The published folder.
        #[arg(value_name = "LIVE")]
        to: PathBuf,
    },
    /// Write and sign the statement that goes back to an earlier edition, in a published folder.
    Rollback {
        #[command(flatten)]
        signing: acts::Signing,
        /// The edition to go back to, by the number of a statement that made it live.
        #[arg(long, value_name = "NUMBER")]
        to: u64,
    },
    /// Write and sign the statement that revokes policies, live sessions included, in a published folder.
    Revoke {
        #[command(flatten)]
        signing: acts::Signing,
        /// The digests of the policies' files, or of what signatures on them stand on.
        #[arg(long, value_name = "DIGEST", required = true)]
        digest: Vec<String>,
    },
}

pub(crate) fn run(args: &EditionArgs, out: &mut dyn Write) -> Result<Exit> {
    match &args.command {
        EditionCommand::Init { dir, added } => folder::init(dir, added, out),
        EditionCommand::Approvers { target, root_key, approver } => {
            acts::approvers(&target.dir, target.expires, root_key, approver, out)
        }
        EditionCommand::Write { target, live, change } => {
            folder::write(&target.dir, target.expires, live.as_deref(), change, out)
        }
        EditionCommand::Sign { dir, key } => acts::sign(dir, key, out),
        EditionCommand::Check { dir, root, live, cache } => check::run(dir, root, live.as_deref(), cache, out),
        EditionCommand::Show { dir, root } => show::run(dir, root.as_ref(), out),
        EditionCommand::Publish { from, to } => folder::publish(from, to, out),
        EditionCommand::Rollback { signing, to } => acts::rollback(signing, *to, out),
        EditionCommand::Revoke { signing, digest } => acts::revoke(signing, digest, out),
    }
}

/// `alice=ed25519:…`, or `alice=alice.pem`.
fn approver(text: &str) -> Result<(String, PublicKey), String> {
    let (name, key) = text.split_once('=').ok_or("write it like `alice=ed25519:…` or `alice=alice.pem`")?;
    if name.is_empty() {
        return Err("name the approver, as in `alice=ed25519:…`".to_owned());
    }
    let file = Path::new(key);
    let key = if file.is_file() {
        keys::read(file).map_err(|error| output::chain(error.as_ref()))?.public()
    } else {
        keys::public(key).map_err(|error| error.to_string())?
    };
    Ok((name.to_owned(), key))
}
