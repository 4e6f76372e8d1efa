//! Verifying the log, proving one record, and what witnesses add.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use specialis_core::counted;
use specialis_ledger::{Checkpoint, NoteKey, Proof, VerifyReport, fsck, verify_range};

use super::orders::{Order, perform};
use super::search::about;
use super::{LedgerFolder, Place};
use crate::input::file;
use crate::output::{self, Exit};

#[derive(Args)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    place: Place,
    /// Only the record with this index
    #[arg(long, value_name = "INDEX", conflicts_with_all = ["from", "before"])]
    index: Option<u64>,
    /// Only records from this index on
    #[arg(long, value_name = "INDEX")]
    from: Option<u64>,
    /// Only records before this index
    #[arg(long, value_name = "INDEX")]
    before: Option<u64>,
}

#[derive(Args)]
pub(crate) struct ProveArgs {
    #[command(flatten)]
    place: Place,
    /// The index of the record
    #[arg(value_name = "INDEX")]
    index: u64,
    /// Write the entry that is proved to this file
    #[arg(long, value_name = "FILE")]
    entry: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct CheckProofArgs {
    /// The proof, as `ledger prove` wrote it
    #[arg(value_name = "FILE.tlog-proof")]
    proof: PathBuf,
    /// The entry that it is to prove
    #[arg(value_name = "ENTRY")]
    entry: PathBuf,
    /// The key of the log, as `ledger init` printed it; ask its owner for it in another way than for the proof
    #[arg(long, value_name = "KEY", required = true)]
    key: Vec<String>,
}

#[derive(Args)]
pub(crate) struct CosignArgs {
    #[command(flatten)]
    place: Place,
    /// The checkpoint with the signature of a witness added
    #[arg(value_name = "CHECKPOINT")]
    checkpoint: PathBuf,
}

pub(super) fn verify(args: &VerifyArgs, out: &mut dyn Write) -> Result<Exit> {
    let folder = LedgerFolder::read(&args.place.dir)?;
    let (from, before) = match args.index {
        Some(index) => (Some(index), index.checked_add(1)),
        None => (args.from, args.before),
    };
    if from.is_some() || before.is_some() {
        let mut reader = folder.unverified_reader()?;
        let range = from.unwrap_or(0)..before.unwrap_or(reader.size());
        if range.start >= range.end || range.end > reader.size() {
            let records = counted(reader.size(), "record", "records");
            bail!("the log has {records}, counted from 0; give records that it has");
        }
        let report = verify_range(&mut reader, &[folder.public()?], range)?;
        return said(&report, out);
    }
    let report = fsck(&folder.log()?, &folder.heads()?, &folder.public()?)?;
    let exit = said(&report.verified, out)?;
    if report.is_unpublished {
        writeln!(out, "the last signed head was not published when the ledger stopped; the next start publishes it")?;
    }
    if report.verified.n_being_erased > 0 {
        let (one, many) = ("body; the next start erases it", "bodies; the next start erases them");
        let bodies = counted(report.verified.n_being_erased, one, many);
        writeln!(out, "the ledger stopped while it erased {bodies}")?;
    }
    if report.n_unsigned > 0 {
        let one = "durable record is not signed yet; the next start signs it";
        let many = "durable records are not signed yet; the next start signs them";
        writeln!(out, "{}", counted(report.n_unsigned, one, many))?;
    }
    if report.is_torn {
        writeln!(out, "the last batch of a journal was cut; nobody was told that it was kept")?;
    }
    let reader = folder.unverified_reader()?;
    let checkpoint = reader.checkpoint();
    // A further key of the operator, such as one of SM2, stands under the name of the log.
    if checkpoint.signer_names().into_iter().all(|name| name == checkpoint.head().origin) {
        writeln!(
            out,
            "no witness has signed the log: its operator could have written another one; see `specialis ledger cosign`"
        )?;
    }
    Ok(exit)
}

fn said(report: &VerifyReport, out: &mut dyn Write) -> Result<Exit> {
    let verdict = if report.is_sound() { "sound" } else { "DAMAGED" };
    writeln!(
        out,
        "{verdict}: {} and {} are as they were signed; {} erased, {} expired; {} not clean",
        counted(report.n_entries, "entry", "entries"),
        counted(report.n_bodies, "body", "bodies"),
        counted(report.n_erased, "body", "bodies"),
        report.n_expired,
        counted(report.n_cut_stops, "stop that was", "stops that were")
    )?;
    for gap in &report.gaps {
        writeln!(
            out,
            "gap: {}, from number {} of boot {}, not kept ({}), as record {} says",
            counted(gap.count, "record", "records"),
            gap.from,
            gap.boot,
            gap.why,
            gap.index
        )?;
    }
    for problem in &report.problems {
        writeln!(out, "problem: {}", problem)?;
    }
    if report.n_more_problems > 0 {
        writeln!(out, "and {}", counted(report.n_more_problems, "more problem", "more problems"))?;
    }
    Ok(if report.is_sound() { Exit::Complete } else { Exit::Incomplete })
}

pub(super) fn prove(args: &ProveArgs, out: &mut dyn Write) -> Result<Exit> {
    let folder = LedgerFolder::read(&args.place.dir)?;
    let mut reader = folder.reader()?;
    let proof = reader.prove(args.index).with_context(about(args.index))?;
    if let Some(file) = &args.entry {
        output::replace(file, &reader.leaf(args.index)?)?;
    }
    write!(out, "{proof}")?;
    Ok(Exit::Complete)
}

pub(super) fn check_proof(args: &CheckProofArgs, out: &mut dyn Write) -> Result<Exit> {
    let shown = args.proof.display();
    let text = file::text(&args.proof).with_context(|| format!("`{shown}`"))?;
    let entry = file::document(&args.entry).with_context(|| format!("`{}`", args.entry.display()))?;
    let proof = Proof::parse(&text).with_context(|| format!("`{shown}`"))?;
    let keys = args.key.iter().map(|key| {
        NoteKey::parse(key).with_context(|| format!("`{key}` is no key of a log; it is what `ledger init` printed"))
    });
    let keys = keys.collect::<Result<Vec<_>>>()?;
    proof.verify(&entry, &keys).with_context(|| format!("`{shown}`"))?;
    let head = proof.checkpoint().head();
    writeln!(out, "verified: record {} of `{}`, among {}", proof.index(), head.origin, head.size)?;
    Ok(Exit::Complete)
}

pub(super) fn cosign(args: &CosignArgs, out: &mut dyn Write) -> Result<Exit> {
    let shown = args.checkpoint.display();
    let text = file::text(&args.checkpoint).with_context(|| format!("`{shown}`"))?;
    if Checkpoint::parse(&text).is_none() {
        bail!("`{shown}` is no checkpoint; give the file `log/checkpoint` with a line of the witness added");
    }
    perform(&LedgerFolder::read(&args.place.dir)?, Order::Cosign { checkpoint: text }, out)
}
