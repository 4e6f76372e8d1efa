//! Policies that are tables: from rows to the sources of a file.

mod check;
mod manifest;
mod sheet;
mod workbook;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};
use specialis::config;
use specialis_bundle::{Manifest, NamedSection, SettingValue, Sources, pack};
use specialis_core::{Registry, counted};
use specialis_policy_table::{Cells, DATA, Domain, Problem, Severity, Table};
use specialis_server::{MadeTable, TableMaker, TypedTable};

use crate::input::file;
use crate::{options, output};
pub(super) use sheet::Sheet;

/// What became of a table.
pub(super) struct Made {
    /// What is to be said of it, a line each.
    pub(super) said: Vec<String>,
    /// The sources of its file, where nothing stands in the way.
    pub(super) sources: Option<Sources>,
}

/// What became of the rows of a table.
struct Checked {
    /// What is to be said of them, a line each.
    said: Vec<String>,
    /// How many of these stand in the way.
    n_problems: usize,
    /// The manifest as it is packed, and the rows, where nothing does.
    made: Option<(String, NamedSection)>,
}

/// Checks a table against itself, the facts and the registries, and makes the sources of its file.
///
/// # Errors
/// Where a file of the folder cannot be read.
pub(super) fn make(folder: &Path, sheet: &Sheet, registry: &Registry, gaps: &[String]) -> Result<Made> {
    let head = folder.join("policy.toml");
    let shown = head.display().to_string();
    let read = || file::text(&head).with_context(|| format!("`{shown}` cannot be read"));
    let Checked { mut said, n_problems, made } = checked(sheet, (shown.as_str(), &read), registry, gaps)?;
    let Some((manifest, rows)) = made else {
        let problems = counted(n_problems, "problem", "problems");
        said.push(format!("{}: {problems}; no file is written", sheet.name()));
        return Ok(Made { said, sources: None });
    };
    let mut sources = Sources::of_folder(folder, specialis_artifacts::TABLE.to_vec())?;
    sources.manifest = manifest;
    sources.data = vec![rows];
    Ok(Made { said, sources: Some(sources) })
}

/// Reads the tables that are tried in the playground of the console, and makes their policies.
pub(crate) struct PlaygroundTables;

impl TableMaker for PlaygroundTables {
    fn rows(&self, name: &str, file: &[u8]) -> Result<String, String> {
        let sheet = Sheet::of_file(Path::new(name), file).map_err(|error| output::chain(error.as_ref()))?;
        sheet.csv().map_err(|error| output::chain(error.as_ref()))
    }

    fn make(&self, table: &TypedTable, registry: &Registry) -> MadeTable {
        try_typed(table, registry)
            .unwrap_or_else(|error| MadeTable { said: vec![output::chain(error.as_ref())], policy: None })
    }
}

fn try_typed(table: &TypedTable, registry: &Registry) -> Result<MadeTable> {
    let registry = options::with_entries(registry, &table.registry, config::registry)
        .context("the entries of the registries cannot be read")?;
    let sheet = Sheet::of_file(Path::new("rules.csv"), table.rows.as_bytes())?;
    let Checked { said, made, .. } = checked(&sheet, ("policy.toml", &|| Ok(table.head.clone())), &registry, &[])?;
    let Some((manifest, rows)) = made else { return Ok(MadeTable { said, policy: None }) };
    let terms = (!table.terms.trim().is_empty()).then(|| table.terms.clone().into_bytes());
    let file = pack(Sources {
        component: specialis_artifacts::TABLE.to_vec(),
        manifest,
        lexicons: terms.map(|data| NamedSection { name: "terms.csv".to_owned(), data }).into_iter().collect(),
        vectors: Vec::new(),
        data: vec![rows],
    })?;
    Ok(MadeTable { said, policy: Some((file, registry)) })
}

fn checked(
    sheet: &Sheet,
    (head, read_head): (&str, &dyn Fn() -> Result<String>),
    registry: &Registry,
    gaps: &[String],
) -> Result<Checked> {
    let name = sheet.name();
    let refused = |problems: &[Problem]| {
        let said = problems.iter().map(|problem| format!("{name}: {problem}")).collect();
        Ok(Checked { said, n_problems: problems.len(), made: None })
    };
    let rows = match sheet.rows() {
        Ok(rows) => rows,
        Err(problems) => return refused(&problems),
    };
    let table = match Table::read(&rows) {
        Ok(table) => table,
        Err(problems) => return refused(&problems),
    };
    let written = read_head()?;
    let (manifest_text, mut problems) =
        manifest::complete(&written, &rows, &table).with_context(|| format!("`{head}`"))?;
    let manifest = Manifest::parse(&manifest_text);
    if !problems.is_empty() {
        return refused(&problems);
    }
    let manifest = manifest.with_context(|| format!("`{head}`"))?;
    problems.extend(check::names(&table, &manifest, registry));
    if !problems.is_empty() {
        problems.sort_by_key(|problem| (problem.row, problem.column));
        return refused(&problems);
    }
    check::gaps(&table, gaps)?;
    let remarks =
        specialis_policy_table::check(&table, &domain(&manifest, &|path| check::words(&manifest, path)), gaps);
    let n_problems = remarks.iter().filter(|remark| remark.severity == Severity::Error).count();
    let said = remarks
        .iter()
        .map(|one| {
            let note = if one.severity == Severity::Note { "note: " } else { "" };
            format!("{name}: {note}row {}, column `{}`: {}", one.row, one.column, one.message)
        })
        .collect();
    if n_problems > 0 {
        return Ok(Checked { said, n_problems, made: None });
    }
    let manifest = manifest::with_reads(&manifest_text, &table, &manifest)?;
    let rows = NamedSection { name: DATA.to_owned(), data: Cells::write(&rows).into_bytes() };
    Ok(Checked { said, n_problems, made: Some((manifest, rows)) })
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
