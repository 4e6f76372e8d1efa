//! The property every rule keeps: making any fact unknown lowers no level and loses no obligation.

use std::collections::{BTreeMap, BTreeSet};

use specialis_policy::facts::{
    AccountFacts, AgreementFacts, GeneralFacts, LabelReading, LateSignalFacts, Licence, MediaFacts, MediumFacts,
    Notice, PromptFacts, ProviderFacts, PublicationFacts, ReviewFacts, ServiceChangeFacts, ServiceFacts, StandingFacts,
    SubjectFacts, TenantFacts,
};
use specialis_policy::testing::CaseBuilder;
use specialis_policy::{Answer, Case, Counters, Date, Finding, Level, Policy};

use super::General;

/// Every fact that a rule reads, with values on both sides of each boundary.
const FACTS: [(&str, &[&str]); 41] = [
    ("general.audience", &["public", "internal"]),
    ("general.minors-mode", &["true", "false"]),
    ("general.minutes-today", &["0", "119", "120", "500"]),
    ("tenant.serves-public", &["true", "false"]),
    ("provider.nature", &["school", "person"]),
    ("provider.origin", &["mainland", "overseas"]),
    ("subject.age", &["under-14", "14-17", "adult"]),
    ("subject.territory", &["mainland", "overseas"]),
    ("service.territory", &["mainland", "overseas"]),
    ("service.filing-number", &["", "沪-1"]),
    ("service.algorithm-filing-number", &["", "网-1"]),
    ("service.started-on", &["2026-01-05", "2026-10-30"]),
    ("service.licences", &["none", "valid", "expired", "undated", "other"]),
    ("service.shapes-opinion", &["true", "false"]),
    ("service.published-uses", &["", "chat"]),
    ("service.authority-notices", &["none", "past", "in force", "ahead", "undated"]),
    ("agreement.version", &["2", "3"]),
    ("agreement.current-version", &["3"]),
    ("agreement.accepted-on", &["2026-01-05", "2026-11-03"]),
    ("agreement.clauses", &["", "rights-duties", "breach-measures"]),
    ("standing.consecutive", &["0", "1", "2"]),
    ("standing.today", &["0", "3", "4"]),
    ("standing.current-measure", &["none", "warned"]),
    ("standing.as-of", &["2026-11-01", "2026-11-02"]),
    ("prompt.task", &["chat", "script"]),
    ("media.direction", &["in", "out"]),
    ("publication.ai-made", &["true", "false"]),
    ("label", &["compliant", "seen", "non-compliant", "not-found", "inconclusive"]),
    ("account.operation", &["breach", "complaint"]),
    ("account.breach-category", &["a1.violence", "a3.other"]),
    ("account.breach-review", &["confirmed", "refuted", "open"]),
    ("change.change", &["launch", "new-function", "model-update", "filing-change", "authority-notice", "end"]),
    ("change.on", &["2026-11-10", "2028-11-10", "2026-01-01"]),
    ("change.assessment-number", &["", "评估-1"]),
    ("change.assessed-on", &["2026-10-01", "2026-11-05"]),
    ("change.notice-on", &["2026-11-01", "2026-11-03"]),
    ("signal.category", &["a1.violence", "a2.gender", "minors.harmful"]),
    ("signal.score-permille", &["10", "700", "950"]),
    ("review.role", &["content-reviewer", "teacher"]),
    ("review.outcome", &["approved", "refused", "expired"]),
    ("review.digest", &["d"]),
];

const KINDS: [&str; 9] =
    ["open", "prompt", "output", "media", "publication", "account", "service-change", "signal", "review"];

type World = BTreeMap<&'static str, &'static str>;

fn word(world: &World, fact: &str) -> Option<String> {
    world.get(fact).map(|&value| value.to_owned())
}

fn read<T: std::str::FromStr>(world: &World, fact: &str) -> Option<T> {
    world.get(fact).and_then(|value| value.parse().ok())
}

fn words(world: &World, fact: &str) -> Option<Vec<String>> {
    let one = |value: &&str| if value.is_empty() { Vec::new() } else { vec![(*value).to_owned()] };
    world.get(fact).map(one)
}

fn licences(world: &World) -> Option<Vec<Licence>> {
    let licence = |category: &str, expires: Option<Date>| {
        let (number, holder) = ("样例号".to_owned(), "样例公司".to_owned());
        vec![Licence { number, category: category.to_owned(), holder, expires }]
    };
    world.get("service.licences").map(|&value| match value {
        "valid" => licence("value-added-telecom", Some(Date::of(2026, 11, 2))),
        "expired" => licence("value-added-telecom", Some(Date::of(2026, 11, 1))),
        "undated" => licence("value-added-telecom", None),
        "other" => licence("internet-news", Some(Date::of(2030, 1, 1))),
        _ => Vec::new(),
    })
}

fn notices(world: &World) -> Option<Vec<Notice>> {
    let notice = |from: Option<Date>, until: Option<Date>| {
        vec![Notice { authority: "cac".to_owned(), from, until, ..Notice::default() }]
    };
    world.get("service.authority-notices").map(|&value| match value {
        "past" => notice(Some(Date::of(2026, 10, 1)), Some(Date::of(2026, 11, 1))),
        "in force" => notice(Some(Date::of(2026, 10, 1)), Some(Date::of(2026, 11, 2))),
        "ahead" => notice(Some(Date::of(2026, 11, 3)), None),
        "undated" => notice(None, None),
        _ => Vec::new(),
    })
}

fn label(world: &World) -> Option<LabelReading> {
    world.get("label").map(|&value| LabelReading {
        verdict: if value == "seen" { "compliant" } else { value }.to_owned(),
        explicit: (value == "seen").then_some(true),
        ..LabelReading::default()
    })
}

fn event(kind: &str, world: &World) -> CaseBuilder {
    let violence =
        |builder: CaseBuilder| builder.text("样例词").hit("a1.violence", "样例词").signal("a1.obscenity", 950);
    match kind {
        "open" => CaseBuilder::open(),
        "prompt" => {
            let facts = PromptFacts { task: word(world, "prompt.task"), ..PromptFacts::default() };
            violence(CaseBuilder::new(kind).prompt(facts))
        }
        "media" => {
            let facts = MediaFacts { direction: word(world, "media.direction"), ..MediaFacts::default() };
            let medium = MediumFacts { label: label(world), ..MediumFacts::default() };
            violence(CaseBuilder::new(kind).media(facts)).medium("image", medium)
        }
        "publication" => {
            let ai_made = read(world, "publication.ai-made");
            let facts = PublicationFacts { ai_made, label: label(world), ..PublicationFacts::default() };
            violence(CaseBuilder::new(kind).publication(facts))
        }
        "account" => CaseBuilder::new(kind).account(AccountFacts {
            operation: word(world, "account.operation"),
            breach_category: word(world, "account.breach-category"),
            breach_review: word(world, "account.breach-review"),
            ..AccountFacts::default()
        }),
        "service-change" => CaseBuilder::new(kind).service_change(ServiceChangeFacts {
            change: word(world, "change.change"),
            on: read(world, "change.on"),
            assessment_number: word(world, "change.assessment-number"),
            assessed_on: read(world, "change.assessed-on"),
            notice_on: read(world, "change.notice-on"),
            ..ServiceChangeFacts::default()
        }),
        "signal" => CaseBuilder::new(kind).late_signal(LateSignalFacts {
            category: word(world, "signal.category"),
            score_permille: read(world, "signal.score-permille"),
            part: None,
            up_to: None,
        }),
        "review" => CaseBuilder::new(kind).review(ReviewFacts {
            role: word(world, "review.role"),
            outcome: word(world, "review.outcome"),
            digest: word(world, "review.digest"),
        }),
        _ => violence(CaseBuilder::new(kind)),
    }
}

fn case(kind: &str, world: &World) -> Case {
    event(kind, world)
        .defaults_of(include_str!("../../policy.toml"))
        .general(GeneralFacts {
            audience: word(world, "general.audience"),
            minors_mode: read(world, "general.minors-mode"),
            minutes_today: read(world, "general.minutes-today"),
            ..GeneralFacts::default()
        })
        .tenant(TenantFacts { serves_public: read(world, "tenant.serves-public"), ..TenantFacts::default() })
        .provider(ProviderFacts {
            nature: word(world, "provider.nature"),
            origin: word(world, "provider.origin"),
            ..ProviderFacts::default()
        })
        .subject(SubjectFacts {
            age: word(world, "subject.age"),
            territory: word(world, "subject.territory"),
            ..SubjectFacts::default()
        })
        .service(ServiceFacts {
            territory: word(world, "service.territory"),
            filing_number: word(world, "service.filing-number"),
            algorithm_filing_number: word(world, "service.algorithm-filing-number"),
            started_on: read(world, "service.started-on"),
            licences: licences(world),
            shapes_opinion: read(world, "service.shapes-opinion"),
            published_uses: words(world, "service.published-uses"),
            authority_notices: notices(world),
            ..ServiceFacts::default()
        })
        .agreement(AgreementFacts {
            version: word(world, "agreement.version"),
            current_version: word(world, "agreement.current-version"),
            accepted_on: read(world, "agreement.accepted-on"),
            clauses: words(world, "agreement.clauses"),
        })
        .standing(StandingFacts {
            consecutive: read(world, "standing.consecutive"),
            today: read(world, "standing.today"),
            current_measure: word(world, "standing.current-measure"),
            as_of: read(world, "standing.as-of"),
            ..StandingFacts::default()
        })
        .build()
}

/// Per duty the level and what must be done.
fn outcome(kind: &str, world: &World) -> BTreeMap<&'static str, (Level, BTreeSet<String>)> {
    // A reviewer answers on everything.
    let mut state = Vec::new();
    if kind == "review" {
        let mut asked = Counters::<1>::read(1, &[]);
        asked.set(0, (1 << 12) - 1);
        state = asked.write();
    }
    let mut outcome = BTreeMap::new();
    for finding in General::judge(&case(kind, world), &mut state) {
        let entry = outcome.entry(finding.duty()).or_insert((Level::Pass, BTreeSet::new()));
        entry.0 = entry.0.max(level(&finding));
        if let Some(demand) = finding.demand() {
            entry.1.extend(demand.obligations.iter().map(|obligation| format!("{obligation:?}")));
        }
    }
    outcome
}

fn level(finding: &Finding) -> Level {
    match finding.answer() {
        Answer::NotApplicable(_) | Answer::Met(_) => Level::Pass,
        Answer::Unknown(_) => Level::Review,
        Answer::Require(demand) | Answer::InsteadOf(demand) => demand.level,
    }
}

/// A small generator with a fixed seed: the test is the same on every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % sides
    }
}

#[test]
fn making_a_fact_unknown_never_loosens() {
    let mut dice = Dice(20_261_102);
    let mut n_stricter = 0_u32;
    for _ in 0..300 {
        for kind in KINDS {
            let mut world = World::new();
            for (fact, values) in FACTS {
                // Most facts are known, so that the mild ends of the rules are reached.
                let sides = values.len() + usize::from(dice.roll(8) == 0);
                if let Some(value) = values.get(dice.roll(sides)) {
                    world.insert(fact, value);
                }
            }
            let before = outcome(kind, &world);
            for fact in world.keys() {
                let mut less = world.clone();
                less.remove(fact);
                let after = outcome(kind, &less);
                n_stricter += u32::from(before != after);
                for (duty, (level, obligations)) in &before {
                    let (now, kept) = after.get(duty).cloned().unwrap_or((Level::Pass, BTreeSet::new()));
                    assert!(
                        now >= *level,
                        "{kind}: without `{fact}` {duty} falls to {now:?} from {level:?}: {world:?}"
                    );
                    assert!(
                        kept.is_superset(obligations),
                        "{kind}: without `{fact}` {duty} loses an obligation: {world:?}"
                    );
                }
            }
        }
    }
    assert!(n_stricter > 2_000, "{n_stricter}: the worlds are too alike to show anything");
}
