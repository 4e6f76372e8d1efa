//! Taking a label out again: a record beside the file holds what stood there before.

use std::ffi::OsString;
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use specialis_label::Edits;

use super::inputs::{Input, RECORD, Walk};
use super::located::Located;
use super::said::{OrSay as _, said};
use super::shown;
use super::target::{Goal, Prepared, Target};
use super::words::note_error;
use crate::output::{self, Exit};

/// The largest record that is read.
const MAX_RECORD: u64 = 256 * 1024 * 1024;

#[derive(Args)]
pub(super) struct UndoArgs {
    /// Files that were labelled with `--record`; a pattern with `*`, `?` or `**` stands for all that match.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<OsString>,
    #[command(flatten)]
    pub(super) target: Target,
}

/// What a record says.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    /// SHA-256 of the file before it was labelled.
    before: String,
    /// And after that.
    after: String,
    /// What makes the file before of the file after.
    edits: Edits,
}

/// The name of the record of a file.
fn record_of(path: &Path) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(RECORD);
    PathBuf::from(name)
}

fn digest(file: &mut (impl Read + Seek)) -> Result<String> {
    let mut digest = Sha256::new();
    file.rewind()?;
    let mut buffer = vec![0_u8; 64 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(HEXLOWER.encode(&digest.finalize())),
            n => digest.update(buffer.get(..n).unwrap_or_default()),
        }
    }
}

/// Writes the record of a change that is prepared, before it is published.
pub(super) fn keep<R: Read + Seek>(prepared: &mut Prepared, edits: &Edits, source: &mut R) -> Result<()> {
    let record = Record { before: digest(source)?, after: digest(prepared.content())?, edits: edits.inverse(source)? };
    let text = serde_json::to_vec(&record)?;
    let goal = Goal::new_file(&record_of(prepared.path())).or_say(|| {
        (
            "the record of an earlier change is kept; use `label undo` or remove it first",
            "上一次改动的记录还在；请用 `label undo`，或者先删去记录",
        )
    })?;
    goal.write(|sink| sink.write_all(&text))
}

pub(super) fn run(args: &UndoArgs, out: &mut dyn Write) -> Result<Exit> {
    let inputs = Walk { is_recursive: false, ends: &[] }.inputs(&args.files)?;
    args.target.fits(&inputs)?;
    let mut exit = Exit::Complete;
    for input in &inputs {
        match one(args, input, out) {
            Ok(()) => {}
            Err(error) if output::is_closed_pipe(&error) => return Err(error),
            Err(error) => {
                note_error(args.target.lang, &input.path, &error);
                exit = Exit::Incomplete;
            }
        }
    }
    Ok(exit)
}

fn one(args: &UndoArgs, input: &Input, out: &mut dyn Write) -> Result<()> {
    if input.is_standard() {
        return Err(said(
            "what standard input gives has no record beside it; name a file",
            "标准输入旁边没有记录；请指明文件",
        ));
    }
    let located = Located::open(&input.path)?;
    let path = record_of(&located.path);
    let kept_name = shown::name(&path);
    let kept = Located::open_beside(path).or_say(|| {
        (
            format!("there is no record `{kept_name}`; only what was labelled with `--record` has one"),
            format!("没有记录 `{kept_name}`；只有用 `--record` 写入的文件才有"),
        )
    })?;
    let record = read(&kept.file);
    let record = record.or_say(|| (format!("`{kept_name}` is no record"), format!("`{kept_name}` 不是记录")))?;
    let (goal, mut file) = args.target.goal(located, input)?;
    let is_in_place = goal.is_in_place();
    let now = digest(&mut file)?;
    if now == record.before {
        return Err(said(
            "the file is as it was before it was labelled; remove the record",
            "文件与写入标识之前相同；请删去记录",
        ));
    }
    if now != record.after {
        return Err(said(
            "the file was changed after it was labelled, and the record does not fit it; use a copy of the file",
            "文件在写入标识之后被改动，与记录不符；请使用备份",
        ));
    }
    let name = goal.path().to_owned();
    let prepared = goal.prepare(|sink| sink.apply(&record.edits, &mut file))?;
    if let Some(mut prepared) = prepared {
        if digest(prepared.content())? != record.before {
            return Err(said(
                "what comes of the record is not the file that was labelled; the record was changed",
                "按记录得到的不是原来的文件；记录被改动",
            ));
        }
        prepared.sync()?;
        prepared.publish()?.sync()?;
        writeln!(out, "{}", shown::line(&name))?;
    }
    if is_in_place && let Some((folder, name)) = &kept.home {
        let removed = folder.remove_file(name);
        removed.or_say(|| {
            (format!("the record `{kept_name}` cannot be removed"), format!("记录 `{kept_name}` 不能删去"))
        })?;
    }
    Ok(())
}

fn read(file: &File) -> Result<Record> {
    let mut text = Vec::new();
    file.take(MAX_RECORD.saturating_add(1)).read_to_end(&mut text)?;
    if u64::try_from(text.len()).is_ok_and(|len| len > MAX_RECORD) {
        return Err(said(format!("it is longer than {MAX_RECORD} bytes"), format!("超过 {MAX_RECORD} 字节")));
    }
    Ok(serde_json::from_slice(&text)?)
}
