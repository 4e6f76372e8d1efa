//! Keeping records for as long as they have to be, and no longer.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use specialis_core::Date;
use specialis_ledger::{BodyState, Query, Subject, epoch_of};

use super::orders::{Order, perform};
use super::search::today;
use super::{LedgerFolder, Place, tenants};
use crate::output::{self, Exit};

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
pub(crate) struct DestroyKeysArgs {
    #[command(flatten)]
    place: Place,
    /// The month of the keys, such as 2026-11
    #[arg(value_name = "MONTH", value_parser = epoch)]
    month: u32,
    /// The ledger of another server that shares the keys; give all of them
    #[arg(long, value_name = "DIR")]
    with: Vec<PathBuf>,
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
            let indices: Vec<u64> = folder.search(&query)?.into_iter().map(|row| row.index).collect();
            if indices.is_empty() && !tenants::is_recorded(&folder, &subject)? {
                output::note(&format!("no record of this user; {}", tenants::hint(&folder, &subject)?));
                return Ok(Exit::Incomplete);
            }
            indices
        }
    };
    perform(&folder, Order::Withdraw { indices }, out)
}

pub(super) fn expire(args: &ExpireArgs, out: &mut dyn Write) -> Result<Exit> {
    let folder = LedgerFolder::read(&args.place.dir)?;
    perform(&folder, Order::Expire { today: args.today.unwrap_or_else(today) }, out)
}

pub(super) fn destroy_keys(args: &DestroyKeysArgs, out: &mut dyn Write) -> Result<Exit> {
    let folder = LedgerFolder::read(&args.place.dir)?;
    let mut readers = match folder.earlier()? {
        Some(earlier) => earlier.readers()?,
        None => Vec::new(),
    };
    for other in &args.with {
        readers.extend(LedgerFolder::read(other)?.readers()?);
    }
    if folder.shares_keys() && readers.is_empty() {
        bail!(
            "several servers share these keys; give the ledgers of the others with `--with`, so that none still needs them"
        );
    }
    for mut reader in readers {
        for index in 0..reader.size() {
            let is_of_month = reader.entry(index)?.keys == Some(args.month);
            if is_of_month && matches!(reader.body(index)?, BodyState::There(_)) {
                let origin = &reader.checkpoint().head().origin;
                bail!("the body of record {index} of `{origin}` is kept under these keys; wait until it expires");
            }
        }
    }
    perform(&folder, Order::DestroyKeys { epoch: args.month }, out)
}

/// The epoch of a month.
fn epoch(text: &str) -> Result<u32, String> {
    let wrong = || format!("`{text}` is no month; write one like 2026-11");
    let day: Date = format!("{text}-01").parse().map_err(|_| wrong())?;
    if day.to_string() == format!("{text}-01") { Ok(epoch_of(day)) } else { Err(wrong()) }
}

pub(super) fn close(args: &CloseArgs, out: &mut dyn Write) -> Result<Exit> {
    let folder = LedgerFolder::read(&args.place.dir)?;
    perform(&folder, Order::Close { next: args.next.clone() }, out)
}
