//! Instruments in time and against each other: which version applies on a day, and what yields to what.

use crate::{Citation, Date, FellBy, Ground, Instrument, InstrumentId, RankTest, Registry, SectorId};

/// What the instrument of a citation is worth on a day.
#[derive(Clone, Copy)]
pub(crate) enum Force<'a> {
    /// It is in force.
    Current(&'a InstrumentId, &'a Instrument),
    /// It is not in force yet, but this earlier version is.
    Earlier(&'a InstrumentId, &'a Instrument),
    /// Neither it nor an earlier version is in force.
    Dormant,
    /// The registry does not know it: it can tighten, and neither yields nor loosens.
    Unregistered,
}

impl<'a> Force<'a> {
    /// The force of a citation's instrument on `day` (Terms, "Instrument").
    pub(crate) fn of(registry: &'a Registry, citation: &Citation, day: Date) -> Self {
        let Some((cited, mut instrument)) = registry.instruments.get_key_value(&citation.instrument) else {
            return Self::Unregistered;
        };
        if instrument.in_force(day) {
            return Self::Current(cited, instrument);
        }
        // INVARIANT: at most as many steps as there are instruments, so that a cycle in a bad registry ends.
        for _ in 0..registry.instruments.len() {
            if day >= instrument.from {
                return Self::Dormant;
            }
            let Some(earlier) = &instrument.earlier else { return Self::Dormant };
            let Some((id, version)) = registry.instruments.get_key_value(earlier) else { return Self::Dormant };
            if version.in_force(day) {
                return Self::Earlier(id, version);
            }
            instrument = version;
        }
        Self::Dormant
    }

    /// The instrument that applies.
    pub(crate) fn applied(self) -> Option<(&'a InstrumentId, &'a Instrument)> {
        match self {
            Self::Current(id, instrument) | Self::Earlier(id, instrument) => Some((id, instrument)),
            Self::Dormant | Self::Unregistered => None,
        }
    }
}

/// A relaxation as it meets a general norm.
#[derive(Clone, Copy)]
pub(crate) struct Relaxing<'a> {
    pub(crate) sector: &'a SectorId,
    pub(crate) id: &'a InstrumentId,
    pub(crate) instrument: &'a Instrument,
    pub(crate) ground: Ground,
}

/// How a general norm answers a relaxation, and whether the rank test was consulted for it.
pub(crate) struct Yield {
    pub(crate) by: Option<FellBy>,
    pub(crate) tested_rank: bool,
}

/// Whether the `general` instrument yields to a sector's: by what it implements or says itself, or by lower rank
/// (precedence, "Resolution of one duty", the last condition).
pub(crate) fn yields(
    registry: &Registry,
    rank_test: RankTest,
    (general_id, general): (&InstrumentId, &Instrument),
    relaxing: Relaxing<'_>,
) -> Yield {
    if implements(registry, relaxing.id, general_id) {
        return Yield { by: Some(FellBy::Implements), tested_rank: false };
    }
    let is_named = general.yields_to.sectors.contains(relaxing.sector);
    let is_like = general.yields_to.by_analogy && relaxing.ground == Ground::ByAnalogy;
    let rank_allows = rank_test == RankTest::Lenient || general.rank <= relaxing.instrument.rank;
    let by = if is_named && rank_allows {
        Some(FellBy::Named)
    } else if is_like && rank_allows {
        Some(FellBy::ByAnalogy)
    } else if general.rank < relaxing.instrument.rank {
        Some(FellBy::LowerRank)
    } else {
        None
    };
    Yield { by, tested_rank: is_named || is_like }
}

/// Whether `instrument` is `whole` or implements it, directly or through others.
fn implements(registry: &Registry, instrument: &InstrumentId, whole: &InstrumentId) -> bool {
    let mut seen = vec![instrument];
    let mut next = 0_usize;
    while let Some(id) = seen.get(next).copied() {
        if id == whole {
            return true;
        }
        let implemented = registry.instruments.get(id).map_or(&[][..], |entry| &entry.implements);
        for id in implemented {
            if !seen.contains(&id) {
                seen.push(id);
            }
        }
        next = next.saturating_add(1);
    }
    false
}
