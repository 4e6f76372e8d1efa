//! Rows of text with a label.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use specialis_scorer::buckets_of;

use super::{NOT_READ, REPORTED_ALONE, own};

/// How many characters of a text are trained on.
const TRAINED_CHARS: usize = 450;

/// One text with its label.
pub(crate) struct Row {
    /// The name of its file.
    pub(crate) source: String,
    /// Whether it was generated; otherwise a user sent it in.
    pub(crate) is_output: bool,
    /// Whether it is a prompt or an output: a scorer scores those alone.
    pub(crate) is_scored: bool,
    pub(crate) is_risky: bool,
    /// The family of the risk, from 1 to 5, where it is known.
    pub(crate) family: Option<usize>,
    pub(crate) text: String,
    /// The buckets of its beginning.
    pub(crate) buckets: Vec<u16>,
}

impl Row {
    pub(super) fn new(source: &str, kind: &str, label: &str, family: &str, text: &str) -> Self {
        let beginning: String = text.chars().take(TRAINED_CHARS).collect();
        Self {
            source: source.to_owned(),
            is_output: kind == "output",
            is_scored: matches!(kind, "prompt" | "output"),
            is_risky: label == "risky",
            family: family.strip_prefix('a').and_then(|number| number.parse().ok()),
            buckets: buckets_of(&beginning),
            text: text.to_owned(),
        }
    }

    /// Whether a model is trained on it.
    pub(crate) fn is_trained_on(&self) -> bool {
        !REPORTED_ALONE.contains(&self.source.as_str())
    }

    /// Whether it takes part in setting thresholds. Figures are taken from the other rows.
    pub(crate) fn sets_thresholds(&self) -> bool {
        self.is_trained_on() && (hash(&self.text) >> 32) & 3 != 0
    }

    /// Whether somebody wrote it for this project.
    pub(crate) fn is_own(&self) -> bool {
        self.source.starts_with("own-")
    }

    /// Whether it is one of the questions that were each written by themselves, with benign ones on the same matters.
    pub(crate) fn is_question(&self) -> bool {
        self.source.starts_with("own-questions-")
    }

    /// The part of the rows that it belongs to, by its text alone.
    pub(crate) fn fold(&self, n_folds: u64) -> u64 {
        hash(&self.text).checked_rem(n_folds).unwrap_or(0)
    }
}

/// A hash that never changes (FNV-1a, mixed once more).
pub(crate) fn hash(bytes: impl AsRef<[u8]>) -> u64 {
    let hash = bytes
        .as_ref()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash ^ (hash >> 27)
}

/// Reads every `.jsonl` file of `folder`, and the project's own patterns in `own`.
///
/// # Errors
///
/// If a file cannot be read, or a line is no row.
pub(super) fn read(folder: &Path, own: &Path) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for path in files(folder, "jsonl")? {
        let source = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if NOT_READ.contains(&source.as_str()) {
            continue;
        }
        let text = fs::read_to_string(&path).with_context(|| format!("`{}` cannot be read", path.display()))?;
        for (at, line) in (1_u32..).zip(text.lines()) {
            let row: Value =
                serde_json::from_str(line).with_context(|| format!("`{}:{at}` is not JSON", path.display()))?;
            let word = |key| row.get(key).and_then(Value::as_str).unwrap_or_default();
            ensure!(!word("text").is_empty(), "`{}:{at}` has no `text`", path.display());
            rows.push(Row::new(&source, word("kind"), word("label"), word("family"), word("text")));
        }
    }
    ensure!(!rows.is_empty(), "`{}` has no rows; name a folder of `.jsonl` files", folder.display());
    for path in files(own, "txt")? {
        rows.extend(own::read(&path)?);
    }
    Ok(rows)
}

/// The files of a folder with an extension, by name.
fn files(folder: &Path, extension: &str) -> Result<Vec<std::path::PathBuf>> {
    let read = || format!("`{}` cannot be read", folder.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(read)? {
        let path = entry.with_context(read)?.path();
        if path.extension().is_some_and(|of_file| of_file == extension) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
