//! Writing labels: into a new file, or in place through a temporary file that takes the old one's name.

use std::fs::{self, File, OpenOptions};
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use clap::{Args, ValueEnum};
use specialis_label::{Case, Container, Edits, Label, Propagation};
use specialis_label::{replace_edits, update_edits, write_edits};

use super::{Files, Opened};
use crate::out::{self, End};

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
    /// Write what a platform adds that spreads the content.
    #[arg(long, value_enum, requires = "propagator", conflicts_with_all = ["producer", "replace"])]
    propagate: Option<Propagate>,
    /// The platform that spreads the content: its code of 27 characters, or its name.
    #[arg(long, requires = "propagate")]
    propagator: Option<String>,
    /// Write in the place of labels that are there; without it, a file that has one is refused.
    #[arg(long)]
    replace: bool,
    /// The new file; for one file only.
    #[arg(short, long, value_name = "FILE", conflicts_with = "in_place")]
    output: Option<PathBuf>,
    /// Change the files themselves, each through a temporary file beside it.
    #[arg(long)]
    in_place: bool,
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
    fn job(&self, id: &str) -> Result<Job> {
        let Some(propagate) = self.propagate else {
            let producer = self.producer.as_deref().unwrap_or_default();
            let label = Label::generated(producer, id)?.with_reserved_1(&self.reserved)?;
            return Ok(Job::Label(label));
        };
        let case = match propagate {
            Propagate::Confirmed => Case::Confirmed,
            Propagate::Possible => Case::Possible,
            Propagate::Suspected => Case::Suspected,
        };
        let propagator = self.propagator.as_deref().unwrap_or_default();
        Ok(Job::Propagation(Propagation::new(case, propagator, id)?.with_reserved_2(&self.reserved)?))
    }
}

pub(super) fn run(args: &WriteArgs, out: &mut dyn Write) -> Result<End> {
    let paths = args.files.paths()?;
    let forced = args.files.forced()?;
    if paths.len() > 1 && args.output.is_some() {
        bail!("`--output` is for one file, and {} were named; use `--in-place`", paths.len());
    }
    if paths.len() > 1 && args.id.is_some() {
        bail!("`--id` is for one file, since each content has a number of its own; use `--id-prefix`");
    }
    if args.output.is_none() && !args.in_place {
        bail!("say where the label goes: `--output FILE` for a new file, `--in-place` for the file itself");
    }
    let mut end = End::All;
    for (n, path) in paths.iter().enumerate() {
        let id = match (&args.id, &args.id_prefix) {
            (Some(id), _) => id.clone(),
            (None, prefix) => format!("{}{}", prefix.as_deref().unwrap_or_default(), n.saturating_add(1)),
        };
        // What cannot be in any label is an error of usage.
        let job = args.job(&id)?;
        match one(args, path, forced, &job) {
            Ok((written, edits)) => {
                writeln!(out, "{}", written.display())?;
                edits.remarks().iter().for_each(|remark| out::note(&format!("{}: note: {remark}", path.display())));
            }
            Err(error) => {
                out::note(&format!("{}: {error:#}", path.display()));
                end = End::Some;
            }
        }
    }
    Ok(end)
}

fn one(args: &WriteArgs, path: &Path, forced: Option<Container>, job: &Job) -> Result<(PathBuf, Edits)> {
    let mut opened = Opened::of(path, forced)?;
    // The label of a plain text is a file of its own, so the text itself never changes.
    let target = match (&args.output, opened.container) {
        (Some(output), Container::Side) if !output.to_string_lossy().ends_with(".aigc.json") => {
            bail!("the label of a plain text goes into `{}`; use `--in-place`", opened.path.display())
        }
        (Some(output), _) => output.clone(),
        (None, _) => opened.path.clone(),
    };
    if args.output.is_some() && target.exists() {
        bail!("`{}` is there already; name another file, or remove it first", target.display());
    }
    let edits = match &mut opened.file {
        Some(file) => plan(args, file, opened.container, job)?,
        None => plan(args, &mut Cursor::new(Vec::<u8>::new()), opened.container, job)?,
    };
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let temporary = Temporary::new(folder, &target)?;
    {
        let mut sink = &temporary.file;
        match &mut opened.file {
            Some(file) => edits.apply(file, &mut sink)?,
            None => edits.apply(&mut Cursor::new(Vec::<u8>::new()), &mut sink)?,
        }
    }
    if let Some(file) = &opened.file {
        temporary.file.set_permissions(file.metadata()?.permissions())?;
    }
    temporary.file.sync_all()?;
    temporary.rename(&target)?;
    Ok((target, edits))
}

fn plan<R: std::io::Read + std::io::Seek>(
    args: &WriteArgs,
    source: &mut R,
    container: Container,
    job: &Job,
) -> Result<Edits> {
    Ok(match job {
        Job::Label(label) if args.replace => replace_edits(source, container, label)?,
        Job::Label(label) => write_edits(source, container, label)?,
        Job::Propagation(propagation) => update_edits(source, container, propagation)?,
    })
}

/// A file beside the one that is written, which takes its name when it is whole, and is gone otherwise.
struct Temporary {
    file: File,
    path: PathBuf,
}

impl Temporary {
    fn new(folder: &Path, target: &Path) -> Result<Self> {
        let name = target.file_name().ok_or_else(|| anyhow!("`{}` is no name of a file", target.display()))?;
        let process = std::process::id();
        for n in 0..100_u32 {
            let path = folder.join(format!(".{}.{process}-{n}.part", name.to_string_lossy()));
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => return Ok(Self { file, path }),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error).with_context(|| format!("`{}` cannot be written", path.display())),
            }
        }
        bail!("no temporary file could be made in `{}`; remove those that end in `.part`", folder.display())
    }

    fn rename(self, target: &Path) -> Result<()> {
        fs::rename(&self.path, target).with_context(|| format!("`{}` cannot be written", target.display()))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // After the new name was given there is nothing under this one.
        let _ = fs::remove_file(&self.path);
    }
}
