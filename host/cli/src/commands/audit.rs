//! `audit`: the internal audit, and the folder for an inspection.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use clap::{Args, Subcommand};
use specialis::{Clock as _, SystemClock};
use specialis_core::{Date, counted};
use specialis_ledger::{AuditRange, EntryKind, FolderDisk, NoteSigner, PackOptions, Query, check_standing, write_pack};

use crate::commands::ledger::{LedgerFolder, Place, Restricted};
use crate::output::{self, Exit};

const AFTER_HELP: &str = "\
The folder has one page in Chinese and one in English, tables for a spreadsheet, all entries of the days, the signed checkpoint,
and `verify.py`: whoever gets the folder runs it with Python 3 and openssl, and needs nothing of ours.

Examples:
  specialis audit ledger --from 2026-01-01 --to 2026-12-31 --out audit-2026
  specialis inspection pack ledger --from 2026-11-01 --to 2026-11-30 --out inspection --bodies 41,57

Exit codes: 0 written; 2 usage or configuration.";

#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct AuditArgs {
    #[command(flatten)]
    place: Place,
    /// The first day, in Asia/Shanghai
    #[arg(long, value_name = "DATE")]
    from: Date,
    /// The last day
    #[arg(long, value_name = "DATE")]
    to: Date,
    /// The folder to write; it must be empty or not there
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Records whose bodies go in, by index; no body goes in that is not named
    #[arg(long, value_name = "INDEX,…", value_delimiter = ',')]
    bodies: Vec<u64>,
    /// The bodies of all decisions of the days go in
    #[arg(long, conflicts_with = "bodies")]
    all_bodies: bool,
    #[command(flatten)]
    restricted: Restricted,
}

pub(crate) fn run(args: &AuditArgs, out: &mut dyn Write) -> Result<Exit> {
    pack(args, false, out)
}

/// `inspection`: what an authority asks for.
#[derive(Args)]
pub(crate) struct InspectionArgs {
    #[command(subcommand)]
    command: InspectionCommand,
}

#[derive(Subcommand)]
enum InspectionCommand {
    /// The pack of `specialis audit`, with what the platform said of training data: sources, scale, types, labelling rules.
    Pack(AuditArgs),
}

pub(crate) fn inspection(args: &InspectionArgs, out: &mut dyn Write) -> Result<Exit> {
    let InspectionCommand::Pack(args) = &args.command;
    pack(args, true, out)
}

fn pack(args: &AuditArgs, is_inspection: bool, out: &mut dyn Write) -> Result<Exit> {
    let folder = LedgerFolder::read(&args.place.dir)?;
    let shown = args.out.display();
    std::fs::create_dir_all(&args.out).with_context(|| format!("`{shown}` cannot be made"))?;
    let dir = Dir::open_ambient_dir(&args.out, ambient_authority()).with_context(|| format!("`{shown}`"))?;
    if dir.entries()?.next().is_some() {
        bail!("`{shown}` is not empty; give a folder of its own");
    }
    let range = AuditRange { from: args.from, to: args.to, today: SystemClock.today() };
    let (key, sm2) = (folder.signing_key()?, folder.sm2()?);
    let options = PackOptions {
        range,
        key: &key,
        sm2: sm2.as_ref().map(|signer| signer as &dyn NoteSigner),
        bodies: bodies(args, &folder)?,
        n_standings_differing: n_standings_differing(&folder),
        is_inspection,
    };
    let what = if is_inspection { "inspection pack" } else { "audit" };
    let look = format!("{what} from={} to={}{}", args.from, args.to, args.restricted.words());
    folder.note_reading(&look, options.bodies.len())?;
    let audit = write_pack(&mut folder.reader()?, &options, &FolderDisk::new(dir))?;
    let decisions = counted(audit.verdicts.total(), "decision", "decisions");
    writeln!(out, "{decisions} from {} to {}; read `{shown}/audit.zh.html`", args.from, args.to)?;
    writeln!(
        out,
        "whoever gets the folder runs `python3 verify.py` in it, which prints the key; for comparing, tell them in another way:"
    )?;
    writeln!(out, "{}", folder.public_keys()?)?;
    if audit.n_unsettled > 0 {
        let unsettled =
            counted(audit.n_unsettled, "decision that owes something has", "decisions that owe something have");
        output::note(&format!("{unsettled} no report"));
    }
    Ok(Exit::Complete)
}

/// How many users stand otherwise in the store than the records say; nothing where the store cannot be asked now, or several servers
/// share it.
fn n_standings_differing(folder: &LedgerFolder) -> Option<u64> {
    if folder.shares_standing() {
        output::note("the shared store of standings is compared by `specialis ledger standing --check --with`");
        return None;
    }
    let checked = folder.standing().and_then(|store| Ok(check_standing(folder.readers()?, &*store)?));
    match checked {
        Ok(differing) => u64::try_from(differing.len()).ok(),
        Err(error) => {
            output::note_error("the store of standings is not compared", &error);
            None
        }
    }
}

fn bodies(args: &AuditArgs, folder: &LedgerFolder) -> Result<BTreeSet<u64>> {
    if !args.all_bodies {
        if let Some(index) = args.bodies.iter().find(|index| args.restricted.withholds(folder, **index)) {
            bail!("record {index} is restricted; leave it out, or say why it goes in with `--with-restricted REASON`");
        }
        return Ok(args.bodies.iter().copied().collect());
    }
    let query = Query {
        kind: Some(EntryKind::Decision),
        from: Some(args.from),
        to: Some(args.to),
        with_restricted: args.restricted.reason().is_some(),
        limit: usize::MAX,
        ..Query::default()
    };
    Ok(folder.search(&query)?.into_iter().map(|row| row.index).collect())
}
