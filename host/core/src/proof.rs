//! For each rule of precedence a mistake in the resolver, and the property that catches it.
//!
//! Generators and properties are those of `tests/precedence`; only here can a mistake be switched on.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{RngSeed, TestRunner};

use crate::resolve::mutant::{Mutant, with};

#[path = "../tests/precedence"]
mod shared {
    pub(super) mod generate;
    pub(super) mod outcome;
    pub(super) mod properties;
}

/// How many worlds a property may need to catch a mistake.
const WORLDS: u32 = 30_000;

/// Shows that a property holds until the mistake is made, and which world then breaks it.
fn catches(mutant: Mutant, name: &str) {
    let property = shared::properties::property(name);
    let config = ProptestConfig { rng_seed: RngSeed::Fixed(9), failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = TestRunner::new(config);
    for n in 0..WORLDS {
        let world = shared::generate::worlds().new_tree(&mut runner).unwrap().current();
        if with(mutant, || property(&world)).is_err() {
            property(&world).unwrap();
            println!("{mutant:?} is caught by property `{name}` in world {n}");
            return;
        }
    }
    panic!("{mutant:?} is not caught by property `{name}` in {WORLDS} worlds");
}

macro_rules! caught {
    ($($test:ident: $mutant:ident by $name:literal;)+) => {$(
        #[test]
        fn $test() {
            catches(Mutant::$mutant, $name);
        }
    )+};
}

caught! {
    r1_silence_that_displaces_is_caught: SilenceDisplaces by "6 silence means the general result";
    r2_additions_that_need_a_grant_are_caught: AdditionsNeedAGrant by "R2 what a sector demands counts";
    r3_relaxing_without_a_grant_is_caught: NoGrantNeeded by "3 without grants the general result holds";
    r3_relaxing_what_was_not_asked_for_is_caught: AskIgnored by "R3 what was not asked for is a demand";
    r4_displacing_a_floor_is_caught: FloorDisplaced by "2 a floor keeps the general result";
    r4_displacing_what_does_not_yield_is_caught: UnyieldingFalls by "19 what does not yield stays";
    r4_displacing_by_soft_law_is_caught: SoftDisplaces by "15 a soft instrument never loosens";
    r5_displacing_what_another_sector_keeps_is_caught: AnySectorMayDisplace by "R5 a sector that merely adds keeps the general rule";
    r6_skipping_faults_is_caught: FaultsSkipped by "5 failure gives at least the fail level";
    r6_displacing_a_failed_general_policy_is_caught: FailedGeneralDisplaced by "5 failure gives at least the fail level";
    r6_displacing_by_a_failed_sector_is_caught: FailedSectorDisplaces by "5 failure gives at least the fail level";
    r7_displacing_in_doubt_is_caught: DoubtDisplaces by "10 doubt about a sector never loosens";
    r8_ignoring_conflicts_is_caught: ConflictsIgnored by "R8 incompatible obligations are reviewed";
    r9_counting_monitored_policies_is_caught: MonitorCounts by "12 monitored policies change nothing";
    counting_what_is_not_governed_is_caught: UngovernedCounts by "17 a policy has no effect on what it does not govern";
    ignoring_dates_is_caught: DatesIgnored by "16 nothing counts outside its dates";
}
