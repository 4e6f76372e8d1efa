//! What an explanation says of the facts, scores and bounds on which a reason rests.

use super::{Lang, Page, fact_names};
use crate::{Date, FactValue, GivenScore, PolicyId, ReasonId};

/// Up to how many bytes what a reason rests on is told again under each duty.
const SHORT: usize = 512;
/// How many thousandths a score of 1 has.
const THOUSAND: i64 = 1_000;

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
        // One fact may stand in for another, so those that nobody knows are named where nobody knows any.
        let is_any_known = grounds.facts.values().any(Option::is_some);
        let facts = grounds.facts.iter().filter(|(_, value)| value.is_some() || !is_any_known);
        let facts: Vec<String> = facts.map(|(path, value)| self.fact(path, value.as_ref())).collect();
        if !facts.is_empty() {
            self.line(2, &format!("{}{}", lang.pick("Facts: ", "事实："), facts.join(between)));
        }
        let scores: Vec<String> = grounds.scores.iter().map(|score| self.given_score(score)).collect();
        if !scores.is_empty() {
            self.line(2, &format!("{}{}", lang.pick("Scores: ", "评分："), scores.join(between)));
        }
        let is_score = !scores.is_empty();
        let bounds = grounds.bounds.iter().map(|(name, value)| {
            if let (true, FactValue::Number(permille)) = (is_score, value) {
                return decimal(*permille);
            }
            let words = self.either(self.words.setting(policy, name), name);
            format!("{words}{}{}", self.colon(), self.value(value))
        });
        let bounds: Vec<String> = bounds.collect();
        let head = if is_score { lang.pick("Threshold: ", "阈值：") } else { lang.pick("Bound: ", "界限：") };
        if !bounds.is_empty() {
            self.line(2, &format!("{head}{}", bounds.join(between)));
        }
        self.told.insert((policy, reason), self.out.len().saturating_sub(start));
    }

    fn fact(&self, path: &str, value: Option<&FactValue>) -> String {
        let name = match self.lang {
            Lang::En => path.split_once('.').map_or(path, |(_, fact)| fact).replace(['-', '.'], " "),
            Lang::Zh => fact_names::zh(path).unwrap_or(path).to_owned(),
        };
        let value = value.map_or_else(|| self.lang.pick("not known", "不明").to_owned(), |value| self.value(value));
        format!("{name}{}{value}", self.colon())
    }

    /// A score with its model: `violence 0.9 (by guard-v2)`.
    fn given_score(&self, score: &GivenScore) -> String {
        let entry = self.words.registry().categories.get(&score.category);
        let category = entry.map_or(score.category.as_str(), |entry| self.lang.pick(&entry.en, &entry.zh));
        let by = score.source.as_ref().map(|source| match self.lang {
            Lang::En => self.aside(&format!("by {source}")),
            Lang::Zh => self.aside(&format!("模型 {source}")),
        });
        format!("{category}{}{}{}", self.colon(), decimal(score.score_permille.into()), by.unwrap_or_default())
    }

    fn value(&self, value: &FactValue) -> String {
        match value {
            FactValue::Flag(true) => self.lang.pick("yes", "是").to_owned(),
            FactValue::Flag(false) => self.lang.pick("no", "否").to_owned(),
            FactValue::Number(number) => grouped(*number),
            FactValue::Day(day) => day.to_string(),
            FactValue::Rows(rows) => self.table(rows),
        }
    }

    /// The rows of a table that hold on the day of the decision: of each scheme those of its newest day.
    fn table(&self, rows: &[String]) -> String {
        let rows: Vec<Row<'_>> = rows.iter().filter_map(|row| Row::read(row)).collect();
        let has_come = |row: &&Row<'_>| row.from.is_none_or(|from| from <= self.decision.as_of);
        let newest =
            |scheme: &str| rows.iter().filter(has_come).filter(|row| row.scheme == scheme).map(|row| row.from).max();
        let held = rows.iter().filter(|row| newest(row.scheme) == Some(row.from));
        let said: Vec<String> = held.map(|row| self.row(row)).collect();
        said.join(self.lang.pick(", ", "，"))
    }

    fn row(&self, row: &Row<'_>) -> String {
        let (scheme, grade) = (self.word(row.scheme), self.word(row.grade));
        let value = row.value.parse().map_or_else(|_| row.value.to_owned(), grouped);
        match self.lang {
            Lang::En => format!("{scheme} {grade} {value}"),
            Lang::Zh => format!("{scheme}{grade}{value}"),
        }
    }
}

/// A row of a table, `SCHEME/GRADE=VALUE` or `SCHEME@DAY/GRADE=VALUE`.
struct Row<'r> {
    scheme: &'r str,
    /// The first day on which it holds.
    from: Option<Date>,
    grade: &'r str,
    value: &'r str,
}

impl<'r> Row<'r> {
    fn read(row: &'r str) -> Option<Self> {
        let (of, value) = row.split_once('=')?;
        let (scheme, grade) = of.split_once('/')?;
        let (scheme, from) = match scheme.split_once('@') {
            None => (scheme, None),
            Some((scheme, day)) => (scheme, Some(day.trim().parse().ok()?)),
        };
        Some(Self { scheme: scheme.trim(), from, grade: grade.trim(), value: value.trim() })
    }
}

/// Thousandths as a decimal fraction, without needless zeros: `0.9`.
fn decimal(permille: i64) -> String {
    let (whole, part) = (permille.div_euclid(THOUSAND), permille.rem_euclid(THOUSAND));
    if part == 0 {
        return whole.to_string();
    }
    format!("{whole}.{part:03}").trim_end_matches('0').to_owned()
}

/// A number with a comma between groups of three digits: `900,000`.
pub(super) fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut grouped = if number < 0 { "-".to_owned() } else { String::new() };
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && digits.len().saturating_sub(at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_scores_are_decimal() {
        assert_eq!([0, 999, 1_000, 900_000, -1_234_567].map(grouped), ["0", "999", "1,000", "900,000", "-1,234,567"]);
        assert_eq!([0, 5, 900, 905, 1_000].map(decimal), ["0", "0.005", "0.9", "0.905", "1"]);
    }
}
