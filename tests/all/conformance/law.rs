//! What of the law must have a case: the nine scenarios, and every pair of policies on one event.

use std::collections::BTreeSet;

use specialis_tests::case::Case;

/// The built-in policies.
const POLICIES: [&str; 7] = ["general", "common", "news", "film", "education", "arts", "companions"];

#[test]
fn every_scenario_and_every_pair_of_policies_has_its_case() {
    let cases = Case::all();
    let ids: BTreeSet<&str> = cases.iter().map(|case| case.case.as_str()).collect();
    for n in 1..=9 {
        assert!(ids.contains(format!("scenario {n}").as_str()), "scenario {n}");
    }
    let combinations = cases.iter().find(|case| case.case == "combinations").expect("a file of combinations");
    let names: BTreeSet<&str> = combinations.runs.iter().map(|run| run.name.as_str()).collect();
    for (at, first) in POLICIES.iter().enumerate() {
        for second in POLICIES.iter().skip(at + 1) {
            assert!(names.contains(format!("{first} + {second}").as_str()), "{first} + {second}");
        }
    }
}
