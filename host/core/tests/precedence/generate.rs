//! Worlds: everything a resolution depends on, generated small enough that policies meet on the same duties all the time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use specialis_core::{
    Answer, Citation, Date, Defeats, Demand, Displaces, DutyId, Evaluation, EventKind, Fault, FaultKind, Finding,
    Grant, Ground, Level, Measure, MeasureId, Mode, Obligation, Origin, ParamValue, PolicyCard, PolicyEvaluation,
    RankTest, Registry, Resolution, ResolutionInput, SectorStatus, Shared, Span, Status, TextKey, Trust, resolve,
};

/// Everything a resolution depends on.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) registry: Arc<Registry>,
    pub(crate) trust: Trust,
    pub(crate) sectors: Shared<BTreeMap<specialis_core::SectorId, SectorStatus>>,
    pub(crate) as_of: Date,
    pub(crate) kind: EventKind,
    pub(crate) evaluations: Vec<PolicyEvaluation>,
}

impl World {
    pub(crate) fn input(&self) -> ResolutionInput<'_> {
        ResolutionInput {
            registry: &self.registry,
            trust: &self.trust,
            sectors: &self.sectors,
            as_of: self.as_of,
            kind: self.kind,
            evaluations: &self.evaluations,
        }
    }

    pub(crate) fn resolve(&self) -> Resolution {
        resolve(&self.input())
    }
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "as of {}, {}, rank test {:?}", self.as_of, self.kind.as_str(), self.trust.rank_test)?;
        for (sector, known) in &self.sectors {
            writeln!(f, "  {sector}: {}", known.status.as_str())?;
        }
        for grant in &self.trust.grants {
            let Grant { id, signer, sector, duty, instrument, article, ground, .. } = grant;
            writeln!(f, "  grant {id}: {signer} {sector} {duty} {instrument} {article} {ground:?}")?;
        }
        for Defeats { label, sector, over, duty } in &self.trust.defeats {
            writeln!(f, "  edge {label}: {sector} over {over} on {duty}")?;
        }
        for evaluated in &self.evaluations {
            let card = &evaluated.policy;
            writeln!(
                f,
                "  {} {:?} {:?} governs {:?} displaces {:?} kinds {:?}",
                card.id, card.origin, card.mode, card.governs, card.displaces, card.kinds
            )?;
            writeln!(f, "    {:?}", evaluated.evaluation)?;
        }
        Ok(())
    }
}

const REGISTRY: &str = r#"
[duties."d.floor"]
zh = "底线"
en = "Floor"
class = "floor"
addressee = "provider"
instruments = ["IM"]
[duties."d.floor.stop"]
zh = "底线，停止"
en = "Floor, fails to stop"
class = "floor"
fail = "stop"
addressee = "provider"
instruments = ["LAW"]
[duties."d.open"]
zh = "可放宽"
en = "Derogable"
class = "derogable"
addressee = "provider"
instruments = ["IM", "DSP"]
[duties."d.mark"]
zh = "可放宽，标识"
en = "Derogable, fails to mark"
class = "derogable"
fail = "mark"
addressee = "platform"
instruments = ["LM"]

[instruments.IM]
zh = "办法"
en = "Measures"
authority = "A"
rank = "departmental-rule"
binding = true
from = "2023-08-15"
yields-to = { sectors = ["film", "news"], by-analogy = true }
verified = true
[instruments.DSP]
zh = "规定"
en = "Provisions"
authority = "A"
rank = "departmental-rule"
binding = true
from = "2023-01-10"
[instruments.LM]
zh = "标识办法"
en = "Labelling"
authority = "A"
rank = "normative-notice"
binding = true
from = "2023-01-10"
implements = ["DSP"]
[instruments.STD]
zh = "标准"
en = "Standard"
authority = "A"
rank = "mandatory-standard"
binding = true
from = "2023-01-10"
implements = ["LM"]
[instruments.LAW]
zh = "法"
en = "Law"
authority = "A"
rank = "law"
binding = true
from = "2017-06-01"
[instruments.FILM]
zh = "电影法"
en = "Film Law"
authority = "A"
rank = "law"
binding = true
from = "2017-03-01"
[instruments.NEWS]
zh = "新闻规定"
en = "News Rules"
authority = "A"
rank = "departmental-rule"
binding = true
from = "2017-06-01"
[instruments.NOTICE]
zh = "通知"
en = "Notice"
authority = "A"
rank = "normative-notice"
binding = true
from = "2020-06-01"
[instruments.GUIDE]
zh = "指南"
en = "Guide"
authority = "A"
rank = "guideline"
binding = false
from = "2020-06-01"
[instruments.NEW]
zh = "新规"
en = "New Rules"
authority = "A"
rank = "administrative-regulation"
binding = true
from = "2026-01-01"
earlier = "OLD"
[instruments.OLD]
zh = "旧规"
en = "Old Rules"
authority = "A"
rank = "departmental-rule"
binding = true
from = "2020-01-01"
until = "2025-12-31"
yields-to = { sectors = ["film"] }
[instruments.FUTURE]
zh = "将来法"
en = "Future Law"
authority = "A"
rank = "law"
binding = true
from = "2026-01-01"

[measures.note]
zh = "注"
en = "Note"
when = "with-release"
phase = "label"
params.by = { type = "id", ids = ["general", "sector"] }
[measures.label]
zh = "标识"
en = "Label"
when = "with-release"
phase = "label"
params.text = { type = "id", ids = ["a", "b"], conflict = "exclusive-label" }
[measures.record]
zh = "留存"
en = "Keep"
when = "afterwards"
phase = "record"
params.keep-days = { type = "number", join = "max", conflict = "keep-at-least" }
[measures.delete]
zh = "删除"
en = "Delete"
when = "afterwards"
phase = "record"
params.within-days = { type = "number", join = "min", conflict = "delete-within" }
[measures.keep-verbatim]
zh = "保持原文"
en = "Keep verbatim"
when = "with-release"
phase = "record"
conflict = "keep-verbatim"
params.part = { type = "number" }
params.start = { type = "number" }
params.end = { type = "number" }
"#;

/// The registry of every generated world.
pub(crate) fn registry() -> Arc<Registry> {
    static ONCE: OnceLock<Arc<Registry>> = OnceLock::new();
    ONCE.get_or_init(|| {
        let registry: Registry = toml::from_str(REGISTRY).unwrap();
        registry.check().unwrap();
        Arc::new(registry)
    })
    .clone()
}

/// One that the registry does not know stands beside those it knows.
pub(crate) const DUTIES: [&str; 5] = ["d.floor", "d.floor.stop", "d.mark", "d.open", "d.unheard-of"];
/// Days on both sides of the dates of `NEW`, `OLD` and `FUTURE`.
pub(crate) const DAYS: [&str; 4] = ["2025-06-01", "2025-12-31", "2026-01-01", "2026-06-01"];
/// Sectors; the last has no policy.
const SECTORS: [&str; 5] = ["film", "news", "education", "arts", "unloaded"];
/// Policies: id, sector (`-` general, `+` common, `=` tenant), instruments of what it requires, of what it relaxes.
const POLICIES: [(&str, &str, &[&str], &[&str]); 8] = [
    ("general", "-", &["IM", "IM", "DSP", "LM", "NEW"], &["IM"]),
    ("common", "+", &["LAW", "DSP", "STD", "NOTICE", "IM"], &["LAW"]),
    ("tenant", "=", &["IM"], &["IM"]),
    ("film-1", "film", &["FILM", "NEW", "GUIDE"], &["FILM", "FILM", "NEW", "GUIDE", "FUTURE", "unheard-of"]),
    ("film-2", "film", &["FILM", "OLD"], &["FILM", "OLD", "LM"]),
    ("news", "news", &["NEWS", "FUTURE"], &["NEWS", "NEWS", "NOTICE", "STD"]),
    ("school", "education", &["LAW", "GUIDE"], &["NEWS", "GUIDE", "FILM"]),
    ("arts", "arts", &["NOTICE"], &["NEWS", "LM"]),
];

fn obligation() -> impl Strategy<Value = Obligation> {
    let measure = |id: &str, params: &[(&str, ParamValue)]| {
        let params = params.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        Obligation::Measure(Measure { id: MeasureId::from(id), params })
    };
    let span = |start| Span { part: 0, start, end: start + 4 };
    prop_oneof![
        6 => select(vec!["general", "sector"])
            .prop_map(move |by| measure("note", &[("by", ParamValue::Id(by.to_owned()))])),
        3 => select(vec!["a", "b"]).prop_map(move |text| measure("label", &[("text", ParamValue::Id(text.to_owned()))])),
        2 => (1..4_i64).prop_map(move |days| measure("record", &[("keep-days", ParamValue::Number(days))])),
        2 => (0..5_i64).prop_map(move |days| measure("delete", &[("within-days", ParamValue::Number(days))])),
        1 => (0..9_i64).prop_map(move |at| measure("keep-verbatim", &[
            ("part", ParamValue::Number(0)), ("start", ParamValue::Number(at)), ("end", ParamValue::Number(at + 3)),
        ])),
        1 => (0..9_u32).prop_map(move |at| Obligation::Redact(span(at))),
        1 => select(vec!["x", "y"]).prop_map(|key| Obligation::Replace(TextKey::from(key))),
        1 => Just(Obligation::Append(TextKey::from("x"))),
        1 => Just(Obligation::Stop),
    ]
}

fn demand(instruments: &'static [&'static str]) -> impl Strategy<Value = Demand> {
    let level = select(Level::ALL);
    let obligations = prop::collection::vec(obligation(), 0..3);
    (level, obligations, select(instruments), prop_oneof![7 => Just("1"), 1 => Just("2")]).prop_map(
        |(level, obligations, instrument, article)| Demand {
            level,
            obligations,
            spans: Vec::new(),
            more_spans: 0,
            citation: Citation { instrument: instrument.into(), article: article.to_owned() },
            reason: "r".into(),
        },
    )
}

fn finding(policy: usize) -> impl Strategy<Value = Finding> {
    let (_, sector, required, relaxed) = POLICIES[policy];
    let relaxes = if sector.len() > 1 { 24 } else { 1 };
    let met = Citation { instrument: required[0].into(), article: "1".to_owned() };
    let answer = prop_oneof![
        4 => Just(Answer::NotApplicable("r".into())),
        2 => Just(Answer::Met(met)),
        16 => demand(required).prop_map(|demand| Answer::Require(demand.into())),
        relaxes => demand(relaxed).prop_map(|demand| Answer::InsteadOf(demand.into())),
        1 => Just(Answer::Unknown("r".into())),
    ];
    let kinds = prop_oneof![
        16 => Just(Vec::new()),
        1 => Just(vec!["output".to_owned()]),
        1 => Just(vec!["publication".to_owned(), "media".to_owned()]),
    ];
    let duty = prop_oneof![
        2 => Just(DUTIES[0]), 1 => Just(DUTIES[1]), 3 => Just(DUTIES[2]), 16 => Just(DUTIES[3]), 1 => Just(DUTIES[4]),
    ];
    (duty, select(vec!["A", "B"]), answer, kinds).prop_map(|(duty, rule, answer, kinds)| Finding {
        duty: duty.into(),
        rule: rule.into(),
        answer,
        kinds,
    })
}

fn duties(at_least: usize) -> impl Strategy<Value = BTreeSet<DutyId>> {
    subsequence(DUTIES.to_vec(), at_least..=DUTIES.len()).prop_map(|ids| ids.into_iter().map(DutyId::from).collect())
}

/// A fault for tests.
pub(crate) fn fault() -> Fault {
    Fault::new(FaultKind::Trap, "hit")
}

fn evaluated(policy: usize) -> impl Strategy<Value = PolicyEvaluation> {
    let (id, sector, ..) = POLICIES[policy];
    let origin = match sector {
        "-" => Origin::General,
        "+" => Origin::Common,
        "=" => Origin::Tenant,
        _ => Origin::Sector(sector.into()),
    };
    let findings = || prop::collection::vec(finding(policy), 0..=4);
    let evaluation = prop_oneof![
        1 => Just(Evaluation::NotWoken),
        24 => findings().prop_map(Evaluation::Evaluated),
        1 => findings().prop_map(|findings| Evaluation::Unavailable(fault(), findings)),
    ];
    let mode = prop_oneof![9 => Just(Mode::Enforce), 1 => Just(Mode::Monitor)];
    let kinds = subsequence(vec![EventKind::Output, EventKind::Publication], 1..=2);
    let asks = prop::collection::vec(any::<u8>(), 4);
    (duties(4), asks, kinds, mode, evaluation).prop_map(move |(governs, asks, kinds, mode, evaluation)| {
        let card = PolicyCard {
            id: id.into(),
            version: "1.0.0".into(),
            origin: origin.clone(),
            signer: format!("signer-of-{id}").into(),
            governs,
            displaces: displaces(&evaluation, &asks),
            kinds: kinds.into_iter().collect(),
            mode,
        };
        PolicyEvaluation { policy: Arc::new(card), evaluation }
    })
}

/// What a manifest asks for: each relaxation of its policy most of the time, else something like it; `asks` decides.
fn displaces(evaluation: &Evaluation, asks: &[u8]) -> BTreeSet<Displaces> {
    let relaxing = findings(evaluation).iter().filter_map(|finding| match &finding.answer {
        Answer::InsteadOf(demand) => Some((&finding.duty, &demand.citation)),
        Answer::NotApplicable(_) | Answer::Met(_) | Answer::Require(_) | Answer::Unknown(_) => None,
    });
    let ask = |((duty, citation), draw): ((&DutyId, &Citation), &u8)| {
        let mut ask = Displaces {
            duty: duty.clone(),
            instrument: citation.instrument.clone(),
            article: citation.article.clone(),
        };
        match draw {
            0..8 => ask.article = "3".to_owned(),
            8..16 => ask.instrument = "LAW".into(),
            16..24 => ask.duty = DUTIES[0].into(),
            _ => {}
        }
        ask
    };
    relaxing.zip(asks).map(ask).collect()
}

/// A grant for each relaxation, most of the time. The numbers in `draws` decide, one after the other.
fn grants(evaluations: &[PolicyEvaluation], draws: &[u8]) -> Vec<Grant> {
    let mut grants = Vec::new();
    let mut draws = draws.iter().cycle();
    for evaluated in evaluations {
        let Origin::Sector(sector) = &evaluated.policy.origin else { continue };
        for finding in findings(&evaluated.evaluation) {
            let (Answer::InsteadOf(demand), Some(draw)) = (&finding.answer, draws.next()) else { continue };
            if *draw < 32 {
                continue;
            }
            grants.push(Grant {
                id: format!("{sector}#{}", grants.len()),
                signer: evaluated.policy.signer.clone(),
                sector: sector.clone(),
                duty: finding.duty.clone(),
                instrument: demand.citation.instrument.clone(),
                article: "1".to_owned(),
                ground: [Ground::Named, Ground::ByAnalogy, Ground::SuperiorLaw][usize::from(*draw) % 3],
                note: String::new(),
            });
        }
    }
    grants
}

/// The findings of an evaluation.
pub(crate) fn findings(evaluation: &Evaluation) -> &[Finding] {
    match evaluation {
        Evaluation::Evaluated(findings) | Evaluation::Unavailable(_, findings) => findings,
        Evaluation::NotWoken => &[],
    }
}

/// The findings of an evaluation, to change them.
pub(crate) fn findings_mut(evaluation: &mut Evaluation) -> Option<&mut Vec<Finding>> {
    match evaluation {
        Evaluation::Evaluated(findings) | Evaluation::Unavailable(_, findings) => Some(findings),
        Evaluation::NotWoken => None,
    }
}

/// Worlds of up to eight policies in up to four sectors.
pub(crate) fn worlds() -> impl Strategy<Value = World> {
    let status = || {
        prop_oneof![9 => Just(Some(Status::Yes)), 1 => Just(Some(Status::No)),
        2 => Just(Some(Status::Unknown)), 1 => Just(None)]
    };
    let mixed = subsequence((0..POLICIES.len()).collect::<Vec<_>>(), 1..=5);
    let relaxing = (select(vec![3, 4, 5]), subsequence((1..POLICIES.len()).collect::<Vec<_>>(), 0..=1));
    let relaxing = relaxing.prop_map(|(sector, others)| {
        let mut chosen = vec![0, sector];
        chosen.extend(others.into_iter().filter(|other| *other != sector));
        chosen
    });
    let chosen = prop_oneof![1 => mixed, 2 => relaxing];
    let evaluations = chosen.prop_flat_map(|chosen| chosen.into_iter().map(evaluated).collect::<Vec<_>>());
    let edge = (select(&SECTORS[..4]), select(&SECTORS[..4]), select(&DUTIES[2..4]));
    let edges = prop_oneof![4 => Just(Vec::new()), 1 => prop::collection::vec(edge, 1..3)];
    let statuses = prop::collection::vec(status(), SECTORS.len());
    let rank_test = select(RankTest::ALL);
    let kind = select(vec![EventKind::Output, EventKind::Publication]);
    let draws = prop::collection::vec(any::<u8>(), 8);
    (evaluations, statuses, edges, rank_test, kind, select(&DAYS[..]), draws).prop_map(
        move |(evaluations, statuses, edges, rank_test, kind, day, draws)| {
            let known = SECTORS.iter().zip(statuses).filter_map(|(sector, status)| {
                Some(((*sector).into(), SectorStatus { status: status?, source: "platform".into() }))
            });
            let edges = edges.into_iter().map(|(sector, over, duty)| Defeats {
                label: format!("{sector}-over-{over}"),
                sector: sector.into(),
                over: over.into(),
                duty: duty.into(),
            });
            let grants = grants(&evaluations, &draws);
            World {
                registry: registry(),
                trust: Trust { rank_test, grants, defeats: edges.collect(), ..Trust::default() },
                sectors: known.collect(),
                as_of: day.parse().unwrap(),
                kind,
                evaluations,
            }
        },
    )
}
