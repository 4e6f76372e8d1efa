//! A session in any order: pieces of text, scores, reviews, an abort and settlements, as a platform may send them.

use specialis::{Host, Judged, Step, Stream};
use specialis_core::words::{ReviewOutcome, ReviewRole};
use specialis_core::{Context, Decision, Event, EventFacts, EventKind, Outcome, SourceId, Status, kinds};

use crate::dice::Dice;
use crate::hosts;

/// One thing that a platform does while text streams.
#[derive(Clone, Debug, PartialEq)]
pub enum Move {
    /// A piece of text of a choice and channel.
    Push(u32, Option<&'static str>, String),
    /// A score of a category, up to a byte of part 0.
    Score(&'static str, Option<u32>, Option<u32>),
    /// A reviewer's answer to the last decision, or to one that is none.
    Review(ReviewOutcome, bool),
    /// The reader is gone.
    Abort,
    /// What became of the obligations of the last decision.
    Settle(bool),
    /// Somebody says whether the session is in a sector.
    Sector(&'static str, Status, &'static str),
    /// An event beside the stream.
    Beside(EventKind, &'static str),
    /// The stream ends, and another begins.
    End,
}

const PIECES: [&str; 14] = [
    "今天", "图书馆开放。", "样例", "甲", "样例甲号", "。", "\n", "电话1380013", "8000", "，", "血腥", "加微信",
    "\u{200b}", "a ",
];

/// Moves that the bytes choose.
pub fn moves(dice: &mut Dice<'_>) -> Vec<Move> {
    let mut all = Vec::new();
    while dice.has_more() && all.len() < 64 {
        all.push(match dice.below(16) {
            0 => Move::Score(
                dice.one_of::<&str>(&["a1.violence", "a1.obscenity", "nothing"]),
                (!dice.once_in(8)).then(|| 4 * u32::from(dice.byte())),
                (!dice.once_in(3)).then(|| u32::from(dice.byte())),
            ),
            1 => {
                let outcomes = [ReviewOutcome::Approved, ReviewOutcome::Refused, ReviewOutcome::Expired];
                Move::Review(*dice.one_of(&outcomes), !dice.once_in(4))
            }
            2 if dice.once_in(3) => Move::Abort,
            3 => Move::Settle(dice.once_in(2)),
            4 => Move::Sector(
                dice.one_of::<&str>(&["film", "news", "nothing"]),
                *dice.one_of(&[Status::Yes, Status::No, Status::Unknown]),
                dice.one_of::<&str>(&["platform", "nobody", "profile"]),
            ),
            5 => Move::Beside(
                *dice.one_of(&[EventKind::Prompt, EventKind::Tool, EventKind::Output]),
                dice.one_of::<&str>(&PIECES),
            ),
            6 if dice.once_in(2) => Move::End,
            _ => Move::Push(
                u32::from(dice.once_in(6)),
                dice.once_in(6).then_some("reasoning"),
                (0..=dice.below(3)).map(|_| *dice.one_of(&PIECES)).collect(),
            ),
        });
    }
    all
}

/// What a session came to, so that two can be compared: texts that follow each other in a part are one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Told(Vec<String>);

impl Told {
    fn text(&mut self, part: u32, text: &str) {
        let head = format!("text of {part}: ");
        match self.0.last_mut().filter(|last| last.starts_with(&head)) {
            Some(last) => last.push_str(text),
            None => self.0.push(head + text),
        }
    }

    fn steps(&mut self, steps: Vec<Step>, last: &mut Option<Decision>) {
        for step in steps {
            match step {
                Step::Text { part, text } => self.text(part, &text),
                Step::Decision(decision) => {
                    self.0.push(hosts::json(&decision));
                    *last = Some(*decision);
                }
                Step::Closed { part, level } => self.0.push(format!("closed {part} at {}", level.as_str())),
            }
        }
    }

    fn judged(&mut self, judged: Judged, last: &mut Option<Decision>) {
        self.0.push(hosts::json(&judged.decision));
        for (part, text) in &judged.release.parts {
            if let Some(text) = text {
                self.text(*part, text);
            }
        }
        *last = Some(judged.decision);
    }
}

/// Makes the moves in a new session; `cut` passes each piece of text on character by character.
///
/// # Panics
/// Where something goes out after the reader is gone, or the counts of a settlement do not add up.
pub fn run(host: &Host, moves: &[Move], cut: bool) -> Told {
    let mut told = Told::default();
    let mut last = None;
    let mut session = host.open("moves", Context::default());
    let mut rest = moves;
    loop {
        let mut stream = session.stream(Event::new(EventKind::Output));
        told.steps(stream.steps(), &mut last);
        let n = rest.iter().position(|one| *one == Move::End).unwrap_or(rest.len());
        let (now, later) = rest.split_at(n);
        let mut is_gone = false;
        for one in now {
            make(&mut stream, one, cut, &mut told, &mut last);
            is_gone |= *one == Move::Abort;
            assert!(!is_gone || stream.n_kept_back() == 0, "text is kept for a reader who is gone");
        }
        let end = stream.end();
        let goes_out = end.release.parts.iter().any(|(_, text)| text.as_ref().is_some_and(|text| !text.is_empty()));
        assert!(!is_gone || !goes_out, "text goes out to a reader who is gone");
        told.judged(end, &mut last);
        match later {
            [] => return told,
            [_, after @ ..] => rest = after,
        }
    }
}

fn make(stream: &mut Stream<'_>, one: &Move, cut: bool, told: &mut Told, last: &mut Option<Decision>) {
    match one {
        Move::Push(choice, channel, text) if cut => {
            for c in text.chars() {
                told.steps(stream.push(*choice, *channel, c.encode_utf8(&mut [0; 4])), last);
            }
        }
        Move::Push(choice, channel, text) => told.steps(stream.push(*choice, *channel, text), last),
        Move::Score(category, permille, up_to) => {
            let (category, part) = (Some((*category).to_owned()), Some(0));
            let facts = kinds::LateSignal { category, score_permille: *permille, part, up_to: *up_to };
            told.judged(stream.submit(EventFacts::Signal(facts).into()), last);
        }
        Move::Review(outcome, of_last) => {
            let id = last.as_ref().filter(|_| *of_last).map_or("0123", |decision| decision.id.as_str());
            let (role, digest) = (Some(ReviewRole::ContentReviewer), Some(id.to_owned()));
            let facts = kinds::Review { role, outcome: Some(*outcome), digest };
            told.judged(stream.submit(EventFacts::Review(facts).into()), last);
        }
        Move::Abort => told.judged(stream.submit(Event::new(EventKind::Abort)), last),
        Move::Settle(done) => {
            let Some(decision) = last.as_ref() else { return };
            let outcomes: Vec<_> = if *done {
                (0..decision.obligations.len()).map(|at| (at, Outcome::Done)).collect()
            } else {
                Vec::new()
            };
            told.0.push(format!("{:?}", stream.settle(decision, &outcomes)));
        }
        Move::Sector(sector, status, source) => {
            stream.set_sector((*sector).into(), *status, SourceId::from(*source));
        }
        Move::Beside(kind, text) => told.judged(stream.submit(Event::new(*kind).with_text(*text)), last),
        Move::End => {}
    }
}
