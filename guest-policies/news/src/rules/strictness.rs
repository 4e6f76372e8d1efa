//! The property every rule keeps: making any fact unknown lowers no level, loses no obligation and relaxes nothing.

use std::collections::{BTreeMap, BTreeSet};

use specialis_policy::facts::{
    Approval, GeneralFacts, LabelReading, Licence, MediaFacts, MediumFacts, OutputFacts, PromptFacts, PublicationFacts,
    RetrievedFacts, ReviewFacts, ServiceFacts,
};
use specialis_policy::testing::CaseBuilder;
use specialis_policy::{Date, Finding, Level, Policy};

use super::News;

const KINDS: [&str; 6] = ["prompt", "output", "retrieved", "media", "publication", "review"];
/// How many duties must have been asked for something.
const DUTIES: usize = 8;

#[derive(Clone, Debug, Default)]
struct World {
    prompt: PromptFacts,
    output: OutputFacts,
    retrieved: RetrievedFacts,
    media: MediaFacts,
    medium: MediumFacts,
    publication: PublicationFacts,
    review: ReviewFacts,
    service: ServiceFacts,
    general: GeneralFacts,
}

impl World {
    fn judge(&self, kind: &str) -> Vec<Finding> {
        let world = self.clone();
        let case = CaseBuilder::new(kind).defaults_of(include_str!("../../policy.toml"));
        let case = match kind {
            "prompt" => case.prompt(world.prompt),
            "output" => case.output(world.output).text("某厂发生爆炸，网传盐水包治百病"),
            "retrieved" => case.retrieved(world.retrieved),
            "media" => case.media(world.media).medium("image", world.medium),
            "publication" => case.publication(world.publication).text("某厂发生爆炸，网传盐水包治百病"),
            _ => case.review(world.review),
        };
        let case = match kind {
            "output" | "publication" => {
                case.hit("a1.false-information", "盐水包治百病").hit("news.social-emergency", "爆炸")
            }
            _ => case,
        };
        News::judge(&case.service(world.service).general(world.general).build(), &mut Vec::new())
    }
}

/// A fact: its name, ways to set it, and the way to make it unknown.
type Fact = (&'static str, Vec<fn(&mut World)>, fn(&mut World));

macro_rules! facts {
    ($($group:ident.$field:ident: $($value:expr),+;)+) => {
        fn facts() -> Vec<Fact> {
            vec![$((
                concat!(stringify!($group), ".", stringify!($field)),
                vec![$(|world: &mut World| world.$group.$field = Some($value)),+],
                |world: &mut World| world.$group.$field = None,
            )),+]
        }
    };
}

fn own(word: &str) -> String {
    word.to_owned()
}

fn licence(category: &str, expires: Option<Date>) -> Licence {
    Licence { number: own("1"), category: own(category), holder: own("晨报网"), expires }
}

fn signed(by: &str, on: Date) -> Vec<Approval> {
    vec![Approval { kind: own("editor-in-chief"), number: None, by: own(by), on }]
}

fn read(verdict: &str, explicit: Option<bool>) -> LabelReading {
    LabelReading { verdict: own(verdict), explicit, ..LabelReading::default() }
}

const SOON: Option<Date> = Some(Date::of(2027, 1, 1));

facts! {
    prompt.task: own("news-writing"), own("chat");
    output.task: own("news-writing"), own("chat");
    retrieved.source_unit: own("新华社"), own("小道消息网");
    media.direction: own("in"), own("out");
    medium.label: read("compliant", Some(true)), read("not-found", None);
    publication.action: own("publish"), own("repost"), own("download");
    publication.actor: own("news-unit"), own("self-media"), own("individual");
    publication.form: own("news"), own("text"), own("novel");
    publication.themes: vec![], vec![own("politics")], vec![own("sports")], vec![own("public-security")];
    publication.licence: licence("internet-news/gathering", SOON), licence("internet-news/reposting", SOON),
        licence("internet-news/gathering", Some(Date::of(2026, 11, 1))), licence("internet-news/platform", None);
    publication.source_unit: own("新华社"), own("小道消息网"), own("");
    publication.title: own("甲"), own("乙");
    publication.original_title: own("甲");
    publication.original_author: own("张明");
    publication.editor: own("李华"), own("王芳");
    publication.approvals: vec![], signed("王芳", Date::of(2026, 11, 1)), signed("王芳", Date::of(2026, 11, 3));
    publication.changed_on: Date::of(2026, 11, 1), Date::of(2026, 11, 2);
    publication.fact_check: own("confirmed"), own("refuted"), own("open");
    publication.source_line: own("来源：本报"), own("");
    publication.fiction: true, false;
    publication.fiction_notice: true, false;
    publication.ai_made: true, false;
    publication.declared_generated: true, false;
    publication.label: read("compliant", Some(true)), read("compliant", None), read("not-found", None);
    review.role: own("editor-in-chief"), own("content-reviewer");
    review.outcome: own("approved"), own("refused"), own("expired");
    review.digest: own("b3:01");
    service.licences: vec![], vec![licence("internet-news/gathering", SOON)], vec![licence("internet-news/platform", SOON)];
    general.purpose: own("publish"), own("private");
}

/// A world for each seed: every fact takes one of its values, or none.
fn world(seed: u64, facts: &[Fact]) -> World {
    let mut world = World::default();
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    for (_, values, _) in facts {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        let n = u64::try_from(values.len()).unwrap_or(0) + 1;
        if let Some(set) = usize::try_from((state >> 33) % n).ok().and_then(|idx| values.get(idx)) {
            set(&mut world);
        }
    }
    world
}

/// For each duty the highest level, what is asked for, and whether the sector's law is said to provide otherwise.
type Sum = BTreeMap<&'static str, (Level, BTreeSet<String>, bool)>;

fn sum(findings: &[Finding]) -> Sum {
    let mut sum = Sum::new();
    for finding in findings {
        let duty = sum.entry(finding.duty()).or_insert((Level::Pass, BTreeSet::new(), false));
        duty.0 = duty.0.max(finding.level().unwrap_or(Level::Pass));
        duty.1.extend(finding.demand().into_iter().flat_map(|d| &d.obligations).map(|o| format!("{o:?}")));
        duty.2 |= finding.case() == "instead-of";
    }
    sum
}

/// Why the second answers are not at least as strict as the first.
fn loosened(known: &Sum, unknown: &Sum) -> Option<String> {
    let nothing = (Level::Pass, BTreeSet::new(), false);
    let mut duties = known.keys().chain(unknown.keys());
    duties.find_map(|duty| {
        let (before, after) = (known.get(duty).unwrap_or(&nothing), unknown.get(duty).unwrap_or(&nothing));
        let keeps = after.0 >= before.0 && after.1.is_superset(&before.1) && (before.2 || !after.2);
        (!keeps).then(|| format!("`{duty}`: {before:?} became {after:?}"))
    })
}

#[test]
fn making_a_fact_unknown_never_loosens() {
    let facts = facts();
    let mut spoken = BTreeSet::new();
    for seed in 0..600 {
        let known = world(seed, &facts);
        for kind in KINDS {
            let before = sum(&known.judge(kind));
            spoken.extend(before.iter().filter(|(_, answer)| answer.0 > Level::Pass).map(|(duty, _)| *duty));
            for (name, _, forget) in &facts {
                let mut unknown = known.clone();
                forget(&mut unknown);
                let loosened = loosened(&before, &sum(&unknown.judge(kind)));
                assert_eq!(loosened, None, "forgetting `{name}` on `{kind}` with seed {seed}: {known:?}");
            }
        }
    }
    assert_eq!(spoken.len(), DUTIES, "{spoken:?}");
}
