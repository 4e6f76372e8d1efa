//! `torture`: hostile policies against this build of the host, policies that were tampered with, and hostile answers of models against a
//! gateway.
//!
//! Each guest breaks one promise. The host must call that by its name, keep back what the guest's duties govern, give nothing of the
//! text away, and decide for everybody else as if the guest were not there.

mod gateway;
mod run;
mod supply;

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;
use specialis_core::counted;

use crate::output::{self, Exit};
use run::Struck;

#[derive(Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  specialis torture
  specialis torture --only span --format json
  specialis torture --export guests        for a host of another make
  specialis torture supply
  specialis torture gateway http://127.0.0.1:8787/openai --upstream 127.0.0.1:9321

Exit code 1: something was not contained."
)]
pub(crate) struct TortureArgs {
    #[command(subcommand)]
    command: Option<TortureCommand>,
    /// Only guests whose name has this in it
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// As what
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Write the guests and what each must come to into a folder, and judge nothing
    #[arg(long, value_name = "DIR", conflicts_with = "format")]
    export: Option<PathBuf>,
}

#[derive(Subcommand)]
enum TortureCommand {
    /// Try a gateway before a language model with answers that are made to be misread.
    Gateway(gateway::GatewayArgs),
    /// Try to get policies in that were signed by others, changed, cut or out of date on their way.
    Supply(supply::SupplyArgs),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table for a person.
    #[default]
    Table,
    /// A JSON array.
    Json,
}

/// A guest that strikes whenever it is called.
pub(super) struct Strike {
    /// Its name.
    guest: &'static str,
    /// The fault that it must come to.
    fault: &'static str,
    /// What that proves.
    proves: &'static str,
    /// Its file.
    policy: &'static [u8],
}

/// The guests; see the file.
const GUESTS: &[Strike] = include!("../../torture/guests.rs");
/// A well-behaved neighbor.
const WITNESS: &[u8] = include_bytes!("../../torture/witness.wasm");

pub(crate) fn run(args: &TortureArgs, out: &mut dyn Write) -> Result<Exit> {
    match &args.command {
        Some(TortureCommand::Gateway(args)) => return gateway::run(args, out),
        Some(TortureCommand::Supply(args)) => return supply::run(args, out),
        None => {}
    }
    let is_wanted = |strike: &&Strike| args.only.as_ref().is_none_or(|part| strike.guest.contains(part.as_str()));
    let wanted: Vec<&Strike> = GUESTS.iter().filter(is_wanted).collect();
    if wanted.is_empty() {
        bail!("no guest has that in its name; leave out `--only` to run them all");
    }
    if let Some(folder) = &args.export {
        return export(folder, &wanted, out);
    }
    let mut struck = Vec::new();
    for strike in wanted {
        struck.push((strike, run::strike(strike)?));
    }
    let n_contained = struck.iter().filter(|(_, struck)| struck.problems.is_empty()).count();
    match args.format {
        Format::Json => {
            let all: Vec<_> = struck.iter().map(|(strike, struck)| described(strike, Some(struck))).collect();
            output::write_json_pretty(out, &all)?;
        }
        Format::Table => {
            let mut table = output::table(["guest", "fault", "contained", "what it proves"]);
            for (strike, Struck { fault, problems }) in &struck {
                let contained =
                    if problems.is_empty() { "yes".to_owned() } else { format!("no: {}", problems.join("; ")) };
                table.add_row([strike.guest, fault, &contained, strike.proves]);
            }
            output::write_table(out, &table)?;
            writeln!(out, "\n{n_contained} of {} contained", struck.len())?;
        }
    }
    Ok(if n_contained == struck.len() { Exit::Complete } else { Exit::Incomplete })
}

fn described(strike: &Strike, struck: Option<&Struck>) -> serde_json::Value {
    let Strike { guest, fault, proves, .. } = strike;
    let mut described = json!({ "guest": guest, "fault": fault, "proves": proves });
    if let (Some(struck), Some(described)) = (struck, described.as_object_mut()) {
        described.insert("came-to".to_owned(), json!(struck.fault));
        described.insert("problems".to_owned(), json!(struck.problems));
    }
    described
}

/// For hosts of another make: the files, and what each must come to.
fn export(folder: &std::path::Path, wanted: &[&Strike], out: &mut dyn Write) -> Result<Exit> {
    std::fs::create_dir_all(folder).with_context(|| format!("`{}` cannot be made", folder.display()))?;
    for strike in wanted {
        output::replace(&folder.join(format!("{}.wasm", strike.guest)), strike.policy)?;
    }
    output::replace(&folder.join("witness.wasm"), WITNESS)?;
    let all: Vec<_> = wanted.iter().map(|strike| described(strike, None)).collect();
    output::replace(&folder.join("expected.json"), serde_json::to_string_pretty(&all)?.as_bytes())?;
    let guests = counted(wanted.len(), "guest", "guests");
    writeln!(out, "{guests}, a neighbor, and expected.json in {}", folder.display())?;
    Ok(Exit::Complete)
}
