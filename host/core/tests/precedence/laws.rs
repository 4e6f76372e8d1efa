//! The properties over generated worlds, one test for each, and how often each rule of precedence decides in them.

use std::collections::BTreeMap;
use std::io::Write as _;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{RngSeed, TestError, TestRunner};
use specialis_core::Precedence;

use super::generate::{World, worlds};
use super::properties::{PROPERTIES, property};

/// The same worlds in every run, unless `PROPTEST_RNG_SEED` or `PROPTEST_CASES` say otherwise.
fn runner() -> TestRunner {
    let chosen = ProptestConfig::default();
    let seed = if std::env::var_os("PROPTEST_RNG_SEED").is_some() { chosen.rng_seed } else { RngSeed::Fixed(2) };
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { chosen.cases } else { 3_000 };
    TestRunner::new(ProptestConfig { rng_seed: seed, cases, failure_persistence: None, ..chosen })
}

fn holds(name: &str) {
    let property = property(name);
    let result = runner().run(&worlds(), |world| property(&world).map_err(TestCaseError::fail));
    match result {
        Ok(()) => {}
        Err(TestError::Fail(reason, world)) => panic!("{name}: {reason}\nin the world\n{world:?}"),
        Err(TestError::Abort(reason)) => panic!("{name}: {reason}"),
    }
}

macro_rules! laws {
    ($($test:ident = $name:literal;)+) => {
        $(#[test]
        fn $test() {
            holds($name);
        })+

        #[test]
        fn every_property_has_its_test() {
            let tested = [$($name),+];
            let known: Vec<_> = PROPERTIES.iter().map(|(name, _)| *name).collect();
            assert_eq!(tested.as_slice(), known);
        }
    };
}

laws! {
    order_and_repetition_change_nothing = "1 order and repetition change nothing";
    a_floor_keeps_the_general_result = "2 a floor keeps the general result";
    without_grants_the_general_result_holds = "3 without grants the general result holds";
    removing_a_grant_never_loosens = "4 removing a grant never loosens";
    failure_gives_at_least_the_fail_level = "5 failure gives at least the fail level";
    silence_means_the_general_result = "6 silence means the general result";
    raising_a_finding_never_loosens = "7 raising a finding never loosens";
    adding_a_policy_without_grants_never_loosens = "8 adding a policy without grants never loosens";
    adding_a_sector_without_a_grant_never_loosens = "9 adding a sector without a grant never loosens";
    doubt_about_a_sector_never_loosens = "10 doubt about a sector never loosens";
    findings_on_one_duty_leave_other_duties_alone = "11 findings on one duty leave other duties alone";
    monitored_policies_change_nothing = "12 monitored policies change nothing";
    a_rerun_gives_the_same_bytes = "13 a rerun gives the same bytes";
    a_soft_instrument_never_loosens = "15 a soft instrument never loosens";
    a_date_changes_only_what_starts_or_ends_there = "16 a date changes only what starts or ends there";
    nothing_counts_outside_its_dates = "16 nothing counts outside its dates";
    a_policy_has_no_effect_on_what_it_does_not_govern = "17 a policy has no effect on what it does not govern";
    forgetting_a_status_never_loosens = "18 forgetting a status never loosens";
    what_does_not_yield_stays = "19 what does not yield stays";
    what_a_sector_demands_counts = "R2 what a sector demands counts";
    what_was_not_asked_for_is_a_demand = "R3 what was not asked for is a demand";
    under_the_strict_rank_test_nothing_yields_to_lower_rank = "R4 under the strict rank test nothing yields to lower rank";
    a_sector_that_merely_adds_keeps_the_general_rule = "R5 a sector that merely adds keeps the general rule";
    incompatible_obligations_are_reviewed = "R8 incompatible obligations are reviewed";
}

/// How often each rule decided on a duty of `worlds`.
fn count(count: u32, mut each: impl FnMut(&World)) {
    let mut runner = runner();
    for _ in 0..count {
        each(&worlds().new_tree(&mut runner).unwrap().current());
    }
}

#[test]
fn each_rule_decides_at_least_a_thousand_times() {
    let mut decided: BTreeMap<Precedence, u32> = BTreeMap::new();
    count(30_000, |world| {
        for rule in world.resolve().duties.into_iter().flat_map(|duty| duty.rules) {
            *decided.entry(rule).or_default() += 1;
        }
    });
    // Past the capture of a passing test's output: whoever runs the tests sees it.
    writeln!(std::io::stdout(), "how often each rule decided: {decided:?}").unwrap();
    for rule in Precedence::ALL {
        assert!(decided.get(rule).is_some_and(|count| *count >= 1_000), "{rule:?}: {decided:?}");
    }
}
