//! Rows that were read.

use crate::cells::{Cells, Column, Problem};
use crate::grammar::{Action, Condition, Level, Outcome, words};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The row, from 1, as a spreadsheet counts.
    pub row: u32,
    /// The rule.
    pub rule: &'static str,
    /// The duty.
    pub duty: &'static str,
    /// The group.
    pub group: &'static str,
    /// The kinds of event on which it is looked at.
    pub kinds: Vec<&'static str>,
    /// Where it is looked at when a session opens: the kinds of event that its answer holds for, all where empty.
    pub open: Option<Vec<&'static str>>,
    /// What has to hold.
    pub when: Vec<Condition>,
    /// The case of its answer.
    pub outcome: Outcome,
    /// The level of its answer.
    pub level: Option<Level>,
    /// What it asks for.
    pub actions: Vec<Action>,
    /// The categories whose hits are evidence, where they are not those of its conditions.
    pub at: Option<Vec<String>>,
    /// The instrument and the article.
    pub cite: (&'static str, &'static str),
    /// The reason; empty where the answer has none.
    pub reason: &'static str,
}

/// Rows of one rule, duty and group: the first that applies answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The rows, in order.
    pub rows: Vec<Row>,
}

/// A table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// Its rows in blocks, in the order in which their first rows stand.
    pub blocks: Vec<Block>,
    /// The counters of a session, in the order in which they are kept.
    pub counters: Vec<String>,
}

/// A name that lasts as long as the program: findings are made of such. A table is read once, and calls end with their memory.
fn lasting(text: &str) -> &'static str {
    String::leak(text.to_owned())
}

impl Table {
    /// Reads rows.
    ///
    /// # Errors
    /// Everything that cannot be read, in the order of the rows.
    pub fn read(cells: &[Cells]) -> Result<Self, Vec<Problem>> {
        let mut table = Self::default();
        let mut problems = Vec::new();
        for cells in cells.iter().filter(|cells| !cells.is_blank()) {
            match Row::read(cells) {
                Ok(row) => table.add(row),
                Err(more) => problems.extend(more),
            }
        }
        table.counters.sort();
        table.counters.dedup();
        if table.blocks.is_empty() && problems.is_empty() {
            problems.push(Problem::new(1, Column::Rule, "the table has no row; add one below its head"));
        }
        if problems.is_empty() { Ok(table) } else { Err(problems) }
    }

    fn add(&mut self, row: Row) {
        let counters =
            row.actions.iter().filter(|action| action.name == Action::COUNT).filter_map(|one| one.key.clone());
        self.counters.extend(counters);
        let is_same = |block: &&mut Block| {
            block
                .rows
                .first()
                .is_some_and(|first| (first.rule, first.duty, first.group) == (row.rule, row.duty, row.group))
        };
        match self.blocks.iter_mut().find(is_same) {
            Some(block) => block.rows.push(row),
            None => self.blocks.push(Block { rows: vec![row] }),
        }
    }

    /// Every row, block by block.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.blocks.iter().flat_map(|block| &block.rows)
    }
}

impl Row {
    fn read(cells: &Cells) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let row = cells.row;
        let mut needs = |column: Column| {
            if cells.get(column).is_empty() {
                problems.push(Problem::new(
                    row,
                    column,
                    "the cell is empty; fill it, or leave the rule empty too to take that of the row above",
                ));
            }
            lasting(cells.get(column))
        };
        let (rule, duty) = (needs(Column::Rule), needs(Column::Duty));
        let cite = needs(Column::Cite);
        needs(Column::On);
        let mut kept = |column: Column, read: Result<(), String>| {
            if let Err(message) = read {
                problems.push(Problem::new(row, column, message));
            }
        };
        let (mut kinds, mut open) = (Vec::new(), None);
        kept(Column::On, read_on(cells.get(Column::On), &mut kinds, &mut open));
        let (mut when, mut outcome, mut level, mut actions) = (Vec::new(), Outcome::None, None, Vec::new());
        kept(Column::When, Condition::read_all(cells.get(Column::When)).map(|read| when = read));
        kept(Column::Then, Outcome::read(cells.get(Column::Then)).map(|read| outcome = read));
        let cell = cells.get(Column::Level);
        if !cell.is_empty() {
            kept(Column::Level, Level::read(cell).map(|read| level = Some(read)));
        }
        kept(Column::Do, Action::read_all(cells.get(Column::Do)).map(|read| actions = read));
        let (instrument, article) = cite.split_once(' ').unwrap_or((cite, ""));
        let reason = lasting(cells.get(Column::Reason));
        let at = words(cells.get(Column::At)).map(str::to_owned).collect::<Vec<_>>();
        let read = Self {
            row,
            rule,
            duty,
            group: lasting(cells.get(Column::Group)),
            kinds,
            open,
            when,
            outcome,
            level,
            actions,
            at: (!at.is_empty()).then_some(at),
            cite: (instrument, article.trim()),
            reason,
        };
        if problems.is_empty() {
            problems = read.contradictions();
        }
        if problems.is_empty() { Ok(read) } else { Err(problems) }
    }

    /// What does not go together in the row.
    fn contradictions(&self) -> Vec<Problem> {
        let demands = self.outcome.demands();
        let has_reason = !matches!(self.outcome, Outcome::Met | Outcome::None);
        let asks = self.actions.iter().any(|action| action.name != Action::COUNT);
        let wrong = [
            (
                self.cite.1.is_empty(),
                Column::Cite,
                "the article is missing; write the instrument and the article, such as `IM 4(1)`",
            ),
            (demands && self.level.is_none(), Column::Level, "the answer asks for something; give its level"),
            (!demands && self.level.is_some(), Column::Level, "the answer asks for nothing; leave the level empty"),
            (!demands && asks, Column::Do, "the answer asks for nothing; leave the cell empty"),
            (has_reason && self.reason.is_empty(), Column::Reason, "the answer has a reason; name one"),
            (!has_reason && !self.reason.is_empty(), Column::Reason, "the answer has no reason; leave the cell empty"),
            (!demands && self.at.is_some(), Column::At, "the answer asks for nothing; leave the cell empty"),
        ];
        let wrong = wrong.into_iter().filter(|(is_wrong, ..)| *is_wrong);
        wrong.map(|(_, column, message)| Problem::new(self.row, column, message)).collect()
    }

    /// The categories that it reads.
    pub fn categories(&self) -> impl Iterator<Item = &str> {
        let conditions = self.when.iter().flat_map(Condition::categories);
        conditions.chain(self.at.iter().flatten()).map(String::as_str)
    }

    /// Whether it applies only where something was hit or scored in a category.
    pub fn needs_hit(&self) -> bool {
        self.when.iter().any(|one| !one.is_negated && !one.categories().is_empty())
    }
}

/// Reads kinds of event: `prompt | output`, and `open` or `open(prompt | output)`.
fn read_on(cell: &str, kinds: &mut Vec<&'static str>, open: &mut Option<Vec<&'static str>>) -> Result<(), String> {
    let (before, inner, after) = match cell.split_once("open") {
        None => (cell, None, ""),
        Some((before, after)) => {
            match after.trim_start().strip_prefix(['(', '（']).and_then(|rest| rest.split_once([')', '）'])) {
                Some((inner, after)) => (before, Some(inner), after),
                None => (before, Some(""), after),
            }
        }
    };
    *open = inner.map(|inner| words(inner).map(lasting).collect());
    kinds.extend(words(before).chain(words(after)).map(lasting));
    match kinds.iter().find(|kind| kind.contains(' ') || kind.contains(['(', ')'])) {
        Some(odd) => Err(format!("`{odd}` is no kind of event; write kinds with `|` between them, or `open`")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(row: u32, set: &[(Column, &str)]) -> Cells {
        let mut cells = Cells::new(row);
        set.iter().for_each(|(column, text)| cells.set(*column, text));
        cells
    }

    const FULL: [(Column, &str); 7] = [
        (Column::Rule, "R1"),
        (Column::Duty, "d"),
        (Column::On, "prompt | output"),
        (Column::When, "hit(a1.violence); subject.age = adult"),
        (Column::Level, "warn"),
        (Column::Cite, "IM 4(1)"),
        (Column::Reason, "because"),
    ];

    #[test]
    fn rows_of_a_rule_a_duty_and_a_group_are_one_block() {
        let other = cells(3, &[&FULL[..], &[(Column::Group, "b"), (Column::Do, "count(times)")]].concat());
        let table = Table::read(&[cells(2, &FULL), other, cells(4, &FULL)]).unwrap();
        let blocks: Vec<Vec<u32>> =
            table.blocks.iter().map(|block| block.rows.iter().map(|row| row.row).collect()).collect();
        assert_eq!((blocks, table.counters.as_slice()), (vec![vec![2, 4], vec![3]], &["times".to_owned()][..]));
        let row = table.rows().next().unwrap();
        assert_eq!(
            (row.kinds.as_slice(), row.cite, row.needs_hit()),
            (&["prompt", "output"][..], ("IM", "4(1)"), true)
        );
    }

    #[test]
    fn every_cell_that_is_wrong_is_named() {
        let bad = [(Column::When, "subject.age"), (Column::Level, "halt"), (Column::Cite, "IM")];
        let problems =
            Table::read(&[cells(2, &[&FULL[..], &bad].concat()), cells(5, &[(Column::Rule, "R2")])]).unwrap_err();
        let places: Vec<_> = problems.iter().map(|problem| (problem.row, problem.column)).collect();
        assert_eq!(places[0], (2, Column::Level));
        assert!(places.contains(&(5, Column::Duty)) && places.contains(&(5, Column::Cite)), "{problems:?}");
        let met = [&FULL[..], &[(Column::Then, "met")]].concat();
        let problems = Table::read(&[cells(2, &met)]).unwrap_err();
        assert_eq!(problems.iter().map(|one| one.column).collect::<Vec<_>>(), [Column::Level, Column::Reason]);
    }

    #[test]
    fn an_opening_session_is_a_place_of_its_own() {
        let (mut kinds, mut open) = (Vec::new(), None);
        read_on("open(prompt | output)、account", &mut kinds, &mut open).unwrap();
        assert_eq!((kinds, open), (vec!["account"], Some(vec!["prompt", "output"])));
    }
}
