//! Grades that follow from a number.

use super::{Row, known, row};
use crate::{Case, Date};

/// A table of schemes whose grades follow from a number: `SCHEME/GRADE=LEAST` for each grade, with the least number that reaches it.
///
/// It may change with time: rows `SCHEME@DAY/GRADE=LEAST` hold from that day on, in the place of all earlier rows of the scheme. Rows
/// without a day hold from the beginning. On a day before all its rows a scheme is not there.
///
/// Reading it takes longer than judging by it, so a policy has it [prepared](crate::Settings::prepared).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scales {
    rows: Vec<ScaleRow>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct ScaleRow {
    scheme: String,
    /// The first day on which the row holds.
    from: Option<Date>,
    grade: String,
    least: u64,
}

impl Scales {
    /// The table of these rows. A least number that cannot be read is 0: anything reaches that grade.
    pub fn read(table: &[String]) -> Self {
        let rows = table.iter().filter_map(|entry| {
            let (scheme, from) = dated(Row::read(entry)?.scheme);
            let (_, grade, least) = row(entry, None)?;
            let (scheme, grade) = (scheme.to_owned(), grade.to_owned());
            Some(ScaleRow { scheme, from, grade, least: least.parse().unwrap_or(0) })
        });
        Self { rows: rows.collect() }
    }

    /// The scales that hold on a day, in the order of the table.
    pub fn on(&self, day: Date) -> Vec<Scale<'_>> {
        let newest = |scheme: &str| {
            let held = self.rows.iter().filter(|row| row.scheme == scheme && row.from.is_none_or(|from| from <= day));
            held.map(|row| row.from).max()
        };
        let mut scales: Vec<Scale<'_>> = Vec::new();
        for row in &self.rows {
            if newest(&row.scheme) != Some(row.from) {
                continue;
            }
            let grade = (row.grade.as_str(), row.least);
            match scales.iter_mut().find(|scale| scale.scheme == row.scheme) {
                // Of grades with one least number the table names the strictest first.
                Some(scale) => scale.grades.insert(0, grade),
                None => scales.push(Scale { scheme: &row.scheme, grades: vec![grade] }),
            }
        }
        for scale in &mut scales {
            scale.grades.sort_by_key(|(_, least)| *least);
        }
        scales
    }
}

/// The scheme that a row names, and the day that stands behind it. A day that cannot be read has come: its rows count.
fn dated(scheme: &str) -> (&str, Option<Date>) {
    match scheme.split_once('@') {
        None => (scheme, None),
        Some((scheme, day)) => (scheme.trim(), Some(day.trim().parse().unwrap_or(Date { year: 0, month: 1, day: 1 }))),
    }
}

/// One scheme of a table of [`Scales`] as it holds on a day. Grades are named by their rank, 0 for the lowest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scale<'t> {
    /// The scheme.
    pub scheme: &'t str,
    /// The grades, the lowest first, with their least numbers.
    grades: Vec<(&'t str, u64)>,
}

impl Scale<'_> {
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

    /// What another table gives to the grades of this scheme: ranks with words, in its order.
    pub fn words<'a>(&self, table: &'a WordRows) -> impl Iterator<Item = (usize, &'a str)> {
        let rows = table.rows.iter().filter(|row| row.scheme == self.scheme);
        let ranked = rows.filter_map(|row| Some((self.rank(&row.grade)?, &row.words)));
        ranked.flat_map(|(rank, words)| words.iter().map(move |word| (rank, word.as_str())))
    }
}

/// A table of `SCHEME/GRADE=WORDS`, with spaces between the words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WordRows {
    rows: Vec<WordRow>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct WordRow {
    scheme: String,
    grade: String,
    words: Vec<String>,
}

impl WordRows {
    /// The table of these rows.
    pub fn read(table: &[String]) -> Self {
        let rows = table.iter().filter_map(|entry| {
            let (scheme, grade, words) = row(entry, None)?;
            let words = words.split_whitespace().map(str::to_owned).collect();
            Some(WordRow { scheme: scheme.to_owned(), grade: grade.to_owned(), words })
        });
        Self { rows: rows.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{GeneralFacts, Grade};
    use crate::testing::CaseBuilder;

    fn case(grade: Option<&str>) -> Case {
        let given = |grade: &str| {
            let (scheme, by) = ("risk".to_owned(), "operator".to_owned());
            vec![Grade { scheme, grade: grade.to_owned(), by, on: Date::of(2026, 11, 2) }]
        };
        CaseBuilder::open().general(GeneralFacts { grades: grade.map(given), ..GeneralFacts::default() }).build()
    }

    #[test]
    fn a_scale_gives_the_grade_that_a_number_reaches() {
        let rows: &[&str] = &["risk/high=800", "risk/low=300", "odd/top=much", "odd/low=0"];
        let rows: Vec<String> = rows.iter().map(|&row| row.to_owned()).collect();
        let table = Scales::read(&rows);
        let scales = table.on(Date::of(2026, 11, 2));
        let [risk, odd] = scales.as_slice() else { panic!("{scales:?}") };
        assert_eq!((risk.rank("low"), risk.rank("high"), risk.rank("top")), (Some(0), Some(1), None));
        let reached = |number| risk.reached(Some(number));
        assert_eq!((reached(299), reached(300)), (vec![None], vec![Some(0)]));
        assert_eq!((reached(799), reached(800)), (vec![Some(0)], vec![Some(1)]));
        assert_eq!(risk.reached(None), [Some(0), Some(1)]);
        // The number of the highest grade cannot be read.
        assert_eq!(odd.reached(Some(1)), [odd.rank("top")]);

        let words = ["risk/high=war drugs", "risk/low=sport", "odd/top=war", "risk/none=art"].map(str::to_owned);
        assert_eq!(risk.words(&WordRows::read(&words)).collect::<Vec<_>>(), [(1, "war"), (1, "drugs"), (0, "sport")]);
        assert_eq!((risk.given(&case(Some("high"))), risk.given(&case(None))), (Some(1), None));
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
        let table = Scales::read(&rows);
        let keys = |day: Date| {
            let scales = table.on(day);
            let key = |scale: &Scale<'_>| scale.reached(Some(200)) == [scale.rank("key")];
            scales.iter().map(|scale| (scale.scheme.to_owned(), key(scale))).collect::<Vec<_>>()
        };
        let drama = |is_key| ("drama".to_owned(), is_key);
        assert_eq!(keys(Date::of(2025, 12, 31)), [drama(true)]);
        assert_eq!(keys(Date::of(2026, 1, 1)), [drama(false)]);
        assert_eq!(keys(Date::of(2026, 6, 30)), [drama(false)]);
        assert_eq!(keys(Date::of(2026, 7, 1)), [drama(false), ("ai".to_owned(), true)]);
    }
}
