//! The law through the compiled policies: the scenarios, signals, what was dropped, and every pair of policies on one event.

use std::collections::BTreeSet;

use specialis_tests::case::{Case, World, on_duties};

/// The built-in policies.
const POLICIES: [&str; 7] = ["general", "common", "news", "film", "education", "arts", "companions"];

#[test]
fn cases_of_the_law_come_out_as_written_down() {
    let cases = Case::all("law");
    let host = World::default().host();
    let mut wrong = Vec::new();
    for case in &cases {
        for (run, decision) in case.runs.iter().zip(case.judge(&host)) {
            let differences = run.expect.differences(&decision);
            if !differences.is_empty() {
                let place = format!("`{}`, run `{}`", case.file.display(), run.name);
                wrong.push(format!("{place}: {}\nall: {:#?}", differences.join("\n"), on_duties(&decision)));
            }
        }
    }
    assert!(wrong.is_empty(), "{} runs differ\n{}", wrong.len(), wrong.join("\n\n"));
}

#[test]
fn every_scenario_and_every_pair_of_policies_is_there() {
    let cases = Case::all("law");
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
