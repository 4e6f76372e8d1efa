//! Copying records into PostgreSQL, by its own client.
//!
//! A batch is one transaction, with the place that it reaches. So whatever stops, nothing is lost and nothing stands there twice.

mod batch;
mod psql;

use std::io::Write;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use specialis_ledger::LogReader;

use super::{LedgerFolder, Place};
use crate::output::{self, Exit};
use batch::Batch;
use psql::{Psql, quoted};

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

#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ShipArgs {
    #[command(flatten)]
    place: Place,
    /// The database, as `psql` takes it; without a password, which every user of the machine would see
    #[arg(long, value_name = "ADDRESS")]
    to: String,
    /// How many records are copied in one transaction
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
            writeln!(out, "{n} records copied; the database has {size}")?;
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
        let mut batch = Batch::new(&origin, from);
        for index in from..until {
            batch
                .add(reader, index)
                .with_context(|| format!("record {index} is not copied; run `specialis ledger verify`"))?;
        }
        psql.run(&batch.script(until, reader.root_at(until)?))?;
        from = until;
    }
    Ok((from.saturating_sub(start), from))
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
            "the database has {size} records of `{origin}`, and they are not those of this log; a copy of the log was put back, or \
             another log has its name"
        );
    }
    Ok(size)
}
