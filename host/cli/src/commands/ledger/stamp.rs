//! Timestamps of authorities on the checkpoint.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;
use specialis_core::counted;

use super::{LedgerFolder, Place};
use crate::input::file::document;
use crate::output::{self, Exit};

const AFTER_HELP: &str = "\
An authority that stamps the checkpoint says that the log was there at a time, and no later. Nothing is sent from here: the request
is a file, and so is the response.

Examples:
  specialis ledger stamp ledger --request now.tsq            then send now.tsq to the authority, such as by
      curl -H 'Content-Type: application/timestamp-query' --data-binary @now.tsq https://tsa.example.cn > now.tsr
  specialis ledger stamp ledger --response now.tsr           keep what came back, held to what was asked for
  specialis ledger stamp ledger                              which stamps there are

Whether the authority's own signature holds is for openssl to tell, which is given whom to trust:
  openssl ts -verify -in ledger/log/stamp/SIZE.tsr -data ledger/log/stamp/SIZE.checkpoint -CAfile authority.pem";

#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct StampArgs {
    #[command(flatten)]
    place: Place,
    /// Write the request for a timestamp on the checkpoint as it is now to this file
    #[arg(long, value_name = "FILE.tsq")]
    request: Option<PathBuf>,
    /// Keep this response of the authority
    #[arg(long, value_name = "FILE.tsr", conflicts_with = "request")]
    response: Option<PathBuf>,
}

pub(super) fn run(args: &StampArgs, out: &mut dyn Write) -> Result<Exit> {
    let mut reader = LedgerFolder::read(&args.place.dir)?.reader()?;
    if let Some(file) = &args.request {
        output::replace(file, &reader.request_stamp()?.to_der())?;
        let size = entries(reader.size());
        writeln!(out, "asks for a timestamp on the checkpoint of {size}; give the response with `--response`")?;
        return Ok(Exit::Complete);
    }
    if let Some(file) = &args.response {
        let shown = || format!("`{}`", file.display());
        let response = document(file).with_context(shown)?;
        let stamp = reader.add_stamp(&response).with_context(shown)?;
        writeln!(out, "stamped: the checkpoint of {} was there at {}", entries(stamp.size), stamp.time)?;
        return Ok(Exit::Complete);
    }
    let stamps = reader.stamps()?;
    for stamp in &stamps {
        writeln!(out, "{} at {}", entries(stamp.size), stamp.time)?;
    }
    if stamps.is_empty() {
        output::note("no authority has stamped this log; see `specialis ledger stamp --help`");
        return Ok(Exit::Incomplete);
    }
    Ok(Exit::Complete)
}

fn entries(n: u64) -> String {
    counted(n, "entry", "entries")
}
