//! Classification and grading: what an operator's table gives to a grade.
//!
//! A table is a setting, a list of words `SCHEME/GRADE=VALUE`, or `SCHEME/GRADE:NAME=VALUE` where one table serves several
//! names. So a further scheme needs settings and no code. A scheme whose grade nobody knows, or gave a grade that the table does
//! not list, counts as every grade of it at once: the rule takes the strictest.
//!
//! Where the grade follows from a number, such as a budget, the table holds a [`Scale`] for each scheme.
//!
//! A row that cannot be read would ask for nothing, so `Policy::configure` has every table [checked](check).

use crate::{Case, Date, Settings};

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

/// A scheme whose grades follow from a number: `SCHEME/GRADE=LEAST` for each grade, with the least number that reaches it.
///
/// A table may change with time: rows `SCHEME@DAY/GRADE=LEAST` hold from that day on, in the place of all earlier rows of the
/// scheme. Rows without a day hold from the beginning. On a day before all its rows a scheme is not there.
///
/// Grades are named by their rank, 0 for the lowest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scale<'t> {
    /// The scheme.
    pub scheme: &'t str,
    /// The grades, the lowest first, with their least numbers.
    grades: Vec<(&'t str, u64)>,
}

impl<'t> Scale<'t> {
    /// The scales in a table that hold on a day, in its order. A least number that cannot be read is 0: anything reaches that grade.
    pub fn all(table: &'t [String], day: Date) -> Vec<Self> {
        let rows = || table.iter().filter_map(|entry| Some((Dated::read(entry)?, row(entry, None)?)));
        let newest = |scheme: &str| {
            let held = rows().filter(|(dated, _)| dated.scheme == scheme && dated.from.is_none_or(|from| from <= day));
            held.map(|(dated, _)| dated.from).max()
        };
        let mut scales: Vec<Self> = Vec::new();
        for (Dated { scheme, from }, (_, grade, least)) in rows() {
            if newest(scheme) != Some(from) {
                continue;
            }
            let grade = (grade, least.parse().unwrap_or(0));
            match scales.iter_mut().find(|scale| scale.scheme == scheme) {
                // Of grades with one least number the table names the strictest first.
                Some(scale) => scale.grades.insert(0, grade),
                None => scales.push(Self { scheme, grades: vec![grade] }),
            }
        }
        for scale in &mut scales {
            scale.grades.sort_by_key(|(_, least)| *least);
        }
        scales
    }

    /// The rank of the grade that a number reaches; none where it is below all. An unknown number may reach any.
    pub fn reached(&self, number: Option<u64>) -> Vec<Option<usize>> {
        match number {
            Some(number) => vec![self.grades.iter().rposition(|(_, least)| *least <= number)],
            None => (0..self.grades.len()).map(Some).collect(),
        }
    }

    /// The rank of a grade of this scheme.
    pub fn rank(&self, grade: &str) -> Option<usize> {
        self.grades.iter().position(|(known, _)| *known == grade)
    }

    /// The rank of the grade that the session was given under this scheme.
    pub fn given(&self, case: &Case) -> Option<usize> {
        self.rank(&known(case, self.scheme)?)
    }

    /// What another table of `SCHEME/GRADE=WORDS` gives to the grades of this scheme: ranks with words, in its order.
    pub fn words<'a>(&self, table: &'a [String]) -> impl Iterator<Item = (usize, &'a str)> {
        let rows = table.iter().filter_map(|entry| row(entry, None)).filter(|row| row.0 == self.scheme);
        let ranked = rows.filter_map(|row| Some((self.rank(row.1)?, row.2)));
        ranked.flat_map(|(rank, words)| words.split_whitespace().map(move |word| (rank, word)))
    }
}

/// The scheme of a row, and the first day on which the row holds.
struct Dated<'t> {
    scheme: &'t str,
    from: Option<Date>,
}

impl<'t> Dated<'t> {
    fn read(entry: &'t str) -> Option<Self> {
        let scheme = Row::read(entry)?.scheme;
        match scheme.split_once('@') {
            None => Some(Self { scheme, from: None }),
            // A day that cannot be read has come: its rows count.
            Some((scheme, day)) => Some(Self {
                scheme: scheme.trim(),
                from: Some(day.trim().parse().unwrap_or(Date { year: 0, month: 1, day: 1 })),
            }),
        }
    }
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
}

/// The scheme, the grade and the value of a row of this name.
fn row<'a>(entry: &'a str, name: Option<&str>) -> Option<(&'a str, &'a str, &'a str)> {
    let row = Row::read(entry)?;
    (row.name == name).then_some((row.scheme, row.grade, row.value))
}

#[cfg(test)]
mod tests {
    use super::*;
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
    fn a_scale_gives_the_grade_that_a_number_reaches() {
        let rows: &[&str] = &["risk/high=800", "risk/low=300", "odd/top=much", "odd/low=0"];
        let rows: Vec<String> = rows.iter().map(|&row| row.to_owned()).collect();
        let scales = Scale::all(&rows, Date::of(2026, 11, 2));
        let [risk, odd] = scales.as_slice() else { panic!("{scales:?}") };
        assert_eq!((risk.rank("low"), risk.rank("high"), risk.rank("top")), (Some(0), Some(1), None));
        let reached = |number| risk.reached(Some(number));
        assert_eq!((reached(299), reached(300)), (vec![None], vec![Some(0)]));
        assert_eq!((reached(799), reached(800)), (vec![Some(0)], vec![Some(1)]));
        assert_eq!(risk.reached(None), [Some(0), Some(1)]);
        // The number of the highest grade cannot be read.
        assert_eq!(odd.reached(Some(1)), [odd.rank("top")]);

        let words = ["risk/high=war drugs", "risk/low=sport", "odd/top=war", "risk/none=art"].map(str::to_owned);
        assert_eq!(risk.words(&words).collect::<Vec<_>>(), [(1, "war"), (1, "drugs"), (0, "sport")]);
        assert_eq!((risk.given(&case(Some(("high", 0)))), risk.given(&case(None))), (Some(1), None));
    }

    #[test]
    fn the_rows_that_hold_on_a_day_are_the_newest_of_that_day() {
        let rows: &[&str] = &[
            "drama/key=100",
            "drama/low=0",
            "drama@2026-01-01/key=300",
            "drama@2026-01-01/low=0",
            "ai@2026-07-01/key=80",
        ];
        let rows: Vec<String> = rows.iter().map(|&row| row.to_owned()).collect();
        let keys = |day: Date| {
            let scales = Scale::all(&rows, day);
            let key = |scale: &Scale<'_>| scale.reached(Some(200)) == [scale.rank("key")];
            scales.iter().map(|scale| (scale.scheme.to_owned(), key(scale))).collect::<Vec<_>>()
        };
        let drama = |is_key| ("drama".to_owned(), is_key);
        assert_eq!(keys(Date::of(2025, 12, 31)), [drama(true)]);
        assert_eq!(keys(Date::of(2026, 1, 1)), [drama(false)]);
        assert_eq!(keys(Date::of(2026, 6, 30)), [drama(false)]);
        assert_eq!(keys(Date::of(2026, 7, 1)), [drama(false), ("ai".to_owned(), true)]);
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
