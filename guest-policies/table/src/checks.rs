//! What is wrong with a table as a whole: rows that never answer, rows that contradict each other, doubt that loosens, gaps.
//!
//! The conditions of a block look at a few things and compare them with a few values. So all that can happen is tried: for each
//! thing the values around those that it is compared with, and not knowing it. Where that is more than [`MOST`], as many are drawn.

mod domain;

use std::collections::{BTreeMap, BTreeSet};

use specialis_policy::Level;

pub use domain::Domain;
use domain::{Known, Tried, Var};

use crate::cells::Column;
use crate::grammar::Outcome;
use crate::judge::Place;
use crate::table::{Block, Row, Table};

/// How many worlds are tried for a block and a kind of event.
const MOST: u64 = 20_000;

/// Whether a remark stands in the way of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It does.
    Error,
    /// It may be meant.
    Note,
}

/// What is to be said of a row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Remark {
    /// Whether it stands in the way.
    pub severity: Severity,
    /// The row, from 1.
    pub row: u32,
    /// The column.
    pub column: Column,
    /// What is to be said.
    pub message: String,
}

/// Checks each block of a table. For the facts of `gaps` it says of each value whether any row answers there.
pub fn check(table: &Table, domain: &Domain<'_>, gaps: &[String]) -> Vec<Remark> {
    let mut remarks = BTreeSet::new();
    for block in &table.blocks {
        let vars = domain.of_block(block);
        let mut seen = Seen::default();
        for place in places(block) {
            let tried = Tried::new(&vars, MOST);
            seen.is_whole &= tried.is_whole;
            for world in tried {
                seen.look(block, place, &world);
            }
        }
        remarks.extend(seen.remarks(block));
        remarks.extend(gaps.iter().flat_map(|fact| of_gaps(block, &vars, fact)));
    }
    remarks.into_iter().collect()
}

/// Where the rows of a block are looked at.
fn places(block: &Block) -> Vec<Place<'static>> {
    let kinds: BTreeSet<&'static str> = block.rows.iter().flat_map(|row| &row.kinds).copied().collect();
    let open = block.rows.iter().any(|row| row.open.is_some()).then_some(Place::Open);
    kinds.into_iter().map(Place::Event).chain(open).collect()
}

/// What the rows of a block answer together.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Sum {
    level: Level,
    asks: BTreeSet<String>,
    relaxes: bool,
}

impl Sum {
    fn of(block: &Block, place: Place<'_>, world: &Known<'_>) -> Self {
        let mut sum = Self { level: Level::Pass, asks: BTreeSet::new(), relaxes: false };
        for row in block.answers(world, place) {
            let level = if row.outcome == Outcome::Unknown { Level::Review } else { row.level_in(world) };
            sum.level = sum.level.max(level);
            sum.asks.extend(row.actions.iter().map(|action| format!("{} {:?}", action.name, action.params)));
            sum.relaxes |= row.outcome == Outcome::InsteadOf;
        }
        sum
    }

    fn is_as_strict_as(&self, other: &Self) -> bool {
        self.level >= other.level && self.asks.is_superset(&other.asks) && (other.relaxes || !self.relaxes)
    }
}

/// What was seen in the worlds that were tried.
struct Seen {
    /// Rows that surely applied somewhere.
    applied: BTreeSet<u32>,
    /// Rows that were the first to answer somewhere.
    answered: BTreeSet<u32>,
    /// Rows that would have applied, with the row that answered first.
    covered: BTreeMap<u32, u32>,
    /// Pairs of rows that apply together and answer differently, with a world in which they do.
    together: BTreeMap<(u32, u32), String>,
    /// Pairs of rows of which the first applies and the second does not.
    apart: BTreeSet<(u32, u32)>,
    /// Facts whose loss loosens, by the row that answered.
    doubts: BTreeMap<(u32, String), String>,
    is_whole: bool,
}

impl Default for Seen {
    fn default() -> Self {
        let (applied, answered, apart) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        Self {
            applied,
            answered,
            covered: BTreeMap::new(),
            together: BTreeMap::new(),
            apart,
            doubts: BTreeMap::new(),
            is_whole: true,
        }
    }
}

impl Seen {
    fn look(&mut self, block: &Block, place: Place<'_>, world: &Known<'_>) {
        let answers = block.answers(world, place);
        // What answers only beside an earlier row, because a fact is unknown, would be missed by nobody.
        self.answered.extend(answers.first().map(|row| row.row));
        let at: Vec<&Row> = block.rows.iter().filter(|row| row.is_at(place)).collect();
        let surely: Vec<&Row> = at.iter().copied().filter(|row| row.applies(world) == Some(true)).collect();
        self.applied.extend(surely.iter().map(|row| row.row));
        if let Some((first, later)) = surely.split_first() {
            for row in later {
                self.covered.entry(row.row).or_insert(first.row);
                if (row.outcome, &row.level, &row.actions) != (first.outcome, &first.level, &first.actions) {
                    self.together.entry((first.row, row.row)).or_insert_with(|| world.to_string());
                }
            }
        }
        for row in &surely {
            let others = at.iter().filter(|other| !surely.contains(other));
            self.apart.extend(others.map(|other| (row.row, other.row)));
        }
        let known = Sum::of(block, place, world);
        for (var, without) in world.forgetting() {
            if !Sum::of(block, place, &without).is_as_strict_as(&known) {
                let row = answers.first().map_or(0, |row| row.row);
                self.doubts.entry((row, var.to_string())).or_insert_with(|| world.to_string());
            }
        }
    }

    fn remarks(&self, block: &Block) -> Vec<Remark> {
        let remark = |severity, row, message| Remark { severity, row, column: Column::When, message };
        let mut remarks = Vec::new();
        let hidden: BTreeSet<u32> = block
            .rows
            .iter()
            .map(|row| row.row)
            .filter(|row| !(self.answered.contains(row) && self.applied.contains(row)))
            .collect();
        for row in &hidden {
            let why = match self.covered.get(row) {
                Some(other) => {
                    format!("it never answers: row {other} answers wherever it would; change or delete one of them")
                }
                None => "it never answers: its conditions cannot hold together; change them".to_owned(),
            };
            remarks.push(remark(if self.is_whole { Severity::Error } else { Severity::Note }, *row, why));
        }
        for ((first, second), world) in &self.together {
            // A row that holds wherever an earlier one does is the general case behind a special one, which is how tables are written.
            let is_overlap = self.apart.contains(&(*first, *second)) && self.apart.contains(&(*second, *first));
            if is_overlap && !hidden.contains(second) {
                let why = format!(
                    "it applies beside row {first} and answers otherwise, and row {first} comes first: where {world}"
                );
                remarks.push(remark(Severity::Note, *second, why));
            }
        }
        for ((row, fact), world) in &self.doubts {
            let why = format!(
                "not knowing `{fact}` asks for less than knowing it, where {world}; leave `maybe` and `surely` out, or put what asks for \
                 more first"
            );
            remarks.push(remark(Severity::Error, *row, why));
        }
        remarks
    }
}

/// The values of a fact for which no row of a block ever answers.
fn of_gaps(block: &Block, vars: &BTreeMap<Var, Vec<domain::Choice>>, fact: &str) -> Vec<Remark> {
    let var = Var::Fact(fact.to_owned());
    let Some(values) = vars.get(&var) else { return Vec::new() };
    let row = block.rows.first().map_or(0, |row| row.row);
    let is_answered = |value: &domain::Choice| {
        let mut fixed = vars.clone();
        fixed.insert(var.clone(), vec![value.clone()]);
        let answers =
            |world: Known<'_>| places(block).into_iter().any(|place| !block.answers(&world, place).is_empty());
        Tried::new(&fixed, MOST).any(answers)
    };
    let gaps = values.iter().filter(|value| !is_answered(value));
    let said = |value: &domain::Choice| {
        let message = format!("no row of this rule answers where `{fact}` {value}");
        Remark { severity: Severity::Note, row, column: Column::When, message }
    };
    gaps.map(said).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cells::Cells;

    fn remarks_with(rows: &[(&str, &str, &str)], gaps: &[&str]) -> Vec<String> {
        let cells = rows.iter().zip(2..).map(|((when, then, level), number)| {
            let mut cells = Cells::new(number);
            let reason = if matches!(*then, "met" | "none") { "" } else { "r" };
            for (column, text) in [
                (Column::Rule, "R1"),
                (Column::Duty, "d"),
                (Column::On, "output"),
                (Column::Cite, "IM 4"),
                (Column::When, when),
                (Column::Then, then),
                (Column::Level, level),
                (Column::Reason, reason),
            ] {
                cells.set(column, text);
            }
            cells
        });
        let table = Table::read(&cells.collect::<Vec<_>>()).unwrap_or_else(|e| panic!("{e:?}"));
        let gaps: Vec<String> = gaps.iter().map(|&fact| fact.to_owned()).collect();
        let closed = |path: &str| match path {
            "subject.age" => ["under-14", "14-17", "adult"].map(str::to_owned).to_vec(),
            _ => Vec::new(),
        };
        let domain = Domain { settings: BTreeMap::new(), words: &closed };
        check(&table, &domain, &gaps)
            .iter()
            .map(|one| format!("{:?} {}: {}", one.severity, one.row, one.message))
            .collect()
    }

    fn remarks(rows: &[(&str, &str, &str)]) -> Vec<String> {
        remarks_with(rows, &[])
    }

    #[test]
    fn a_row_that_never_answers_is_found() {
        let covered = remarks(&[("subject.age != adult", "", "stop"), ("subject.age = under-14", "", "mark")]);
        assert_eq!(covered.len(), 1, "{covered:?}");
        assert!(covered[0].starts_with("Error 3: it never answers: row 2 answers"), "{covered:?}");
        let never = remarks(&[("subject.age = adult; subject.age = under-14", "", "stop"), ("", "", "mark")]);
        assert!(never.iter().any(|one| one.starts_with("Error 2: it never answers: its conditions")), "{never:?}");
        assert_eq!(remarks(&[("subject.age = under-14", "", "stop"), ("subject.age != adult", "", "mark")]), [""; 0]);
    }

    #[test]
    fn rows_that_overlap_and_answer_otherwise_are_shown_with_an_example() {
        let said = remarks(&[("event.open-ended", "", "warn"), ("subject.age = adult", "", "stop")]);
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].starts_with("Note 3: it applies beside row 2"), "{said:?}");
        assert!(said[0].contains("`event.open-ended` is yes, `subject.age` is adult"), "{said:?}");
    }

    #[test]
    fn doubt_that_loosens_is_found() {
        let said = remarks(&[("surely subject.age = under-14", "", "stop")]);
        assert!(said[0].starts_with("Error 2: not knowing `subject.age` asks for less"), "{said:?}");
        let said = remarks(&[("maybe subject.age = adult", "met", ""), ("", "", "stop")]);
        assert!(said.iter().any(|one| one.contains("not knowing `subject.age`")), "{said:?}");
        assert_eq!(remarks(&[("subject.age = adult", "met", ""), ("", "", "stop")]), [""; 0]);
    }

    #[test]
    fn gaps_of_a_fact_are_listed_on_request() {
        let rows = [("subject.age = under-14", "", "stop"), ("subject.age = adult", "met", "")];
        assert_eq!(
            remarks_with(&rows, &["subject.age"]),
            ["Note 2: no row of this rule answers where `subject.age` is 14-17"]
        );
    }

    #[test]
    fn days_and_numbers_are_tried_around_what_they_are_compared_with() {
        let rows = [("event.notice-days >= 30", "met", ""), ("event.on > today", "met", ""), ("", "", "review")];
        assert_eq!(remarks(&rows), [""; 0]);
        let rows = [("event.notice-days >= 30", "", "stop"), ("event.notice-days > 29", "", "mark")];
        assert!(remarks(&rows)[0].starts_with("Error 3: it never answers"));
    }
}
