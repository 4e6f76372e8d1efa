//! The reference model of the resolution of one duty, over its whole domain, against the resolver, case by case.
//!
//! The model is small enough to be read beside the page on precedence: three levels, one obligation a finding (its policy's
//! name), two policies without a sector, sector `a` with two policies and sector `b` with one. 720,000 cases.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use specialis_core::{
    Answer, Citation, Demand, Displaces, DutyClass, DutyId, Evaluation, EventKind, Finding, Grant, Ground, Level, Mode,
    Obligation, Origin, PolicyCard, PolicyEvaluation, Registry, ResolutionInput, SectorStatus, Shared, Status, Trust,
    resolve,
};

use super::generate::fault;

/// What a policy of the model answers.
#[derive(Clone, Copy, PartialEq)]
enum Says {
    Na,
    Met,
    Require(usize),
    Instead(usize),
    Unknown,
}
use Says::{Instead, Met, Na, Require, Unknown};

/// A policy without a sector: its finding, and whether the finding's instrument yields.
type General = (Says, bool);
/// A sector's policy: its finding, whether a grant fits it, and whether the policy governs the duty.
type Special = (Says, bool, bool);

const GENERAL_SAYS: [Says; 5] = [Na, Met, Require(1), Require(2), Unknown];
const SPECIAL: [Special; 10] = [
    (Na, false, false),
    (Na, false, true),
    (Met, false, true),
    (Require(1), false, true),
    (Require(2), false, true),
    (Unknown, false, true),
    (Instead(0), false, true),
    (Instead(0), true, true),
    (Instead(1), false, true),
    (Instead(1), true, true),
];
const SECOND: [Special; 5] = [
    (Na, false, false),
    (Na, false, true),
    (Require(1), false, true),
    (Instead(0), true, true),
    (Unknown, false, true),
];
const STATUS: [Status; 3] = [Status::No, Status::Unknown, Status::Yes];
const NAMES: [&str; 5] = ["g1", "g2", "p1", "p2", "p3"];
const LEVELS: [Level; 3] = [Level::Pass, Level::Review, Level::Stop];

/// The model: level, names whose obligation survives, names that failed.
fn model(
    general: [General; 2],
    is_derogable: bool,
    fail: usize,
    sectors: [(Status, &[(usize, Special)]); 2],
) -> (usize, BTreeSet<usize>, BTreeSet<usize>) {
    let general_failed = general.iter().any(|(says, _)| *says == Unknown);
    let (mut displacing, mut keeping) = (false, false);
    let mut surviving: Vec<(usize, Says)> = Vec::new();
    for (status, policies) in sectors {
        let governing: Vec<_> = policies.iter().filter(|(_, (_, _, governs))| *governs).collect();
        if status == Status::No || governing.is_empty() {
            continue;
        }
        surviving.extend(governing.iter().map(|(name, (says, ..))| (*name, *says)));
        let instead = governing.iter().any(|(_, (says, granted, _))| matches!(says, Instead(_)) && *granted);
        let failed = governing.iter().any(|(_, (says, ..))| *says == Unknown);
        let certain = status == Status::Yes;
        if certain && is_derogable && instead && !failed && !general_failed {
            displacing = true;
        } else if !(certain && governing.iter().all(|(_, (says, ..))| *says == Na)) {
            keeping = true;
        }
    }
    let falls = displacing && !keeping;
    let standing = general.iter().enumerate().filter(|(_, (_, yields))| !(falls && *yields));
    surviving.extend(standing.map(|(name, (says, _))| (name, *says)));
    let level = surviving.iter().map(|(_, says)| match says {
        Na | Met => 0,
        Require(level) | Instead(level) => *level,
        Unknown => fail,
    });
    let named = |wanted: fn(Says) -> bool| {
        surviving.iter().filter(|(_, says)| wanted(*says)).map(|(name, _)| *name).collect::<BTreeSet<_>>()
    };
    (level.max().unwrap_or(0), named(|says| matches!(says, Require(_) | Instead(_))), named(|says| says == Unknown))
}

/// Instruments: `Y` yields to both sectors, `N` is a statute and yields to none, `S` is what sectors cite.
fn registry(is_derogable: bool, fail: usize) -> Registry {
    let instrument = |rank: &str, yields: &str| {
        format!(
            "zh = \"\"\nen = \"\"\nauthority = \"\"\nrank = \"{rank}\"\nbinding = true\nfrom = \"2020-01-01\"\n{yields}\n"
        )
    };
    let mut registry: Registry = toml::from_str(&format!(
        "[instruments.Y]\n{}[instruments.N]\n{}[instruments.S]\n{}\
         [duties.d]\nzh = \"\"\nen = \"\"\nclass = \"floor\"\naddressee = \"\"\ninstruments = []",
        instrument("departmental-rule", "yields-to = { sectors = [\"a\", \"b\"] }"),
        instrument("law", ""),
        instrument("departmental-rule", ""),
    ))
    .unwrap();
    let duty = registry.duties.get_mut("d").unwrap();
    duty.class = if is_derogable { DutyClass::Derogable } else { DutyClass::Floor };
    duty.fail = LEVELS[fail];
    registry
}

/// A grant for each policy of a sector, on article 1.
fn trust() -> Trust {
    let grant = |name: usize, sector: &str| Grant {
        id: NAMES[name].to_owned(),
        signer: NAMES[name].into(),
        sector: sector.into(),
        duty: "d".into(),
        instrument: "S".into(),
        article: "1".to_owned(),
        ground: Ground::Named,
        note: String::new(),
    };
    Trust { grants: vec![grant(2, "a"), grant(3, "a"), grant(4, "b")], ..Trust::default() }
}

/// What a manifest asks for: the duty under both articles.
fn asks(duty: DutyId) -> [Displaces; 2] {
    ["1", "2"].map(|article| Displaces { duty: duty.clone(), instrument: "S".into(), article: article.to_owned() })
}

/// The evaluation of a policy that answers `says`. If `is_fault`, an unknown answer is a fault of the call.
fn evaluated(
    name: usize,
    origin: &Origin,
    says: Says,
    instrument: &str,
    article: u8,
    governs: bool,
    is_fault: bool,
) -> PolicyEvaluation {
    let own = if governs { BTreeSet::from(["d".into()]) } else { BTreeSet::new() };
    let card = PolicyCard {
        id: NAMES[name].into(),
        version: "1".into(),
        origin: origin.clone(),
        signer: NAMES[name].into(),
        displaces: own.iter().cloned().flat_map(asks).collect(),
        governs: own,
        kinds: BTreeSet::from([EventKind::Output]),
        mode: Mode::Enforce,
    };
    let citation = Citation { instrument: instrument.into(), article: article.to_string() };
    let demand = |level: usize| Demand {
        level: LEVELS[level],
        obligations: vec![Obligation::Append(NAMES[name].into())],
        spans: Vec::new(),
        more_spans: 0,
        citation: citation.clone(),
        reason: "r".into(),
    };
    let answer = match says {
        Na => Answer::NotApplicable("r".into()),
        Met => Answer::Met(citation.clone()),
        Require(level) => Answer::Require(demand(level).into()),
        Instead(level) => Answer::InsteadOf(demand(level).into()),
        Unknown => Answer::Unknown("r".into()),
    };
    let evaluation = if says == Unknown && is_fault {
        Evaluation::Unavailable(fault(), Vec::new())
    } else if !governs {
        Evaluation::NotWoken
    } else {
        let finding = Finding { duty: "d".into(), rule: "A".into(), answer, kinds: Vec::new() };
        Evaluation::Evaluated(vec![finding])
    };
    PolicyEvaluation { policy: Arc::new(card), evaluation }
}

/// Both ways of being unable to tell, one in turn with the other.
fn both(make: impl Fn(bool) -> PolicyEvaluation) -> [PolicyEvaluation; 2] {
    [make(false), make(true)]
}

fn specials(name: usize, sector: &str, all: &[Special]) -> Vec<[PolicyEvaluation; 2]> {
    let origin = Origin::Sector(sector.into());
    let each = all.iter().map(|(says, granted, governs)| {
        both(|is_fault| evaluated(name, &origin, *says, "S", if *granted { 1 } else { 2 }, *governs, is_fault))
    });
    each.collect()
}

/// Compares model and resolver for one class and fail level over everything else; returns the number of cases.
fn compare(is_derogable: bool, fail: usize) -> u32 {
    let (registry, trust) = (registry(is_derogable, fail), trust());
    let status = |sector: &str| (sector.into(), SectorStatus { status: Status::No, source: "test".into() });
    let mut sectors: Shared<BTreeMap<_, _>> = ["a", "b"].into_iter().map(status).collect();
    let general_of = |name: usize, says: Says, yields: bool| {
        let origin = if name == 0 { Origin::General } else { Origin::Common };
        both(|is_fault| evaluated(name, &origin, says, if yields { "Y" } else { "N" }, 1, true, is_fault))
    };
    let (ps1, ps2, ps3) = (specials(2, "a", &SPECIAL), specials(3, "a", &SECOND), specials(4, "b", &SPECIAL));
    let mut cases = 0;
    for (g1, y1, g2, y2) in GENERAL_SAYS.into_iter().flat_map(|g1| {
        [false, true].into_iter().flat_map(move |y1| {
            [Na, Require(1)].into_iter().flat_map(move |g2| [false, true].map(|y2| (g1, y1, g2, y2)))
        })
    }) {
        let (t1, t2) = (general_of(0, g1, y1), general_of(1, g2, y2));
        let mut evaluations = [t1[0].clone(), t2[0].clone(), ps1[0][0].clone(), ps2[0][0].clone(), ps3[0][0].clone()];
        for (p1, w1) in SPECIAL.iter().zip(&ps1) {
            for (p2, w2) in SECOND.iter().zip(&ps2) {
                for (p3, w3) in SPECIAL.iter().zip(&ps3) {
                    let turn = usize::from(cases % 2 == 1);
                    for (place, way) in [&t1, &t2, w1, w2, w3].into_iter().enumerate() {
                        evaluations[place].clone_from(&way[(turn + place) % 2]);
                    }
                    for (st1, st2) in STATUS.into_iter().flat_map(|st1| STATUS.map(|st2| (st1, st2))) {
                        cases += 1;
                        sectors.get_mut("a").unwrap().status = st1;
                        sectors.get_mut("b").unwrap().status = st2;
                        let input = ResolutionInput {
                            registry: &registry,
                            trust: &trust,
                            sectors: &sectors,
                            as_of: "2026-01-01".parse().unwrap(),
                            kind: EventKind::Output,
                            evaluations: &evaluations,
                        };
                        let expected = model(
                            [(g1, y1), (g2, y2)],
                            is_derogable,
                            fail,
                            [(st1, &[(2, *p1), (3, *p2)]), (st2, &[(4, *p3)])],
                        );
                        let resolution = resolve(&input);
                        assert!(agrees(&expected, &resolution), "{expected:?} is not {resolution:#?}\nof {input:#?}");
                    }
                }
            }
        }
    }
    cases
}

fn agrees(
    (level, obliged, failed): &(usize, BTreeSet<usize>, BTreeSet<usize>),
    resolution: &specialis_core::Resolution,
) -> bool {
    let Some(duty) = resolution.duties.first() else { return *level == 0 && obliged.is_empty() && failed.is_empty() };
    let due = duty.obligations.iter().map(|obligation| {
        let Obligation::Append(key) = obligation else { return None };
        Some(key.as_str())
    });
    duty.level == LEVELS[*level]
        && resolution.verdict == duty.level
        && due.eq(obliged.iter().map(|name| Some(NAMES[*name])))
        && duty.failed.keys().map(|id| id.as_str()).eq(failed.iter().map(|name| NAMES[*name]))
}

#[test]
fn the_model_agrees_on_every_derogable_duty_that_fails_to_review() {
    assert_eq!(compare(true, 1), 180_000);
}

#[test]
fn the_model_agrees_on_every_derogable_duty_that_fails_to_stop() {
    assert_eq!(compare(true, 2), 180_000);
}

#[test]
fn the_model_agrees_on_every_floor_duty_that_fails_to_review() {
    assert_eq!(compare(false, 1), 180_000);
}

#[test]
fn the_model_agrees_on_every_floor_duty_that_fails_to_stop() {
    assert_eq!(compare(false, 2), 180_000);
}
