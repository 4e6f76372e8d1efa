//! The property every rule keeps: making any fact unknown lowers no level, loses no obligation and relaxes nothing.

use std::collections::{BTreeMap, BTreeSet};

use specialis_policy::facts::{Approval, Licence, MediaFacts, PublicationFacts, SubjectFacts};
use specialis_policy::testing::CaseBuilder;
use specialis_policy::{Date, Finding, Level, Policy};

use super::Film;

/// Kinds of event; the last has words of every kind that the policy reads.
const KINDS: [&str; 4] = ["output", "media", "publication", "publication with words"];
/// How many duties must have been asked for something.
const DUTIES: usize = 7;

#[derive(Clone, Debug, Default)]
struct World {
    media: MediaFacts,
    publication: PublicationFacts,
    subject: SubjectFacts,
}

impl World {
    fn judge(&self, kind: &str) -> Vec<Finding> {
        let world = self.clone();
        let case = CaseBuilder::new(kind.split(' ').next().unwrap_or_default());
        let case = case.defaults_of(include_str!("../../policy.toml")).subject(world.subject).text("特警队长打斗魔改");
        let case = match kind {
            "media" => case.media(world.media).hit("a1.violence", "打斗"),
            "publication" => case.publication(world.publication),
            "publication with words" => {
                let case = case.publication(world.publication).hit("a1.violence", "打斗");
                case.hit("film.special-theme", "特警队长").hit("film.adapted-classic", "魔改")
            }
            _ => case.hit("a1.violence", "打斗"),
        };
        Film::judge(&case.build(), &mut Vec::new())
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

fn licence(category: &str) -> Licence {
    Licence { number: own("1"), category: own(category), holder: own("远山影业"), expires: None }
}

fn release(on: Date) -> Vec<Approval> {
    vec![Approval { kind: own("release"), number: Some(own("88")), by: own("国家电影局"), on }]
}

facts! {
    media.direction: own("in"), own("out");
    subject.age: own("adult"), own("14-17");
    publication.action: own("publish"), own("download");
    publication.form: own("film"), own("drama"), own("micro-drama"), own("animation"), own("novel");
    publication.ai_made: true, false;
    publication.themes: vec![], vec![own("military")], vec![own("romance")];
    publication.budget_yuan: 1, 299_999, 300_000, 800_000, 900_000, 3_000_000;
    publication.filed_tier: own("key"), own("ordinary"), own("other");
    publication.filing_number: own("备字1"), own("");
    publication.adapts: vec![], vec![own("four-classics")], vec![own("children-cartoon")], vec![own("novel")];
    publication.adaptation_findings: vec![], vec![own("gore")], vec![own("spirit-reversed")], vec![own("word")];
    publication.licence: licence("film/public-screening"), licence("drama/distribution");
    publication.approvals: vec![], release(Date::of(2026, 11, 2)), release(Date::of(2026, 11, 3));
    publication.fiction: true, false;
    publication.discomforting_scenes: true, false;
    publication.viewer_warning: true, false;
    publication.intended_audience: own("adults"), own("everyone"), own("minors");
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
