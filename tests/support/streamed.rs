//! Streams: a text in pieces, and what came of it.

use std::collections::BTreeMap;

use specialis::{Judged, Session, Step};
use specialis_core::{Decision, Event, EventKind, Level};

/// A piece of a stream: choice, channel and text.
pub type Piece = (u32, Option<String>, String);

/// What a stream came to, told so that it can be compared however the text was cut: texts of a part that follow each other are
/// one.
#[derive(Clone, Debug, PartialEq)]
pub struct Streamed {
    /// The steps on the way.
    pub steps: Vec<Step>,
    /// The decision on the whole.
    pub decision: Decision,
    /// All the text that went out, by part.
    pub out: BTreeMap<u32, String>,
}

impl Streamed {
    /// Where it differs from another, in a few words.
    pub fn difference(&self, other: &Self) -> Option<String> {
        let short = |value: &dyn std::fmt::Debug| format!("{value:?}").chars().take(700).collect::<String>();
        let steps = self.steps.iter().zip(&other.steps).find(|(one, other)| one != other);
        if let Some((one, other)) = steps {
            return Some(format!("{}\nagainst {}", short(one), short(other)));
        }
        if self.out != other.out {
            return Some(format!("{:?}\nagainst {:?}", self.out, other.out));
        }
        let (one, two) = (self.steps.len(), other.steps.len());
        (self != other)
            .then(|| format!("{one} and {two} steps\n{}\nagainst {}", short(&self.decision), short(&other.decision)))
    }

    /// Fails, briefly, where it is not the same as another.
    ///
    /// # Panics
    /// Where they differ.
    pub fn assert_same(&self, other: &Self, what: &dyn std::fmt::Debug) {
        if let Some(difference) = self.difference(other) {
            panic!("{what:?}: {difference}");
        }
    }

    /// The parts that were closed, and at which level.
    pub fn closed(&self) -> Vec<(u32, Level)> {
        let closed = self.steps.iter().filter_map(|step| match step {
            Step::Closed { part, level } => Some((*part, *level)),
            Step::Text { .. } | Step::Decision(_) => None,
        });
        closed.collect()
    }

    /// The decisions on the way.
    pub fn decisions(&self) -> Vec<&Decision> {
        let decisions = self.steps.iter().filter_map(|step| match step {
            Step::Decision(decision) => Some(&**decision),
            Step::Text { .. } | Step::Closed { .. } => None,
        });
        decisions.collect()
    }
}

/// Streams pieces of an output into a session and ends the stream.
pub fn stream(session: &mut Session, pieces: &[Piece]) -> Streamed {
    let mut stream = session.stream(Event::new(EventKind::Output));
    let mut steps = stream.steps();
    for (choice, channel, text) in pieces {
        steps.extend(stream.push(*choice, channel.as_deref(), text));
    }
    told(steps, stream.end())
}

/// What steps and the end came to.
pub fn told(steps: Vec<Step>, end: Judged) -> Streamed {
    let mut out: BTreeMap<u32, String> = BTreeMap::new();
    let mut merged: Vec<Step> = Vec::new();
    for step in steps {
        match (step, merged.last_mut()) {
            (Step::Text { part, text }, Some(Step::Text { part: last, text: before })) if *last == part => {
                out.entry(part).or_default().push_str(&text);
                before.push_str(&text);
            }
            (step, _) => {
                if let Step::Text { part, text } = &step {
                    out.entry(*part).or_default().push_str(text);
                }
                merged.push(step);
            }
        }
    }
    for (part, text) in end.release.parts {
        if let Some(text) = text {
            out.entry(part).or_default().push_str(&text);
        }
    }
    Streamed { steps: merged, decision: end.decision, out }
}

/// The ways to cut a text that every stream is tried in: whole, into characters, and at random places.
pub fn cuts(text: &str, n_random: u64) -> Vec<Vec<String>> {
    let characters = text.chars().map(String::from).collect();
    let mut ways = vec![vec![text.to_owned()], characters];
    ways.extend((1..=n_random).map(|seed| cut_at_random(text, seed)));
    ways
}

/// A text in pieces of one to eight characters.
pub fn cut_at_random(text: &str, seed: u64) -> Vec<String> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut pieces = vec![String::new()];
    let mut left = 0_u64;
    for c in text.chars() {
        if left == 0 {
            // Xorshift: the same cuts in every run.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            left = state % 8 + 1;
            pieces.push(String::new());
        }
        pieces.last_mut().expect("there is one").push(c);
        left -= 1;
    }
    pieces
}
