//! `ledger`: records that prove themselves, found, explained, verified and handed over.

mod errands;
mod folder;
mod keep;
mod orders;
mod prove;
mod psql;
mod readings;
mod replay;
mod restricted;
mod search;
mod shared_standing;
mod ship;
mod stamp;
mod standing;
mod tenants;

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::output::Exit;
pub(crate) use errands::Errands;
pub(crate) use folder::LedgerFolder;
use keep::{CloseArgs, DestroyKeysArgs, ExpireArgs, WithdrawArgs};
use prove::{CheckProofArgs, CosignArgs, ProveArgs, VerifyArgs};
use replay::ReplayArgs;
pub(crate) use replay::differing;
pub(crate) use restricted::Restricted;
use search::{ExportArgs, SearchArgs, ShowArgs};
use ship::ShipArgs;
use stamp::StampArgs;
use standing::{RefuteArgs, StandingArgs};

const AFTER_HELP: &str = "\
A ledger is a folder: `log` holds what others can verify, `keys` and `secret.pem` what nobody else may read, `caches` what can
be deleted. `specialis evaluate --ledger DIR` records into it.

An officer's questions:
  specialis ledger search DIR --subject u-17                       what was decided on one user
  specialis ledger search DIR --from 2026-11-02 --to 2026-11-08    in one week
  specialis ledger search DIR --duty im.art14.stop --overdue       on one duty, and what is overdue
  specialis ledger show DIR 41 --lang zh                           one record: verified or not, then why
  specialis ledger verify DIR                                      whether anything was altered, and what is missing
  specialis ledger prove DIR 41 > 41.tlog-proof                    a proof for somebody else
  specialis audit DIR --from 2026-01-01 --to 2026-12-31 --out pack the audit, and the folder for an inspection

Exit codes: 0 done; 1 nothing was found, or something is damaged; 2 usage or configuration.";

#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct LedgerArgs {
    #[command(subcommand)]
    command: LedgerCommand,
}

/// The folder of a ledger.
#[derive(Args, Clone, Debug)]
pub(crate) struct Place {
    /// The folder of the ledger
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
}

/// How a ledger is made.
#[derive(Args)]
pub(crate) struct InitArgs {
    #[command(flatten)]
    place: Place,
    /// The name of the log for all time: operator, node and year, such as `example.cn/node-1/2026`
    #[arg(long, value_name = "NAME")]
    origin: String,
    /// A folder for the signed heads, best on another disk: then a copy of the ledger that is put back is noticed
    #[arg(long, value_name = "DIR")]
    heads: Option<PathBuf>,
    /// The folder of the keys of ids and users, where several servers share one: then a user is the same for all of them
    #[arg(long, value_name = "DIR")]
    keys: Option<PathBuf>,
    /// A key of SM2 (`openssl genpkey -algorithm SM2 -out FILE`) that signs checkpoints and packs beside the other, for whoever is
    /// assessed under the rules on commercial cryptography
    #[arg(long, value_name = "FILE")]
    sm2_key: Option<PathBuf>,
    /// Count the breaches of users in PostgreSQL, for several servers at once: the database, as `psql` takes it, without a password.
    /// Give all of them the same folder with `--keys`
    #[arg(long, value_name = "ADDRESS", requires = "keys")]
    standing: Option<String>,
    /// The ledger that this one goes on from, such as last year's: the first record names it, users keep their standing, and the keys are
    /// the same. After a restore give the newest checkpoint that is known, a file: then the record names that alone
    #[arg(long, value_name = "DIR|CHECKPOINT")]
    follows: Option<PathBuf>,
    /// Months for which decisions are kept at least
    #[arg(long, value_name = "N", default_value_t = 6)]
    log_months: u8,
    /// Months for which measures against users are kept at least
    #[arg(long, value_name = "N", default_value_t = 36)]
    user_months: u8,
}

#[derive(Subcommand)]
enum LedgerCommand {
    /// Make the folder of a ledger, with a key of its own.
    Init(InitArgs),
    /// Find records by user, session, time, duty, verdict, policy, edition, and what is undone.
    Search(SearchArgs),
    /// Show one record: verified or not is the first line, then why it was decided so.
    #[command(visible_alias = "explain")]
    Show(Box<ShowArgs>),
    /// Judge the platform's events again with the recorded edition, and compare with the records, byte for byte.
    Replay(Box<ReplayArgs>),
    /// Write records as JSON lines, as a table or as a Parquet file.
    Export(ExportArgs),
    /// Check that nothing was altered, and say what is missing.
    #[command(visible_alias = "fsck")]
    Verify(VerifyArgs),
    /// Write the proof of one record.
    Prove(ProveArgs),
    /// Check a proof without the ledger.
    CheckProof(CheckProofArgs),
    /// Add the signature of a witness to the checkpoint.
    Cosign(CosignArgs),
    /// Have an authority say when the log was as it is: the request for a timestamp (RFC 3161), and the response.
    Stamp(StampArgs),
    /// Copy the records into PostgreSQL, each held to the signed root.
    Ship(ShipArgs),
    /// How a user stands, or whether the store of standings agrees with the records.
    Standing(StandingArgs),
    /// Take a breach back, because a complaint succeeded.
    Refute(RefuteArgs),
    /// Erase what a person may have erased, and restrict what has to be kept.
    Withdraw(WithdrawArgs),
    /// Remove what has been kept long enough.
    Expire(ExpireArgs),
    /// Destroy the keys of a month of which no body is kept: its ids and users then lead to nobody.
    DestroyKeys(DestroyKeysArgs),
    /// End the log of a year, and name the next one.
    Close(CloseArgs),
}

pub(crate) fn run(args: &LedgerArgs, out: &mut dyn Write) -> Result<Exit> {
    match &args.command {
        LedgerCommand::Init(args) => {
            let public = LedgerFolder::init(args)?;
            writeln!(out, "{public}")?;
            Ok(Exit::Complete)
        }
        LedgerCommand::Search(args) => search::search(args, out),
        LedgerCommand::Show(args) => search::show(args, out),
        LedgerCommand::Replay(args) => replay::run(args, out),
        LedgerCommand::Export(args) => search::export(args, out),
        LedgerCommand::Verify(args) => prove::verify(args, out),
        LedgerCommand::Prove(args) => prove::prove(args, out),
        LedgerCommand::CheckProof(args) => prove::check_proof(args, out),
        LedgerCommand::Cosign(args) => prove::cosign(args, out),
        LedgerCommand::Stamp(args) => stamp::run(args, out),
        LedgerCommand::Ship(args) => ship::run(args, out),
        LedgerCommand::Standing(args) => standing::standing(args, out),
        LedgerCommand::Refute(args) => standing::refute(args, out),
        LedgerCommand::Withdraw(args) => keep::withdraw(args, out),
        LedgerCommand::Expire(args) => keep::expire(args, out),
        LedgerCommand::DestroyKeys(args) => keep::destroy_keys(args, out),
        LedgerCommand::Close(args) => keep::close(args, out),
    }
}
