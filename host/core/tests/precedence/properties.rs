//! The properties of precedence, each as a check of one world. "At least as strict": no lower level, no obligation and no
//! failure lost.
//!
//! The numbers are those of the page on precedence; 14, that cutting a stream differently changes nothing, belongs to the host.
//! More stand at the end, under the rule they belong to: what a sector demands counts (R2); a relaxation that the manifest did
//! not ask for is a demand like any other (R3); under the strict rank test nothing yields to lower rank (R4); a sector that
//! merely adds keeps the general rule (R5); incompatible obligations never stand below `review` (R8).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use specialis_core::{
    Answer, Decision, Disposition, DutyClass, DutyId, DutyResolution, Evaluation, Finding, Header, InstrumentId, Level,
    Mode, Obligation, Origin, PolicyCard, PolicyEvaluation, RankTest, SectorId, SectorStatus, Shared, Status,
    YieldBasis,
};

use super::generate::{DAYS, DUTIES, World, fault, findings, findings_mut};
use super::outcome::{Outcomes, applies, at_least, at_least_on, outcomes, without_sectors};

/// A property: what is wrong with a world, if anything.
pub(crate) type Property = fn(&World) -> Result<(), String>;

/// Every property under its name.
pub(crate) const PROPERTIES: &[(&str, Property)] = &[
    ("1 order and repetition change nothing", order_and_repetition_change_nothing),
    ("2 a floor keeps the general result", a_floor_keeps_the_general_result),
    ("3 without grants the general result holds", without_grants_the_general_result_holds),
    ("4 removing a grant never loosens", removing_a_grant_never_loosens),
    ("5 failure gives at least the fail level", failure_gives_at_least_the_fail_level),
    ("6 silence means the general result", silence_means_the_general_result),
    ("7 raising a finding never loosens", raising_a_finding_never_loosens),
    ("8 adding a policy without grants never loosens", adding_a_policy_without_grants_never_loosens),
    ("9 adding a sector without a grant never loosens", adding_a_sector_without_a_grant_never_loosens),
    ("10 doubt about a sector never loosens", doubt_about_a_sector_never_loosens),
    ("11 findings on one duty leave other duties alone", findings_on_one_duty_leave_other_duties_alone),
    ("12 monitored policies change nothing", monitored_policies_change_nothing),
    ("13 a rerun gives the same bytes", a_rerun_gives_the_same_bytes),
    ("15 a soft instrument never loosens", a_soft_instrument_never_loosens),
    ("16 a date changes only what starts or ends there", a_date_changes_only_what_starts_or_ends_there),
    ("16 nothing counts outside its dates", nothing_counts_outside_its_dates),
    ("17 a policy has no effect on what it does not govern", a_policy_has_no_effect_on_what_it_does_not_govern),
    ("18 forgetting a status never loosens", forgetting_a_status_never_loosens),
    ("19 what does not yield stays", what_does_not_yield_stays),
    ("R2 what a sector demands counts", what_a_sector_demands_counts),
    ("R3 what was not asked for is a demand", what_was_not_asked_for_is_a_demand),
    (
        "R4 under the strict rank test nothing yields to lower rank",
        under_the_strict_rank_test_nothing_yields_to_lower_rank,
    ),
    ("R5 a sector that merely adds keeps the general rule", a_sector_that_merely_adds_keeps_the_general_rule),
    ("R8 incompatible obligations are reviewed", incompatible_obligations_are_reviewed),
];

/// The property called `name`.
pub(crate) fn property(name: &str) -> Property {
    PROPERTIES.iter().find(|(known, _)| *known == name).unwrap().1
}

fn equal(what: &str, one: &Outcomes, other: &Outcomes) -> Result<(), String> {
    if one == other { Ok(()) } else { Err(format!("{what}: {one:?} is not {other:?}")) }
}

fn order_and_repetition_change_nothing(world: &World) -> Result<(), String> {
    let expected = world.resolve();
    let mut turned = world.clone();
    turned.evaluations.reverse();
    for evaluated in &mut turned.evaluations {
        if let Some(findings) = findings_mut(&mut evaluated.evaluation) {
            findings.reverse();
            findings.extend(findings.first().cloned());
        }
    }
    turned.trust.grants.reverse();
    turned.trust.defeats.reverse();
    turned.evaluations.extend(world.evaluations.iter().cloned());
    for turn in 0..turned.evaluations.len() {
        turned.evaluations.rotate_left(1);
        let result = turned.resolve();
        if result != expected {
            return Err(format!("turned {turn} times: {result:#?} is not {expected:#?}"));
        }
    }
    Ok(())
}

fn a_floor_keeps_the_general_result(world: &World) -> Result<(), String> {
    let (result, base) = (outcomes(world), outcomes(&without_sectors(world)));
    for duty in DUTIES.map(DutyId::from) {
        if world.registry.duties.get(&duty).is_none_or(|duty| duty.class == DutyClass::Floor) {
            at_least_on(world, &duty, &result, &base)?;
        }
    }
    Ok(())
}

fn without_grants_the_general_result_holds(world: &World) -> Result<(), String> {
    let mut without = world.clone();
    without.trust.grants.clear();
    at_least(world, &outcomes(&without), &outcomes(&without_sectors(world)))
}

fn removing_a_grant_never_loosens(world: &World) -> Result<(), String> {
    let result = outcomes(world);
    for n in 0..world.trust.grants.len() {
        let mut without = world.clone();
        without.trust.grants.remove(n);
        at_least(world, &outcomes(&without), &result)?;
    }
    Ok(())
}

/// Whether the faults of a policy count in this world (R6).
fn fault_counts(world: &World, card: &PolicyCard) -> bool {
    card.mode == Mode::Enforce
        && match &card.origin {
            Origin::Sector(sector) => match status(world, sector) {
                Status::Yes => true,
                Status::Unknown => card.kinds.contains(&world.kind),
                Status::No => false,
            },
            Origin::General | Origin::Common | Origin::Tenant => true,
        }
}

fn status(world: &World, sector: &SectorId) -> Status {
    world.sectors.get(sector).map_or(Status::Unknown, |known| known.status)
}

fn failure_gives_at_least_the_fail_level(world: &World) -> Result<(), String> {
    for n in (0..world.evaluations.len()).filter(|n| fault_counts(world, &world.evaluations[*n].policy)) {
        let card = Arc::clone(&world.evaluations[n].policy);
        let mut base = without_sectors(world);
        base.evaluations.retain(|evaluated| match card.origin {
            Origin::Sector(_) => true,
            Origin::General | Origin::Common => evaluated.policy.id != card.id,
            Origin::Tenant => false,
        });
        let base = outcomes(&base);
        let kept = findings(&world.evaluations[n].evaluation).to_vec();
        for evaluation in [Evaluation::Unavailable(fault(), Vec::new()), Evaluation::Unavailable(fault(), kept)] {
            let mut failing = world.clone();
            failing.evaluations[n].evaluation = evaluation;
            let result = outcomes(&failing);
            for duty in &card.governs {
                at_least_on(world, duty, &result, &base)?;
                let fail = world.registry.duties.get(duty).map_or(Level::Review, |duty| duty.fail);
                let outcome = result.get(duty);
                if outcome.is_none_or(|found| found.level < Some(fail) || !found.failed.contains(&card.id)) {
                    return Err(format!("{} failed on {duty}, whose result is {outcome:?}", card.id));
                }
            }
        }
    }
    Ok(())
}

fn silence_means_the_general_result(world: &World) -> Result<(), String> {
    let base = outcomes(&without_sectors(world));
    let mut silent = world.clone();
    for evaluated in silent.evaluations.iter_mut().filter(|one| matches!(one.policy.origin, Origin::Sector(_))) {
        evaluated.evaluation = Evaluation::NotWoken;
    }
    equal("nobody woken", &outcomes(&silent), &base)?;
    let silent_finding = |duty: &str| Finding {
        duty: duty.into(),
        rule: "A".into(),
        answer: Answer::NotApplicable("r".into()),
        kinds: Vec::new(),
    };
    for evaluated in silent.evaluations.iter_mut().filter(|one| matches!(one.policy.origin, Origin::Sector(_))) {
        evaluated.evaluation = Evaluation::Evaluated(DUTIES.map(silent_finding).to_vec());
    }
    equal("nothing applicable", &outcomes(&silent), &base)
}

fn raising_a_finding_never_loosens(world: &World) -> Result<(), String> {
    let result = outcomes(world);
    for n in 0..world.evaluations.len() {
        for m in 0..findings(&world.evaluations[n].evaluation).len() {
            let mut raised = world.clone();
            let findings = findings_mut(&mut raised.evaluations[n].evaluation).unwrap();
            let (Answer::Require(demand) | Answer::InsteadOf(demand)) = &mut findings[m].answer else { continue };
            demand.level = Level::ALL.iter().copied().find(|level| *level > demand.level).unwrap_or(Level::Stop);
            demand.obligations.push(Obligation::Append("y".into()));
            at_least(world, &outcomes(&raised), &result)?;
        }
    }
    Ok(())
}

fn adding_a_policy_without_grants_never_loosens(world: &World) -> Result<(), String> {
    let result = outcomes(world);
    for added in &world.evaluations {
        if world.trust.grants.iter().all(|grant| grant.signer != added.policy.signer) {
            let without = world.keeping(|evaluated| evaluated.policy.id != added.policy.id);
            at_least(world, &result, &outcomes(&without))?;
        }
    }
    Ok(())
}

fn adding_a_sector_without_a_grant_never_loosens(world: &World) -> Result<(), String> {
    let result = outcomes(world);
    for sector in world.loaded_sectors() {
        let without = outcomes(&world.keeping(|one| one.policy.origin != Origin::Sector(sector.clone())));
        for duty in DUTIES.map(DutyId::from) {
            if world.trust.grants.iter().all(|grant| (&grant.sector, &grant.duty) != (&sector, &duty)) {
                at_least_on(world, &duty, &result, &without)?;
            }
        }
    }
    Ok(())
}

/// The world in which every fault of a sector falls on a kind of event that its policy lists: in doubt others do not count (R6).
fn with_listed_faults(world: &World) -> World {
    let mut world = world.clone();
    for evaluated in &mut world.evaluations {
        if matches!(evaluated.evaluation, Evaluation::Unavailable(..)) {
            let mut card = (*evaluated.policy).clone();
            card.kinds.insert(world.kind);
            evaluated.policy = Arc::new(card);
        }
    }
    world
}

fn in_doubt(world: &World, sector: &SectorId) -> World {
    let mut doubtful = world.clone();
    let unknown = SectorStatus { status: Status::Unknown, source: "nobody".into() };
    doubtful.sectors.insert(sector.clone(), unknown);
    doubtful
}

fn doubt_about_a_sector_never_loosens(world: &World) -> Result<(), String> {
    let world = with_listed_faults(world);
    let result = outcomes(&world);
    let mut uncertain = world.clone();
    for sector in world.loaded_sectors() {
        if status(&world, &sector) == Status::Yes {
            at_least(&world, &outcomes(&in_doubt(&world, &sector)), &result)?;
            uncertain = in_doubt(&uncertain, &sector);
        }
    }
    at_least(&world, &outcomes(&uncertain), &outcomes(&without_sectors(&world)))
}

fn findings_on_one_duty_leave_other_duties_alone(world: &World) -> Result<(), String> {
    let result = world.resolve().duties;
    for duty in DUTIES.map(DutyId::from) {
        let mut without = world.clone();
        for evaluated in &mut without.evaluations {
            if let Some(findings) = findings_mut(&mut evaluated.evaluation) {
                findings.retain(|finding| finding.duty != duty);
            }
        }
        let others = |duties: &[DutyResolution]| -> Vec<DutyResolution> {
            duties.iter().filter(|other| other.duty != duty).cloned().collect()
        };
        let (one, other) = (others(&result), others(&without.resolve().duties));
        if one != other {
            return Err(format!("without findings on {duty}: {other:#?} is not {one:#?}"));
        }
    }
    Ok(())
}

fn monitored_policies_change_nothing(world: &World) -> Result<(), String> {
    let (result, without) = (world.resolve(), world.keeping(|one| one.policy.mode == Mode::Enforce).resolve());
    equal("without them", &outcomes(world), &outcomes(&world.keeping(|one| one.policy.mode == Mode::Enforce)))?;
    let same = (result.verdict, &result.obligations, &result.conflicts, &result.ungoverned, &result.decisive)
        == (without.verdict, &without.obligations, &without.conflicts, &without.ungoverned, &without.decisive);
    if same { Ok(()) } else { Err(format!("{result:#?} is not {without:#?}")) }
}

fn decide(world: &World) -> Decision {
    let header = Header {
        session: "s".into(),
        seq: 0,
        what_if: true,
        intervened: false,
        refused_facts: Vec::new(),
        edition: "7".to_owned(),
        id: "d".to_owned(),
    };
    Decision::new(&world.input(), world.resolve(), header)
}

fn a_rerun_gives_the_same_bytes(world: &World) -> Result<(), String> {
    let line = serde_json::to_string(&decide(world)).map_err(|error| error.to_string())?;
    let mut recorded = world.clone();
    for evaluated in &mut recorded.evaluations {
        let written = serde_json::to_vec(&evaluated.evaluation).map_err(|error| error.to_string())?;
        evaluated.evaluation = serde_json::from_slice(&written).map_err(|error| error.to_string())?;
    }
    recorded.evaluations.reverse();
    let again = serde_json::to_string(&decide(&recorded)).map_err(|error| error.to_string())?;
    if again != line {
        return Err(format!("{again}\nis not\n{line}"));
    }
    let read: Decision = serde_json::from_str(&line).map_err(|error| error.to_string())?;
    let written = serde_json::to_string(&read).map_err(|error| error.to_string())?;
    if read == decide(world) && written == line { Ok(()) } else { Err(format!("{written}\nwas read from\n{line}")) }
}

fn a_soft_instrument_never_loosens(world: &World) -> Result<(), String> {
    let soften = |ids: &[specialis_core::InstrumentId]| {
        let mut softer = world.clone();
        let registry = Arc::make_mut(&mut softer.registry);
        ids.iter().for_each(|id| registry.instruments.get_mut(id).unwrap().binding = false);
        softer
    };
    let result = outcomes(world);
    let all: Vec<_> = world.registry.instruments.keys().cloned().collect();
    for id in &all {
        at_least(world, &outcomes(&soften(std::slice::from_ref(id))), &result)?;
    }
    at_least(world, &outcomes(&soften(&all)), &outcomes(&without_sectors(world)))
}

fn a_date_changes_only_what_starts_or_ends_there(world: &World) -> Result<(), String> {
    let resolved = |day: &str| {
        let mut world = world.clone();
        world.as_of = day.parse().unwrap();
        world.resolve().duties
    };
    let instruments = &world.registry.instruments;
    for pair in DAYS.windows(2) {
        let (from, to): (specialis_core::Date, specialis_core::Date) =
            (pair[0].parse().unwrap(), pair[1].parse().unwrap());
        let turns = |id: &specialis_core::InstrumentId| {
            let versions = std::iter::successors(Some(id), |id| instruments.get(*id)?.earlier.as_ref());
            let mut entries = versions.filter_map(|id| instruments.get(id));
            entries
                .any(|one| (from < one.from && one.from <= to) || one.until.is_some_and(|end| from <= end && end < to))
        };
        let every = world.evaluations.iter().flat_map(|evaluated| findings(&evaluated.evaluation));
        let turning: BTreeSet<_> = every
            .filter(|finding| finding.answer.citation().is_some_and(|citation| turns(&citation.instrument)))
            .map(|finding| &finding.duty)
            .collect();
        let still = |duties: Shared<Vec<DutyResolution>>| -> BTreeMap<DutyId, DutyResolution> {
            let still = duties.into_iter().filter(|duty| !turning.contains(&duty.duty));
            still.map(|duty| (duty.duty.clone(), duty)).collect()
        };
        let (before, after) = (still(resolved(pair[0])), still(resolved(pair[1])));
        if before != after {
            return Err(format!("between {from} and {to}: {before:#?} became {after:#?}"));
        }
    }
    Ok(())
}

fn nothing_counts_outside_its_dates(world: &World) -> Result<(), String> {
    let mut dated = world.clone();
    for evaluated in &mut dated.evaluations {
        if let Some(findings) = findings_mut(&mut evaluated.evaluation) {
            findings.retain(|one| one.answer.citation().is_none_or(|citation| applies(world, &citation.instrument)));
        }
    }
    equal("without what is not in force", &outcomes(world), &outcomes(&dated))
}

fn a_policy_has_no_effect_on_what_it_does_not_govern(world: &World) -> Result<(), String> {
    let result = outcomes(world);
    for policy in &world.evaluations {
        let card = &policy.policy;
        let without = world.keeping(|evaluated| evaluated.policy.id != card.id);
        let mut variants = vec![without.clone()];
        if let Origin::Sector(sector) = &card.origin
            && without.loaded_sectors().iter().all(|other| other != sector)
        {
            for status in Status::ALL {
                let mut variant = world.clone();
                variant.sectors.insert(sector.clone(), SectorStatus { status: *status, source: "test".into() });
                variants.push(variant);
            }
        }
        for variant in variants {
            let other = outcomes(&variant);
            for duty in DUTIES.map(DutyId::from).iter().filter(|duty| !card.governs.contains(*duty)) {
                if result.get(duty) != other.get(duty) {
                    let (one, other) = (result.get(duty), other.get(duty));
                    return Err(format!("{} does not govern {duty}: {one:?} is not {other:?}", card.id));
                }
            }
        }
    }
    Ok(())
}

fn forgetting_a_status_never_loosens(world: &World) -> Result<(), String> {
    let world = with_listed_faults(world);
    let result = outcomes(&world);
    let mut forgotten = world.clone();
    for sector in world.loaded_sectors() {
        at_least(&world, &outcomes(&in_doubt(&world, &sector)), &result)?;
        forgotten = in_doubt(&forgotten, &sector);
    }
    at_least(&world, &outcomes(&forgotten), &result)
}

/// `LAW` is a statute that yields to nothing, nothing implements it, and no generated sector relaxes under it.
fn what_does_not_yield_stays(world: &World) -> Result<(), String> {
    let mut unyielding = without_sectors(world);
    for evaluated in &mut unyielding.evaluations {
        let without_sector = matches!(evaluated.policy.origin, Origin::General | Origin::Common);
        if let Some(findings) = findings_mut(&mut evaluated.evaluation).filter(|_| without_sector) {
            findings.retain(|one| one.answer.citation().is_some_and(|citation| citation.instrument.as_str() == "LAW"));
        }
    }
    at_least(world, &outcomes(world), &outcomes(&unyielding))
}

fn what_a_sector_demands_counts(world: &World) -> Result<(), String> {
    let result = outcomes(world);
    for PolicyEvaluation { policy, evaluation } in &world.evaluations {
        let Origin::Sector(sector) = &policy.origin else { continue };
        if policy.mode == Mode::Monitor || status(world, sector) == Status::No {
            continue;
        }
        for finding in findings(evaluation) {
            let gives_way = world.trust.defeats.iter().any(|edge| edge.over == *sector && edge.duty == finding.duty);
            let (Some(demand), false) = (finding.answer.demand(), gives_way) else { continue };
            let counts = policy.governs.contains(&finding.duty)
                && (finding.kinds.is_empty() || finding.kinds.iter().any(|kind| kind == world.kind.as_str()))
                && applies(world, &demand.citation.instrument);
            if counts {
                let mut base = BTreeMap::new();
                base.insert(finding.duty.clone(), demand.into());
                at_least(world, &result, &base)?;
            }
        }
    }
    Ok(())
}

fn what_was_not_asked_for_is_a_demand(world: &World) -> Result<(), String> {
    let mut demanding = world.clone();
    for PolicyEvaluation { policy, evaluation } in &mut demanding.evaluations {
        for finding in findings_mut(evaluation).into_iter().flatten() {
            if let Answer::InsteadOf(demand) = &finding.answer
                && !policy.displaces.iter().any(|ask| ask.asks_for(&finding.duty, &demand.citation))
            {
                finding.answer = Answer::Require(demand.clone());
            }
        }
    }
    equal("demanded instead", &outcomes(world), &outcomes(&demanding))
}

/// An exception in an instrument that implements the general one is the general instrument's own, whatever its rank.
fn under_the_strict_rank_test_nothing_yields_to_lower_rank(world: &World) -> Result<(), String> {
    if world.trust.rank_test != RankTest::Strict {
        return Ok(());
    }
    let rank = |id: &InstrumentId| world.registry.instruments.get(id).map(|instrument| instrument.rank);
    for finding in world.resolve().duties.iter().flat_map(|duty| &duty.findings) {
        let Disposition::Displaced(displacement) = &finding.disposition else { continue };
        let cited = finding.answer.citation().map(|citation| &citation.instrument);
        let general = finding.earlier.as_ref().or(cited);
        if displacement.by != YieldBasis::Implements && general.and_then(rank) > rank(&displacement.instrument) {
            return Err(format!("{general:?} yields to {displacement:?}"));
        }
    }
    Ok(())
}

/// Whatever another sector may displace. Edges that counsel chose are apart.
fn a_sector_that_merely_adds_keeps_the_general_rule(world: &World) -> Result<(), String> {
    let (result, base) = (outcomes(world), outcomes(&without_sectors(world)));
    for duty in DUTIES.map(DutyId::from) {
        for sector in world.loaded_sectors() {
            let gives_way = world.trust.defeats.iter().any(|edge| edge.over == sector && edge.duty == duty);
            if status(world, &sector) != Status::Yes || gives_way {
                continue;
            }
            let own = world.evaluations.iter().filter(|one| {
                one.policy.origin == Origin::Sector(sector.clone())
                    && one.policy.mode == Mode::Enforce
                    && one.policy.governs.contains(&duty)
            });
            let said = own.flat_map(|one| findings(&one.evaluation)).filter(|finding| {
                finding.duty == duty
                    && (finding.kinds.is_empty() || finding.kinds.iter().any(|kind| kind == world.kind.as_str()))
                    && finding.answer.citation().is_some_and(|citation| applies(world, &citation.instrument))
            });
            let said: Vec<_> = said.map(|finding| &finding.answer).collect();
            if !said.is_empty() && said.iter().all(|answer| matches!(answer, Answer::Met(_) | Answer::Require(_))) {
                at_least_on(world, &duty, &result, &base)?;
            }
        }
    }
    Ok(())
}

fn incompatible_obligations_are_reviewed(world: &World) -> Result<(), String> {
    let measure = |obligation: &Obligation, id: &str| {
        let Obligation::Measure(measure) = obligation else { return None };
        (measure.id.as_str() == id).then(|| measure.clone())
    };
    let number = |obligation: &Obligation, id: &str, param: &str| {
        let measure = measure(obligation, id)?;
        let Some(specialis_core::ParamValue::Number(number)) = measure.params.get(param) else { return None };
        Some(*number)
    };
    let label = |obligation: &Obligation| measure(obligation, "label");
    let span = |obligation: &Obligation| {
        let Obligation::Redact(span) = obligation else { return None };
        Some(*span)
    };
    let clash = |one: &Obligation, other: &Obligation| {
        let keep = number(one, "record", "keep-days").zip(number(other, "delete", "within-days"));
        let verbatim = number(one, "keep-verbatim", "start").zip(span(other));
        keep.is_some_and(|(keep, delete)| delete < keep)
            || label(one).zip(label(other)).is_some_and(|(one, other)| one != other)
            || matches!((one, other), (Obligation::Replace(one), Obligation::Replace(other)) if one != other)
            || verbatim.is_some_and(|(at, span)| at < i64::from(span.end) && i64::from(span.start) < at + 3)
    };
    let resolution = world.resolve();
    let clashes = |all: &[Obligation]| all.iter().any(|one| all.iter().any(|other| clash(one, other)));
    for duty in &resolution.duties {
        if clashes(&duty.obligations) && (duty.level < Level::Review || duty.conflicts.is_empty()) {
            return Err(format!("within {}: {:?}", duty.duty, duty.obligations));
        }
    }
    let all: Vec<_> = resolution.obligations.iter().map(|due| due.obligation.clone()).collect();
    if clashes(&all) && resolution.verdict < Level::Review {
        return Err(format!("across duties: {all:?}"));
    }
    Ok(())
}
