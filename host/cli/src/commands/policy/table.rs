//! Policies that are tables: from rows to the sources of a file.

mod check;
mod manifest;
mod sheet;
mod workbook;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};
use specialis_bundle::{Manifest, NamedSection, SettingValue, Sources};
use specialis_core::Registry;
use specialis_policy_table::{Cells, DATA, Domain, Problem, Severity, Table};

use crate::input::file;
pub(super) use sheet::Sheet;

/// What became of a table.
pub(super) struct Made {
    /// What is to be said of it, a line each.
    pub(super) said: Vec<String>,
    /// The sources of its file, where nothing stands in the way.
    pub(super) sources: Option<Sources>,
}

/// Checks a table against itself, the facts and the registries, and makes the sources of its file.
///
/// # Errors
/// Where a file of the folder cannot be read.
pub(super) fn make(folder: &Path, sheet: &Sheet, registry: &Registry, gaps: &[String]) -> Result<Made> {
    let name = sheet.name();
    let refused = |problems: &[Problem]| {
        let mut said: Vec<String> = problems.iter().map(|problem| format!("{name}: {problem}")).collect();
        said.push(format!("{name}: {} problems; no file is written", problems.len()));
        Ok(Made { said, sources: None })
    };
    let rows = match sheet.rows() {
        Ok(rows) => rows,
        Err(problems) => return refused(&problems),
    };
    let table = match Table::read(&rows) {
        Ok(table) => table,
        Err(problems) => return refused(&problems),
    };
    let head = folder.join("policy.toml");
    let written = file::text(&head).with_context(|| format!("`{}` cannot be read", head.display()))?;
    let (manifest_text, mut problems) =
        manifest::complete(&written, &rows, &table).with_context(|| format!("`{}`", head.display()))?;
    let manifest = Manifest::parse(&manifest_text);
    if !problems.is_empty() {
        return refused(&problems);
    }
    let manifest = manifest.with_context(|| format!("`{}`", head.display()))?;
    problems.extend(check::names(&table, &manifest, registry));
    if !problems.is_empty() {
        problems.sort_by_key(|problem| (problem.row, problem.column));
        return refused(&problems);
    }
    let remarks =
        specialis_policy_table::check(&table, &domain(&manifest, &|path| check::words(&manifest, path)), gaps);
    let n_errors = remarks.iter().filter(|remark| remark.severity == Severity::Error).count();
    let mut said: Vec<String> = remarks
        .iter()
        .map(|one| {
            let note = if one.severity == Severity::Note { "note: " } else { "" };
            format!("{name}: {note}row {}, column `{}`: {}", one.row, one.column, one.message)
        })
        .collect();
    if n_errors > 0 {
        said.push(format!("{name}: {n_errors} problems; no file is written"));
        return Ok(Made { said, sources: None });
    }
    let mut sources = Sources::of_folder(folder, specialis_artifacts::TABLE.to_vec())?;
    sources.manifest = manifest::with_reads(&manifest_text, &table, &manifest)?;
    sources.data = vec![NamedSection { name: DATA.to_owned(), data: Cells::write(&rows).into_bytes() }];
    Ok(Made { said, sources: Some(sources) })
}

/// A day as the interpreter has it.
fn day(date: specialis_core::Date) -> Option<specialis_policy_table::Date> {
    specialis_policy_table::Date::new(date.year(), date.month(), date.day())
}

/// What the settings of a policy may be, the default first.
fn domain<'a>(manifest: &Manifest, words: &'a dyn Fn(&str) -> Vec<String>) -> Domain<'a> {
    use specialis_policy_table::SettingValue as Of;
    let settings: BTreeMap<_, _> = manifest
        .settings
        .iter()
        .map(|(name, setting)| {
            let values = match &setting.default {
                SettingValue::Flag(flag) => vec![Of::Flag(*flag), Of::Flag(!*flag)],
                SettingValue::Number(number) => vec![Of::Number(*number)],
                SettingValue::Text(word) => {
                    let others = setting.one_of.iter().filter(|other| *other != word);
                    [word].into_iter().chain(others).map(|word| Of::Text(word.clone())).collect()
                }
                SettingValue::Texts(words) => vec![Of::Texts(words.clone().into())],
                SettingValue::Date(date) => day(*date).map(Of::Date).into_iter().collect(),
            };
            (name.clone(), values)
        })
        .collect();
    Domain { settings, words }
}
