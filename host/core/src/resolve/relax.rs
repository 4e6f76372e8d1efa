//! Leave to relax: what the manifest asks for and the trust policy grants, on a duty that can be displaced, by an instrument
//! that binds and is in force, for a sector that is certain.

use super::force::Force;
use super::mutant::{self, Mutant};
use super::voice::Seat;
use crate::{Citation, DutyId, Ground, Instrument, InstrumentId, PolicyCard, Question, Refusal, Status};

/// Under which grants a finding may displace, and by which instrument.
#[derive(Clone)]
pub(super) struct Leave<'a> {
    pub(super) id: &'a InstrumentId,
    pub(super) instrument: &'a Instrument,
    /// Ground and id of each grant that fits, by id.
    pub(super) grants: Vec<(&'a str, Ground)>,
}

/// Whether an `instead-of` may displace, as far as that depends on its own policy and the trust policy; else the first reason
/// why not, in the order of [`Refusal`] (R3, R4, R7; "request ∩ grant").
pub(super) fn leave<'a>(
    question: &Question<'a>,
    card: &PolicyCard,
    seat: Seat<'a>,
    is_floor: bool,
    duty: &DutyId,
    citation: &Citation,
    force: Option<Force<'a>>,
) -> Result<Leave<'a>, Refusal> {
    let Seat::Sector(sector) = seat else { return Err(Refusal::NoSector) };
    if is_floor && !mutant::is_on(Mutant::FloorDisplaced) {
        return Err(Refusal::FloorDuty);
    }
    let Some((id, instrument)) = force.and_then(Force::applied) else { return Err(Refusal::UnknownInstrument) };
    if !instrument.binding && !mutant::is_on(Mutant::SoftDisplaces) {
        return Err(Refusal::SoftInstrument);
    }
    if !matches!(force, Some(Force::Current(..))) {
        return Err(Refusal::NotInForce);
    }
    if !card.displaces.contains(duty) {
        return Err(Refusal::NotRequested);
    }
    let fitting = question.trust.grants.iter().filter(|grant| grant.fits(&card.signer, sector, duty, citation));
    let mut grants: Vec<_> = fitting.map(|grant| (grant.id.as_str(), grant.ground)).collect();
    grants.sort_unstable();
    if grants.is_empty() && mutant::is_on(Mutant::NoGrantNeeded) {
        grants.push(("", Ground::Named));
    }
    if grants.is_empty() {
        return Err(Refusal::NoGrant);
    }
    if question.status(sector) != Status::Yes && !mutant::is_on(Mutant::DoubtDisplaces) {
        return Err(Refusal::SectorUncertain);
    }
    Ok(Leave { id, instrument, grants })
}
