//! Writing labels into files.

use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use specialis_label::{Case, Container, Edits, Label, Propagation};
use specialis_label::{replace_edits, update_edits, write_edits};

use super::files::{Files, Opened};
use super::target::Target;
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
    /// Write what a platform adds that spreads the content.
    #[arg(long, value_enum, requires = "propagator", conflicts_with_all = ["producer", "replace"])]
    propagate: Option<Propagate>,
    /// The platform that spreads the content: its code of 27 characters, or its name.
    #[arg(long, requires = "propagate")]
    propagator: Option<String>,
    /// Write in the place of labels that are there; without it, a file that has one is refused.
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    target: Target,
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

pub(super) fn run(args: &WriteArgs, out: &mut dyn Write) -> Result<Exit> {
    let paths = args.files.paths()?;
    let forced = args.files.forced()?;
    args.target.fits(paths.len())?;
    if paths.len() > 1 && args.id.is_some() {
        bail!("`--id` is for one file, since each content has a number of its own; use `--id-prefix`");
    }
    let mut exit = Exit::Complete;
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
                edits.remarks().iter().for_each(|remark| output::note(&format!("{}: note: {remark}", path.display())));
            }
            Err(error) => {
                output::note_error(&path.display().to_string(), &error);
                exit = Exit::Incomplete;
            }
        }
    }
    Ok(exit)
}

fn one(args: &WriteArgs, path: &Path, forced: Option<Container>, job: &Job) -> Result<(PathBuf, Edits)> {
    let mut opened = Opened::of(path, forced)?;
    // The label of a plain text is a file of its own, so the text itself never changes.
    if let Some(output) = &args.target.output
        && opened.container == Container::Side
        && !output.to_string_lossy().ends_with(".aigc.json")
    {
        bail!("the label of a plain text goes into `{}`; use `--in-place`", opened.path.display());
    }
    let goal = args.target.goal(&opened.path)?;
    let edits = match &mut opened.file {
        Some(file) => plan(args, file, opened.container, job)?,
        None => plan(args, &mut Cursor::new(Vec::<u8>::new()), opened.container, job)?,
    };
    match &mut opened.file {
        Some(file) => {
            let like = file.try_clone()?;
            goal.write(Some(&like), |sink| Ok(edits.apply(file, sink)?))?;
        }
        None => goal.write(None, |sink| Ok(edits.apply(&mut Cursor::new(Vec::<u8>::new()), sink)?))?,
    }
    Ok((goal.path().to_owned(), edits))
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
