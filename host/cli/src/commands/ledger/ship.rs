//! Copying records into PostgreSQL, by its own client.
//!
//! A batch is one transaction, with the place that it reaches. So whatever stops, nothing is lost and nothing stands there twice.

mod batch;

use std::io::Write;
use std::ops::Range;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use specialis_core::counted;
use specialis_ledger::LogReader;

use super::psql::{Psql, quoted};
use super::{LedgerFolder, Place};
use crate::output::{self, Exit};
use batch::Batch;

const AFTER_HELP: &str = "\
`psql`, PostgreSQL's own client, does the copying: it has to be installed, and takes passwords and certificates from where it always
does (~/.pgpass, PGSSLROOTCERT). To another machine records go over TLS alone.

The database gets three tables in the schema `specialis_ledger`: `log`, how far each log was copied; `entry`, by months; `body`, by
retention class, which goes when the class expires. It is a copy: the ledger stays the record, and a copy that is lost is made again.

Examples:
  specialis ledger ship ledger --to postgresql://keeper@localhost/compliance
  specialis ledger ship ledger --to 'host=db.example.cn dbname=compliance sslmode=verify-full' --every 5

Exit codes: 0 copied; 2 usage, the ledger or the database.";

/// How many records are copied in one transaction.
const BATCH: u64 = 4_096;
/// From how many bytes on a transaction takes no further record.
const BATCH_BYTES: usize = 64 << 20;

#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ShipArgs {
    #[command(flatten)]
    place: Place,
    /// The database, as `psql` takes it; without a password, which every user of the machine would see
    #[arg(long, value_name = "ADDRESS")]
    to: String,
    /// How many records are copied in one transaction at most; one of 64 MiB takes no further record
    #[arg(long, value_name = "N", default_value_t = BATCH, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    batch: u64,
    /// Go on, and look for new records each so many seconds
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    every: Option<u64>,
}

pub(super) fn run(args: &ShipArgs, out: &mut dyn Write) -> Result<Exit> {
    let folder = LedgerFolder::read(&args.place.dir)?;
    let psql = Psql::new(&args.to);
    let once = || ship(&psql, &mut folder.reader()?, args.batch);
    // The first time has to go well, so that a wrong address is said at once. Later a database may be away for a while.
    let (mut n, mut size) = once()?;
    loop {
        if n > 0 || args.every.is_none() {
            writeln!(out, "{} copied; the database has {size}", counted(n, "record", "records"))?;
            out.flush()?;
        }
        let Some(seconds) = args.every else { return Ok(Exit::Complete) };
        // What comes next is a row in a file: nothing tells of it.
        #[expect(clippy::disallowed_methods, reason = "the ledger is looked at now and then, as the user asked")]
        sleep(Duration::from_secs(seconds));
        (n, size) = match once() {
            Ok(shipped) => shipped,
            Err(error) => {
                output::note_error("not copied, tried again", &error);
                (0, size)
            }
        };
    }
}

/// Copies everything that the checkpoint has and the database does not: how many records, and how many the database has then.
fn ship(psql: &Psql, reader: &mut LogReader, batch: u64) -> Result<(u64, u64)> {
    let origin = reader.checkpoint().head().origin.clone();
    let start = reached(psql, reader, &origin)?;
    let mut from = start;
    while from < reader.size() {
        let until = reader.size().min(from.saturating_add(batch));
        let (batch, until) = filled(reader, &origin, from..until, BATCH_BYTES)?;
        psql.run(&batch.script(until, reader.root_at(until)?))?;
        from = until;
    }
    Ok((from.saturating_sub(start), from))
}

/// A batch of records from the first of a range on, and the one after its last: all of them, or as many as take so many bytes.
fn filled<'a>(reader: &mut LogReader, origin: &'a str, range: Range<u64>, most: usize) -> Result<(Batch<'a>, u64)> {
    let mut batch = Batch::new(origin, range.start);
    let mut until = range.start;
    while until < range.end && batch.n_bytes() < most {
        let added = batch.add(reader, until);
        added.with_context(|| format!("record {until} is not copied; run `specialis ledger verify`"))?;
        until = until.saturating_add(1);
    }
    Ok((batch, until))
}

/// How many records of a log the database has, if they are those of this log.
fn reached(psql: &Psql, reader: &mut LogReader, origin: &str) -> Result<u64> {
    let empty = reader.root_at(0)?;
    let script = format!(
        "{}insert into specialis_ledger.log (origin, size, root) values ({origin}, 0, '{empty}') on conflict do nothing;\n\
         commit;\nselect size, root from specialis_ledger.log where origin = {origin};\n",
        batch::prepared(),
        origin = quoted(origin)
    );
    let said = psql.run(&script)?;
    let (size, root) = said.trim().rsplit_once('|').context("`psql` does not say how far the log was copied")?;
    let size: u64 = size.rsplit('\n').next().unwrap_or_default().parse().context("`psql` says no size")?;
    if size > reader.size() || reader.root_at(size)?.to_string() != root {
        bail!(
            "the database has {} of `{origin}`, and that is no copy of this log; an older copy of the log was put back, or \
             another log has its name",
            counted(size, "record", "records")
        );
    }
    Ok(size)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use cap_std::fs::Dir;
    use ed25519_dalek::SigningKey;
    use specialis_ledger::{FolderDisk, Ledger, Record};

    use super::*;

    #[test]
    fn batch_takes_no_further_record_once_it_is_large() {
        let folder = tempfile::tempdir().unwrap();
        let dir = || Dir::open_ambient_dir(folder.path(), cap_std::ambient_authority()).unwrap();
        let builder = Ledger::builder("example.cn/node-1/2026").key(SigningKey::from_bytes(&[7; 32]));
        let (ledger, _) = builder.open(Arc::new(FolderDisk::new(dir()))).unwrap();
        for n in 0..8 {
            let record = Record::Edition { edition: format!("e-{n}"), body: Default::default() };
            ledger.append(record).unwrap().wait().unwrap();
        }
        ledger.sign().unwrap();
        let mut reader = ledger.reader().unwrap();
        let mut reached = |most| filled(&mut reader, "example.cn/node-1/2026", 0..8, most).unwrap().1;
        assert_eq!([reached(usize::MAX), reached(1), reached(0)], [8, 1, 0]);
        let half = reached(600);
        assert!((2..8).contains(&half), "{half}");
    }
}
