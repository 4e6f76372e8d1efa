//! Decides whether a finding may displace general rules: its manifest asked for it, the trust policy grants it, the duty can be
//! displaced, the instrument binds and is in force, and the sector is certain.

use super::applicability::Applicability;
use super::policy_on_duty::{Assessor, EffectiveOrigin};
use crate::{Citation, DutyId, Ground, Instrument, InstrumentId, PolicyCard, Refusal, SectorId, Status, Trust};

/// A relaxation that is allowed: the instrument that provides otherwise, and the grants that fit.
#[derive(Clone)]
pub(super) struct Relaxation<'a> {
    pub(super) id: &'a InstrumentId,
    pub(super) instrument: &'a Instrument,
    /// Id and ground of each grant that fits, by id.
    pub(super) grants: Vec<(&'a str, Ground)>,
}

/// Whether an `instead-of` may displace, as far as that depends on its own policy and the trust policy (R3, R4, R7).
///
/// # Errors
///
/// The first reason that applies, in the order in which they are checked here.
pub(super) fn check<'a>(
    assessor: &Assessor<'_, 'a>,
    duty: &DutyId,
    citation: &Citation,
    applicability: Option<Applicability<'a>>,
) -> Result<Relaxation<'a>, Refusal> {
    let EffectiveOrigin::Sector(sector) = assessor.origin else { return Err(Refusal::NoSector) };
    if assessor.is_floor {
        return Err(Refusal::FloorDuty);
    }
    let applicable = applicability.and_then(Applicability::instrument);
    let Some((id, instrument)) = applicable else { return Err(Refusal::UnknownInstrument) };
    if !instrument.binding {
        return Err(Refusal::SoftInstrument);
    }
    if !matches!(applicability, Some(Applicability::InForce(..))) {
        return Err(Refusal::NotInForce);
    }
    let grants = matching_grants(assessor.card, assessor.input.trust, sector, duty, citation)?;
    if assessor.input.status(sector) != Status::Yes {
        return Err(Refusal::SectorUncertain);
    }
    Ok(Relaxation { id, instrument, grants })
}

/// The grants for what the manifest asked for, by id. A manifest that asked for one article gets nothing for another, whatever
/// the trust policy grants.
///
/// # Errors
///
/// If the manifest did not ask for this relaxation, or no grant fits it.
fn matching_grants<'a>(
    card: &PolicyCard,
    trust: &'a Trust,
    sector: &SectorId,
    duty: &DutyId,
    citation: &Citation,
) -> Result<Vec<(&'a str, Ground)>, Refusal> {
    if !card.displaces.iter().any(|ask| ask.asks_for(duty, citation)) {
        return Err(Refusal::NotRequested);
    }
    let fitting = trust.grants.iter().filter(|grant| grant.fits(&card.signer, sector, duty, citation));
    let mut grants: Vec<_> = fitting.map(|grant| (grant.id.as_str(), grant.ground)).collect();
    grants.sort_unstable();
    if grants.is_empty() { Err(Refusal::NoGrant) } else { Ok(grants) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{Displaces, Grant, Mode, Origin};

    /// A duty, an instrument and an article.
    type Wanted = (&'static str, &'static str, &'static str);

    const ASKED: Wanted = ("d.screen", "FILM", "16");

    fn cites((_, instrument, article): Wanted) -> Citation {
        Citation { instrument: instrument.into(), article: article.to_owned() }
    }

    /// The grants for `wanted`, where the manifest asks for [`ASKED`] and `allowed` is granted to `signer` for `sector`.
    fn grants_for(wanted: Wanted, allowed: &[Wanted], signer: &str, sector: &str) -> Result<Vec<String>, Refusal> {
        let ask = Displaces { duty: ASKED.0.into(), instrument: ASKED.1.into(), article: ASKED.2.to_owned() };
        let card = PolicyCard {
            id: "film".into(),
            version: "1.0.0".into(),
            origin: Origin::Sector("film".into()),
            signer: "studio".into(),
            governs: BTreeSet::from([wanted.0.into()]),
            displaces: BTreeSet::from([ask]),
            kinds: BTreeSet::new(),
            mode: Mode::Enforce,
        };
        let grant = |(at, place): (usize, &Wanted)| Grant {
            id: format!("film#{}", allowed.len() - at),
            signer: signer.into(),
            sector: sector.into(),
            duty: place.0.into(),
            instrument: place.1.into(),
            article: place.2.to_owned(),
            ground: Ground::Named,
            note: String::new(),
        };
        let trust = Trust { grants: allowed.iter().enumerate().map(grant).collect(), ..Trust::default() };
        let grants = matching_grants(&card, &trust, &"film".into(), &wanted.0.into(), &cites(wanted))?;
        Ok(grants.into_iter().map(|(id, _)| id.to_owned()).collect())
    }

    #[test]
    fn what_is_asked_for_and_allowed_is_granted_under_each_grant_by_id() {
        let grants = grants_for(ASKED, &[ASKED, ("d.screen", "FILM", "20"), ASKED], "studio", "film");
        assert_eq!(grants, Ok(vec!["film#1".to_owned(), "film#3".to_owned()]));
    }

    #[test]
    fn what_is_allowed_and_not_asked_for_is_refused() {
        for wanted in [("d.screen", "FILM", "20"), ("d.screen", "NEWS", "16"), ("d.other", "FILM", "16")] {
            let grants = grants_for(wanted, &[wanted, ASKED], "studio", "film");
            assert_eq!(grants, Err(Refusal::NotRequested), "{wanted:?}");
        }
    }

    #[test]
    fn what_is_asked_for_and_not_allowed_is_refused() {
        let others = [("d.screen", "FILM", "20"), ("d.screen", "NEWS", "16"), ("d.other", "FILM", "16")];
        for (allowed, signer, sector) in
            [(&others[..], "studio", "film"), (&[ASKED], "another", "film"), (&[ASKED], "studio", "news")]
        {
            assert_eq!(
                grants_for(ASKED, allowed, signer, sector),
                Err(Refusal::NoGrant),
                "{allowed:?} {signer} {sector}"
            );
        }
    }
}
