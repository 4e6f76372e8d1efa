//! The property every rule keeps: making any fact unknown lowers no level, loses no obligation and relaxes nothing.

use std::collections::{BTreeMap, BTreeSet};

use specialis_policy::facts::{OutputFacts, PromptFacts, SubjectFacts};
use specialis_policy::testing::CaseBuilder;
use specialis_policy::{Finding, Level, Policy};

use super::Education;

/// Kinds of event; the last has words of every kind that the policy reads.
const KINDS: [&str; 3] = ["prompt", "output", "prompt with words"];
/// How many duties must have been asked for something.
const DUTIES: usize = 4;

#[derive(Clone, Debug, Default)]
struct World {
    prompt: PromptFacts,
    output: OutputFacts,
    subject: SubjectFacts,
}

impl World {
    fn judge(&self, kind: &str) -> Vec<Finding> {
        let world = self.clone();
        let case = CaseBuilder::new(kind.split(' ').next().unwrap_or_default());
        let case =
            case.defaults_of(include_str!("../../policy.toml")).subject(world.subject).text("作业评语试卷学号辅导");
        let case = match kind {
            "output" => case.output(world.output),
            "prompt" => case.prompt(world.prompt),
            _ => {
                let case = case.prompt(world.prompt).hit("edu.homework", "作业").hit("edu.evaluation", "评语");
                case.hit("exam.paper", "试卷").hit("edu.identity", "学号").hit("edu.counselling", "辅导")
            }
        };
        Education::judge(&case.build(), &mut Vec::new())
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

facts! {
    prompt.task: own("chat"), own("homework"), own("composition"), own("examination"), own("evaluation"), own("counselling");
    prompt.open_ended: true, false;
    output.task: own("chat"), own("homework"), own("examination"), own("evaluation"), own("counselling");
    subject.role: own("pupil"), own("teacher"), own("guardian");
    subject.school_stage: own("primary"), own("junior"), own("higher");
    subject.supervised: true, false;
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
