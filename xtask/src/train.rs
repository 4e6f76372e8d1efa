//! `cargo xtask train DIR`: trains the built-in scorer on the rows of a folder and on the project's own rows.
//!
//! The folder holds files of rows, one JSON object a line: `kind` (`prompt`, `output`, …), `label` (`risky` or `benign`), `family`
//! and `text`. The same rows give the same model: the seed is fixed, and the arithmetic is that of IEEE 754 without any function
//! whose last digit a machine may choose.

mod calibrate;
mod figures;
mod learn;
mod own;
mod rows;

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use specialis_scorer::{LinearScorer, Model, ModelNumbers};

use crate::workspace::Workspace;
use calibrate::{Scored, thresholds};
use rows::Row;

/// The rows are divided into so many parts. Each part is scored by a model that was trained on the others.
const FOLDS: u64 = 5;

/// Sources that take no part at all: scraped comments, and telephone dialogues.
pub(crate) const NOT_READ: [&str; 3] = ["cold", "swsr", "teleantifraud"];
/// Sources that are reported on alone: labels that are too uncertain to learn from, and what patients and doctors wrote.
pub(crate) const REPORTED_ALONE: [&str; 2] = ["flames", "toyhom-medical"];

/// Sources that are left out in turn, to see what becomes of texts of an author that the scorer has never seen.
const LEFT_OUT: [&str; 22] = [
    "jade", "multijail", "own-risky", "cvalues", "glaive-zh", "kdconv", "hikariming", "own-benign", "own-nearmiss",
    "safetybench", "yuanqu", "own-questions-1", "own-questions-2", "own-questions-3", "own-questions-4",
    "own-questions-5", "own-questions-6", "own-questions-7", "own-questions-8", "own-questions-9", "own-questions-10",
    "own-questions-11",
];

/// Trains, sets the thresholds, prints figures, and writes the model into `host/scorer/src/model`.
///
/// # Errors
///
/// If rows cannot be read, or the model cannot be written.
pub(crate) fn run(workspace: &Workspace, folder: &Path) -> Result<()> {
    let own = workspace.root().join("host/scorer/data");
    let rows = rows::read(folder, &own)?;
    let trained: Vec<&Row> = rows.iter().filter(|row| row.is_trained_on()).collect();
    println!("{} rows, {} of them to train on", rows.len(), trained.len());
    let scored = scored_by_others(&rows)?;
    let left_out = scored_by_strangers(&rows)?;
    let chosen = thresholds(&scored);
    figures::by_source(&scored, &chosen);
    figures::left_out(&left_out, &chosen);
    figures::sweep(&scored, &left_out);
    let (numbers, weights) = learn::train(&trained);
    let numbers = ModelNumbers { thresholds: chosen, ..numbers };
    let numbers = ModelNumbers { version: version(&numbers, &weights).into(), ..numbers };
    write(&workspace.root().join("host/scorer/src/model"), &Model::new(numbers, weights)?)
}

/// Scores every row with a model that was not trained on it.
fn scored_by_others(rows: &[Row]) -> Result<Vec<Scored<'_>>> {
    let mut scored = Vec::new();
    for fold in 0..FOLDS {
        let others: Vec<&Row> = rows.iter().filter(|row| row.is_trained_on() && row.fold(FOLDS) != fold).collect();
        let scorer = scorer(&others)?;
        scored.extend(calibrate::score(&scorer, rows.iter().filter(|row| row.fold(FOLDS) == fold)));
    }
    Ok(scored)
}

/// Scores the rows of each of some sources with a model that has never seen the source.
fn scored_by_strangers(rows: &[Row]) -> Result<Vec<Scored<'_>>> {
    let mut scored = Vec::new();
    for source in LEFT_OUT {
        let others: Vec<&Row> = rows.iter().filter(|row| row.is_trained_on() && row.source != source).collect();
        scored.extend(calibrate::score(&scorer(&others)?, rows.iter().filter(|row| row.source == source)));
    }
    Ok(scored)
}

fn scorer(rows: &[&Row]) -> Result<LinearScorer> {
    let (numbers, weights) = learn::train(rows);
    Ok(LinearScorer::new(Model::new(numbers, weights)?))
}

/// A version of its own for each model: a digest of all its numbers.
fn version(numbers: &ModelNumbers, weights: &[u8]) -> String {
    let numbers = format!("{numbers:?}");
    format!("1.{:016x}", rows::hash([numbers.as_bytes(), weights].concat()))
}

/// Writes the weights, and the numbers as code.
fn write(folder: &Path, model: &Model) -> Result<()> {
    let numbers = model.numbers();
    let heads: Vec<String> = numbers
        .heads
        .iter()
        .map(|head| format!("        HeadNumbers {{ bias: {}, scale: {} }},", head.bias, head.scale))
        .collect();
    let thresholds = &numbers.thresholds;
    let code = format!(
        "//! The model that is built in. Written by `cargo xtask train`.\n\n\
         use std::borrow::Cow;\n\n\
         use super::{{BUCKETS, HEADS, HeadNumbers, ModelNumbers, Thresholds}};\n\n\
         /// The weights of the heads, bucket by bucket.\n\
         pub(super) static WEIGHTS: &[u8; BUCKETS * HEADS] = include_bytes!(\"weights.bin\");\n\n\
         /// All other numbers.\n\
         pub(super) const NUMBERS: ModelNumbers = ModelNumbers {{\n    \
         version: Cow::Borrowed(\"{}\"),\n    heads: [\n{}\n    ],\n    \
         thresholds: Thresholds {{ prompt: {:?}, answer: {:?}, beginning: {:?} }},\n}};\n",
        numbers.version,
        heads.join("\n"),
        thresholds.prompt,
        thresholds.answer,
        thresholds.beginning,
    );
    let save = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        fs::write(&path, bytes).with_context(|| format!("`{}` cannot be written", path.display()))
    };
    save("weights.bin", model.weights())?;
    save("built_in.rs", code.as_bytes())
}
