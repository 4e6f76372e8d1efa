//! The worked cases of precedence, as scripted findings over the real registries. The conformance suite runs the same cases
//! from events, under the same names.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use specialis_core::{
    Answer, Citation, Decision, Defeats, Demand, Displaces, Disposition, DutyResolution, Evaluation, EventKind, Fault,
    FaultKind, Finding, Grant, Ground, Header, Level, Measure, Mode, Obligation, Origin, ParamValue, PolicyCard,
    PolicyEvaluation, Precedence, Rank, RankTest, Refusal, RefusedFact, Registry, Resolution, SectorStatus, Status,
    Trust, potential_conflicts, trace_line,
};

use super::generate::World;

/// What a policy says on a duty.
pub(crate) struct Says(&'static str, Answer);

pub(crate) fn measure(id: &str, params: &[(&str, ParamValue)]) -> Obligation {
    let params = params.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Obligation::Measure(Measure { id: id.into(), params })
}

fn label(text: &str) -> Obligation {
    measure("label-explicit", &[("text", ParamValue::Id(text.to_owned()))])
}

fn demand(level: Level, instrument: &str, article: &str, obligations: &[Obligation]) -> Demand {
    Demand {
        level,
        obligations: obligations.to_vec(),
        spans: Vec::new(),
        more_spans: 0,
        citation: Citation { instrument: instrument.into(), article: article.to_owned() },
        reason: "because".into(),
    }
}

pub(crate) fn require(
    duty: &'static str,
    level: Level,
    instrument: &str,
    article: &str,
    obligations: &[Obligation],
) -> Says {
    Says(duty, Answer::Require(demand(level, instrument, article, obligations).into()))
}

fn instead(duty: &'static str, level: Level, instrument: &str, article: &str, obligations: &[Obligation]) -> Says {
    Says(duty, Answer::InsteadOf(demand(level, instrument, article, obligations).into()))
}

fn met(duty: &'static str, instrument: &str, article: &str) -> Says {
    Says(duty, Answer::Met(Citation { instrument: instrument.into(), article: article.to_owned() }))
}

/// A case being written down.
pub(crate) struct Case(World);

impl Case {
    pub(crate) fn on(kind: EventKind) -> Self {
        let table = |name: &str| {
            let text = std::fs::read_to_string(format!("../../guest-policies/registry/{name}.toml")).unwrap();
            (name.to_owned(), toml::Value::Table(text.parse().unwrap()))
        };
        let tables = ["duties", "instruments", "citations", "categories", "measures", "words"].map(table);
        let registry: Registry = toml::Table::from_iter(tables).try_into().unwrap();
        Self(World {
            registry: Arc::new(registry),
            trust: Trust::default(),
            sectors: BTreeMap::new().into(),
            as_of: "2026-11-02".parse().unwrap(),
            kind,
            evaluations: Vec::new(),
        })
    }

    pub(crate) fn sector(mut self, sector: &str, status: Status) -> Self {
        self.0.sectors.insert(sector.into(), SectorStatus { status, source: "platform".into() });
        self
    }

    pub(crate) fn grant(mut self, sector: &str, duty: &str, instrument: &str, article: &str) -> Self {
        self.0.trust.grants.push(Grant {
            id: format!("{sector}#1"),
            signer: sector.into(),
            sector: sector.into(),
            duty: duty.into(),
            instrument: instrument.into(),
            article: article.to_owned(),
            ground: Ground::Named,
            note: String::new(),
        });
        self
    }

    fn policy(mut self, id: &str, origin: Origin, also_governs: &[&'static str], says: Vec<Says>) -> Self {
        let asks = says.iter().filter_map(|Says(duty, answer)| {
            let Answer::InsteadOf(demand) = answer else { return None };
            let Citation { instrument, article } = &demand.citation;
            Some(Displaces { duty: (*duty).into(), instrument: instrument.clone(), article: article.clone() })
        });
        let governs: BTreeSet<_> = also_governs.iter().chain(says.iter().map(|Says(duty, _)| duty)).collect();
        let card = PolicyCard {
            id: id.into(),
            version: "1.0.0".into(),
            origin,
            signer: id.into(),
            governs: governs.iter().map(|duty| (**duty).into()).collect(),
            displaces: asks.collect(),
            kinds: BTreeSet::from([self.0.kind]),
            mode: Mode::Enforce,
        };
        let finding = |Says(duty, answer)| Finding { duty: duty.into(), rule: "A".into(), answer, kinds: Vec::new() };
        let findings = says.into_iter().map(finding).collect();
        self.0
            .evaluations
            .push(PolicyEvaluation { policy: Arc::new(card), evaluation: Evaluation::Evaluated(findings) });
        self
    }

    pub(crate) fn general(self, says: Vec<Says>) -> Self {
        self.policy("general", Origin::General, &[], says)
    }

    pub(crate) fn common(self, says: Vec<Says>) -> Self {
        self.policy("common", Origin::Common, &[], says)
    }

    pub(crate) fn sectoral(self, sector: &str, says: Vec<Says>) -> Self {
        self.policy(sector, Origin::Sector(sector.into()), &[], says)
    }

    /// The policy named last traps.
    pub(crate) fn traps(mut self) -> Self {
        let fault = Fault::new(FaultKind::Trap, "end");
        self.0.evaluations.last_mut().unwrap().evaluation = Evaluation::Unavailable(fault, Vec::new());
        self
    }

    fn resolve(&self) -> Resolution {
        self.0.resolve()
    }

    /// The registries and the decision, with a header of its own.
    pub(crate) fn decided(&self) -> (Arc<Registry>, Decision) {
        (Arc::clone(&self.0.registry), self.decision(Vec::new()))
    }

    fn decision(&self, refused_facts: Vec<RefusedFact>) -> Decision {
        self.decision_on("an-edition", refused_facts)
    }

    fn decision_on(&self, edition: &str, refused_facts: Vec<RefusedFact>) -> Decision {
        let header = Header {
            session: "a-session".into(),
            seq: 0,
            what_if: true,
            intervened: false,
            refused_facts,
            edition: edition.to_owned(),
            id: "a-decision".to_owned(),
        };
        Decision::new(&self.0.input(), self.resolve(), header)
    }

    /// The resolution of one duty.
    fn duty(&self, id: &str) -> DutyResolution {
        let resolution = self.resolve();
        resolution.duties.into_iter().find(|duty| duty.duty.as_str() == id).unwrap()
    }
}

fn assert_duty(duty: &DutyResolution, level: Level, obligations: &[Obligation], rules: &[Precedence]) {
    let rules: BTreeSet<_> = rules.iter().copied().collect();
    let owed: BTreeSet<_> = duty.obligations.iter().cloned().collect();
    assert_eq!((duty.level, owed, &duty.rules), (level, obligations.iter().cloned().collect(), &rules), "{duty:#?}");
}

/// Why the relaxation of a policy was refused on a duty.
fn refusal(duty: &DutyResolution, policy: &str) -> Option<Refusal> {
    let found = duty.findings.iter().find(|finding| finding.policy.as_str() == policy)?;
    let Disposition::RelaxationRefused(refusal) = &found.disposition else { return None };
    Some(*refusal)
}

pub(crate) const MARKING: &str = "im.art12.marking";
const SCREEN: &str = "im.art4.violence.screen";
const FLOOR: &str = "im.art4.violence";

#[test]
fn case_1_news_tightens() {
    let case = Case::on(EventKind::Publication)
        .sector("news", Status::Yes)
        .general(vec![require(MARKING, Level::Mark, "IM", "12", &[label("ai-generated")])])
        .sectoral(
            "news",
            vec![
                require(MARKING, Level::Mark, "ALGO", "9", &[measure("source-line", &[])]),
                require("news.sign-off", Level::Review, "NEWS", "11", &[]),
            ],
        );
    let both = [label("ai-generated"), measure("source-line", &[])];
    assert_duty(&case.duty(MARKING), Level::Mark, &both, &[Precedence::R2]);
    assert_duty(&case.duty("news.sign-off"), Level::Review, &[], &[Precedence::R2]);
    assert_eq!(case.resolve().verdict, Level::Review);
}

/// An invented provision: films carry their label in the end credits instead of in every segment.
pub(crate) fn end_credits() -> Case {
    Case::on(EventKind::Output)
        .sector("film", Status::Yes)
        .general(vec![require(MARKING, Level::Mark, "IM", "12", &[label("segment")])])
        .common(vec![require("common.lm5.implicit", Level::Mark, "LM", "5", &[measure("label-implicit", &[])])])
        .sectoral("film", vec![instead(MARKING, Level::Mark, "FILM", "99", &[label("end-credit")])])
}

#[test]
fn case_2_a_granted_provision_displaces_its_duty_and_no_other() {
    let case = end_credits().grant("film", MARKING, "FILM", "99");
    assert_duty(&case.duty(MARKING), Level::Mark, &[label("end-credit")], &[Precedence::R3]);
    assert_eq!(case.duty("common.lm5.implicit").obligations, [measure("label-implicit", &[])]);
    let on_floor = instead("common.lm5.implicit", Level::Pass, "FILM", "99", &[]);
    let case = end_credits().sectoral("film", vec![on_floor]);
    let floor = case.duty("common.lm5.implicit");
    assert!(floor.rules.contains(&Precedence::R4) && floor.level == Level::Mark, "{floor:#?}");
    assert_eq!(refusal(&floor, "film"), Some(Refusal::FloorDuty));
}

#[test]
fn case_3_without_a_grant_both_labels_are_owed() {
    let duty = end_credits().duty(MARKING);
    assert_eq!(duty.obligations, [label("end-credit"), label("segment")]);
    assert_eq!(refusal(&duty, "film"), Some(Refusal::NoGrant));
    assert_duty(&duty, Level::Mark, &[label("end-credit"), label("segment")], &[Precedence::R2]);
}

#[test]
fn case_4_a_sector_that_traps_keeps_the_general_rule_and_fails() {
    let case = end_credits().grant("film", MARKING, "FILM", "99").traps();
    assert_duty(&case.duty(MARKING), Level::Review, &[label("segment")], &[Precedence::R6]);
}

/// The same, granted, with a sector in doubt that governs the duty.
pub(crate) fn doubtful_education() -> Case {
    end_credits().grant("film", MARKING, "FILM", "99").sector("education", Status::Unknown).policy(
        "education",
        Origin::Sector("education".into()),
        &[MARKING],
        vec![],
    )
}

#[test]
fn case_5a_a_sector_in_doubt_that_governs_the_duty_keeps_the_general_rule() {
    let duty = doubtful_education().duty(MARKING);
    let both = [label("end-credit"), label("segment")];
    assert_duty(&duty, Level::Mark, &both, &[Precedence::R2, Precedence::R7]);
    assert_eq!(refusal(&duty, "film"), Some(Refusal::OtherSectorKeeps));
}

#[test]
fn case_5b_a_sector_in_doubt_that_does_not_govern_the_duty_is_no_regime_on_it() {
    let case = end_credits().grant("film", MARKING, "FILM", "99").sector("education", Status::Unknown).policy(
        "education",
        Origin::Sector("education".into()),
        &["edu.homework"],
        vec![],
    );
    assert_duty(&case.duty(MARKING), Level::Mark, &[label("end-credit")], &[Precedence::R3]);
}

fn delete() -> Obligation {
    measure("delete", &[("within-days", ParamValue::Number(1))])
}

fn keep() -> Obligation {
    measure("record", &[("keep-days", ParamValue::Number(60))])
}

/// A rule of an operator's own that deletes at once, and a news record that must be kept.
pub(crate) fn delete_or_keep() -> Case {
    Case::on(EventKind::Publication)
        .sector("news", Status::Yes)
        .general(vec![require("im.art11.inputs", Level::Warn, "PIPL", "47(1)", &[delete()])])
        .sectoral("news", vec![require("news.record", Level::Pass, "IISM", "14", &[keep()])])
}

#[test]
fn case_6_what_must_be_deleted_and_must_be_kept_is_reviewed() {
    let case = delete_or_keep();
    let resolution = case.resolve();
    assert_eq!((resolution.verdict, resolution.conflicts.len()), (Level::Review, 1), "{resolution:#?}");
    let may = |policy: &str, obligation: &Obligation| {
        let Obligation::Measure(measure) = obligation.clone() else { panic!("a measure") };
        (policy.into(), measure)
    };
    let asked = [may("common", &delete()), may("news", &keep())];
    assert_eq!(potential_conflicts(&asked, &case.0.registry).len(), 1, "it is reported at load");
}

#[test]
fn case_7_where_the_sector_is_silent_the_general_rule_fills_the_gap() {
    let case = Case::on(EventKind::Output)
        .sector("arts", Status::Yes)
        .general(vec![require("im.art4.rights", Level::Review, "IM", "4(4)", &[])])
        .policy("arts", Origin::Sector("arts".into()), &["im.art4.rights"], vec![]);
    assert_duty(&case.duty("im.art4.rights"), Level::Review, &[], &[Precedence::R1]);
}

/// A fight scene in a film script: the term stands in the general lexicon alone.
pub(crate) fn fight_scene(scored: bool) -> Case {
    let (floor, on_floor) = if scored {
        (require(FLOOR, Level::Stop, "IM", "4(1)", &[]), instead(FLOOR, Level::Warn, "FILM", "16", &[]))
    } else {
        (met(FLOOR, "IM", "4(1)"), met(FLOOR, "FILM", "16"))
    };
    let advisory = measure("advisory", &[("kind", ParamValue::Id("violence".to_owned()))]);
    Case::on(EventKind::Output)
        .sector("film", Status::Yes)
        .sector("education", Status::Unknown)
        .general(vec![floor, require(SCREEN, Level::Review, "IM", "4(1)", &[])])
        .sectoral("film", vec![instead(SCREEN, Level::Warn, "FILM", "16", &[advisory]), on_floor])
        .policy("education", Origin::Sector("education".into()), &["edu.homework"], vec![])
        .grant("film", SCREEN, "FILM", "16")
}

#[test]
fn case_8_a_fight_scene_gets_an_advisory_and_the_floor_holds() {
    let case = fight_scene(false);
    let screen = case.duty(SCREEN);
    assert_eq!((screen.level, &screen.rules), (Level::Warn, &BTreeSet::from([Precedence::R3])), "{screen:#?}");
    assert_eq!(
        trace_line(&screen, &case.0.sectors),
        "im.art4.violence.screen → warn · film 1.0.0: instead-of warn + advisory (FILM Art. 16; grant film#1, rank-test \
         strict) · general 1.0.0: review (IM Art. 4(1), fell: yields to film, named) · education = unknown (platform), does \
         not govern ⇒ R3"
    );
    assert_duty(&case.duty(FLOOR), Level::Pass, &[], &[]);
    let floor = fight_scene(true).duty(FLOOR);
    assert_duty(&floor, Level::Stop, &[], &[Precedence::R4]);
    assert_eq!(refusal(&floor, "film"), Some(Refusal::FloorDuty));
}

#[test]
fn case_8_for_minors_common_law_keeps_its_review_beside_the_relaxation() {
    let for_minors = fight_scene(false).common(vec![require(SCREEN, Level::Review, "MINORS-LAW", "50", &[])]);
    let advisory = measure("advisory", &[("kind", ParamValue::Id("violence".to_owned()))]);
    assert_duty(&for_minors.duty(SCREEN), Level::Review, &[advisory], &[Precedence::R2, Precedence::R3]);
    assert_eq!(for_minors.resolve().verdict, Level::Review);
}

#[test]
fn case_9_a_flash_without_a_licence_stops() {
    let licence = require("news.licence", Level::Stop, "NEWS", "5", &[]);
    let case =
        Case::on(EventKind::Publication).sector("news", Status::Yes).general(vec![]).sectoral("news", vec![licence]);
    assert_duty(&case.duty("news.licence"), Level::Stop, &[], &[Precedence::R2]);
}

/// A guide that says otherwise on what the Measures stop.
pub(crate) fn soft_guide() -> Case {
    Case::on(EventKind::Output)
        .sector("education", Status::Yes)
        .general(vec![require("im.art10.uses", Level::Stop, "IM", "10", &[])])
        .sectoral("education", vec![instead("im.art10.uses", Level::Warn, "MOE-GUIDE", "learning", &[])])
        .grant("education", "im.art10.uses", "MOE-GUIDE", "learning")
}

#[test]
fn case_10_a_soft_guide_relaxes_nothing() {
    let duty = soft_guide().duty("im.art10.uses");
    assert_duty(&duty, Level::Stop, &[], &[Precedence::R4]);
    assert_eq!(refusal(&duty, "education"), Some(Refusal::SoftInstrument));
}

#[test]
fn case_11_a_waiver_that_labelling_law_allows_does_not_lift_the_news_rule() {
    let case = Case::on(EventKind::Publication)
        .sector("news", Status::Yes)
        .common(vec![met("common.lm9.waiver", "LM", "9"), met("common.lm4.explicit", "LM", "9")])
        .sectoral("news", vec![require("news.mark-first", Level::Stop, "ALGO", "9", &[label("ai-generated")])]);
    assert_duty(&case.duty("news.mark-first"), Level::Stop, &[label("ai-generated")], &[Precedence::R2]);
}

#[test]
fn case_12_a_rule_counts_from_the_day_on_which_it_is_in_force() {
    let mut case =
        Case::on(EventKind::Output).common(vec![require("common.lm4.explicit", Level::Mark, "LM", "4", &[])]);
    case.0.as_of = "2025-08-31".parse().unwrap();
    let before = case.duty("common.lm4.explicit");
    assert!(before.level == Level::Pass && before.findings[0].disposition == Disposition::NotInForce, "{before:#?}");
    case.0.as_of = "2025-09-01".parse().unwrap();
    let after = case.duty("common.lm4.explicit");
    assert!(after.level == Level::Mark && after.findings[0].disposition == Disposition::Stands, "{after:#?}");
}

#[test]
fn case_13_neighboring_editions_decide_differently_and_each_decision_names_its_own() {
    let seventh = fight_scene(false);
    let mut eighth = fight_scene(false);
    eighth.0.trust.grants.clear();
    let decided = |case: &Case, edition: &str| case.decision_on(edition, Vec::new());
    let (stayed, moved) = (decided(&seventh, "7"), decided(&eighth, "8"));
    assert_eq!((stayed.edition.as_str(), stayed.verdict), ("7", Level::Warn));
    assert_eq!((moved.edition.as_str(), moved.verdict), ("8", Level::Review));
    assert_eq!(stayed.duty(SCREEN).unwrap().rules, BTreeSet::from([Precedence::R3]));
    assert_eq!(moved.duty(SCREEN).unwrap().rules, BTreeSet::from([Precedence::R2]));
    assert_eq!(refusal(moved.duty(SCREEN).unwrap(), "film"), Some(Refusal::NoGrant));
}

#[test]
fn case_14_a_failed_general_policy_is_not_displaced() {
    let advisory = instead(SCREEN, Level::Warn, "FILM", "16", &[]);
    let case = Case::on(EventKind::Output)
        .sector("film", Status::Yes)
        .grant("film", SCREEN, "FILM", "16")
        .sectoral("film", vec![advisory])
        .policy("general", Origin::General, &[SCREEN], vec![])
        .traps();
    let duty = case.duty(SCREEN);
    assert_duty(&duty, Level::Review, &[], &[Precedence::R2, Precedence::R6]);
    assert_eq!(refusal(&duty, "film"), Some(Refusal::GeneralFailed));
}

#[test]
fn case_15_in_house_findings_of_the_measures_are_gone_and_common_law_stands() {
    let phone = require("common.pi.output", Level::Redact, "PIPL", "25", &[]);
    let martyr = require("common.heroes", Level::Review, "HEROES", "22", &[]);
    let child = require("common.minors.consent", Level::Stop, "PIPL", "31", &[]);
    let case = Case::on(EventKind::Output)
        .general(vec![Says("im.art4.rights", Answer::NotApplicable("in-house".into()))])
        .common(vec![phone, martyr, child]);
    let resolution = case.resolve();
    let duties: Vec<_> = resolution.duties.iter().map(|duty| (duty.duty.as_str(), duty.level)).collect();
    let expected =
        [("common.heroes", Level::Review), ("common.minors.consent", Level::Stop), ("common.pi.output", Level::Redact)];
    assert_eq!(duties, expected);
    for (duty, level) in expected {
        assert_duty(&case.duty(duty), level, &[], &[]);
    }
}

fn public_rules() -> Case {
    Case::on(EventKind::Output).general(vec![require("im.art4.rights", Level::Review, "IM", "4(4)", &[])])
}

fn asserted_by_the_user() -> RefusedFact {
    RefusedFact { path: "general.audience".to_owned(), source: "user".into() }
}

/// An audience that nobody warranted asserts to be internal. Warrants are the host's: it arrives here as refused.
pub(crate) fn unwarranted() -> (Arc<Registry>, Decision) {
    let case = public_rules();
    (Arc::clone(&case.0.registry), case.decision(vec![asserted_by_the_user(), asserted_by_the_user()]))
}

#[test]
fn case_16_a_refused_fact_stands_in_the_decision_and_public_rules_apply() {
    let (_, decision) = unwarranted();
    assert_eq!((decision.verdict, decision.refused_facts), (Level::Review, vec![asserted_by_the_user()]));
    assert_duty(&public_rules().duty("im.art4.rights"), Level::Review, &[], &[]);
}

#[test]
fn case_17_two_sectors_that_both_provide_otherwise_are_both_satisfied() {
    let case = Case::on(EventKind::Output)
        .sector("film", Status::Yes)
        .sector("arts", Status::Yes)
        .general(vec![require(SCREEN, Level::Stop, "IM", "4(1)", &[])])
        .sectoral("film", vec![instead(SCREEN, Level::Warn, "FILM", "16", &[])])
        .sectoral("arts", vec![instead(SCREEN, Level::Review, "FILM", "16", &[])])
        .grant("film", SCREEN, "FILM", "16")
        .grant("arts", SCREEN, "FILM", "16");
    assert_duty(&case.duty(SCREEN), Level::Review, &[], &[Precedence::R3, Precedence::R5]);
}

#[test]
fn case_18_a_lower_instrument_displaces_one_that_names_its_sector_only_under_the_lenient_rank_test() {
    let mut case = end_credits().grant("film", MARKING, "FILM", "99");
    // The Measures name film. Were the provision on film not a law but a notice, it would rank below them.
    Arc::make_mut(&mut case.0.registry).instruments.get_mut("FILM").unwrap().rank = Rank::NormativeNotice;
    let duty = case.duty(MARKING);
    assert_duty(&duty, Level::Mark, &[label("end-credit"), label("segment")], &[Precedence::R2, Precedence::R4]);
    assert_eq!(refusal(&duty, "film"), Some(Refusal::NothingYields));
    case.0.trust.rank_test = RankTest::Lenient;
    assert_duty(&case.duty(MARKING), Level::Mark, &[label("end-credit")], &[Precedence::R3]);
}

#[test]
fn case_19_an_edge_between_sectors_counts_only_where_the_prevailing_sector_displaces() {
    let mut case = Case::on(EventKind::Output)
        .sector("film", Status::Yes)
        .sector("arts", Status::Yes)
        .general(vec![require(SCREEN, Level::Review, "IM", "4(1)", &[])])
        .sectoral("film", vec![instead(SCREEN, Level::Warn, "FILM", "16", &[])])
        .sectoral("arts", vec![require(SCREEN, Level::Stop, "FILM", "16", &[])]);
    let edge =
        Defeats { label: "film-first".to_owned(), sector: "film".into(), over: "arts".into(), duty: SCREEN.into() };
    case.0.trust.defeats.push(edge);
    assert_eq!(case.duty(SCREEN).level, Level::Stop, "film has no grant, so it displaces nothing");
    assert_eq!(case.grant("film", SCREEN, "FILM", "16").duty(SCREEN).level, Level::Warn);
}
