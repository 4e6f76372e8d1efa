//! Keeping records for as long as they have to be, and no longer.

use std::io::Write;

use anyhow::{Result, bail};
use clap::Args;
use specialis_core::Date;
use specialis_ledger::{Erased, Query, Subject};

use super::search::today;
use super::{LedgerFolder, Place};
use crate::output::Exit;

#[derive(Args)]
pub(crate) struct WithdrawArgs {
    #[command(flatten)]
    place: Place,
    /// The pseudonym of the person, as the platform sends it
    #[arg(long, value_name = "PSEUDONYM", required_unless_present = "index")]
    subject: Option<String>,
    /// The tenant of that person
    #[arg(long, value_name = "TENANT", default_value = "", requires = "subject")]
    tenant: String,
    /// Single records
    #[arg(long, value_name = "INDEX", conflicts_with = "subject")]
    index: Vec<u64>,
}

#[derive(Args)]
pub(crate) struct ExpireArgs {
    #[command(flatten)]
    place: Place,
    /// The day that counts [default: today in Asia/Shanghai]
    #[arg(long, value_name = "DATE")]
    today: Option<Date>,
}

#[derive(Args)]
pub(crate) struct CloseArgs {
    #[command(flatten)]
    place: Place,
    /// The name of the log that comes after it
    #[arg(long, value_name = "NAME")]
    next: String,
}

pub(super) fn withdraw(args: &WithdrawArgs, out: &mut dyn Write) -> Result<Exit> {
    let folder = LedgerFolder::read(&args.place.dir)?;
    let indices = match &args.subject {
        None => args.index.clone(),
        Some(pseudonym) => {
            let keys = folder.keys()?;
            let subject = Subject { tenant: args.tenant.clone(), pseudonym: pseudonym.clone() };
            let tags = keys.epochs().into_iter().map(|epoch| keys.tag(epoch, &subject));
            let query = Query { subjects: tags.collect::<Result<_, _>>()?, limit: usize::MAX, ..Query::default() };
            if query.subjects.is_empty() {
                bail!("there are no keys of any month, so no record has a user yet");
            }
            folder.search(&query)?.into_iter().map(|row| row.index).collect()
        }
    };
    let (ledger, _) = folder.open()?;
    let done = ledger.withdraw(&indices)?;
    ledger.close()?;
    let n_erased = done.values().filter(|one| matches!(one, Erased::Gone)).count();
    let n_restricted = done.values().filter(|one| matches!(one, Erased::Restricted(_))).count();
    writeln!(out, "{n_erased} bodies erased; {n_restricted} restricted, because a period still runs")?;
    Ok(if n_erased == 0 && n_restricted == 0 { Exit::Incomplete } else { Exit::Complete })
}

pub(super) fn expire(args: &ExpireArgs, out: &mut dyn Write) -> Result<Exit> {
    let (ledger, _) = LedgerFolder::read(&args.place.dir)?.open()?;
    let expired = ledger.expire(args.today.unwrap_or_else(today))?;
    ledger.close()?;
    for one in &expired {
        writeln!(out, "{}: {} files", one.class, one.n_files)?;
    }
    writeln!(out, "{} classes removed", expired.len())?;
    Ok(Exit::Complete)
}

pub(super) fn close(args: &CloseArgs, out: &mut dyn Write) -> Result<Exit> {
    let (ledger, _) = LedgerFolder::read(&args.place.dir)?.open()?;
    let checkpoint = ledger.close_for(&args.next)?;
    write!(out, "{checkpoint}")?;
    Ok(Exit::Complete)
}
