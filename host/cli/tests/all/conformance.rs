//! The conformance cases, from the files that the library is tested by: both come to the same bytes.

use specialis_core::Decision;
use specialis_tests::case::{Case, World};

use crate::run::run_with;

#[test]
fn every_case_is_decided_as_the_library_decides_it() {
    let (built_in, own): (Vec<Case>, Vec<Case>) =
        Case::by_edition().0.into_iter().partition(|case| case.world.is_built_in());
    let mut n_runs = compare(&World::default(), &built_in.iter().collect::<Vec<_>>());
    for case in &own {
        n_runs += compare(&case.world, &[case]);
    }
    assert!(n_runs > 30, "{n_runs} runs");
}

/// Judges every run of some cases of one world by the program and by the library; how many there are.
fn compare(world: &World, cases: &[&Case]) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let files = world.write(folder.path());
    let runs: Vec<_> = cases.iter().flat_map(|case| case.runs.iter().map(|run| (run, case.told(run)))).collect();
    let lines: Vec<String> = runs.iter().flat_map(|(_, told)| told.lines()).collect();
    let mut args = vec!["evaluate", "--format", "jsonl"];
    for (option, file) in [
        ("--policies", &files.policies),
        ("--registry", &files.registry),
        ("--trust", &files.trust),
        ("--profile", &files.profile),
    ] {
        args.extend([option, file.as_str()]);
    }
    let out = run_with(&args, lines.join("\n").as_bytes()).ok();

    let host = world.host();
    let mut written = out.lines();
    for (run, told) in &runs {
        let last = written.by_ref().take(told.events.len()).last().expect("a decision for each event");
        let decided = told.judge(&host);
        assert_eq!(last, serde_json::to_string(&decided).unwrap(), "{}", told.session);
        let read: Decision = serde_json::from_str(last).unwrap();
        assert_eq!(run.expect.differences(&read), [""; 0], "{}", told.session);
    }
    assert_eq!(written.next(), None);
    runs.len()
}
