//! Instruments in time and against each other: which version applies on a day, and which instrument yields to which.

use crate::{Citation, Date, Ground, Instrument, InstrumentId, RankTest, Registry, SectorId, YieldBasis};

/// Whether the instrument of a citation applies on a day.
#[derive(Clone, Copy)]
pub(crate) enum Applicability<'a> {
    /// It is in force.
    InForce(&'a InstrumentId, &'a Instrument),
    /// It is not in force yet, but this earlier version of it is.
    EarlierInForce(&'a InstrumentId, &'a Instrument),
    /// Neither it nor an earlier version is in force.
    NotInForce,
    /// The registry does not know it. A finding that cites it can tighten; it neither yields nor displaces.
    Unregistered,
}

impl<'a> Applicability<'a> {
    /// Whether the instrument of `citation` applies on `day` (precedence, "Terms", instrument).
    pub(crate) fn of(registry: &'a Registry, citation: &Citation, day: Date) -> Self {
        let Some((cited, mut instrument)) = registry.instruments.get_key_value(&citation.instrument) else {
            return Self::Unregistered;
        };
        if instrument.in_force(day) {
            return Self::InForce(cited, instrument);
        }
        // INVARIANT: at most as many steps as there are instruments, so that a cycle in a bad registry ends.
        for _ in 0..registry.instruments.len() {
            if day >= instrument.from {
                return Self::NotInForce;
            }
            let Some(earlier) = &instrument.earlier else { return Self::NotInForce };
            let Some((id, version)) = registry.instruments.get_key_value(earlier) else { return Self::NotInForce };
            if version.in_force(day) {
                return Self::EarlierInForce(id, version);
            }
            instrument = version;
        }
        Self::NotInForce
    }

    /// The instrument that applies: the cited one or its earlier version.
    pub(crate) fn instrument(self) -> Option<(&'a InstrumentId, &'a Instrument)> {
        match self {
            Self::InForce(id, instrument) | Self::EarlierInForce(id, instrument) => Some((id, instrument)),
            Self::NotInForce | Self::Unregistered => None,
        }
    }
}

/// A sector's instrument that provides otherwise, and the ground on which a grant admits it.
#[derive(Clone, Copy)]
pub(crate) struct RelaxingNorm<'a> {
    pub(crate) sector: &'a SectorId,
    pub(crate) id: &'a InstrumentId,
    pub(crate) instrument: &'a Instrument,
    pub(crate) ground: Ground,
}

/// Whether a general instrument yields to a sector's.
pub(crate) struct YieldCheck {
    /// By what it yields; `None` where it does not.
    pub(crate) by: Option<YieldBasis>,
    /// Whether the answer depends on the rank test of the trust policy.
    pub(crate) used_rank_test: bool,
}

/// Whether the `general` instrument yields to a sector's: because the sector's instrument implements it, because it says so
/// itself, or because it ranks lower (precedence, "Resolution of one duty", the last condition).
pub(crate) fn yields(
    registry: &Registry,
    rank_test: RankTest,
    (general_id, general): (&InstrumentId, &Instrument),
    relaxing: RelaxingNorm<'_>,
) -> YieldCheck {
    if implements(registry, relaxing.id, general_id) {
        return YieldCheck { by: Some(YieldBasis::Implements), used_rank_test: false };
    }
    let is_named = general.yields_to.sectors.contains(relaxing.sector);
    let is_like = general.yields_to.by_analogy && relaxing.ground == Ground::ByAnalogy;
    let rank_allows = rank_test == RankTest::Lenient || general.rank <= relaxing.instrument.rank;
    let by = if is_named && rank_allows {
        Some(YieldBasis::Named)
    } else if is_like && rank_allows {
        Some(YieldBasis::ByAnalogy)
    } else if general.rank < relaxing.instrument.rank {
        Some(YieldBasis::LowerRank)
    } else {
        None
    };
    YieldCheck { by, used_rank_test: is_named || is_like }
}

/// Whether `instrument` is `whole`, or implements it directly or through others.
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
