//! Grades that follow from a number.

use std::collections::BTreeMap;

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
    /// What holds from each day on, the earliest first.
    periods: Vec<Period>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Period {
    /// The first day; none for the beginning.
    from: Option<Date>,
    /// The scales that hold, in the order of the table.
    scales: Vec<Scale>,
}

#[derive(Debug)]
struct ScaleRow<'t> {
    scheme: &'t str,
    /// The first day on which the row holds.
    from: Option<Date>,
    grade: &'t str,
    least: u64,
}

impl Scales {
    /// The table of these rows. A least number that cannot be read is 0: anything reaches that grade.
    pub fn read(table: &[String]) -> Self {
        let rows = table.iter().filter_map(|entry| {
            let (scheme, day) = Row::read(entry)?.dated();
            // A day that cannot be read has come: its rows count.
            let from = day.map(|day| day.parse().unwrap_or(Date { year: 0, month: 1, day: 1 }));
            let (_, grade, least) = row(entry, None)?;
            Some(ScaleRow { scheme, from, grade, least: least.parse().unwrap_or(0) })
        });
        let rows: Vec<ScaleRow<'_>> = rows.collect();
        let mut days: Vec<Option<Date>> = rows.iter().map(|row| row.from).collect();
        days.sort_unstable();
        days.dedup();
        let mut held: BTreeMap<&str, Option<Date>> = BTreeMap::new();
        let periods = days.into_iter().map(|from| {
            held.extend(rows.iter().filter(|row| row.from == from).map(|row| (row.scheme, from)));
            let hold = rows.iter().filter(|row| held.get(row.scheme) == Some(&row.from));
            Period { from, scales: scales(hold) }
        });
        Self { periods: periods.collect() }
    }

    /// The scales that hold on a day, in the order of the table.
    pub fn on(&self, day: Date) -> &[Scale] {
        let of_day = self.periods.iter().rfind(|period| period.from.is_none_or(|from| from <= day));
        of_day.map_or(&[], |period| &period.scales)
    }

    /// The day from which each of the table's periods holds, none for the beginning, with its scales.
    pub fn periods(&self) -> impl Iterator<Item = (Option<Date>, &[Scale])> {
        self.periods.iter().map(|period| (period.from, period.scales.as_slice()))
    }
}

fn scales<'t>(rows: impl Iterator<Item = &'t ScaleRow<'t>>) -> Vec<Scale> {
    let mut scales: Vec<Scale> = Vec::new();
    for row in rows {
        let grade = (row.grade.to_owned(), row.least);
        match scales.iter_mut().find(|scale| scale.scheme == row.scheme) {
            // Of grades with one least number the table names the strictest first.
            Some(scale) => scale.grades.insert(0, grade),
            None => scales.push(Scale { scheme: row.scheme.to_owned(), grades: vec![grade] }),
        }
    }
    for scale in &mut scales {
        scale.grades.sort_by_key(|(_, least)| *least);
    }
    scales
}

/// One scheme of a table of [`Scales`] as it holds on a day. Grades are named by their rank, 0 for the lowest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scale {
    /// The scheme.
    pub scheme: String,
    /// The grades, the lowest first, with their least numbers.
    grades: Vec<(String, u64)>,
}

impl Scale {
    /// How many grades it has; at least one.
    pub fn n_grades(&self) -> usize {
        self.grades.len()
    }

    /// The rank of the grade that a number reaches; none where it is below all.
    pub fn reached(&self, number: u64) -> Option<usize> {
        self.grades.iter().rposition(|(_, least)| *least <= number)
    }

    /// The rank of a grade of this scheme.
    pub fn rank(&self, grade: &str) -> Option<usize> {
        self.grades.iter().position(|(known, _)| *known == grade)
    }

    /// The rank of the grade that the session was given under this scheme.
    pub fn given(&self, case: &Case) -> Option<usize> {
        self.rank(&known(case, &self.scheme)?)
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
        let [risk, odd] = scales else { panic!("{scales:?}") };
        assert_eq!((risk.rank("low"), risk.rank("high"), risk.rank("top")), (Some(0), Some(1), None));
        assert_eq!((risk.reached(299), risk.reached(300)), (None, Some(0)));
        assert_eq!((risk.reached(799), risk.reached(800)), (Some(0), Some(1)));
        assert_eq!(risk.n_grades(), 2);
        // The number of the highest grade cannot be read.
        assert_eq!(odd.reached(1), odd.rank("top"));

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
            let key = |scale: &Scale| scale.reached(200) == scale.rank("key");
            scales.iter().map(|scale| (scale.scheme.to_owned(), key(scale))).collect::<Vec<_>>()
        };
        let drama = |is_key| ("drama".to_owned(), is_key);
        assert_eq!(keys(Date::of(2025, 12, 31)), [drama(true)]);
        assert_eq!(keys(Date::of(2026, 1, 1)), [drama(false)]);
        assert_eq!(keys(Date::of(2026, 6, 30)), [drama(false)]);
        assert_eq!(keys(Date::of(2026, 7, 1)), [drama(false), ("ai".to_owned(), true)]);
    }
}
