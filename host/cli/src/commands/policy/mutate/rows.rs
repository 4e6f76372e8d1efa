//! Mutants of a table: the conditions of its rows.

use anyhow::{Result, bail};
use specialis_bundle::{Bundle, Sources, pack};
use specialis_policy_table::{Cells, Column, DATA, Table};

use super::{Choice, Mutant, spread};

/// A row with other conditions.
struct Change {
    row: usize,
    when: String,
    what: String,
}

/// The mutants of a policy that is a table; none where it is no table.
pub(super) fn choice(bundle: &Bundle, max: usize) -> Result<Option<Choice>> {
    let section = bundle.data.iter().find(|section| section.name == DATA);
    let Some(section) = section.filter(|_| bundle.bytes.starts_with(specialis_artifacts::TABLE)) else {
        return Ok(None);
    };
    let Ok(rows) = Cells::read(&String::from_utf8_lossy(&section.data)) else {
        bail!("the rows of `{}` cannot be read; build it again with `specialis policy build`", bundle.manifest.id);
    };
    let changes = changes(&rows);
    let mut mutants = Vec::new();
    for change in spread(changes.len(), max).filter_map(|at| changes.get(at)) {
        mutants.push(mutant(bundle, &rows, change)?);
    }
    Ok(Some(Choice { n_all: changes.len(), mutants }))
}

fn mutant(bundle: &Bundle, rows: &[Cells], change: &Change) -> Result<Mutant> {
    let changed = with(rows, change);
    let mut data = bundle.data.clone();
    for section in data.iter_mut().filter(|section| section.name == DATA) {
        section.data = Cells::write(&changed).into_bytes();
    }
    let row = rows.get(change.row);
    let bytes = pack(Sources {
        component: specialis_artifacts::TABLE.to_vec(),
        manifest: bundle.manifest_text.clone(),
        lexicons: bundle.lexicons.clone(),
        vectors: bundle.vectors.clone(),
        data,
    })?;
    let place = format!("row {}", row.map_or(0, |row| row.row));
    Ok(Mutant { place, what: change.what.clone(), rule: row.map(|row| row.get(Column::Rule).to_owned()), bytes })
}

fn with(rows: &[Cells], change: &Change) -> Vec<Cells> {
    let mut changed = rows.to_vec();
    if let Some(row) = changed.get_mut(change.row) {
        row.set(Column::When, &change.when);
    }
    changed
}

/// Every change of a condition after which the rows can still be read.
fn changes(rows: &[Cells]) -> Vec<Change> {
    let mut all = Vec::new();
    for (place, row) in (0_usize..).zip(rows) {
        let conditions: Vec<&str> =
            row.get(Column::When).split(';').map(str::trim).filter(|one| !one.is_empty()).collect();
        for (at, condition) in (0_usize..).zip(&conditions) {
            let others = |other: Option<&str>| -> String {
                let numbered = (0_usize..).zip(&conditions);
                let kept = numbered.filter_map(|(n, one)| if n == at { other } else { Some(*one) });
                kept.collect::<Vec<_>>().join("; ")
            };
            all.push(Change { row: place, when: others(None), what: format!("without `{condition}`") });
            all.extend(variants(condition).into_iter().map(|other| {
                let what = format!("`{other}` in place of `{condition}`");
                Change { row: place, when: others(Some(&other)), what }
            }));
        }
    }
    all.retain(|change| Table::read(&with(rows, change)).is_ok());
    all
}

/// A comparison with another sign, and with the numbers beside its own.
fn variants(condition: &str) -> Vec<String> {
    const SIGNS: [(&str, &[&str]); 6] = [
        (" != ", &[" = "]),
        (" <= ", &[" < ", " > "]),
        (" >= ", &[" > ", " < "]),
        (" < ", &[" <= ", " >= "]),
        (" > ", &[" >= ", " <= "]),
        (" = ", &[" != "]),
    ];
    let mut all = Vec::new();
    if let Some((sign, others)) = SIGNS.iter().find(|(sign, _)| condition.contains(sign)) {
        all.extend(others.iter().map(|other| condition.replacen(sign, other, 1)));
    }
    if let Some((left, number)) = condition.rsplit_once(' ')
        && let Ok(number) = number.parse::<i64>()
    {
        let beside = [number.checked_sub(1), number.checked_add(1)];
        all.extend(beside.into_iter().flatten().map(|number| format!("{left} {number}")));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_left_out_turned_round_and_moved_by_one() {
        assert_eq!(
            variants("sector.dose-mg <= 400"),
            ["sector.dose-mg < 400", "sector.dose-mg > 400", "sector.dose-mg <= 399", "sector.dose-mg <= 401"]
        );
        assert_eq!(variants("subject.age = adult"), ["subject.age != adult"]);
        assert_eq!(variants("hit(a.b)"), Vec::<String>::new());
        let mut row = Cells::new(2);
        let cells = [
            (Column::Rule, "R1"),
            (Column::Duty, "d"),
            (Column::On, "output"),
            (Column::When, "hit(a.b); subject.age = adult"),
            (Column::Level, "mark"),
            (Column::Cite, "I 1"),
            (Column::Reason, "r"),
        ];
        for (column, text) in cells {
            row.set(column, text);
        }
        let said: Vec<String> =
            changes(&[row]).into_iter().map(|change| format!("{}: {}", change.what, change.when)).collect();
        assert_eq!(
            said,
            [
                "without `hit(a.b)`: subject.age = adult",
                "without `subject.age = adult`: hit(a.b)",
                "`subject.age != adult` in place of `subject.age = adult`: hit(a.b); subject.age != adult"
            ]
        );
    }
}
