//! Leave to relax: what the manifest asks for and the trust policy grants, on a duty that can be displaced, by an instrument
//! that binds and is in force, for a sector that is certain.

use super::force::Force;
use super::voice::Seat;
use crate::{
    Citation, DutyId, Ground, Instrument, InstrumentId, PolicyCard, Question, Refusal, SectorId, Status, Trust,
};

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
    if is_floor {
        return Err(Refusal::FloorDuty);
    }
    let Some((id, instrument)) = force.and_then(Force::applied) else { return Err(Refusal::UnknownInstrument) };
    if !instrument.binding {
        return Err(Refusal::SoftInstrument);
    }
    if !matches!(force, Some(Force::Current(..))) {
        return Err(Refusal::NotInForce);
    }
    let grants = granted(card, question.trust, sector, duty, citation)?;
    if question.status(sector) != Status::Yes {
        return Err(Refusal::SectorUncertain);
    }
    Ok(Leave { id, instrument, grants })
}

/// What was asked for and is granted: under which grants, by id. A manifest that asks for one article has no leave under
/// another, whoever else was granted that.
fn granted<'a>(
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
    type Matter = (&'static str, &'static str, &'static str);

    const ASKED: Matter = ("d.screen", "FILM", "16");

    fn cites((_, instrument, article): Matter) -> Citation {
        Citation { instrument: instrument.into(), article: article.to_owned() }
    }

    /// What a policy that asks for [`ASKED`] gets for `wanted`, where `allowed` is granted to `signer` for `sector`.
    fn leave_for(wanted: Matter, allowed: &[Matter], signer: &str, sector: &str) -> Result<Vec<String>, Refusal> {
        let ask = Displaces { duty: ASKED.0.into(), instrument: ASKED.1.into(), article: ASKED.2.to_owned() };
        let card = PolicyCard {
            id: "film".into(),
            version: "1.0.0".to_owned(),
            origin: Origin::Sector("film".into()),
            signer: "studio".into(),
            governs: BTreeSet::from([wanted.0.into()]),
            displaces: BTreeSet::from([ask]),
            kinds: BTreeSet::new(),
            mode: Mode::Enforce,
        };
        let grant = |(at, matter): (usize, &Matter)| Grant {
            id: format!("film#{}", allowed.len() - at),
            signer: signer.into(),
            sector: sector.into(),
            duty: matter.0.into(),
            instrument: matter.1.into(),
            article: matter.2.to_owned(),
            ground: Ground::Named,
            note: String::new(),
        };
        let trust = Trust { grants: allowed.iter().enumerate().map(grant).collect(), ..Trust::default() };
        let leave = granted(&card, &trust, &"film".into(), &wanted.0.into(), &cites(wanted))?;
        Ok(leave.into_iter().map(|(id, _)| id.to_owned()).collect())
    }

    #[test]
    fn what_is_asked_for_and_allowed_is_granted_under_each_grant_by_id() {
        let leave = leave_for(ASKED, &[ASKED, ("d.screen", "FILM", "20"), ASKED], "studio", "film");
        assert_eq!(leave, Ok(vec!["film#1".to_owned(), "film#3".to_owned()]));
    }

    #[test]
    fn what_is_allowed_and_not_asked_for_is_refused() {
        for wanted in [("d.screen", "FILM", "20"), ("d.screen", "NEWS", "16"), ("d.other", "FILM", "16")] {
            let leave = leave_for(wanted, &[wanted, ASKED], "studio", "film");
            assert_eq!(leave, Err(Refusal::NotRequested), "{wanted:?}");
        }
    }

    #[test]
    fn what_is_asked_for_and_not_allowed_is_refused() {
        let others = [("d.screen", "FILM", "20"), ("d.screen", "NEWS", "16"), ("d.other", "FILM", "16")];
        for (allowed, signer, sector) in
            [(&others[..], "studio", "film"), (&[ASKED], "another", "film"), (&[ASKED], "studio", "news")]
        {
            assert_eq!(
                leave_for(ASKED, allowed, signer, sector),
                Err(Refusal::NoGrant),
                "{allowed:?} {signer} {sector}"
            );
        }
    }
}
