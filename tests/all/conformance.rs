//! Conformance: what the compiled policies come to on real events, by cases that are data.
//!
//! The worked cases of precedence are among them. Those run in core too, from scripted findings; all cases run through the
//! command line, from these files; all name the same rules.

mod corrections;
mod law;

use std::collections::BTreeSet;

use specialis::Host;
use specialis_core::PotentialConflict;
use specialis_tests::case::{Case, on_duties};
use specialis_tests::{EditionFolder, Proposal, hosts};

/// The worked cases.
const WORKED: [&str; 18] =
    ["1", "2", "3", "4", "5a", "5b", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17"];

#[test]
fn every_worked_case_has_its_file() {
    let worked = Case::all().into_iter().filter(|case| case.file.starts_with("precedence"));
    let there: Vec<String> = worked.map(|case| case.case).collect();
    let distinct: BTreeSet<&str> = there.iter().map(String::as_str).collect();
    assert_eq!(distinct, BTreeSet::from(WORKED));
    assert_eq!(there.len(), WORKED.len(), "each once: {there:?}");
}

/// A host for each world: most cases share the built-in one.
fn hosts_of(cases: &[Case]) -> Vec<Host> {
    let built_in = cases.iter().find(|case| case.world.is_built_in()).map(|case| case.world.host());
    let host = |case: &Case| match &built_in {
        Some(host) if case.world.is_built_in() => host.clone(),
        Some(_) | None => case.world.host(),
    };
    cases.iter().map(host).collect()
}

#[test]
fn every_case_comes_out_as_written_down() {
    let (cases, _) = Case::by_edition();
    let mut wrong = Vec::new();
    for (case, host) in cases.iter().zip(hosts_of(&cases)) {
        for (run, decision) in case.runs.iter().zip(case.judge(&host)) {
            let differences = run.expect.differences(&decision);
            if !differences.is_empty() {
                let place = format!("`{}`, run `{}`", case.file.display(), run.name);
                wrong.push(format!("{place}: {}\nall: {:#?}", differences.join("\n"), on_duties(&decision)));
            }
        }
        let conflicts: Vec<String> = host.edition().potential_conflicts().iter().map(at_load).collect();
        if let Some(expected) = case.world.conflicts_at_load.as_ref().filter(|expected| **expected != conflicts) {
            wrong.push(format!("`{}`: reported at load {conflicts:?}, expected {expected:?}", case.file.display()));
        }
    }
    assert!(wrong.is_empty(), "{} runs differ\n{}", wrong.len(), wrong.join("\n\n"));
}

#[test]
fn a_stream_stays_on_its_edition_and_the_next_is_on_the_new_one() {
    let (_, cases) = Case::by_edition();
    assert_eq!(cases.len(), 1);
    for case in cases {
        let [open, next] = case.runs.as_slice() else { panic!("`{}` has two runs", case.file.display()) };
        let folder = EditionFolder::new();
        let of_number = |number| move |proposal: &mut Proposal| proposal.manifest.number = number;
        folder.publish(&["alice"], of_number(7));
        let host = folder.host().unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
        let seventh = host.edition().id().to_owned();

        let told = case.told(open);
        let (mut session, event, text) = told.stream(&host);
        let half = text.char_indices().nth(text.chars().count() / 2).map_or(0, |(at, _)| at);
        let mut stream = session.stream(event);
        stream.push(0, None, &text[..half]);
        folder.write("trust.toml", case.next.as_ref().unwrap().trust().as_bytes());
        folder.publish(&["alice"], of_number(8));
        folder.apply(&host).unwrap_or_else(|e| panic!("{}", hosts::chain(&e)));
        stream.push(0, None, &text[half..]);
        let stayed = stream.end().decision;
        let moved = case.told(next).judge(&host);

        let eighth = host.edition().id().to_owned();
        assert_eq!((&stayed.edition, &moved.edition), (&seventh, &eighth));
        assert_ne!(seventh, eighth);
        assert_eq!(open.expect.differences(&stayed), [""; 0], "{}", case.file.display());
        assert_eq!(next.expect.differences(&moved), [""; 0], "{}", case.file.display());
    }
}

fn at_load(conflict: &PotentialConflict) -> String {
    let PotentialConflict { first, second, .. } = conflict;
    format!("{}: {} / {}: {}", first.0, first.1.id, second.0, second.1.id)
}
