//! Hits of one part on their way to the policies: those that wait for a point that some policy asked for, and the run of hits
//! that is judged next.

use std::collections::{BTreeMap, BTreeSet};

use crate::runtime::PartHit;

/// How many runs of a part are one hit long. From then on a run is longer, so that a flood of hits takes few calls.
const MAX_SINGLE_RUNS: u32 = 16;
/// The most hits of a run.
const MAX_RUN: usize = 16;

/// Hits that wait for the text that policies asked for.
#[derive(Default)]
pub(super) struct WaitingHits {
    /// By number, in the order in which they came, with how many requests each waits for.
    hits: BTreeMap<usize, (PartHit, usize)>,
    /// Where each begins.
    starts: BTreeSet<(u32, usize)>,
    /// The hits that wait for each request, by the request's place in the plan.
    by_request: BTreeMap<usize, Vec<usize>>,
    n: usize,
}

impl WaitingHits {
    /// Adds a hit that waits for these requests.
    pub(super) fn add(&mut self, hit: PartHit, requests: &[usize]) {
        let number = self.n;
        self.n = number.saturating_add(1);
        self.starts.insert((hit.span.start, number));
        self.hits.insert(number, (hit, requests.len()));
        for request in requests {
            self.by_request.entry(*request).or_default().push(number);
        }
    }

    /// Where the first of them begins.
    pub(super) fn first_start(&self) -> Option<u32> {
        self.starts.first().map(|(start, _)| *start)
    }

    /// Takes the hits that wait for nothing any more once a request is met up to `to`, into `ready`. Returns whether any hit
    /// waited for the request.
    pub(super) fn meet(&mut self, request: usize, to: usize, ready: &mut Vec<PartHit>) -> bool {
        let Some(numbers) = self.by_request.get_mut(&request) else { return false };
        let is_past = |hit: &PartHit| usize::try_from(hit.span.end).is_ok_and(|end| end <= to);
        let mut any = false;
        let (hits, starts) = (&mut self.hits, &mut self.starts);
        numbers.retain(|number| {
            let Some((hit, n_requests)) = hits.get_mut(number) else { return false };
            if !is_past(hit) {
                return true;
            }
            any = true;
            *n_requests = n_requests.saturating_sub(1);
            if *n_requests == 0 {
                starts.remove(&(hit.span.start, *number));
                ready.extend(hits.remove(number).map(|(hit, _)| hit));
            }
            false
        });
        any
    }
}

/// Hits that wait for nothing but the end of their run.
#[derive(Default)]
pub(super) struct Run {
    hits: Vec<PartHit>,
    first_start: Option<u32>,
    n_runs: u32,
}

impl Run {
    /// How many characters without a hit end a run.
    pub(super) const QUIET: u32 = 8;

    pub(super) fn add(&mut self, mut hits: Vec<PartHit>) {
        let first = hits.iter().map(|hit| hit.span.start).min();
        self.first_start = self.first_start.into_iter().chain(first).min();
        self.hits.append(&mut hits);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.hits.is_empty()
    }

    /// Where the first of its hits begins.
    pub(super) fn first_start(&self) -> Option<u32> {
        self.first_start
    }

    /// Takes the hits, in order, where the run ends here: because it is one of the first, because it is long enough, or because
    /// `is_over`.
    pub(super) fn take(&mut self, is_over: bool) -> Vec<PartHit> {
        let is_due = is_over || self.n_runs < MAX_SINGLE_RUNS || self.hits.len() >= MAX_RUN;
        if self.hits.is_empty() || !is_due {
            return Vec::new();
        }
        self.n_runs = self.n_runs.saturating_add(1);
        self.first_start = None;
        let mut hits = std::mem::take(&mut self.hits);
        hits.sort_by(PartHit::in_order);
        hits
    }
}

#[cfg(test)]
mod tests {
    use specialis_core::Span;
    use specialis_text::{HitOrigin, Speech};

    use super::*;

    fn hit(start: u32) -> PartHit {
        let span = Span { part: 0, start, end: start + 3 };
        PartHit { span, category: "c".into(), weight: 50, origin: HitOrigin::Detector("d"), speech: Speech::default() }
    }

    fn starts(hits: &[PartHit]) -> Vec<u32> {
        hits.iter().map(|hit| hit.span.start).collect()
    }

    #[test]
    fn a_hit_waits_for_every_request_that_it_concerns() {
        let mut waiting = WaitingHits::default();
        waiting.add(hit(0), &[0, 1]);
        waiting.add(hit(9), &[1]);
        let mut ready = Vec::new();
        assert!(waiting.meet(1, 3, &mut ready));
        assert_eq!((starts(&ready), waiting.first_start()), (vec![], Some(0)));
        assert!(waiting.meet(0, 30, &mut ready));
        assert_eq!((starts(&ready), waiting.first_start()), (vec![0], Some(9)));
        assert!(!waiting.meet(0, 60, &mut ready));
        assert!(waiting.meet(1, 60, &mut ready));
        assert_eq!((starts(&ready), waiting.first_start()), (vec![0, 9], None));
    }

    #[test]
    fn the_first_hits_are_runs_of_their_own_and_later_ones_end_where_it_is_quiet_or_they_are_long() {
        let mut run = Run::default();
        for n in 0..MAX_SINGLE_RUNS {
            run.add(vec![hit(n)]);
            assert_eq!(starts(&run.take(false)), [n]);
        }
        run.add(vec![hit(30)]);
        run.add(vec![hit(20)]);
        assert_eq!((starts(&run.take(false)), run.first_start()), (vec![], Some(20)));
        assert_eq!((starts(&run.take(true)), run.first_start()), (vec![20, 30], None));
        for n in 1..=16 {
            run.add(vec![hit(n)]);
            assert_eq!(run.take(false).len(), if n == 16 { 16 } else { 0 });
        }
        assert!(run.is_empty());
    }
}
