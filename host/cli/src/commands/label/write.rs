//! Writing labels into files.

use std::io::{Cursor, Read, Seek, Write};
use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, ValueEnum};
use serde_json::json;
use specialis_core::counted;
use specialis_label::{Case, Container, Edits, Label, LabelKey, Propagation, Remark};
use specialis_label::{replace_edits, update_edits, write_edits};

use super::files::{Files, Format, Opened};
use super::inputs::Input;
use super::located::Located;
use super::progress::{self, Progress};
use super::said::{OrSay as _, said};
use super::target::{Goal, Prepared, Target};
use super::words::{note_error, note_remarks};
use super::{pool, shown, undo};
use crate::input::file;
use crate::options::Language;
use crate::output::{self, Exit};

#[derive(Args)]
pub(super) struct WriteArgs {
    #[command(flatten)]
    files: Files,
    /// The provider that generated the content: its code of 27 characters, or its name.
    #[arg(long, required_unless_present = "propagate")]
    producer: Option<String>,
    /// The provider's number for the content; for a propagation, the platform's own.
    #[arg(long, required_unless_present = "id_prefix")]
    id: Option<String>,
    /// For several files: each gets this and its number, from 1 on.
    #[arg(long, conflicts_with = "id")]
    id_prefix: Option<String>,
    /// The provider's security field, such as a signature.
    #[arg(long, default_value = "")]
    reserved: String,
    /// Sign the producer's fields with this private key for SM2 (PEM, as `openssl genpkey -algorithm SM2` makes it); the signature and
    /// the public key go into the security field.
    #[arg(long, value_name = "KEY.pem", conflicts_with_all = ["reserved", "propagate"])]
    sign: Option<PathBuf>,
    /// Write what a platform adds that spreads the content.
    #[arg(long, value_enum, requires = "propagator", conflicts_with_all = ["producer", "replace"])]
    propagate: Option<Propagate>,
    /// The platform that spreads the content: its code of 27 characters, or its name.
    #[arg(long, requires = "propagate")]
    propagator: Option<String>,
    /// Write in the place of labels that are there; without it, a file that has one is refused.
    #[arg(long)]
    replace: bool,
    /// Write a label even where `check` would find a violation in it, such as a malformed code.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    pub(super) target: Target,
    /// Keep beside each file, as `FILE.aigc-undo.json`, what `undo` needs to take the label out again.
    #[arg(long)]
    record: bool,
    /// Change nothing: say for each file what would be written.
    #[arg(long)]
    dry_run: bool,
    /// How to show the result.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// How certain a platform is that content was generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Propagate {
    /// The file's label says so; its producer is kept.
    Confirmed,
    /// The user says so.
    Possible,
    /// The platform saw traces.
    Suspected,
}

/// What is written into one file.
enum Job {
    Label(Label),
    Propagation(Propagation),
}

impl WriteArgs {
    fn key(&self) -> Result<Option<LabelKey>> {
        let Some(path) = &self.sign else { return Ok(None) };
        let name = shown::name(path);
        let pem = file::text(path);
        let pem = pem.or_say(|| (format!("`{name}` cannot be read"), format!("`{name}` 不能读取")))?;
        let key = LabelKey::from_pem(&pem);
        Ok(Some(key.or_say(|| (format!("`{name}` cannot be used"), format!("`{name}` 不能使用")))?))
    }

    fn job(&self, id: &str, key: Option<&LabelKey>) -> Result<Job> {
        let Some(propagate) = self.propagate else {
            let producer = self.producer.as_deref().unwrap_or_default();
            let label = Label::generated(producer, id)?.with_reserved_1(&self.reserved)?;
            let label = match key {
                Some(key) => label.signed(key),
                None => label,
            };
            return Ok(Job::Label(if self.force { label.insisted() } else { label }));
        };
        let case = match propagate {
            Propagate::Confirmed => Case::Confirmed,
            Propagate::Possible => Case::Possible,
            Propagate::Suspected => Case::Suspected,
        };
        let propagator = self.propagator.as_deref().unwrap_or_default();
        let propagation = Propagation::new(case, propagator, id)?.with_reserved_2(&self.reserved)?;
        Ok(Job::Propagation(if self.force { propagation.insisted() } else { propagation }))
    }
}

pub(super) fn run(args: &WriteArgs, out: &mut dyn Write) -> Result<Exit> {
    let inputs = args.files.inputs()?;
    let forced = args.files.forced()?;
    if !args.dry_run {
        args.target.fits(&inputs)?;
    }
    if inputs.len() > 1 && args.id.is_some() {
        return Err(said(
            "`--id` is for one file, since each content has a number of its own; use `--id-prefix`",
            "`--id` 只用于一个文件，每份内容有自己的编号；请用 `--id-prefix`",
        ));
    }
    let key = args.key()?;
    let mut tasks = Vec::with_capacity(inputs.len());
    for (n, input) in inputs.into_iter().enumerate() {
        let id = match (&args.id, &args.id_prefix) {
            (Some(id), _) => id.clone(),
            (None, prefix) => format!("{}{}", prefix.as_deref().unwrap_or_default(), n.saturating_add(1)),
        };
        // What cannot be in any label is an error of usage.
        tasks.push(Task { job: args.job(&id, key.as_ref())?, input });
    }
    let mut exit = Exit::Complete;
    let bar = Progress::new(tasks.len());
    for batch in tasks.chunks(BATCH) {
        let prepared = pool::each(batch, args.files.n_jobs(), |task| one(args, forced, task));
        let mut said = Vec::new();
        for (task, done) in batch.iter().zip(published(prepared)) {
            if !report(args, &task.input, done, &mut said)? {
                exit = Exit::Incomplete;
            }
        }
        progress::print(out, &said)?;
        bar.advance(batch.len());
    }
    Ok(exit)
}

/// How many files are written before their content and their names are made to last, all at once.
const BATCH: usize = 128;
/// How many threads wait for the disk at once, which takes no processor.
const SYNCS: usize = 16;

/// What is written into which file.
struct Task {
    job: Job,
    input: Input,
}

/// A file that was written, or would be.
struct Written {
    path: PathBuf,
    is_standard: bool,
    remarks: Vec<Remark>,
    n_new: u64,
    prepared: Option<Prepared>,
}

/// Makes the content of all files last, then gives them their names, then makes the names last. Wherever it is cut off, each file is
/// the old one or the new one.
fn published(files: Vec<Result<Written>>) -> Vec<Result<Written>> {
    // Each waits for the disk, which makes those last together that wait at the same time.
    let synced = pool::each(&files, SYNCS, |file| match file {
        Ok(Written { prepared: Some(prepared), .. }) => prepared.sync(),
        Ok(_) | Err(_) => Ok(()),
    });
    let mut goals: Vec<(usize, Goal)> = Vec::new();
    let published = files.into_iter().zip(synced).enumerate().map(|(index, (file, synced))| {
        let mut file = file?;
        synced?;
        if let Some(prepared) = file.prepared.take() {
            goals.push((index, prepared.publish()?));
        }
        Ok(file)
    });
    let mut published: Vec<Result<Written>> = published.collect();
    // Each folder once: files of one batch mostly have the same.
    goals.dedup_by(|(_, one), (_, other)| one.path().parent() == other.path().parent());
    for (index, goal) in goals {
        if let (Err(error), Some(file)) = (goal.sync(), published.get_mut(index)) {
            *file = Err(error);
        }
    }
    published
}

/// Says what was done with a file; whether all is well.
fn report(args: &WriteArgs, input: &Input, done: Result<Written>, out: &mut dyn Write) -> Result<bool> {
    let name = input.path.display().to_string();
    let is_table = args.format == Format::Table;
    match done {
        Ok(written) => {
            let output = written.path.display().to_string();
            if !is_table {
                let remarks: Vec<String> = written.remarks.iter().map(ToString::to_string).collect();
                let line = json!({ "file": name, "output": output, "dry-run": args.dry_run, "remarks": remarks });
                writeln!(out, "{line}")?;
            } else if args.dry_run {
                let (name, n_new) = (shown::line(&written.path), written.n_new);
                match args.target.lang {
                    Language::Zh => writeln!(out, "{name}：将新增 {n_new} 字节")?,
                    Language::En => writeln!(out, "{name}: {} would be new", counted(n_new, "byte", "bytes"))?,
                }
            } else if !written.is_standard {
                writeln!(out, "{}", shown::line(&written.path))?;
            }
            if is_table {
                note_remarks(args.target.lang, &input.path, &written.remarks);
            }
            Ok(true)
        }
        Err(error) => {
            if !is_table {
                let error = output::chain(error.as_ref());
                writeln!(out, "{}", json!({ "file": name, "error": error }))?;
            }
            note_error(args.target.lang, &input.path, &error);
            Ok(false)
        }
    }
}

fn one(args: &WriteArgs, forced: Option<Container>, task: &Task) -> Result<Written> {
    let Task { job, input } = task;
    let mut opened = Opened::of(&input.path, forced)?;
    // The label of a plain text is a file of its own, so the text itself never changes.
    if let Some(output) = &args.target.output
        && opened.container == Container::Side
        && !output.to_string_lossy().ends_with(".aigc.json")
    {
        let name = shown::name(&opened.path);
        return Err(said(
            format!("the label of a plain text goes into `{name}`; use `--in-place`"),
            format!("纯文本的标识写入 `{name}`；请用 `--in-place`"),
        ));
    }
    if args.dry_run {
        let edits = match &mut opened.located {
            Some(located) => plan(args, &mut located.file, opened.container, job)?,
            None => plan(args, &mut Cursor::new(Vec::<u8>::new()), opened.container, job)?,
        };
        let (remarks, n_new) = (edits.remarks().to_vec(), edits.n_new());
        return Ok(Written { path: opened.path, is_standard: input.is_standard(), remarks, n_new, prepared: None });
    }
    let done = match opened.located.take() {
        Some(located) => {
            let place = Input { path: input.path.clone(), within: place_of(input, &opened) };
            let (goal, mut file) = args.target.goal(located, &place)?;
            written(args, goal, &mut file, opened.container, job)?
        }
        None => {
            let mut goal = args.target.goal_beside(&opened.path, input)?;
            goal.be_like(opened.text.as_ref().map(Located::again).transpose()?);
            written(args, goal, &mut Cursor::new(Vec::<u8>::new()), opened.container, job)?
        }
    };
    // A label stands beside its text, in another folder too.
    if let Some(text) = opened.text {
        args.target.copy(text, input)?;
    }
    Ok(done)
}

/// Where a file stands below the folder that was named: for the label of a plain text, where that stands.
fn place_of(input: &Input, opened: &Opened) -> PathBuf {
    match opened.path.file_name().filter(|_| opened.text.is_some()) {
        Some(name) => input.within.with_file_name(name),
        None => input.within.clone(),
    }
}

fn written<R: Read + Seek>(
    args: &WriteArgs,
    goal: Goal,
    source: &mut R,
    container: Container,
    job: &Job,
) -> Result<Written> {
    let edits = plan(args, source, container, job)?;
    let (path, is_standard) = (goal.path().to_owned(), goal.is_standard());
    let (remarks, n_new) = (edits.remarks().to_vec(), edits.n_new());
    let mut prepared = goal.prepare(|sink| sink.apply(&edits, source))?;
    if args.record && container != Container::Side {
        let prepared = prepared.as_mut().or_say(|| {
            (
                "standard output has no place for a record; name an `--output`",
                "标准输出旁边不能存放记录；请用 `--output` 指明文件",
            )
        })?;
        undo::keep(prepared, &edits, source)?;
    }
    Ok(Written { path, is_standard, remarks, n_new, prepared })
}

fn plan<R: Read + Seek>(args: &WriteArgs, source: &mut R, container: Container, job: &Job) -> Result<Edits> {
    Ok(match job {
        Job::Label(label) if args.replace => replace_edits(source, container, label)?,
        Job::Label(label) => write_edits(source, container, label)?,
        Job::Propagation(propagation) => update_edits(source, container, propagation)?,
    })
}
