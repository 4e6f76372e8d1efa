//! From which day on what is covered holds, and who says so.

use std::collections::BTreeMap;
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

/// Tables of the settings whose rows hold from a day on, by that day: `scheme@2026-01-01/tier=yuan`.
pub(super) fn tables(page: &mut dyn Write, content: &EditionContent, lang: Language) -> Result<()> {
    let mut dated: BTreeMap<(String, &str, Date), Vec<&str>> = BTreeMap::new();
    let policies = content.manifests().map(|manifest| &manifest.id);
    let settings =
        policies.flat_map(|policy| content.settings_of(policy).into_iter().flatten().map(move |one| (policy, one)));
    for (policy, (name, value)) in settings {
        let SettingValue::Texts(rows) = value else { continue };
        for row in rows {
            let Some((scheme, rest)) = row.split_once('@') else { continue };
            let Some((day, cell)) = rest.split_once('/') else { continue };
            if let Ok(day) = day.parse() {
                dated.entry((format!("{policy}: {name}"), scheme, day)).or_default().push(cell);
            }
        }
    }
    head(page, lang, "Tables that hold from a day on", "自某日起适用的表", dated.len())?;
    if !dated.is_empty() {
        let names = [("setting", "设置"), ("scheme", "方案"), ("from", "起始日"), ("rows", "内容")];
        let mut table = output::table(heads(lang, names));
        for ((setting, scheme, day), rows) in &dated {
            table.add_row([setting.as_str(), scheme, &day.to_string(), &rows.join(", ")]);
        }
        output::write_table(page, &table)?;
    }
    writeln!(page)?;
    Ok(())
}
