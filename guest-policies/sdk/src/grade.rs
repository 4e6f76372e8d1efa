//! Classification and grading: what an operator's table gives to a grade.
//!
//! A table is a setting, a list of words `SCHEME/GRADE=VALUE`, or `SCHEME/GRADE:NAME=VALUE` where one table serves several
//! names. So a further scheme needs settings and no code. A scheme whose grade nobody knows, or gave a grade that the table does
//! not list, counts as every grade of it at once: the rule takes the strictest.
//!
//! Where the grade follows from a number, such as a budget, the table holds a [`Scale`] for each scheme.
//!
//! A row that cannot be read would ask for nothing, so `Policy::configure` has every table [checked](check).

mod scale;

use crate::{Case, Settings};
pub use scale::{Scale, Scales, WordRows};

/// One scheme of a table with the values that count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Graded {
    /// The scheme.
    pub scheme: String,
    /// The grade, where it is known and listed.
    pub grade: Option<String>,
    /// The values of that grade; those of every grade where it is not known.
    pub values: Vec<String>,
}

/// What the table in a setting gives to the grades of this session, by scheme in the order of the table. `name` is the part
/// after the colon; absent for entries without one.
///
/// # Panics
/// Where the manifest declares no such list.
#[track_caller]
pub fn graded(case: &Case, table: &str, name: Option<&str>) -> Vec<Graded> {
    let entries = case.texts(table);
    let rows: Vec<(&str, &str, &str)> = entries.iter().filter_map(|entry| row(entry, name)).collect();
    let mut schemes: Vec<Graded> = Vec::new();
    for (scheme, _, _) in &rows {
        if schemes.iter().any(|known| known.scheme == *scheme) {
            continue;
        }
        let known = known(case, scheme).filter(|grade| rows.iter().any(|row| row.0 == *scheme && row.1 == grade));
        let counts =
            |row: &&(&str, &str, &str)| row.0 == *scheme && known.as_deref().is_none_or(|grade| row.1 == grade);
        let values = rows.iter().filter(counts).map(|row| row.2.to_owned()).collect();
        schemes.push(Graded { scheme: (*scheme).to_owned(), grade: known, values });
    }
    schemes
}

/// The values that the table gives one grade of a scheme; those of every grade where `grade` is absent. None where the table
/// does not list it.
///
/// # Panics
/// Where the manifest declares no such list.
#[track_caller]
pub fn listed(case: &Case, table: &str, scheme: &str, grade: Option<&str>) -> Vec<String> {
    let entries = case.texts(table);
    let rows = entries.iter().filter_map(|entry| row(entry, None));
    let ours = rows.filter(|row| row.0 == scheme && grade.is_none_or(|grade| row.1 == grade));
    ours.map(|row| row.2.to_owned()).collect()
}

/// The smallest number that the table gives a setting for the grades of this session; `otherwise` where it gives none. For
/// settings that loosen when raised.
///
/// # Panics
/// Where the manifest declares no such list.
#[track_caller]
pub fn smallest(case: &Case, table: &str, name: &str, otherwise: i64) -> i64 {
    let numbers = graded(case, table, Some(name)).into_iter().filter_map(|scheme| {
        // A number that cannot be read counts as the strictest.
        scheme.values.iter().map(|value| value.parse::<i64>().unwrap_or(0)).min()
    });
    numbers.min().unwrap_or(otherwise)
}

/// One row of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'t> {
    /// The scheme.
    pub scheme: &'t str,
    /// The grade.
    pub grade: &'t str,
    /// What stands after the colon.
    pub name: Option<&'t str>,
    /// What the table gives to the grade.
    pub value: &'t str,
}

/// What is wrong with a table, in words for the operator: rows that are none, and those of which `fits` says what would do
/// instead.
///
/// # Panics
/// Where the manifest declares no such list.
#[track_caller]
pub fn check(settings: &Settings, table: &str, fits: impl Fn(Row<'_>) -> Result<(), String>) -> Vec<String> {
    let problem = |entry: &String| match Row::read(entry) {
        None => Some("write `scheme/grade=value`".to_owned()),
        Some(row) => fits(row).err(),
    };
    let entries = settings.texts(table);
    entries.iter().filter_map(|entry| Some(format!("`{entry}` in `{table}`: {}", problem(entry)?))).collect()
}

/// Whether a value is one of these words.
///
/// # Errors
/// The words, where it is none.
pub fn one_of(value: &str, words: &[&str]) -> Result<(), String> {
    if words.contains(&value) { Ok(()) } else { Err(format!("`{value}` is unknown here, use {}", words.join(", "))) }
}

/// The latest grade given under a scheme by the day of the session.
fn known(case: &Case, scheme: &str) -> Option<String> {
    let grades = case.general().grades.as_deref().unwrap_or_default();
    let ours = grades.iter().filter(|grade| grade.scheme == scheme && grade.on <= case.as_of());
    ours.max_by_key(|grade| grade.on).map(|grade| grade.grade.clone())
}

impl<'t> Row<'t> {
    fn read(entry: &'t str) -> Option<Self> {
        let (left, value) = entry.split_once('=')?;
        let (grade, name) = match left.split_once(':') {
            Some((grade, name)) => (grade, Some(name.trim())),
            None => (left, None),
        };
        let (scheme, grade) = grade.split_once('/')?;
        let row = Self { scheme: scheme.trim(), grade: grade.trim(), name, value: value.trim() };
        let is_whole = [row.scheme, row.grade, row.value].iter().all(|part| !part.is_empty());
        is_whole.then_some(row)
    }

    /// The scheme and, as it is written, the day from which the row holds: `SCHEME@DAY/GRADE=VALUE`. Without a day it holds from the
    /// beginning.
    pub fn dated(&self) -> (&'t str, Option<&'t str>) {
        match self.scheme.split_once('@') {
            None => (self.scheme, None),
            Some((scheme, day)) => (scheme.trim(), Some(day.trim())),
        }
    }
}

/// The scheme, the grade and the value of a row of this name.
fn row<'a>(entry: &'a str, name: Option<&str>) -> Option<(&'a str, &'a str, &'a str)> {
    let row = Row::read(entry)?;
    (row.name == name).then_some((row.scheme, row.grade, row.value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Date;
    use crate::facts::{GeneralFacts, Grade};
    use crate::testing::CaseBuilder;

    const TABLE: &[&str] = &["risk/high=stop", "risk/low=mark", "risk/high:limit=700", "risk/low:limit=900", "odd"];

    fn case(grade: Option<(&str, i64)>) -> Case {
        let given = |(grade, ahead): (&str, i64)| {
            let on = Date::of(2026, 11, 2).add_days(ahead);
            vec![Grade { scheme: "risk".to_owned(), grade: grade.to_owned(), by: "operator".to_owned(), on }]
        };
        let general = GeneralFacts { grades: grade.map(given), ..GeneralFacts::default() };
        CaseBuilder::open().general(general).setting("table", TABLE).build()
    }

    fn values(grade: Option<(&str, i64)>) -> Vec<String> {
        graded(&case(grade), "table", None).remove(0).values
    }

    #[test]
    fn a_known_grade_has_its_own_value_and_an_unknown_one_all() {
        assert_eq!(values(Some(("low", 0))), ["mark"]);
        assert_eq!(values(Some(("high", -1))), ["stop"]);
        for unknown in [None, Some(("middling", 0)), Some(("low", 1))] {
            assert_eq!(values(unknown), ["stop", "mark"], "{unknown:?}");
        }
    }

    #[test]
    fn a_row_that_would_ask_for_nothing_is_named() {
        let rows: &[&str] =
            &["risk/high=stop", "risk/low", "risk=stop", "/low=stop", "risk/low=stp", "risk/low=", "odd/a:n=1"];
        let settings = CaseBuilder::open().setting("table", rows).into_settings();
        let found = check(&settings, "table", |row| match row.name {
            Some(name) => Err(format!("`{name}` is no name")),
            None => one_of(row.value, &["stop", "pass"]),
        });
        assert_eq!(
            found,
            [
                "`risk/low` in `table`: write `scheme/grade=value`",
                "`risk=stop` in `table`: write `scheme/grade=value`",
                "`/low=stop` in `table`: write `scheme/grade=value`",
                "`risk/low=stp` in `table`: `stp` is unknown here, use stop, pass",
                "`risk/low=` in `table`: write `scheme/grade=value`",
                "`odd/a:n=1` in `table`: `n` is no name",
            ]
        );
    }

    #[test]
    fn numbers_of_a_grade_replace_the_setting() {
        let limit = |grade| smallest(&case(grade), "table", "limit", 800);
        assert_eq!((limit(Some(("low", 0))), limit(Some(("high", 0))), limit(None)), (900, 700, 700));
        assert_eq!(smallest(&case(None), "table", "another", 800), 800);
    }
}
