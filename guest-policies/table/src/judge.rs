//! Which rows answer, and what they answer.

use specialis_policy::{Case, Fact, Finding, Level, Measure, Rule, Span, cite};

use crate::grammar::{
    Action, Comparison, Level as LevelCell, LevelWord, Operand, Outcome, Param, Test, Value, level_of,
};
use crate::table::{Block, Row, Table};
use crate::world::{OfCase, World, every};

/// The version of the state.
const STATE: u8 = 1;

/// Judges one call.
pub(crate) fn judge(table: &Table, case: &Case, state: &mut Vec<u8>) -> Vec<Finding> {
    let mut counters = read_counters(table, state);
    let mut findings = Vec::new();
    let mut counted = Vec::new();
    {
        let named = table.counters.iter().map(String::as_str).zip(counters.iter().copied());
        let world = OfCase { case, counters: named.collect() };
        for block in &table.blocks {
            for row in block.answers(&world, place(case)) {
                let under = |action: &&Action| action.under.as_ref().is_none_or(|name| is_on(&world, name));
                let counts = row.actions.iter().filter(|action| action.name == Action::COUNT).filter(under);
                counted.extend(counts.filter_map(|action| action.key.clone()));
                if let Some(finding) = row.finding(&world)
                    && !findings.contains(&finding)
                {
                    findings.push(finding);
                }
            }
        }
    }
    // What is found at one point of an event is found again at later ones: it counts once.
    if case.is_end() && !counted.is_empty() {
        for (name, counter) in table.counters.iter().zip(&mut counters) {
            *counter = counter.saturating_add(u64::from(counted.contains(name)));
        }
        *state = write_counters(&counters);
    }
    findings
}

/// Where in a session a row is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place<'a> {
    /// The session opens.
    Open,
    /// An event of a kind.
    Event(&'a str),
}

fn place(case: &Case) -> Place<'_> {
    if case.is_open() { Place::Open } else { Place::Event(case.kind()) }
}

fn read_counters(table: &Table, state: &[u8]) -> Vec<u64> {
    let n_counters = table.counters.len();
    let Some((version, rest)) = state.split_first() else { return vec![0; n_counters] };
    let (words, left) = rest.as_chunks::<8>();
    // The host hands back what the same table left, so this is a mistake, and a fault is safer than counts that start again.
    assert!(
        *version == STATE && words.len() == n_counters && left.is_empty(),
        "the state is not of {n_counters} counters"
    );
    words.iter().map(|word| u64::from_le_bytes(*word)).collect()
}

fn write_counters(counters: &[u64]) -> Vec<u8> {
    [STATE].into_iter().chain(counters.iter().flat_map(|counter| counter.to_le_bytes())).collect()
}

impl Block {
    /// The rows that answer, in order. A row that surely applies is the last one. One that may apply, because a fact is unknown,
    /// answers too if it asks for something, and others may answer beside it.
    pub(crate) fn answers(&self, world: &dyn World, place: Place<'_>) -> Vec<&Row> {
        let mut answers = Vec::new();
        for row in self.rows.iter().filter(|row| row.is_at(place)) {
            match row.applies(world) {
                Some(true) => {
                    answers.push(row);
                    break;
                }
                None if !row.outcome.loosens() => answers.push(row),
                None | Some(false) => {}
            }
        }
        answers
    }
}

impl Row {
    pub(crate) fn is_at(&self, place: Place<'_>) -> bool {
        match place {
            Place::Open => self.open.is_some(),
            Place::Event(kind) => self.kinds.contains(&kind),
        }
    }

    /// Whether all its conditions hold; absent where that hangs on an unknown fact.
    pub(crate) fn applies(&self, world: &dyn World) -> Option<bool> {
        every(self.when.iter().map(|condition| condition.holds(world)))
    }

    /// Its level in a world.
    pub(crate) fn level_in(&self, world: &dyn World) -> Level {
        self.level.as_ref().map_or(Level::Pass, |level| level.of(world))
    }

    /// What it answers; nothing where it silences the rows behind it.
    fn finding(&self, world: &dyn World) -> Option<Finding> {
        let rule = Rule::new(self.rule, self.duty, cite(self.cite.0, self.cite.1));
        let finding = match self.outcome {
            Outcome::None => return None,
            Outcome::Met => rule.met(),
            Outcome::NotApplicable => rule.not_applicable(self.reason),
            Outcome::Unknown => rule.unknown(self.reason),
            Outcome::Require => self.asking(rule.require(self.level_in(world), self.reason), world),
            Outcome::InsteadOf => self.asking(rule.instead_of(self.level_in(world), self.reason), world),
        };
        Some(match &self.open {
            Some(kinds) => finding.on(kinds),
            None => finding,
        })
    }

    fn asking(&self, finding: Finding, world: &dyn World) -> Finding {
        let spans = self.spans(world);
        let finding = finding.at_all(spans.iter().copied());
        let due = self.actions.iter().filter(|action| action.under.as_ref().is_none_or(|name| is_on(world, name)));
        due.fold(finding, |finding, action| {
            let key = || &*String::leak(action.key.clone().unwrap_or_default());
            match action.name.as_str() {
                Action::COUNT => finding,
                "redact" => spans.iter().copied().fold(finding, Finding::redact),
                "stop" => finding.stop(),
                "append" => finding.append(key()),
                "replace" => finding.replace(key()),
                _ => finding.measure(action.measure(world)),
            }
        })
    }

    /// The hits that it rests on: those of the categories under `at`, or else of its conditions, as far as they count there.
    fn spans(&self, world: &dyn World) -> Vec<Span> {
        let mut spans: Vec<Span> = match &self.at {
            Some(categories) => world.hits(categories).into_iter().map(|(span, _)| span).collect(),
            None => {
                let conditions = self.when.iter().filter(|condition| !condition.is_negated);
                let read = conditions.flat_map(|condition| match &condition.left {
                    Operand::Hits(categories) => world.hits(categories),
                    Operand::Weight(categories) => {
                        let least = least(&condition.test, world);
                        world.hits(categories).into_iter().filter(|(_, weight)| i64::from(*weight) >= least).collect()
                    }
                    Operand::Fact(_)
                    | Operand::Setting(_)
                    | Operand::Today
                    | Operand::Signal(_)
                    | Operand::Count(_) => Vec::new(),
                });
                read.map(|(span, _)| span).collect()
            }
        };
        let mut seen = Vec::new();
        spans.retain(|span| {
            let is_new = !seen.contains(span);
            seen.push(*span);
            is_new
        });
        spans
    }
}

/// The least weight that a condition counts.
fn least(test: &Test, world: &dyn World) -> i64 {
    let Test::Compare(comparison, rights) = test else { return 0 };
    let numbers = rights.iter().filter_map(|right| match right.value(world) {
        Some(Fact::Number(number)) => Some(number),
        Some(Fact::Flag(_) | Fact::Text(_) | Fact::Date(_) | Fact::List(_) | Fact::Record(_)) | None => None,
    });
    match comparison {
        Comparison::AtLeast => numbers.min().unwrap_or(0),
        Comparison::More => numbers.min().unwrap_or(0).saturating_add(1),
        Comparison::Equal | Comparison::NotEqual | Comparison::Less | Comparison::AtMost => 0,
    }
}

/// Whether a switch of the operator is on.
fn is_on(world: &dyn World, setting: &str) -> bool {
    world.setting(setting) == Some(specialis_policy::Value::Flag(true))
}

impl LevelCell {
    fn of(&self, world: &dyn World) -> Level {
        let under = self.under.iter().find(|(_, setting)| is_on(world, setting)).map(|(word, _)| word);
        match under.unwrap_or(&self.otherwise) {
            LevelWord::Level(level) => *level,
            LevelWord::Setting(name) => match world.setting(name) {
                Some(specialis_policy::Value::Text(word)) => level_of(&word).unwrap_or(Level::Stop),
                // A setting that is no level is refused when the policy is built; until then nothing goes out.
                _ => Level::Stop,
            },
        }
    }
}

impl Action {
    fn measure(&self, world: &dyn World) -> Measure {
        let lasting = |text: &str| &*String::leak(text.to_owned());
        let measure = Measure::new(lasting(&self.name));
        self.params.iter().fold(measure, |measure, (name, param)| {
            let name = lasting(name);
            match param {
                Param::Seconds(seconds) => measure.seconds(name, *seconds),
                Param::Value(Value::Number(number)) => measure.number(name, *number),
                Param::Value(Value::Date(day)) => measure.date(name, *day),
                Param::Value(Value::Text(id)) => measure.id(name, id.clone()),
                Param::Value(Value::Flag(flag)) => measure.id(name, if *flag { "yes" } else { "no" }),
                Param::Setting(setting) => match world.setting(setting) {
                    Some(specialis_policy::Value::Number(number)) => measure.number(name, number),
                    Some(specialis_policy::Value::Date(day)) => measure.date(name, day),
                    Some(specialis_policy::Value::Text(id)) => measure.id(name, id),
                    Some(specialis_policy::Value::Flag(_) | specialis_policy::Value::Texts(_)) | None => measure,
                },
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use specialis_policy::testing::CaseBuilder;

    use super::*;
    use crate::cells::{Cells, Column};

    const HEAD: [Column; 9] = [
        Column::Rule,
        Column::Duty,
        Column::On,
        Column::When,
        Column::Then,
        Column::Level,
        Column::Do,
        Column::Cite,
        Column::Reason,
    ];

    fn table(rows: &[[&str; 9]]) -> Table {
        let cells = rows.iter().zip(2..).map(|(row, number)| {
            let mut cells = Cells::new(number);
            HEAD.into_iter().zip(row).for_each(|(column, text)| cells.set(column, text));
            cells
        });
        let mut cells: Vec<Cells> = cells.collect();
        Cells::inherit(&mut cells);
        Table::read(&cells).unwrap_or_else(|problems| panic!("{problems:?}"))
    }

    fn levels(table: &Table, case: CaseBuilder, state: &mut Vec<u8>) -> Vec<Option<Level>> {
        judge(table, &case.build(), state).iter().map(Finding::level).collect()
    }

    fn output() -> CaseBuilder {
        CaseBuilder::new("output")
            .text("甲乙丙")
            .hit_weighing("a1.violence", "甲", 40)
            .hit_weighing("a1.violence", "丙", 80)
    }

    #[test]
    fn the_first_row_that_applies_answers() {
        let table = table(&[
            ["R1", "d", "output", "hit(a1.fraud)", "", "stop", "", "IM 4", "r"],
            ["", "", "", "weight(a1.violence) >= $least", "", "redact", "redact", "", "r"],
            ["", "", "", "", "", "mark", "", "", "r"],
        ]);
        let judged = judge(&table, &output().setting("least", 50).build(), &mut Vec::new());
        let [finding] = judged.as_slice() else { panic!("{judged:?}") };
        let demand = finding.demand().unwrap();
        assert_eq!(
            (demand.level, demand.spans.len(), demand.obligations.len()),
            (Level::Redact, 1, 1),
            "the light hit is left"
        );
        assert_eq!(levels(&table, output().setting("least", 90), &mut Vec::new()), [Some(Level::Mark)]);
    }

    #[test]
    fn what_is_not_known_tightens_unless_the_row_says_otherwise() {
        let row = |when, then, level, reason| ["R1", "d", "output", when, then, level, "", "IM 4", reason];
        let met = row("subject.supervised", "met", "", "");
        let asks = |when| row(when, "", "stop", "r");
        let judge = |rows: &[[&str; 9]]| levels(&table(rows), CaseBuilder::new("output"), &mut Vec::new());
        assert_eq!(judge(&[met, asks("subject.age != adult")]), [Some(Level::Stop)]);
        assert_eq!(judge(&[asks("surely subject.age != adult")]), []);
        assert_eq!(judge(&[row("maybe subject.supervised", "met", "", ""), asks("")]), [None]);
        // A demand that may arise does not hide a later one.
        assert_eq!(
            judge(&[row("subject.age = under-14", "", "mark", "r"), asks("")]),
            [Some(Level::Mark), Some(Level::Stop)]
        );
    }

    #[test]
    fn counters_count_events_and_not_the_points_of_one() {
        let table = table(&[
            ["R1", "d", "output", "count(times) >= 2", "", "stop", "", "IM 4", "r"],
            ["R2", "e", "output", "hit(a1.violence)", "", "pass", "count(times)", "IM 4", "r"],
        ]);
        let mut state = Vec::new();
        assert_eq!(levels(&table, output().point("hit"), &mut state), [Some(Level::Pass)]);
        for _ in 0..2 {
            assert_eq!(levels(&table, output(), &mut state), [Some(Level::Pass)]);
        }
        assert_eq!(levels(&table, output(), &mut state), [Some(Level::Stop), Some(Level::Pass)]);
    }
}
