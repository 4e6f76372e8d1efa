//! The manifest of a table: what its head leaves out follows from the rows.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use specialis_bundle::Manifest;
use specialis_policy_table::{Action, Cells, Column, Operand, Problem, Table};
use toml::{Table as Toml, Value};

use super::check::is_kind;

/// The manifest as it is packed, and what the rows lack for it.
///
/// # Errors
/// Where the head is no TOML, or an entry in it has another form than a manifest.
pub(super) fn complete(head: &str, rows: &[Cells], table: &Table) -> Result<(String, Vec<Problem>)> {
    let mut manifest: Toml = toml::from_str(head)?;
    let mut problems = Vec::new();
    let duties: BTreeSet<&str> = table.rows().map(|row| row.duty).collect();
    extend(&mut manifest, "governs", duties.into_iter())?;
    rules(&mut manifest, rows, table, &mut problems)?;
    reasons(&mut manifest, rows, table, &mut problems)?;
    let actions: BTreeSet<&str> =
        table.rows().flat_map(|row| &row.actions).map(|action| action.name.as_str()).collect();
    let (of_text, measures): (Vec<&str>, Vec<&str>) =
        actions.into_iter().filter(|name| *name != Action::COUNT).partition(|name| Action::OF_TEXT.contains(name));
    extend(&mut manifest, "actions", of_text.into_iter())?;
    let may = manifest.entry("may-require").or_insert(Value::Array(Vec::new()));
    let may = may.as_array_mut().context("`may-require` is no list; write `[{ id = \"remind\" }]`")?;
    for id in measures {
        if !may.iter().any(|measure| measure.get("id").and_then(Value::as_str) == Some(id)) {
            may.push(Value::Table([("id".to_owned(), Value::from(id))].into_iter().collect()));
        }
    }
    wakes(&mut manifest, table)?;
    Ok((toml::to_string(&manifest)?, problems))
}

/// The manifest with the facts that each rule reads, as its conditions name them. They have been looked up before.
///
/// # Errors
/// Where a list of the head is none.
pub(super) fn with_reads(text: &str, table: &Table, manifest: &Manifest) -> Result<String> {
    let mut written: Toml = toml::from_str(text)?;
    let rules = below(&mut written, "rules")?;
    for row in table.rows() {
        let operands = row.when.iter().flat_map(|condition| condition.operands());
        let facts = operands.filter_map(|one| if let Operand::Fact(path) = one { Some(path.as_str()) } else { None });
        let paths: BTreeSet<String> = facts.flat_map(|path| paths(path, &row.kinds, manifest)).collect();
        if !paths.is_empty() {
            extend(below(rules, row.rule)?, "reads", paths.iter().map(String::as_str))?;
        }
    }
    Ok(toml::to_string(&written)?)
}

/// What a fact of a table is called in a manifest: on each kind of event, where it is one of the event.
fn paths(path: &str, kinds: &[&str], manifest: &Manifest) -> Vec<String> {
    let Some((head, rest)) = path.split_once('.') else { return Vec::new() };
    let name = rest.split_once('.').map_or(rest, |(name, _)| name);
    match head {
        "sector" => manifest.fact_path(name).into_iter().collect(),
        "event" => kinds.iter().map(|kind| format!("{kind}.{name}")).collect(),
        _ => vec![format!("{head}.{name}")],
    }
}

/// Adds to a list of words what is not there yet.
fn extend<'a>(table: &mut Toml, key: &str, words: impl Iterator<Item = &'a str>) -> Result<()> {
    let list = table.entry(key).or_insert(Value::Array(Vec::new()));
    let list = list.as_array_mut().with_context(|| format!("`{key}` is no list"))?;
    for word in words {
        if !list.iter().any(|known| known.as_str() == Some(word)) {
            list.push(Value::from(word));
        }
    }
    Ok(())
}

/// A table below another, which is made if it is not there.
fn below<'a>(table: &'a mut Toml, key: &str) -> Result<&'a mut Toml> {
    table.entry(key).or_insert(Value::Table(Toml::new())).as_table_mut().with_context(|| format!("`{key}` is no table"))
}

/// The words of an id in two columns: those of the first row that has them.
fn words_of<'a>(rows: &'a [Cells], of: (Column, &str), columns: [Column; 2]) -> Option<[&'a str; 2]> {
    let own = rows.iter().filter(|row| row.get(of.0) == of.1);
    let words = own.map(|row| columns.map(|column| row.get(column)));
    words.into_iter().find(|words| words.iter().all(|word| !word.is_empty()))
}

fn rules(manifest: &mut Toml, rows: &[Cells], table: &Table, problems: &mut Vec<Problem>) -> Result<()> {
    let rules = below(manifest, "rules")?;
    let mut first: BTreeMap<&str, u32> = BTreeMap::new();
    for row in table.rows() {
        first.entry(row.rule).or_insert(row.row);
        if !rules.contains_key(row.rule) {
            let Some([zh, en]) = words_of(rows, (Column::Rule, row.rule), [Column::RuleZh, Column::RuleEn]) else {
                if first.get(row.rule) == Some(&row.row) {
                    let message = format!(
                        "nothing says what `{}` is in both languages; fill `rule-zh` and `rule-en` in one of its rows",
                        row.rule
                    );
                    problems.push(Problem::new(row.row, Column::RuleZh, message));
                }
                continue;
            };
            let words = [("zh".to_owned(), Value::from(zh)), ("en".to_owned(), Value::from(en))];
            rules.insert(row.rule.to_owned(), Value::Table(words.into_iter().collect()));
        }
        let rule = below(rules, row.rule)?;
        extend(rule, "duties", [row.duty].into_iter())?;
        extend(below(rule, "cites")?, row.cite.0, [row.cite.1].into_iter())?;
    }
    Ok(())
}

fn reasons(manifest: &mut Toml, rows: &[Cells], table: &Table, problems: &mut Vec<Problem>) -> Result<()> {
    let reasons = below(manifest, "reasons")?;
    let mut missing = BTreeSet::new();
    for row in table.rows().filter(|row| !row.reason.is_empty()) {
        if reasons.contains_key(row.reason) {
            continue;
        }
        match words_of(rows, (Column::Reason, row.reason), [Column::ReasonZh, Column::ReasonEn]) {
            Some([zh, en]) => {
                let words = [("zh".to_owned(), Value::from(zh)), ("en".to_owned(), Value::from(en))];
                reasons.insert(row.reason.to_owned(), Value::Table(words.into_iter().collect()));
            }
            None if missing.insert(row.reason) => {
                let message = format!(
                    "nothing says what `{}` means in both languages; fill `reason-zh` and `reason-en` in one of its rows",
                    row.reason
                );
                problems.push(Problem::new(row.row, Column::ReasonZh, message));
            }
            None => {}
        }
    }
    Ok(())
}

/// When the policy is called: on the kinds of its rows, on hits alone where each of them needs one. What the head says stays.
fn wakes(manifest: &mut Toml, table: &Table) -> Result<()> {
    let is_said = manifest.contains_key("wakes");
    let wakes = below(manifest, "wakes")?;
    let categories: BTreeSet<&str> = table.rows().flat_map(|row| row.categories()).collect();
    extend(wakes, "categories", categories.into_iter())?;
    if is_said {
        return Ok(());
    }
    // A kind that there is not is told with the other names of its row.
    let kinds: BTreeSet<&str> = table.rows().flat_map(|row| &row.kinds).copied().filter(|kind| is_kind(kind)).collect();
    let needs_call = |kind: &&str| table.rows().any(|row| row.kinds.contains(kind) && !row.needs_hit());
    let (always, on_hits): (Vec<&str>, Vec<&str>) = kinds.into_iter().partition(needs_call);
    extend(wakes, "kinds", always.into_iter())?;
    extend(wakes, "hits", on_hits.into_iter())?;
    wakes.insert("open".to_owned(), Value::from(table.rows().any(|row| row.open.is_some())));
    Ok(())
}
