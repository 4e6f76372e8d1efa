//! The property that every rule keeps, as a test that a policy's own crate runs: making any fact unknown lowers no level,
//! loses no obligation and relaxes nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::CaseBuilder;
use crate::facts::{
    AbortFacts, AccountFacts, AgreementFacts, AnnotationBatchFacts, DataHandlingFacts, GeneralFacts, LateSignalFacts,
    MediaFacts, MediumFacts, ModelFacts, MoreAccountFacts, MoreAnnotationBatchFacts, MoreDataHandlingFacts,
    MoreProviderFacts, MorePublicationFacts, MoreServiceFacts, MoreSubjectFacts, MoreTrainingIntakeFacts, OutputFacts,
    PromptFacts, ProviderFacts, PublicationFacts, RetrievedFacts, ReviewFacts, ServiceChangeFacts, ServiceFacts,
    StandingFacts, SubjectFacts, TenantFacts, ToolFacts, TrainingIntakeFacts,
};
use crate::{Finding, Level, Obligation};

/// Everything that a rule can read beside text, hits and signals.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "each field is the group of facts of its name")]
pub struct World {
    pub service: ServiceFacts,
    pub model: ModelFacts,
    pub provider: ProviderFacts,
    pub tenant: TenantFacts,
    pub subject: SubjectFacts,
    pub agreement: AgreementFacts,
    pub standing: StandingFacts,
    pub general: GeneralFacts,
    pub more_service: MoreServiceFacts,
    pub more_provider: MoreProviderFacts,
    pub more_subject: MoreSubjectFacts,
    pub prompt: PromptFacts,
    pub output: OutputFacts,
    pub retrieved: RetrievedFacts,
    pub tool: ToolFacts,
    pub media: MediaFacts,
    /// What is known of the one medium of a `media` event.
    pub medium: MediumFacts,
    pub publication: PublicationFacts,
    pub intake: TrainingIntakeFacts,
    pub annotation: AnnotationBatchFacts,
    pub handling: DataHandlingFacts,
    pub account: AccountFacts,
    pub change: ServiceChangeFacts,
    pub late: LateSignalFacts,
    pub review: ReviewFacts,
    pub abort: AbortFacts,
    pub more_publication: MorePublicationFacts,
    pub more_intake: MoreTrainingIntakeFacts,
    pub more_annotation: MoreAnnotationBatchFacts,
    pub more_handling: MoreDataHandlingFacts,
    pub more_account: MoreAccountFacts,
}

impl World {
    /// An event of a kind in this world; `open` is a session being opened.
    pub fn event(&self, kind: &str) -> CaseBuilder {
        let world = self.clone();
        let event = match kind {
            "open" => CaseBuilder::open(),
            "prompt" => CaseBuilder::new(kind).prompt(world.prompt),
            "output" => CaseBuilder::new(kind).output(world.output),
            "retrieved" => CaseBuilder::new(kind).retrieved(world.retrieved),
            "tool" => CaseBuilder::new(kind).tool(world.tool),
            "media" => CaseBuilder::new(kind).media(world.media).medium("video", world.medium),
            "publication" => CaseBuilder::new(kind).publication(world.publication),
            "training-intake" => CaseBuilder::new(kind).training_intake(world.intake),
            "annotation-batch" => CaseBuilder::new(kind).annotation_batch(world.annotation),
            "data-handling" => CaseBuilder::new(kind).data_handling(world.handling),
            "account" => CaseBuilder::new(kind).account(world.account),
            "service-change" => CaseBuilder::new(kind).service_change(world.change),
            "signal" => CaseBuilder::new(kind).late_signal(world.late),
            "review" => CaseBuilder::new(kind).review(world.review),
            "abort" => CaseBuilder::new(kind).abort(world.abort),
            other => CaseBuilder::new(other),
        };
        let event = event.service(world.service).model(world.model).provider(world.provider).tenant(world.tenant);
        let event = event.subject(world.subject).agreement(world.agreement).standing(world.standing);
        let event = event.general(world.general).more_service(world.more_service).more_provider(world.more_provider);
        let event = event.more_subject(world.more_subject).more_account(world.more_account);
        let event = event.more_publication(world.more_publication).more_training_intake(world.more_intake);
        event.more_annotation_batch(world.more_annotation).more_data_handling(world.more_handling)
    }
}

/// A fact: its name, ways to set it, and the way to make it unknown.
pub type Fact = (&'static str, Vec<fn(&mut World)>, fn(&mut World));

/// A function `facts` that lists [`Fact`]s, with the values on both sides of each boundary:
/// `world_facts! { subject.supervised: true, false; }`.
#[macro_export]
macro_rules! world_facts {
    ($($group:ident.$field:ident: $($value:expr),+;)+) => {
        fn facts() -> Vec<$crate::testing::Fact> {
            vec![$((
                concat!(stringify!($group), ".", stringify!($field)),
                vec![$(|world: &mut $crate::testing::World| world.$group.$field = Some($value)),+],
                |world: &mut $crate::testing::World| world.$group.$field = None,
            )),+]
        }
    };
}

/// A world for each seed: every fact takes one of its values, or now and then none.
fn world(seed: u64, facts: &[Fact]) -> World {
    let mut world = World::default();
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut roll = |sides: usize| {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        usize::try_from(state >> 33).unwrap_or(0) % sides.max(1)
    };
    for (_, values, _) in facts {
        // Most facts are known, so that the mild ends of the rules are reached.
        let sides = values.len() + usize::from(roll(6) == 0);
        if let Some(set) = values.get(roll(sides)) {
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
        let level = if finding.case() == "unknown" { Some(Level::Review) } else { finding.level() };
        duty.0 = duty.0.max(level.unwrap_or(Level::Pass));
        duty.1.extend(finding.demand().into_iter().flat_map(|d| &d.obligations).map(named));
        duty.2 |= finding.case() == "instead-of";
    }
    sum
}

/// An obligation in words, without its numbers: which of two is the stricter, the registry of measures says.
fn named(obligation: &Obligation) -> String {
    format!("{obligation:?}").chars().filter(|c| !c.is_ascii_digit()).collect()
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

/// Judges many worlds and each of them with one fact fewer; the duties on which something was asked for.
///
/// # Panics
/// Where making a fact unknown loosens an answer.
#[expect(clippy::panic, reason = "it is a test")]
pub fn check_doubt(
    kinds: &[&str],
    facts: &[Fact],
    n_worlds: u64,
    judge: impl Fn(&World, &str) -> Vec<Finding>,
) -> BTreeSet<&'static str> {
    let mut spoken = BTreeSet::new();
    for seed in 0..n_worlds {
        let known = world(seed, facts);
        for kind in kinds {
            let before = sum(&judge(&known, kind));
            spoken.extend(before.iter().filter(|(_, a)| a.0 > Level::Pass || !a.1.is_empty()).map(|(duty, _)| *duty));
            for (name, _, forget) in facts {
                let mut unknown = known.clone();
                forget(&mut unknown);
                if let Some(loosened) = loosened(&before, &sum(&judge(&unknown, kind))) {
                    panic!("forgetting `{name}` on `{kind}` with seed {seed}: {loosened}");
                }
            }
        }
    }
    spoken
}
