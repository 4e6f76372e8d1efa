//! Finding records, showing one, and writing many.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use specialis::{Clock as _, SystemClock};
use specialis_core::{Date, Level, counted, explain, printable};
use specialis_ledger::{
    Body, BodyState, DecisionBody, Entry, EntryKind, KeptBody, Query, Row, Subject, content_until, export_csv,
    export_jsonl, export_parquet,
};

use super::{LedgerFolder, Place, Restricted, tenants};
use crate::commands::explain::ManifestWords;
use crate::options::{EditionOptions, Language};
use crate::output::{self, Exit};

/// What is searched for.
#[derive(Args, Clone, Debug)]
pub(crate) struct Wanted {
    /// The pseudonym of a user, as the platform sends it
    #[arg(long, value_name = "PSEUDONYM")]
    subject: Option<String>,
    /// The tenant of that user
    #[arg(long, value_name = "TENANT", default_value = "", requires = "subject")]
    tenant: String,
    /// A session, or the name under which a server opened it
    #[arg(long, value_name = "SESSION")]
    session: Option<String>,
    /// A decision, by its id
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// What the record is about, such as `decision`, `settlement`, `breach` or `edition`
    #[arg(long, value_name = "KIND", value_parser = kind)]
    kind: Option<EntryKind>,
    /// The first day, in Asia/Shanghai
    #[arg(long, value_name = "DATE")]
    from: Option<Date>,
    /// The last day
    #[arg(long, value_name = "DATE")]
    to: Option<Date>,
    /// A duty on which there is a finding, such as `im.art14.stop`
    #[arg(long, value_name = "DUTY")]
    duty: Option<String>,
    /// The least verdict
    #[arg(long, value_name = "LEVEL", value_parser = level)]
    verdict: Option<Level>,
    /// A policy that has a finding
    #[arg(long, value_name = "POLICY")]
    policy: Option<String>,
    /// The edition
    #[arg(long, value_name = "ID")]
    edition: Option<String>,
    /// Only what was reported as not carried out, or has no report
    #[arg(long)]
    undone: bool,
    /// Only what was due before today and is not done
    #[arg(long)]
    overdue: bool,
    #[command(flatten)]
    restricted: Restricted,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    limit: usize,
}

#[derive(Args)]
pub(crate) struct SearchArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    wanted: Wanted,
}

#[derive(Args)]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    place: Place,
    /// The index of the record, as `search` shows it
    #[arg(value_name = "INDEX")]
    index: u64,
    /// In which language
    #[arg(long, value_enum, default_value_t)]
    lang: Language,
    #[command(flatten)]
    restricted: Restricted,
    #[command(flatten)]
    edition: EditionOptions,
}

#[derive(Args)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    wanted: Wanted,
    /// How records are written
    #[arg(long, value_enum, default_value_t)]
    format: ExportFormat,
    /// The file to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum ExportFormat {
    /// One JSON object a line: index, entry, body.
    #[default]
    Jsonl,
    /// A table for a spreadsheet.
    Csv,
    /// A file for DuckDB, pandas or Spark: the same columns as the table, with types.
    Parquet,
}

impl Wanted {
    /// The user, where one is named.
    fn user(&self) -> Option<Subject> {
        let pseudonym = self.subject.clone()?;
        Some(Subject { tenant: self.tenant.clone(), pseudonym })
    }

    /// Says where else a user may be known, where nothing is found.
    fn note_tenant(&self, folder: &LedgerFolder) -> Result<()> {
        if let Some(subject) = self.user()
            && !tenants::is_recorded(folder, &subject)?
        {
            output::note(&tenants::hint(folder, &subject)?);
        }
        Ok(())
    }

    fn query(&self, folder: &LedgerFolder) -> Result<Query> {
        let subjects = match self.user() {
            None => Vec::new(),
            Some(subject) => {
                let tags = folder.keys()?.tags(&subject)?;
                if tags.is_empty() {
                    bail!("there are no keys of any month, so no record has a user yet");
                }
                tags
            }
        };
        Ok(Query {
            subjects,
            session: self.session.clone(),
            id: self.id.clone(),
            kind: self.kind,
            from: self.from,
            to: self.to,
            duty: self.duty.clone(),
            verdict: self.verdict,
            policy: self.policy.clone(),
            edition: self.edition.clone(),
            is_undone: self.undone || self.overdue,
            overdue: self.overdue.then(today),
            with_restricted: self.restricted.reason().is_some(),
            limit: self.limit,
        })
    }

    /// The rows that fit, once it is noted that somebody looks at them.
    fn rows(&self, what: &str, folder: &LedgerFolder) -> Result<Vec<Row>> {
        let rows = folder.search(&self.query(folder)?)?;
        folder.note_reading(&format!("{what}{}", self.words(folder)?), rows.len())?;
        Ok(rows)
    }

    /// What is searched for, in one line. A user stands there as a tag.
    fn words(&self, folder: &LedgerFolder) -> Result<String> {
        let subject = self.user().map(|subject| folder.tag(&subject));
        let flag = |is_set: bool| is_set.then(|| "yes".to_owned());
        let asked = [
            ("subject", subject.transpose()?),
            ("session", self.session.clone()),
            ("id", self.id.clone()),
            ("kind", self.kind.map(|kind| kind.word().to_owned())),
            ("from", self.from.map(|day| day.to_string())),
            ("to", self.to.map(|day| day.to_string())),
            ("duty", self.duty.clone()),
            ("verdict", self.verdict.map(|level| level.as_str().to_owned())),
            ("policy", self.policy.clone()),
            ("edition", self.edition.clone()),
            ("undone", flag(self.undone)),
            ("overdue", flag(self.overdue)),
        ];
        let asked = asked.into_iter().filter_map(|(name, value)| Some(format!(" {name}={}", value?)));
        Ok(asked.chain([self.restricted.words()]).collect())
    }
}

/// Today in Asia/Shanghai.
pub(super) fn today() -> Date {
    SystemClock.today()
}

pub(super) fn search(args: &SearchArgs, out: &mut dyn Write) -> Result<Exit> {
    let folder = LedgerFolder::read(&args.place.dir)?;
    let rows = args.wanted.rows("search", &folder)?;
    if args.wanted.kind == Some(EntryKind::Read) && folder.n_readings_waiting() > 0 {
        let n = folder.n_readings_waiting();
        output::note(&format!("looks noted and not recorded yet: {n}; whoever writes the ledger next records them"));
    }
    if rows.is_empty() {
        output::note("no record fits; leave out an option, or see `specialis ledger search --help`");
        args.wanted.note_tenant(&folder)?;
        return Ok(Exit::Incomplete);
    }
    let mut table = output::table(["index", "time", "kind", "verdict", "session", "duties", "owed", "due", "decision"]);
    for row in &rows {
        let undone = row.n_undone();
        let owed = match (row.n_owed, row.settled) {
            (0, None) => String::new(),
            (n, None) => format!("{n}, no report"),
            (_, Some(_)) if undone == 0 => "done".to_owned(),
            (_, Some(_)) => format!("{undone} undone"),
        };
        let few: Vec<&str> = row.duties.iter().take(2).map(AsRef::as_ref).collect();
        let more = row.duties.len().saturating_sub(few.len());
        let more = if more > 0 { format!(" +{more}") } else { String::new() };
        table.add_row([
            row.index.to_string(),
            row.t.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
            row.kind.word().to_owned(),
            row.verdict.map_or("", Level::as_str).to_owned(),
            row.session.clone().unwrap_or_default(),
            format!("{}{more}", few.join(" ")),
            owed,
            row.due.map(|due| due.to_string()).unwrap_or_default(),
            row.id.clone().unwrap_or_default(),
        ]);
    }
    output::write_table(out, &table)?;
    Ok(Exit::Complete)
}

pub(super) fn show(args: &ShowArgs, out: &mut dyn Write) -> Result<Exit> {
    let folder = LedgerFolder::read(&args.place.dir)?;
    let mut reader = folder.unverified_reader()?;
    if args.index >= reader.size() {
        let records = counted(reader.size(), "record", "records");
        bail!("the log has {records}, counted from 0; there is no record {}", args.index);
    }
    folder.note_reading(&format!("show {}{}", args.index, args.restricted.words()), 1)?;
    let leaf = reader.leaf(args.index)?;
    let proven = reader.prove(args.index).map_err(|error| error.to_string()).and_then(|proof| {
        proof.verify(&leaf, &[folder.public().map_err(|error| error.to_string())?]).map_err(|error| error.to_string())
    });
    let entry = reader.entry(args.index)?;
    let body = reader.body(args.index);
    let zh = args.lang == Language::Zh;
    let (verified, damaged) = if zh {
        ("已核验：与签名一致", "未通过核验")
    } else {
        ("verified: as it was signed", "NOT verified")
    };
    let is_verified = proven.is_ok() && body.is_ok();
    match (proven, &body) {
        (Ok(()), Ok(_)) => writeln!(out, "{verified}")?,
        (Err(why), _) => writeln!(out, "{damaged}: {why}")?,
        (Ok(()), Err(why)) => writeln!(out, "{damaged}: {why}")?,
    }
    writeln!(out, "{}", String::from_utf8_lossy(&leaf))?;
    match &body {
        Ok(BodyState::There(_)) if args.restricted.withholds(&folder, args.index) => {
            let said = if zh {
                "该记录已限制使用：仅予保存，不作他用；`--with-restricted 理由` 可显示其正文"
            } else {
                "the record is restricted: it is kept and used for nothing else; `--with-restricted REASON` shows its content"
            };
            writeln!(out, "{said}")?;
        }
        Ok(BodyState::There(body)) => write_body(&folder, args, (&entry, body), out)?,
        Ok(state) => write_gone(state, zh, out)?,
        Err(_) => {}
    }
    Ok(if is_verified { Exit::Complete } else { Exit::Incomplete })
}

/// What a record says: a decision in words, anything else as it stands.
fn write_body(
    folder: &LedgerFolder,
    args: &ShowArgs,
    (entry, body): (&Entry, &Body),
    out: &mut dyn Write,
) -> Result<()> {
    match serde_json::from_slice::<DecisionBody>(body.json()) {
        Ok(body) if entry.kind == EntryKind::Decision => {
            let words = ManifestWords::new(&args.edition)?;
            for mismatch in words.mismatches(&body.decision) {
                output::note(&mismatch);
            }
            writeln!(out, "\n{}", explain(&body.decision, &words, args.lang.into()).trim_end())?;
            write_content(folder, &body, (entry, args.lang == Language::Zh), out)
        }
        _ => Ok(writeln!(out, "{}", String::from_utf8_lossy(body.json()))?),
    }
}

/// Why a body is not there.
fn write_gone(state: &BodyState, zh: bool, out: &mut dyn Write) -> Result<()> {
    let said = match (state, zh) {
        (BodyState::Erased, false) => "the body was erased; the entry still proves that it was there",
        (BodyState::Erased, true) => "正文已删除；条目仍可证明其曾经存在",
        (BodyState::Expired, false) => "the body was kept as long as it had to be, and is gone",
        (BodyState::Expired, true) => "正文保存期满，已删除",
        (BodyState::None | BodyState::There(_), _) => return Ok(()),
    };
    Ok(writeln!(out, "{said}")?)
}

/// Says where the content is that a decision asks to keep: the ledger has none.
fn write_content(
    folder: &LedgerFolder,
    body: &DecisionBody,
    (entry, zh): (&Entry, bool),
    out: &mut dyn Write,
) -> Result<()> {
    let Some(until) = content_until(&body.decision, entry.day()) else { return Ok(()) };
    // Where the decision is shown, so is where its content is.
    let query = Query { id: entry.id.clone(), kind: Some(EntryKind::Kept), with_restricted: true, ..Query::default() };
    let kept = folder.search(&query)?;
    let mut reader = folder.reader()?;
    let mut references = Vec::new();
    for row in &kept {
        if let BodyState::There(body) = reader.body(row.index)? {
            references.extend(serde_json::from_slice::<KeptBody>(body.json())?.reference);
        }
    }
    let said = match (references.first(), kept.is_empty(), zh) {
        (Some(name), _, false) => format!("content: to be kept until {until}; the platform's store has it as `{name}`"),
        (Some(name), _, true) => format!("内容：须保存至 {until}；平台存储中的名称为 `{name}`"),
        (None, false, false) => format!("content: to be kept until {until}; the platform's store did NOT take it"),
        (None, false, true) => format!("内容：须保存至 {until}；平台存储未能接收"),
        (None, true, false) => {
            format!("content: to be kept until {until} by the platform; the ledger has none, and no store took it")
        }
        (None, true, true) => format!("内容：须由平台保存至 {until}；台账不含内容，也没有存储接收过"),
    };
    writeln!(out, "\n{}", printable(&said))?;
    Ok(())
}

pub(super) fn export(args: &ExportArgs, out: &mut dyn Write) -> Result<Exit> {
    let folder = LedgerFolder::read(&args.place.dir)?;
    let rows = args.wanted.rows("export", &folder)?;
    let mut written = Vec::new();
    match args.format {
        ExportFormat::Jsonl => {
            export_jsonl(&mut folder.reader()?, rows.iter().map(|row| row.index), &mut written)?;
        }
        ExportFormat::Csv => export_csv(&rows, &mut written)?,
        ExportFormat::Parquet => export_parquet(&rows, &mut written)?,
    }
    match &args.out {
        None if args.format == ExportFormat::Parquet => bail!("Parquet is no text; give a file with `--out`"),
        None => out.write_all(&written)?,
        Some(file) => output::replace(file, &written)?,
    }
    output::note(&counted(rows.len(), "record", "records"));
    if rows.is_empty() {
        args.wanted.note_tenant(&folder)?;
        return Ok(Exit::Incomplete);
    }
    Ok(Exit::Complete)
}

fn kind(word: &str) -> Result<EntryKind, String> {
    serde_json::from_value(word.into()).map_err(|_| {
        format!(
            "`{word}` is no kind of record; see `docs/ledger.md`, such as `decision`, `settlement`, `breach`, `edition`"
        )
    })
}

fn level(word: &str) -> Result<Level, String> {
    let found = Level::ALL.iter().find(|level| level.as_str() == word).copied();
    found.ok_or_else(|| format!("`{word}` is no level; give `pass`, `mark`, `warn`, `redact`, `review` or `stop`"))
}

/// The context of an error about a record.
pub(super) fn about(index: u64) -> impl FnOnce() -> String {
    move || format!("record {index}")
}

/// The records of a kind about a decision, in a ledger and in those that it goes on from.
pub(super) fn about_decision(folder: &LedgerFolder, id: &str, kind: EntryKind) -> Result<Vec<Row>> {
    let query = Query { id: Some(id.to_owned()), kind: Some(kind), with_restricted: true, ..Query::default() };
    let mut rows = folder.search(&query)?;
    if let Some(earlier) = folder.earlier()? {
        rows.extend(about_decision(&earlier, id, kind)?);
    }
    Ok(rows)
}
