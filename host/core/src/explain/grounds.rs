//! What an explanation says of the facts, scores and bounds on which a reason rests.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use super::units::{Unit, decimal, grouped};
use super::{BoundSide, Lang, Page, fact_names};
use crate::grounds::Row;
use crate::{Date, FactValue, GivenScore, Grounds, PolicyId, ReasonId};

/// Up to how many bytes what a reason rests on is told again under each duty.
const SHORT: usize = 512;

impl Page<'_> {
    /// The facts that decided, each score with its model, and the bounds, a line for each kind. What is long is told once for each
    /// reason, because one reason may stand under many duties.
    pub(super) fn grounds(&mut self, policy: &PolicyId, reason: &ReasonId) {
        let decision = self.decision;
        let Some((policy, reasons)) = decision.grounds.get_key_value(policy) else { return };
        let Some((reason, grounds)) = reasons.get_key_value(reason) else { return };
        let lang = self.lang;
        let start = self.out.len();
        if self.told.get(&(policy, reason)).is_some_and(|n_bytes| *n_bytes > SHORT) {
            self.line(2, lang.pick("It rests on the same as above", "依据与上文相同"));
            return;
        }
        let between = lang.pick("; ", "；");
        let tables = self.tables(grounds);
        // One fact may stand in for another, so those that nobody knows are named where nobody knows any.
        let is_any_known = grounds.facts.values().any(Option::is_some);
        let facts = grounds.facts.iter().filter(|(_, value)| value.is_some() || !is_any_known);
        let facts: Vec<String> = facts.map(|(path, value)| self.fact(path, value.as_ref(), &tables)).collect();
        if !facts.is_empty() {
            self.line(2, &format!("{}{}", lang.pick("Facts: ", "事实："), facts.join(between)));
        }
        let scores: Vec<String> = grounds.scores.iter().map(|score| self.given_score(score)).collect();
        if !scores.is_empty() {
            self.line(2, &format!("{}{}", lang.pick("Scores: ", "评分："), scores.join(between)));
        }
        self.bounds(policy, grounds, &tables);
        self.told.insert((policy, reason), self.out.len().saturating_sub(start));
    }

    /// The bounds in a line for each side, but for tables of which a row stands beside its fact.
    fn bounds(&mut self, policy: &PolicyId, grounds: &Grounds, tables: &Tables<'_>) {
        let mut lines: [(&str, Vec<String>); 4] = [
            (self.lang.pick("Threshold: ", "阈值："), Vec::new()),
            (self.lang.pick("Lower limit: ", "下限："), Vec::new()),
            (self.lang.pick("Upper limit: ", "上限："), Vec::new()),
            (self.lang.pick("Limit: ", "限值："), Vec::new()),
        ];
        let [thresholds, least, most, other] = &mut lines;
        for (name, value) in &grounds.bounds {
            if tables.is_beside_its_fact(name) {
                continue;
            }
            if let (false, FactValue::Number(permille)) = (grounds.scores.is_empty(), value) {
                thresholds.1.push(decimal(*permille));
                continue;
            }
            let words = self.either(self.words.setting(policy, name), name);
            let said = match tables.of.get(name.as_str()) {
                Some(rows) => format!("{words}{}{}", self.colon(), self.rows(&rows.held, tables.unit, "")),
                None => format!("{}{}", self.value(value, Unit::of_setting(name)), self.aside(&words)),
            };
            let line = match self.words.bound_side(policy, name) {
                Some(BoundSide::AtLeast) => &mut *least,
                Some(BoundSide::AtMost) => &mut *most,
                None => &mut *other,
            };
            line.1.push(said);
        }
        for (head, said) in lines.iter().filter(|(_, said)| !said.is_empty()) {
            self.line(2, &format!("{head}{}", said.join(self.lang.pick("; ", "；"))));
        }
    }

    /// `budget: 900,000 yuan`, or `budget 900,000 yuan ≥ 800,000 (AI micro-drama, key)` where it reaches a row of a table.
    fn fact(&self, path: &str, value: Option<&FactValue>, tables: &Tables<'_>) -> String {
        let fact = fact_names::of(path);
        let own = if fact.is_none() { self.words.fact(path) } else { None };
        let own_name = own.map_or(path, |(name, _)| self.lang.pick(name.en, name.zh));
        let name = fact.map_or(own_name, |fact| self.lang.pick(fact.en, fact.zh));
        let unit = fact.map_or(Unit::Plain, |fact| fact.unit);
        let Some(value) = value else {
            return format!("{name}{}{}", self.colon(), self.lang.pick("not known", "不明"));
        };
        let mut said = self.value(value, unit);
        if let Some((_, Some(unit))) = own {
            said = format!("{said} {unit}");
        }
        let reached = tables.of.values().flat_map(|table| &table.reached).copied();
        let reached: Vec<Row<'_>> = reached.filter(|_| tables.fact == Some(path)).collect();
        if reached.is_empty() {
            return format!("{name}{}{said}", self.colon());
        }
        let between = self.lang.pick(" ", "");
        // One unit is enough in English.
        let unit = if self.lang == Lang::En { Unit::Plain } else { unit };
        format!("{name}{between}{said} {}", self.rows(&reached, unit, "≥ "))
    }

    /// A score with its model: `Violence 0.90 (model guard-v2)`.
    fn given_score(&self, score: &GivenScore) -> String {
        let entry = self.words.registry().categories.get(&score.category);
        let category = entry.map_or(score.category.as_str(), |entry| self.lang.pick(&entry.en, &entry.zh));
        let by = match (&score.source, self.lang) {
            (Some(source), Lang::En) => self.aside(&format!("model {source}")),
            (Some(source), Lang::Zh) => self.aside(&format!("模型 {source}")),
            (None, lang) => self.aside(lang.pick("nobody names the model", "模型未具名")),
        };
        format!("{category} {}{by}", decimal(score.score_permille.into()))
    }

    fn value(&self, value: &FactValue, unit: Unit) -> String {
        match value {
            FactValue::Flag(true) => self.lang.pick("yes", "是").to_owned(),
            FactValue::Flag(false) => self.lang.pick("no", "否").to_owned(),
            FactValue::Number(number) => unit.say(*number, self.lang),
            FactValue::Day(day) => day.to_string(),
            FactValue::Rows(rows) => grouped(i64::try_from(rows.len()).unwrap_or(i64::MAX)),
        }
    }

    /// The tables among the bounds, with the rows that hold on the day of the decision.
    fn tables<'g>(&self, grounds: &'g Grounds) -> Tables<'g> {
        let numbers = grounds.facts.iter().filter_map(|(path, value)| match value {
            Some(FactValue::Number(number)) => Some((path.as_str(), *number)),
            Some(FactValue::Flag(_) | FactValue::Day(_) | FactValue::Rows(_)) | None => None,
        });
        let numbers: Vec<(&str, i64)> = numbers.collect();
        let compared = if let [one] = numbers.as_slice() { Some(*one) } else { None };
        let mut units = grounds.facts.keys().filter_map(|path| Some(fact_names::of(path)?.unit));
        let of = grounds.bounds.iter().filter_map(|(name, value)| {
            let FactValue::Rows(rows) = value else { return None };
            let rows = rows.iter().filter_map(|row| Row::read(row)).collect();
            let held = in_force(rows, |row: &Row<'g>| (row.scheme, row.from), self.decision.as_of);
            let reached = compared.map_or_else(Vec::new, |(_, number)| reached(&held, number));
            Some((name.as_str(), Table { held, reached }))
        });
        Tables {
            of: of.collect(),
            fact: compared.map(|(path, _)| path),
            unit: units.find(|unit| *unit != Unit::Plain).unwrap_or(Unit::Plain),
        }
    }

    fn rows(&self, rows: &[Row<'_>], unit: Unit, before: &str) -> String {
        let said: Vec<String> = rows.iter().map(|row| format!("{before}{}", self.row(row, unit))).collect();
        said.join(self.lang.pick(", ", "，"))
    }

    /// `800,000 (AI micro-drama, key)`.
    fn row(&self, row: &Row<'_>, unit: Unit) -> String {
        let (scheme, grade) = (self.word(row.scheme), self.word(row.grade));
        let value = row.value.parse().map_or_else(|_| row.value.to_owned(), |number| unit.say(number, self.lang));
        let of = format!("{scheme}{}{grade}", self.lang.pick(", ", "·"));
        format!("{value}{}", self.aside(&of))
    }
}

/// The tables among the bounds of one reason, by name.
struct Tables<'g> {
    of: BTreeMap<&'g str, Table<'g>>,
    /// The one fact that is a number and known, with which rows are compared.
    fact: Option<&'g str>,
    unit: Unit,
}

impl Tables<'_> {
    fn is_beside_its_fact(&self, name: &str) -> bool {
        self.of.get(name).is_some_and(|table| !table.reached.is_empty())
    }
}

/// The rows of one table.
struct Table<'g> {
    /// Those that hold on the day of the decision.
    held: Vec<Row<'g>>,
    /// Of each scheme, the highest row that the fact reaches.
    reached: Vec<Row<'g>>,
}

/// The rows that hold on a day: of each scheme those of its newest day. `of` gives the scheme of a row and the first day on which
/// the row holds; it is asked twice for each row.
fn in_force<T, K: Eq + Hash>(rows: Vec<T>, of: impl Fn(&T) -> (K, Option<Date>), as_of: Date) -> Vec<T> {
    let has_come = |from: Option<Date>| from.is_none_or(|from| from <= as_of);
    let mut newest: HashMap<K, Option<Date>> = HashMap::new();
    for (scheme, from) in rows.iter().map(&of).filter(|(_, from)| has_come(*from)) {
        let known = newest.entry(scheme).or_insert(from);
        *known = (*known).max(from);
    }
    let holds = |row: &T| {
        let (scheme, from) = of(row);
        newest.get(&scheme) == Some(&from)
    };
    rows.into_iter().filter(holds).collect()
}

/// Of each scheme, the row with the highest number that is no higher than `number`.
fn reached<'r>(rows: &[Row<'r>], number: i64) -> Vec<Row<'r>> {
    let mut best: HashMap<&str, (i64, usize)> = HashMap::new();
    for (at, row) in rows.iter().enumerate() {
        let Some(value) = row.value.parse::<i64>().ok().filter(|value| *value <= number) else { continue };
        let known = best.entry(row.scheme).or_insert((value, at));
        if value > known.0 {
            *known = (value, at);
        }
    }
    // Every number reaches zero, so such a row is named only where there is no other.
    let is_any_above = best.values().any(|(value, _)| *value > 0);
    let is_best = |at: usize, row: &Row<'_>| {
        best.get(row.scheme).is_some_and(|(value, best)| *best == at && (*value > 0 || !is_any_above))
    };
    rows.iter().enumerate().filter(|(at, row)| is_best(*at, row)).map(|(_, row)| *row).collect()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn rows<'r>(written: &[&'r str]) -> Vec<Row<'r>> {
        written.iter().map(|row| Row::read(row).unwrap()).collect()
    }

    fn day(day: &str) -> Date {
        day.parse().unwrap()
    }

    #[test]
    fn the_rows_of_the_newest_day_hold_and_the_highest_reached_one_counts() {
        let table = rows(&["live/a=10", "live/b=1", "live@2026-01-01/a=30", "ai@2026-07-01/a=8", "ai@2026-07-01/b=3"]);
        let of = |row: &Row<'_>| (row.scheme.to_owned(), row.from);
        let held = |as_of: &str| in_force(table.clone(), of, day(as_of));
        assert_eq!(held("2025-12-31"), rows(&["live/a=10", "live/b=1"]));
        assert_eq!(held("2026-07-01"), table[2..]);
        assert_eq!(reached(&held("2026-07-01"), 9), rows(&["ai@2026-07-01/a=8"]));
        assert_eq!(reached(&held("2026-07-01"), 30), rows(&["live@2026-01-01/a=30", "ai@2026-07-01/a=8"]));
        assert_eq!(reached(&held("2026-07-01"), 2), []);
        let zero = rows(&["live/a=10", "live/b=0", "ai/a=5", "ai/b=0"]);
        assert_eq!(reached(&zero, 7), rows(&["ai/a=5"]));
        assert_eq!(reached(&zero, 4), rows(&["live/b=0", "ai/b=0"]));
    }

    /// A scheme that counts how often it is compared with another.
    #[derive(Clone)]
    struct Counted<'c>(usize, &'c Cell<usize>);

    impl PartialEq for Counted<'_> {
        fn eq(&self, other: &Self) -> bool {
            self.1.set(self.1.get() + 1);
            self.0 == other.0
        }
    }

    impl Eq for Counted<'_> {}

    impl Hash for Counted<'_> {
        fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
            self.0.hash(state);
        }
    }

    #[test]
    fn a_table_of_twice_as_many_rows_takes_twice_as_many_steps() {
        for n in [1_000, 2_000, 4_000] {
            let (asked, compared) = (Cell::new(0), Cell::new(0));
            let of = |row: &usize| {
                asked.set(asked.get() + 1);
                (Counted(row / 2, &compared), None)
            };
            assert_eq!(in_force((0..n).collect(), of, day("2026-11-02")).len(), n);
            assert_eq!(asked.get(), 2 * n);
            assert!(compared.get() <= 4 * n, "{n} rows, {} comparisons", compared.get());
        }
    }
}
