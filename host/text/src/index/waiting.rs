//! Matches whose right context has not come yet, and exceptions that cover others.

use super::edges::{Cut, Verdict};
use super::nearby::{self, Cue};
use super::{Compiled, Hit, Index};
use crate::place::{End, Place};
use crate::speech::{Saying, Speaker, Speech};
use crate::table::Class;

/// What a match is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// A hit, unless an exception covers it.
    Hit(Hit),
    /// An exception.
    Exception,
}

/// A match that waits for something to its right.
#[derive(Debug, Clone)]
pub(super) struct Waiting {
    pub(super) what: What,
    /// Whose exceptions may cover it, or whose hits it covers.
    pub(super) whose: Option<u32>,
    pub(super) category: u32,
    pub(super) start: usize,
    pub(super) end: End,
    /// The term, for its clauses.
    pub(super) term: Option<u32>,
    /// Its clauses that look to the right and are not decided, by their index in the term.
    pub(super) clauses: Vec<usize>,
    /// The letters around it, while it is open whether they cut it out of words.
    pub(super) cut: Option<Box<Cut>>,
    /// Its clause, while it is open how it is said.
    pub(super) saying: Option<Box<Saying>>,
    /// Whether the next character decides if it ends as a word does.
    pub(super) awaits_edge: bool,
    /// Whether its text is kept back for it: not for an exception and not for evidence.
    pub(super) is_held: bool,
    /// Whether some exception of the index may cover it.
    pub(super) can_be_covered: bool,
}

/// An exception that stands.
#[derive(Debug, Clone, Copy)]
struct Cover {
    whose: Option<u32>,
    category: u32,
    start: usize,
    end: usize,
}

/// What waits in one text.
#[derive(Debug, Clone, Default)]
pub(super) struct Queue {
    waiting: Vec<Waiting>,
    covers: Vec<Cover>,
}

/// What the queue has to know of the text so far.
#[derive(Debug, Clone, Copy)]
pub(super) struct Now {
    /// The first character of what may still become a match of some pattern, or else the character to come.
    pub(super) begun: Place,
    /// Nothing comes any more.
    pub(super) is_end: bool,
}

impl Queue {
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn push(&mut self, waiting: Waiting) {
        self.waiting.push(waiting);
    }

    /// Where the first hit begins that waits.
    pub(super) fn held(&self) -> Option<usize> {
        let hits = self.waiting.iter().filter(|waiting| waiting.is_held);
        hits.map(|waiting| waiting.start).min()
    }

    /// Takes whether a character of a word follows, for all matches that end before it.
    pub(super) fn edge(&mut self, is_word: bool) {
        if is_word {
            self.waiting.retain(|waiting| !waiting.awaits_edge);
        } else {
            self.waiting.iter_mut().for_each(|waiting| waiting.awaits_edge = false);
        }
    }

    /// Takes the next character of the view, or the end of the text, for all matches that end before it.
    pub(super) fn take(&mut self, index: &Index, speaker: Speaker, next: Option<(char, Class)>) {
        self.waiting.retain_mut(|waiting| {
            if let Some(saying) = &mut waiting.saying {
                match next {
                    Some((ch, class)) => saying.take(ch, class),
                    None => saying.close(),
                }
                if saying.is_closed() {
                    let speech = saying.speech(speaker);
                    waiting.saying = None;
                    waiting.say(index, speech);
                }
            }
            let Some(cut) = &mut waiting.cut else { return true };
            match next {
                Some((ch, class)) => cut.take(ch, class),
                None => cut.close(),
            }
            let verdict = cut.verdict();
            if verdict != Verdict::Open {
                waiting.cut = None;
            }
            verdict != Verdict::IsCut
        });
    }

    /// Takes a context word.
    pub(super) fn cue(&mut self, index: &Index, cue: &Cue) {
        self.waiting.retain_mut(|waiting| {
            let Some(term) = waiting.term.and_then(|term| index.term(term)) else { return true };
            let mut stands = true;
            waiting.clauses.retain(|&number| {
                let Some(clause) = term.clauses.get(number) else { return false };
                let is_met = nearby::is_right_of(clause, waiting.end, cue);
                stands &= !is_met || clause.kind.is_wanted();
                !is_met
            });
            stands
        });
    }

    /// Settles what can be settled by now, into `hits`.
    pub(super) fn settle(&mut self, index: &Index, now: Now, hits: &mut Vec<Hit>) {
        self.close_clauses(index, now);
        for waiting in self.waiting.extract_if(.., |waiting| waiting.what == What::Exception && waiting.is_decided()) {
            let Waiting { whose, category, start, end, .. } = waiting;
            self.covers.push(Cover { whose, category, start, end: end.at });
        }
        let mut rest = std::mem::take(&mut self.waiting);
        let exceptions: Vec<Waiting> = rest.extract_if(.., |waiting| waiting.what == What::Exception).collect();
        rest.retain(|waiting| {
            let What::Hit(hit) = &waiting.what else { return true };
            if !waiting.is_decided() {
                return true;
            }
            if waiting.can_be_covered {
                if self.covers.iter().any(|cover| cover.covers(waiting)) {
                    return false;
                }
                let may_come = !now.is_end && now.begun.start <= waiting.start;
                if may_come || exceptions.iter().any(|exception| exception.cover().covers(waiting)) {
                    return true;
                }
            }
            hits.push(hit.clone());
            false
        });
        rest.extend(exceptions);
        self.waiting = rest;
        if self.waiting.is_empty() && self.waiting.capacity() > 4 {
            self.waiting = Vec::new();
        }
    }

    /// Forgets the exceptions that end at or before `frontier`: nothing begins there any more.
    pub(super) fn forget(&mut self, frontier: usize) {
        self.covers.retain(|cover| cover.end > frontier);
        if self.covers.is_empty() && self.covers.capacity() > 4 {
            self.covers = Vec::new();
        }
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let clauses = self.waiting.iter().map(|waiting| waiting.clauses.capacity().saturating_mul(size_of::<usize>()));
        let waiting = self.waiting.capacity().saturating_mul(size_of::<Waiting>());
        let covers = self.covers.capacity().saturating_mul(size_of::<Cover>());
        let cuts = self.waiting.iter().filter_map(|waiting| waiting.cut.as_ref()).map(|cut| cut.heap_bytes());
        let sayings =
            self.waiting.iter().filter_map(|waiting| waiting.saying.as_ref()).map(|saying| saying.heap_bytes());
        clauses.chain(cuts).chain(sayings).fold(waiting.saturating_add(covers), usize::saturating_add)
    }

    /// Decides the clauses for which no word can come any more.
    fn close_clauses(&mut self, index: &Index, now: Now) {
        self.waiting.retain_mut(|waiting| {
            let Some(term) = waiting.term.and_then(|term| index.term(term)) else { return true };
            let mut stands = true;
            waiting.clauses.retain(|&number| {
                let Some(clause) = term.clauses.get(number) else { return false };
                let is_closed = now.is_end || nearby::is_past(clause, waiting.end, now.begun);
                stands &= !is_closed || !clause.kind.is_wanted();
                !is_closed
            });
            stands
        });
    }
}

impl Waiting {
    /// Whether it counts, exceptions apart.
    pub(super) fn is_decided(&self) -> bool {
        !self.awaits_edge && self.cut.is_none() && self.saying.is_none() && self.clauses.is_empty()
    }

    /// Settles how a term is said for which nothing behind it is read.
    pub(super) fn begin(&mut self, index: &Index, speaker: Speaker) {
        let is_unlawful = self.term.and_then(|term| index.term(term)).is_some_and(|term| term.is_unlawful);
        if let Some(saying) = self.saying.take_if(|_| !is_unlawful) {
            self.say(index, saying.speech(speaker));
        }
    }

    /// Says how its term is said, and what it weighs so.
    pub(super) fn say(&mut self, index: &Index, speech: Speech) {
        let What::Hit(hit) = &mut self.what else { return };
        let is_unlawful = self.term.and_then(|term| index.term(term)).is_some_and(|term| term.is_unlawful);
        hit.weight = speech.weight(hit.weight, is_unlawful);
        hit.speech = speech;
    }

    fn cover(&self) -> Cover {
        Cover { whose: self.whose, category: self.category, start: self.start, end: self.end.at }
    }
}

impl Cover {
    /// Whether a hit lies inside the exception and the exception speaks of it. Detectors have no lexicon.
    fn covers(&self, hit: &Waiting) -> bool {
        let is_inside = self.start <= hit.start && hit.end.at <= self.end;
        let is_spoken_of = self.category == super::ANY || self.category == hit.category;
        is_inside && is_spoken_of && (self.whose.is_none() || self.whose == hit.whose)
    }
}

impl Compiled {
    /// The clauses that look to the right.
    pub(super) fn rights(&self) -> Vec<usize> {
        let rights = self.clauses.iter().enumerate().filter(|(_, clause)| clause.kind.is_right());
        rights.map(|(number, _)| number).collect()
    }
}
