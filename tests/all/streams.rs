//! Streams: text goes out as soon as nothing can become of it any more, and how it is cut changes nothing.

mod cuts;
mod forms;
mod handles;
mod lanes;
mod obligations;
mod pending;
mod promises;
mod sentences;

use specialis::{Candidate, Host, Session};
use specialis_core::{Context, Event, EventKind, MeasureGrant, Trust};
use specialis_tests::{Guest, Manifest, hosts};

/// Terms that the guests of these tests are woken by.
const TERMS: &str = "term,category\n样例甲,a1.violence\n样例甲号,a1.obscenity\n";

/// Called when a term is hit in generated text, and when the text with it is whole.
const ON_HITS: &str = "hits = [\"output\"]\ncategories = [\"a1.violence\", \"a1.obscenity\"]";

/// A manifest of a guest that is called on hits in generated text.
fn on_hits() -> Manifest {
    Manifest::hostile().on(&[]).waking(ON_HITS)
}

/// A guest that gives one answer to every call, with the terms.
fn answering(answer: &str) -> Guest {
    Guest::from_file("answers").with("answer", answer).under(on_hits()).with_lexicon("terms", TERMS)
}

/// A demand of a level on the marking of content, with obligations.
fn demand(level: &str, obligations: &str) -> String {
    demand_on("im.art12.marking", level, obligations)
}

fn demand_on(duty: &str, level: &str, obligations: &str) -> String {
    format!(
        r#"{{"findings": [{{"duty": "{duty}", "rule": "H1", "answer": {{"require": {{"level": "{level}",
            "obligations": [{obligations}], "cite": {{"instrument": "IM", "article": "12"}}, "reason": "because"}}}}}}]}}"#
    )
}

/// A host with guests that may ask for whatever they declare.
fn host(guests: &[Guest]) -> Host {
    hosts::host(with(hosts::candidate(), guests))
}

fn with(candidate: Candidate, guests: &[Guest]) -> Candidate {
    let files: Vec<Vec<u8>> = guests.iter().map(Guest::pack).collect();
    let measures = ["replace", "append", "retract", "terminate-user"].map(Into::into).to_vec();
    let grant = |file: &Vec<u8>| MeasureGrant { signer: hosts::signer_of(file), measures: measures.clone() };
    let trust = Trust { measures: files.iter().map(grant).collect(), ..Trust::default() };
    let candidate = candidate.trust(hosts::platform_is_trusted(trust)).redaction("■");
    candidate.policies(files.into_iter().enumerate().map(|(n, file)| (format!("guest {n}"), file)))
}

fn open(host: &Host) -> Session {
    host.open("stream", Context::default())
}

/// An output with nothing known of it but its text, which comes in pieces.
fn output() -> Event {
    Event::new(EventKind::Output)
}
