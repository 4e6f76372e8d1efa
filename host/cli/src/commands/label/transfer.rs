//! What becomes of a label when another program works on its file: told apart, and carried over.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use serde_json::json;
use specialis_label::{Container, Label, Reading, replace_edits, write_edits};

use super::files::{Format, Opened};
use super::inputs::Input;
use super::said::OrSay as _;
use super::show::UNREADABLE;
use super::shown;
use super::target::Target;
use super::words::{note_error, note_remarks, said_in};
use crate::options::Language;
use crate::output::Exit;

#[derive(Args)]
pub(super) struct DiffArgs {
    /// The file before a program worked on it.
    before: PathBuf,
    /// The file that came of it.
    after: PathBuf,
    /// How to show the result.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// In which language the result is; what is for programs stays as it is.
    #[arg(long, value_enum, default_value_t)]
    pub(super) lang: Language,
}

#[derive(Args)]
pub(super) struct TransplantArgs {
    /// The file that has the label.
    from: PathBuf,
    /// The file that gets it.
    to: PathBuf,
    /// Write in the place of labels that are there.
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    pub(super) target: Target,
}

/// The line about how many labels there are.
const LABELS: &str = "labels";

/// One line of a comparison: the field, and what stood and stands in it.
struct Change {
    field: String,
    before: Option<String>,
    after: Option<String>,
}

impl Change {
    fn is_same(&self) -> bool {
        self.before == self.after
    }

    fn word(&self) -> &'static str {
        match (&self.before, &self.after) {
            (before, after) if before == after => "kept",
            (Some(_), None) => "lost",
            (None, _) => "new",
            (Some(_), Some(_)) => "changed",
        }
    }

    fn word_in_chinese(&self) -> &'static str {
        match self.word() {
            "kept" => "保留",
            "lost" => "丢失",
            "new" => "新增",
            _ => "改变",
        }
    }
}

fn reading(path: &Path) -> Result<Reading> {
    Opened::of(path, None).and_then(|mut opened| opened.reading()).or_say(|| {
        let name = shown::name(path);
        (format!("`{name}` cannot be read"), format!("`{name}` 不能读取"))
    })
}

/// Says what happened to the label; 1 where it is not the same, and the code of files that cannot be opened where one of them cannot.
pub(super) fn diff(args: &DiffArgs, out: &mut dyn Write) -> Result<Exit> {
    let seen = |path: &Path| {
        let reading = Opened::of(path, None).and_then(|mut opened| opened.reading());
        reading.inspect_err(|error| note_error(args.lang, path, error)).ok()
    };
    let (Some(before), Some(after)) = (seen(&args.before), seen(&args.after)) else {
        return Ok(Exit::Own(UNREADABLE));
    };
    for (path, reading) in [(&args.before, &before), (&args.after, &after)] {
        if let Some(trouble) = &reading.trouble {
            shown::note(path, &said_in(args.lang, trouble));
        }
    }
    let changes = changes(&before, &after);
    for change in &changes {
        let Change { field, before, after } = change;
        if args.format == Format::Jsonl {
            writeln!(out, "{}", json!({ "field": field, "is": change.word(), "before": before, "after": after }))?;
            continue;
        }
        let text = |value: &Option<String>| {
            value.as_deref().map_or_else(|| "-".to_owned(), |text| shown::shown(text).into_owned())
        };
        let word = args.lang.pick(change.word(), change.word_in_chinese());
        let field = if field == LABELS { args.lang.pick(LABELS, "标识数") } else { field.as_str() };
        if change.is_same() {
            writeln!(out, "{}: {word}: {}", shown::shown(field), text(before))?;
        } else {
            writeln!(out, "{}: {word}: {} -> {}", shown::shown(field), text(before), text(after))?;
        }
    }
    let is_whole = before.trouble.is_none() && after.trouble.is_none();
    Ok(if is_whole && changes.iter().all(Change::is_same) { Exit::Complete } else { Exit::Incomplete })
}

/// The number of labels, the place of the first, and its fields, with those of the other file beside them.
fn changes(before: &Reading, after: &Reading) -> Vec<Change> {
    let change = |field: &str, of: &dyn Fn(&Reading) -> Option<String>| Change {
        field: field.to_owned(),
        before: of(before),
        after: of(after),
    };
    let mut changes = vec![change(LABELS, &|reading: &Reading| Some(reading.labels.len().to_string()))];
    let mut keys: Vec<String> = Vec::new();
    for found in before.labels.first().into_iter().chain(after.labels.first()) {
        for (key, _) in &found.label.pairs {
            if !keys.contains(key) {
                keys.push(key.clone());
            }
        }
    }
    for key in keys {
        changes.push(change(&key, &|reading: &Reading| Some(reading.labels.first()?.label.get(&key)?.to_owned())));
    }
    changes
}

/// Takes the label over; 1 where that cannot be done.
pub(super) fn transplant(args: &TransplantArgs, out: &mut dyn Write) -> Result<Exit> {
    let input = Input { path: args.to.clone(), within: args.to.file_name().map(PathBuf::from).unwrap_or_default() };
    args.target.fits(std::slice::from_ref(&input))?;
    match taken_over(args, &input, out) {
        Err(error) if !crate::output::is_closed_pipe(&error) => {
            note_error(args.target.lang, &args.to, &error);
            Ok(Exit::Incomplete)
        }
        done => done.map(|()| Exit::Complete),
    }
}

fn taken_over(args: &TransplantArgs, input: &Input, out: &mut dyn Write) -> Result<()> {
    let from = reading(&args.from)?;
    let label = Label::carried(&from)?;
    let mut to = Opened::of(&args.to, None)?;
    let edits = |file: &mut std::fs::File, container: Container| {
        if args.replace { replace_edits(file, container, &label) } else { write_edits(file, container, &label) }
    };
    let Some(located) = to.located.take() else {
        let goal = args.target.goal_beside(&to.path, input)?;
        let mut nothing = std::io::Cursor::new(Vec::<u8>::new());
        let edits = write_edits(&mut nothing, to.container, &label)?;
        writeln!(out, "{}", shown::line(goal.path()))?;
        goal.write(|sink| sink.apply(&edits, &mut nothing))?;
        return Ok(());
    };
    let (goal, mut file) = args.target.goal(located, input)?;
    let edits = edits(&mut file, to.container)?;
    note_remarks(args.target.lang, &args.to, edits.remarks());
    let (written, is_standard) = (goal.path().to_owned(), goal.is_standard());
    goal.write(|sink| sink.apply(&edits, &mut file))?;
    if !is_standard {
        writeln!(out, "{}", shown::line(&written))?;
    }
    Ok(())
}
