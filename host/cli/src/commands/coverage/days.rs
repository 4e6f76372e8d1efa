//! From which day on what is covered holds, and who says so.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use anyhow::Result;
use specialis::EditionContent;
use specialis_bundle::SettingValue;
use specialis_core::{Date, Duty, Registry};

use super::{head, heads};
use crate::options::Language;
use crate::output;

/// The instruments of a duty, each with its first day, and its last one where it has ended; earlier versions follow the later ones.
pub(super) fn of_duty(registry: &Registry, duty: &Duty) -> String {
    let mut said: Vec<String> = Vec::new();
    for id in &duty.instruments {
        let mut next = Some(id);
        while let Some((id, instrument)) = next.and_then(|id| registry.instruments.get_key_value(id)) {
            let until = instrument.until.map_or(String::new(), |until| format!("/{until}"));
            let one = format!("{id} {}{until}", instrument.from);
            // Earlier versions lead back to none that was said already.
            if said.contains(&one) {
                break;
            }
            said.push(one);
            next = instrument.earlier.as_ref();
        }
    }
    said.join(", ")
}

/// Tables of the settings whose rows hold from a day on, by that day: `scheme@2026-01-01/tier=yuan`. Rows of such a scheme without a
/// day held before.
pub(super) fn tables(page: &mut dyn Write, content: &EditionContent, lang: Language) -> Result<()> {
    let mut rows: BTreeMap<(String, &str, Option<Date>), Vec<&str>> = BTreeMap::new();
    let policies = content.manifests().map(|manifest| &manifest.id);
    let settings =
        policies.flat_map(|policy| content.settings_of(policy).into_iter().flatten().map(move |one| (policy, one)));
    for (policy, (name, value)) in settings {
        let SettingValue::Texts(texts) = value else { continue };
        for (scheme, from, cell) in texts.iter().filter_map(|text| row(text)) {
            rows.entry((format!("{policy}: {name}"), scheme, from)).or_default().push(cell);
        }
    }
    let with_days = rows.keys().filter(|(_, _, from)| from.is_some());
    let with_days: BTreeSet<(String, &str)> = with_days.map(|(name, scheme, _)| (name.clone(), *scheme)).collect();
    let dated = rows.into_iter().filter(|((name, scheme, _), _)| with_days.contains(&(name.clone(), *scheme)));
    let dated: Vec<_> = dated.collect();
    head(page, lang, "Tables that hold from a day on", "自某日起适用的表", dated.len())?;
    if !dated.is_empty() {
        let names = [("setting", "设置"), ("scheme", "方案"), ("from", "起始日"), ("rows", "内容")];
        let mut table = output::table(heads(lang, names));
        for ((setting, scheme, from), rows) in &dated {
            let from = from.map_or_else(|| "–".to_owned(), |day| day.to_string());
            table.add_row([setting.as_str(), scheme, &from, &rows.join(", ")]);
        }
        output::write_table(page, &table)?;
    }
    writeln!(page)?;
    Ok(())
}

/// The scheme of a row, the first day on which it holds, and the rest of it.
fn row(text: &str) -> Option<(&str, Option<Date>, &str)> {
    let (scheme, cell) = text.split_once('/')?;
    match scheme.split_once('@') {
        None => Some((scheme, None, cell)),
        Some((scheme, day)) => Some((scheme, Some(day.parse().ok()?), cell)),
    }
}
