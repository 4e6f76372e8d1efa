//! Which policies ask for text in events of one kind, and where.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::sync::Arc;

use specialis_bundle::{Keeps, TextPoints};
use specialis_core::{CategoryId, EventKind, Mode, Origin, SectorId, SectorStatus, Status};
use specialis_text::{Point as TextPoint, Reader};

use super::waiting::Run;
use crate::runtime::{Edition, Policy};

/// How often, in characters, a stream looks at what policies keep back.
const LOOK_EVERY: u32 = 256;

/// The requests for text in events of one kind.
pub(super) struct CallPlan {
    pub(super) requests: Vec<TextRequest>,
    every: Option<NonZeroU32>,
}

/// A policy that asks for text.
pub(super) struct TextRequest {
    /// The policy's place in the edition.
    pub(super) policy: usize,
    pub(super) points: TextPoints,
    /// Whether text is kept back for it: a monitored policy has no effect.
    pub(super) keeps_back: bool,
    /// The categories that can lead to a finding on one of its duties.
    categories: Arc<BTreeSet<CategoryId>>,
}

impl CallPlan {
    pub(super) fn new(edition: &Edition, sectors: &BTreeMap<SectorId, SectorStatus>, kind: EventKind) -> Self {
        let policies = edition.policies.iter().zip(&edition.categories).enumerate();
        let requests = policies.filter_map(|(n, (policy, categories))| {
            let points = policy.content.manifest().wakes.text.as_ref();
            let points = points.filter(|points| points.kinds.contains(&kind))?.clone();
            let keeps_back = policy.content.card.mode == Mode::Enforce && !is_out(policy, sectors);
            Some(TextRequest { policy: n, points, keeps_back, categories: categories.clone() })
        });
        let requests: Vec<TextRequest> = requests.collect();
        let look = (!requests.is_empty()).then_some(LOOK_EVERY);
        let every = requests.iter().filter_map(|request| request.points.every).chain(look);
        let every = every.reduce(greatest_common_divisor).and_then(NonZeroU32::new);
        Self { requests, every }
    }

    /// Has a reader stop where policies ask for it.
    pub(super) fn configure(&self, reader: Reader) -> Reader {
        let has_sentences = self.requests.iter().any(|request| request.points.sentences);
        let reader = match NonZeroU32::new(Run::QUIET) {
            Some(quiet) => reader.quiet_after(quiet),
            None => reader,
        };
        let reader = if has_sentences { reader.sentences() } else { reader };
        match self.every {
            Some(n) => reader.every(n),
            None => reader,
        }
    }

    /// The requests that are met at a point, and up to where.
    pub(super) fn met_at(&self, point: &TextPoint) -> Vec<(usize, usize)> {
        let requests = self.requests.iter().enumerate();
        requests.filter_map(|(n, request)| Some((n, request.met_at(point)?))).collect()
    }

    /// The requests that a hit of a category waits for.
    pub(super) fn awaiting(&self, category: &CategoryId) -> Vec<usize> {
        let requests = self.requests.iter().enumerate();
        let requests = requests.filter(|(_, one)| one.keeps_back && one.points.keeps != Keeps::Nothing);
        requests.filter(|(_, one)| one.categories.contains(category)).map(|(n, _)| n).collect()
    }
}

impl TextRequest {
    /// Up to where its text is there at a point, if the point is one it asked for.
    fn met_at(&self, point: &TextPoint) -> Option<usize> {
        let sentence = point.sentence_end.filter(|_| self.points.sentences);
        let every = self.points.every.filter(|n| point.is_interval && point.n_chars.is_multiple_of(u64::from(*n)));
        every.map(|_| point.at).or(sentence)
    }
}

/// Whether a policy's sector is certainly not the session's: then it is not called, and sees nothing.
pub(in crate::session) fn is_out(policy: &Policy, sectors: &BTreeMap<SectorId, SectorStatus>) -> bool {
    matches!(&policy.content.card.origin, Origin::Sector(sector)
        if sectors.get(sector).is_some_and(|known| known.status == Status::No))
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { greatest_common_divisor(b, a.checked_rem(b).unwrap_or(0)) }
}
