//! Labels every file of a folder and compares: write, check, ask tools that others wrote, compare the content, label anew, check.
//!
//! `cargo xtask label-corpus DIR` runs it. The files stay as they are; what is written goes into a folder that is removed. A file that
//! is refused with a reason is counted and is no failure; anything else that does not hold is one.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::allow_attributes,
    reason = "a program for people who work on this crate, which ends where something does not hold"
)]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use specialis_label::explicit::readable_text;
use specialis_label::{Container, Label, Verdict, check, read, replace, write};

const CODE: &str = "001191110000MAAAAAAA0210001";

/// How the files of one format fared.
#[derive(Default)]
struct Row {
    n_files: usize,
    n_refused: usize,
    n_compliant: usize,
    n_same: usize,
    /// Files whose content no tool at hand can compare.
    n_unknown: usize,
    n_again: usize,
    /// For each tool, in how many files it sees the label.
    tools: BTreeMap<&'static str, usize>,
}

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        println!("name a folder with files");
        return ExitCode::FAILURE;
    };
    let work = tempfile::tempdir().expect("a folder for what is written");
    let mut rows: BTreeMap<Container, Row> = BTreeMap::new();
    let mut failures: Vec<String> = Vec::new();
    let mut refusals: Vec<String> = Vec::new();
    for path in files(&folder) {
        let Ok(mut file) = File::open(&path) else { continue };
        let Ok(Some(container)) = Container::detect(&mut file, &path) else { continue };
        let row = rows.entry(container).or_default();
        row.n_files += 1;
        match one(&path, container, work.path(), row) {
            Ok(()) => {}
            Err(Failure::Refused(why)) => {
                row.n_refused += 1;
                refusals.push(format!("{}: {why}", path.display()));
            }
            Err(Failure::Wrong(what)) => failures.push(format!("{}: {what}", path.display())),
        }
    }
    println!("| format | files | refused | compliant | content the same | not compared | labelled anew | seen by |");
    println!("|---|---|---|---|---|---|---|---|");
    for (container, row) in &rows {
        let tools: Vec<String> = row.tools.iter().map(|(tool, n)| format!("{tool} {n}")).collect();
        println!(
            "| {container} | {} | {} | {} | {} | {} | {} | {} |",
            row.n_files,
            row.n_refused,
            row.n_compliant,
            row.n_same,
            row.n_unknown,
            row.n_again,
            tools.join(", ")
        );
    }
    let n_files: usize = rows.values().map(|row| row.n_files).sum();
    println!("\n{n_files} files, {} refused, {} failures", refusals.len(), failures.len());
    refusals.iter().for_each(|line| println!("refused: {line}"));
    failures.iter().for_each(|line| println!("failure: {line}"));
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The files of a folder and of the folders in it, by name.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

enum Failure {
    Refused(String),
    Wrong(String),
}

fn one(path: &Path, container: Container, work: &Path, row: &mut Row) -> Result<(), Failure> {
    let bytes = fs::read(path).map_err(|error| Failure::Refused(error.to_string()))?;
    let id = format!("corpus-{}", bytes.len());
    let label = Label::generated(CODE, &id).expect("a label of plain characters");
    let mut out = Vec::new();
    write(&mut Cursor::new(&bytes), &mut out, container, &label)
        .map_err(|error| Failure::Refused(error.to_string()))?;
    compliant(&out, container, &id)?;
    row.n_compliant += 1;
    let extension = path.extension().unwrap_or_default();
    let written = work.join("written").with_extension(extension);
    fs::write(&written, &out).map_err(|error| Failure::Wrong(error.to_string()))?;
    for (tool, args) in [
        ("exiftool", vec!["-a", "-G1"]),
        ("ffprobe", vec!["-v", "error", "-show_entries", "format_tags:stream_tags"]),
        ("mediainfo", vec!["--Full"]),
        ("pdfinfo", vec!["-custom"]),
    ] {
        if output(tool, &args, &written).is_some_and(|said| said.contains(&id)) {
            *row.tools.entry(tool).or_default() += 1;
        }
    }
    match (content(path, container), content(&written, container)) {
        (Some(before), Some(after)) if before == after => row.n_same += 1,
        (None, _) => row.n_unknown += 1,
        (Some(_), _) => return Err(Failure::Wrong("its content is not the same".to_owned())),
    }
    let again = format!("{id}-again");
    let other = Label::generated(CODE, &again).expect("a label of plain characters");
    let mut anew = Vec::new();
    replace(&mut Cursor::new(&out), &mut anew, container, &other).map_err(|error| Failure::Wrong(error.to_string()))?;
    compliant(&anew, container, &again)?;
    row.n_again += 1;
    Ok(())
}

fn compliant(bytes: &[u8], container: Container, id: &str) -> Result<(), Failure> {
    let reading = read(&mut Cursor::new(bytes), container).map_err(|error| Failure::Wrong(error.to_string()))?;
    let ids: Vec<Option<&str>> = reading.labels.iter().map(|found| found.label.get("ProduceID")).collect();
    if check(&reading).verdict == Verdict::Compliant && ids == [Some(id)] {
        Ok(())
    } else {
        Err(Failure::Wrong(format!("a check says {:?} of {ids:?}", check(&reading).findings)))
    }
}

/// What a tool prints of a file; nothing where it is missing or refuses the file.
fn output(tool: &str, args: &[&str], path: &Path) -> Option<String> {
    let output = Command::new(tool).args(args).arg(path).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The content of a file for comparison: decoded frames and samples, pages, text.
fn content(path: &Path, container: Container) -> Option<String> {
    if container == Container::Pdf {
        let said = Command::new("pdftotext").arg(path).arg("-").output().ok()?;
        return said.status.success().then(|| String::from_utf8_lossy(&said.stdout).into_owned());
    }
    if let Some(text) = readable_text(&mut File::open(path).ok()?, container).ok()? {
        return Some(text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<&str>>().join("\n"));
    }
    let args = ["-v", "error", "-nostdin", "-i"];
    let rest = ["-map", "0", "-f", "streamhash", "-hash", "md5", "-"];
    let said = Command::new("ffmpeg").args(args).arg(path).args(rest).output().ok()?;
    let text = String::from_utf8_lossy(&said.stdout).into_owned();
    (said.status.success() && !text.is_empty()).then_some(text)
}
