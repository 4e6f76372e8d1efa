//! Patterns with their owners, and one automaton a lane.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;

use daachorse::charwise::iter::FindOverlappingStepper;
use daachorse::{CharwiseDoubleArrayAhoCorasick, CharwiseDoubleArrayAhoCorasickBuilder};

use super::IndexError;
use crate::lane::{Key, Lane};
use crate::place::Place;

use super::filter::Filter;

/// The automaton of one lane, with a filter before it.
pub(super) struct Automaton {
    pub(super) machine: CharwiseDoubleArrayAhoCorasick<u32>,
    pub(super) filter: Filter,
    /// The patterns that count inside a word too, sorted; none where all do.
    inside: Option<Box<[Box<str>]>>,
}

impl Automaton {
    /// Whether what begins with these characters, and is not at its end, may be a match although a letter of a word stands
    /// before it.
    pub(super) fn goes_on_inside(&self, begun: &[(char, Place)]) -> bool {
        let Some(inside) = &self.inside else { return true };
        let chars = || begun.iter().map(|&(c, _)| c);
        let next = inside.partition_point(|pattern| pattern.chars().le(chars()));
        let Some(next) = inside.get(next) else { return false };
        let mut pattern = next.chars();
        chars().all(|c| pattern.next() == Some(c))
    }
}

/// Whom a match of a pattern concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// A term, by its number in the index.
    Term(u32),
    /// A term with more gaps than it is written with, which no letter may touch.
    Spelled(u32),
    /// A context word, by its number.
    Cue(u32),
    /// A cue of a detector, by its number in the detectors' list of cues.
    Evidence(u32),
}

/// The patterns of both lanes. Terms with equal views share one.
pub(super) struct Patterns {
    pub(super) plain: Option<Automaton>,
    pub(super) tight: Option<Automaton>,
    patterns: Vec<Pattern>,
    owners: Vec<Owner>,
}

#[derive(Debug, Clone, Copy)]
struct Pattern {
    n_chars: usize,
    /// For a pattern that no other of its lane goes on from: how many of its last characters still begin one.
    tail: Option<usize>,
    first_owner: usize,
    n_owners: usize,
    /// Whether it counts for no owner where a letter of a word stands before it.
    needs_edge: bool,
}

impl fmt::Debug for Patterns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Patterns").field("n_patterns", &self.patterns.len()).finish_non_exhaustive()
    }
}

impl Patterns {
    /// How many lane characters a pattern has.
    #[inline]
    pub(super) fn n_chars(&self, pattern: u32) -> usize {
        self.pattern(pattern).map_or(0, |pattern| pattern.n_chars)
    }

    /// How many of the lane characters that an automaton has read last begin a pattern that is not at its end yet: the
    /// depth of its state, or less where the state is the end of a pattern that no other goes on from.
    #[inline]
    pub(super) fn n_begun(&self, stepper: &FindOverlappingStepper<'_, u32>) -> usize {
        let depth = stepper.depth().and_then(|depth| usize::try_from(depth).ok()).unwrap_or(usize::MAX);
        // The longest pattern that ends here comes first.
        let whole = stepper.matches().next().and_then(|found| self.pattern(found.value()));
        whole.filter(|pattern| pattern.n_chars == depth).and_then(|pattern| pattern.tail).unwrap_or(depth)
    }

    /// The owners of a pattern.
    pub(super) fn owners(&self, pattern: u32) -> &[Owner] {
        let Some(pattern) = self.pattern(pattern) else { return &[] };
        let end = pattern.first_owner.saturating_add(pattern.n_owners);
        self.owners.get(pattern.first_owner..end).unwrap_or(&[])
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let inside = |lane: &Automaton| {
            let texts = lane.inside.iter().flatten();
            texts.map(|text| size_of_val(text).saturating_add(text.len())).sum::<usize>()
        };
        let lanes =
            self.plain.iter().chain(&self.tight).map(|lane| lane.machine.heap_bytes().saturating_add(inside(lane)));
        lanes.fold(0, usize::saturating_add)
    }

    fn pattern(&self, pattern: u32) -> Option<&Pattern> {
        self.patterns.get(usize::try_from(pattern).ok()?)
    }
}

/// The most terms that one pattern may stand for: each of them is a hit where it matches.
const MAX_OWNERS: usize = 256;

/// Collects patterns and their owners.
#[derive(Debug, Default)]
pub(super) struct PatternsBuilder {
    plain: HashMap<String, u32>,
    tight: HashMap<String, u32>,
    owners: Vec<Vec<Owner>>,
    /// For each pattern, whether all its owners need the edge of a word before it.
    needs_edge: Vec<bool>,
}

impl PatternsBuilder {
    /// Gives the patterns of what is no term one more owner; it counts inside words too, and is not read spelled out.
    pub(super) fn add(&mut self, key: Key, owner: Owner) -> Result<(), IndexError> {
        self.add_all(key.lane, key.patterns, owner, false)?;
        self.add_all(key.lane, key.gapped, owner, false)
    }

    /// Gives the patterns of a term one more owner, and those with more gaps.
    pub(super) fn add_term(&mut self, key: Key, number: u32, is_word: bool) -> Result<(), IndexError> {
        self.add_all(key.lane, key.patterns, Owner::Term(number), is_word && key.starts_word)?;
        self.add_all(key.lane, key.gapped, Owner::Spelled(number), key.starts_word)?;
        self.add_all(key.lane, key.spelled, Owner::Spelled(number), key.starts_word)
    }

    fn add_all(&mut self, lane: Lane, patterns: Vec<String>, owner: Owner, needs_edge: bool) -> Result<(), IndexError> {
        let lane = match lane {
            Lane::Plain => &mut self.plain,
            Lane::Tight => &mut self.tight,
        };
        for pattern in patterns {
            let next = u32::try_from(self.owners.len()).map_err(|_| IndexError::TooLarge)?;
            match lane.entry(pattern) {
                Entry::Vacant(entry) => {
                    entry.insert(next);
                    self.owners.push(vec![owner]);
                    self.needs_edge.push(needs_edge);
                }
                Entry::Occupied(entry) => {
                    let Ok(index) = usize::try_from(*entry.get()) else { continue };
                    let Some(owners) = self.owners.get_mut(index) else { continue };
                    if owners.len() >= MAX_OWNERS {
                        return Err(IndexError::Crowded { pattern: entry.key().clone() });
                    }
                    owners.push(owner);
                    self.needs_edge.get_mut(index).into_iter().for_each(|all| *all &= needs_edge);
                }
            }
        }
        Ok(())
    }

    pub(super) fn build(self) -> Result<Patterns, IndexError> {
        let mut patterns = Vec::with_capacity(self.owners.len());
        let mut owners = Vec::new();
        for (own, needs_edge) in self.owners.iter().zip(self.needs_edge) {
            let (first_owner, n_owners) = (owners.len(), own.len());
            patterns.push(Pattern { n_chars: 0, tail: None, first_owner, n_owners, needs_edge });
            owners.extend_from_slice(own);
        }
        for (text, &id) in self.plain.iter().chain(&self.tight) {
            if let Some(pattern) = usize::try_from(id).ok().and_then(|index| patterns.get_mut(index)) {
                pattern.n_chars = text.chars().count();
            }
        }
        let mut all = Patterns { plain: None, tight: None, patterns, owners };
        all.plain = all.lane(self.plain)?;
        all.tight = all.lane(self.tight)?;
        Ok(all)
    }
}

impl Patterns {
    /// The automaton of one lane; none where it has no pattern. Sorted, so that equal lexicons give equal automata.
    fn lane(&mut self, lane: HashMap<String, u32>) -> Result<Option<Automaton>, IndexError> {
        if lane.is_empty() {
            return Ok(None);
        }
        let mut sorted: Vec<_> = lane.into_iter().collect();
        sorted.sort_unstable();
        let mut automaton = automaton(&sorted)?;
        let counts_inside = |&&(_, id): &&(String, u32)| self.pattern(id).is_none_or(|pattern| !pattern.needs_edge);
        let inside: Box<[_]> = sorted.iter().filter(counts_inside).map(|(text, _)| text.as_str().into()).collect();
        automaton.inside = (inside.len() < sorted.len()).then_some(inside);
        // In this order a pattern that goes on from another stands right after it or after others that do.
        let next = sorted.iter().skip(1).map(Some).chain([None]);
        let goes_on =
            |pattern: &str, next: Option<&(String, u32)>| next.is_some_and(|(next, _)| next.starts_with(pattern));
        let mut ends: Vec<_> = sorted.iter().zip(next).filter(|((text, _), next)| !goes_on(text, *next)).collect();
        // The shorter ones first: what is left of a pattern may be the whole of a shorter one.
        ends.sort_by_key(|((text, _), _)| text.len());
        for ((text, id), _) in ends {
            let mut stepper = automaton.machine.find_overlapping_stepper();
            text.chars().skip(1).for_each(|c| stepper.consume(c));
            let tail = self.n_begun(&stepper);
            if let Some(pattern) = usize::try_from(*id).ok().and_then(|index| self.patterns.get_mut(index)) {
                pattern.tail = Some(tail);
            }
        }
        Ok(Some(automaton))
    }
}

fn automaton(sorted: &[(String, u32)]) -> Result<Automaton, IndexError> {
    let filter = Filter::new(sorted.iter().map(|(pattern, _)| pattern.as_str()));
    // The scan steps character by character, where the prefilter of the crate does nothing.
    let builder = CharwiseDoubleArrayAhoCorasickBuilder::new().use_prefilter(false);
    let patterns = sorted.iter().map(|(pattern, id)| (pattern.as_str(), *id));
    let mut machine = builder.build_with_values(patterns).map_err(|_| IndexError::TooLarge)?;
    machine.cache_depths().map_err(|_| IndexError::TooLarge)?;
    Ok(Automaton { machine, filter, inside: None })
}
