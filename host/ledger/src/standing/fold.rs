//! The fold: from changes to counts, without any store.

use serde::{Deserialize, Serialize};
use specialis_core::words::StandingMeasure;
use specialis_core::{Date, Standing};

/// The most breaches of a user that are kept one by one. Older ones are counted, and cannot be taken back any more.
const MAX_MARKS: usize = 1_024;

/// What changes the standing of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Change {
    /// A breach was counted.
    Breach {
        /// The decision that counted it.
        decision: String,
        /// The day in Asia/Shanghai.
        day: Date,
    },
    /// A lawful use ended a row of breaches.
    Lawful {},
    /// A measure took force.
    Measure {
        /// Which one; `none` lifts all.
        measure: StandingMeasure,
        /// The first day on which it is in force no more. Absent: until it is lifted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Date>,
        /// The decision that asked for it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        decision: Option<String>,
    },
    /// A breach was taken back, with the measures that the same decision asked for.
    Refuted {
        /// The decision that counted it.
        decision: String,
    },
    /// The user's state moved here from the tag of an earlier epoch.
    Moved {
        /// That tag.
        from: String,
    },
}

/// A breach that counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    decision: String,
    day: Date,
    /// The row of breaches that it belongs to.
    row: u64,
}

/// A measure with its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeasureInForce {
    /// Which one.
    pub measure: StandingMeasure,
    /// The first day on which it is in force no more. Absent: until it is lifted.
    pub until: Option<Date>,
    decision: Option<String>,
}

/// All that is known of a user.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubjectState {
    marks: Vec<Mark>,
    /// Breaches that are only counted.
    older: u32,
    /// The number of the row that the next breach belongs to.
    row: u64,
    measures: Vec<MeasureInForce>,
}

/// The counts of a user on a day. They are of earlier breaches: the one at hand is one more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Earlier breaches without a lawful use in between; at most 1,024.
    pub consecutive: u32,
    /// Earlier breaches on that day in Asia/Shanghai; at most 1,024.
    pub today: u32,
    /// Earlier breaches in all.
    pub total: u32,
    /// The strictest measure in force on that day.
    pub measure: StandingMeasure,
    /// The day.
    pub as_of: Date,
}

impl From<Counts> for Standing {
    fn from(counts: Counts) -> Self {
        Self {
            consecutive: Some(counts.consecutive),
            today: Some(counts.today),
            total: Some(counts.total),
            current_measure: Some(counts.measure),
            as_of: Some(counts.as_of),
        }
    }
}

impl SubjectState {
    /// Applies a change. Whether it changed anything; a breach of a decision that counts already does not. `moved` is the state
    /// under the earlier tag of a [`Change::Moved`].
    pub fn apply(&mut self, change: &Change, moved: Option<&Self>) -> bool {
        match change {
            Change::Breach { decision, day } => self.breach(decision, *day),
            Change::Lawful {} => {
                let is_first = self.is_in_row();
                self.row = self.row.saturating_add(u64::from(is_first));
                is_first
            }
            Change::Measure { measure: StandingMeasure::None, .. } => {
                let is_any = !self.measures.is_empty();
                self.measures.clear();
                is_any
            }
            Change::Measure { measure, until, decision } => {
                let new = MeasureInForce { measure: *measure, until: *until, decision: decision.clone() };
                let is_new = !self.measures.contains(&new);
                if is_new {
                    self.measures.push(new);
                }
                is_new
            }
            Change::Refuted { decision } => {
                let before = (self.marks.len(), self.measures.len());
                self.marks.retain(|mark| mark.decision != *decision);
                self.measures.retain(|measure| measure.decision.as_ref() != Some(decision));
                before != (self.marks.len(), self.measures.len())
            }
            Change::Moved { .. } => match moved {
                Some(moved) if *self == Self::default() => {
                    self.clone_from(moved);
                    true
                }
                Some(_) | None => false,
            },
        }
    }

    fn breach(&mut self, decision: &str, day: Date) -> bool {
        if self.marks.iter().any(|mark| mark.decision == decision) {
            return false;
        }
        if self.marks.len() >= MAX_MARKS {
            self.marks.remove(0);
            self.older = self.older.saturating_add(1);
        }
        self.marks.push(Mark { decision: decision.to_owned(), day, row: self.row });
        true
    }

    /// The counts on a day.
    pub fn counts(&self, today: Date) -> Counts {
        let n = |matches: &dyn Fn(&&Mark) -> bool| {
            u32::try_from(self.marks.iter().filter(|mark| matches(mark)).count()).unwrap_or(u32::MAX)
        };
        let in_force = self.measures.iter().filter(|one| one.until.is_none_or(|until| today < until));
        Counts {
            consecutive: n(&|mark| mark.row == self.row),
            today: n(&|mark| mark.day == today),
            total: n(&|_| true).saturating_add(self.older),
            measure: in_force.map(|one| one.measure).max().unwrap_or(StandingMeasure::None),
            as_of: today,
        }
    }

    /// Whether it has the same breaches and measures as another one, in whatever order they came.
    pub(crate) fn has_the_same(&self, other: &Self) -> bool {
        let total = |state: &Self| u32::try_from(state.marks.len()).unwrap_or(u32::MAX).saturating_add(state.older);
        let marks = |state: &Self| {
            let mut marks: Vec<_> = state.marks.iter().map(|mark| (mark.decision.clone(), mark.day)).collect();
            marks.sort();
            marks
        };
        let has_all =
            |state: &Self, other: &Self| state.measures.iter().all(|measure| other.measures.contains(measure));
        let has_the_same_marks = self.older > 0 || other.older > 0 || marks(self) == marks(other);
        total(self) == total(other) && has_the_same_marks && has_all(self, other) && has_all(other, self)
    }

    /// Whether a lawful use would end a row of breaches.
    pub fn is_in_row(&self) -> bool {
        self.marks.iter().any(|mark| mark.row == self.row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: u8) -> Date {
        Date::new(2026, 11, number).unwrap()
    }

    fn breach(decision: &str, on: u8) -> Change {
        Change::Breach { decision: decision.to_owned(), day: day(on) }
    }

    fn state(changes: &[Change]) -> SubjectState {
        let mut state = SubjectState::default();
        for change in changes {
            state.apply(change, None);
        }
        state
    }

    fn numbers(state: &SubjectState, on: u8) -> (u32, u32, u32) {
        let counts = state.counts(day(on));
        (counts.consecutive, counts.today, counts.total)
    }

    #[test]
    fn counts_are_of_earlier_breaches_and_the_one_at_hand_is_one_more() {
        let mut state = SubjectState::default();
        assert_eq!(numbers(&state, 3), (0, 0, 0), "before the first breach");
        state.apply(&breach("a", 3), None);
        assert_eq!(numbers(&state, 3), (1, 1, 1), "before the second");
        state.apply(&breach("b", 3), None);
        assert_eq!(numbers(&state, 3), (2, 2, 2), "before the third in a row");
        state.apply(&breach("c", 3), None);
        state.apply(&breach("d", 3), None);
        assert_eq!(numbers(&state, 3), (4, 4, 4), "before the fifth of the day");
        assert_eq!(numbers(&state, 4), (4, 0, 4), "the day after");
    }

    #[test]
    fn breach_of_one_decision_counts_once() {
        let state = state(&[breach("a", 3), breach("a", 3), breach("a", 4)]);
        assert_eq!(numbers(&state, 3), (1, 1, 1));
    }

    #[test]
    fn lawful_use_ends_a_row_and_changes_nothing_without_one() {
        let mut state = state(&[breach("a", 3), breach("b", 3)]);
        assert!(state.is_in_row() && state.apply(&Change::Lawful {}, None));
        assert_eq!(numbers(&state, 3), (0, 2, 2));
        assert!(!state.is_in_row() && !state.apply(&Change::Lawful {}, None));
        state.apply(&breach("c", 3), None);
        assert_eq!(numbers(&state, 3), (1, 3, 3));
    }

    #[test]
    fn refuted_breach_takes_its_counts_and_its_measures_back() {
        let warned = Change::Measure { measure: StandingMeasure::Warned, until: None, decision: Some("b".to_owned()) };
        let mut state = state(&[breach("a", 3), breach("b", 3), warned]);
        assert_eq!(state.counts(day(3)).measure, StandingMeasure::Warned);
        assert!(state.apply(&Change::Refuted { decision: "b".to_owned() }, None));
        assert_eq!((numbers(&state, 3), state.counts(day(3)).measure), ((1, 1, 1), StandingMeasure::None));
        assert!(!state.apply(&Change::Refuted { decision: "b".to_owned() }, None));
    }

    #[test]
    fn measure_is_in_force_until_the_day_before_its_end() {
        let suspended = Change::Measure { measure: StandingMeasure::Suspended, until: Some(day(10)), decision: None };
        let warned = Change::Measure { measure: StandingMeasure::Warned, until: None, decision: None };
        let mut state = state(&[warned, suspended]);
        assert_eq!(state.counts(day(9)).measure, StandingMeasure::Suspended);
        assert_eq!(state.counts(day(10)).measure, StandingMeasure::Warned);
        state.apply(&Change::Measure { measure: StandingMeasure::None, until: None, decision: None }, None);
        assert_eq!(state.counts(day(9)).measure, StandingMeasure::None);
    }

    #[test]
    fn more_breaches_than_are_kept_are_counted() {
        let mut state = SubjectState::default();
        for n in 0..1_100 {
            state.apply(&breach(&format!("d-{n}"), 3), None);
        }
        assert_eq!(numbers(&state, 3), (1_024, 1_024, 1_100));
    }
}
