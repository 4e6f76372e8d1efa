//! The policies find words through the host alone: each of their lexicons leads to findings that are gone without it.

use std::collections::BTreeSet;

use specialis::Host;
use specialis_bundle::Bundle;
use specialis_core::{Context, Event, EventKind, Origin, Status, Trust};
use specialis_tests::hosts;
use specialis_text::Lexicon;

/// Lexicons that the operator fills.
const SLOTS: [&str; 5] =
    ["ethnic-hatred.csv", "national-security.csv", "secession.csv", "subversion.csv", "terrorism.csv"];

/// Kinds of event in which a term may lead to a finding.
const KINDS: [EventKind; 4] = [EventKind::Prompt, EventKind::Output, EventKind::Publication, EventKind::Media];

/// A file without one of its custom sections. Behind the eight bytes of its head a component is a row of sections, each with
/// its id, its length and its content.
fn without(file: &[u8], section: &str) -> Vec<u8> {
    let (head, mut rest) = file.split_at(8);
    let mut out = head.to_vec();
    while let Some((&id, after)) = rest.split_first() {
        let (length, n) = leb(after);
        let end = 1 + n + length;
        let content = &rest[1 + n..end];
        let name = || {
            let (length, n) = leb(content);
            &content[n..n + length]
        };
        if id != 0 || name() != section.as_bytes() {
            out.extend_from_slice(&rest[..end]);
        }
        rest = &rest[end..];
    }
    assert!(out.len() < file.len(), "there is no section `{section}`");
    out
}

fn leb(bytes: &[u8]) -> (usize, usize) {
    let n = bytes.iter().position(|byte| byte & 0x80 == 0).expect("a length ends") + 1;
    let length = bytes[..n].iter().rev().fold(0, |length, byte| length << 7 | usize::from(byte & 0x7F));
    (length, n)
}

/// The built-in policies, of which one file is another.
fn host(trust: &Trust, changed: Option<(&str, &[u8])>) -> Host {
    let mut trust = trust.clone();
    let mut candidate = hosts::candidate();
    for (name, bytes) in specialis_artifacts::POLICIES {
        let file = changed.filter(|(changed, _)| *changed == name).map_or(bytes, |(_, file)| file);
        let (before, now) = (hosts::signer_of(bytes), hosts::signer_of(file));
        for digests in trust.signers.values_mut() {
            digests.iter_mut().filter(|one| **one == before.to_string()).for_each(|one| *one = now.to_string());
        }
        candidate = candidate.policy(name, file);
    }
    hosts::host(candidate.trust(hosts::platform_is_trusted(trust)))
}

/// A session in every sector.
fn context() -> Context {
    let mut context = Context::default();
    for (_, bytes) in specialis_artifacts::POLICIES {
        if let Origin::Sector(sector) = Bundle::parse(bytes).expect("a policy").manifest.origin {
            context.sectors.insert(sector, Status::Yes);
        }
    }
    context
}

/// What each policy finds in a text, as different kinds of event.
fn found(host: &Host, context: &Context, text: &str) -> String {
    let judge = |kind: EventKind| {
        let event = Event::new(kind).with_text(text);
        let decision = host.open("lexicons", context.clone()).submit(event).decision;
        decision.duties.into_iter().flat_map(|duty| duty.findings).collect::<Vec<_>>()
    };
    format!("{:?}", KINDS.map(judge))
}

#[test]
fn without_any_one_lexicon_something_is_not_found() {
    let trust = hosts::built_in_trust();
    let (full, context) = (host(&trust, None), context());
    let (mut idle, mut empty) = (Vec::new(), BTreeSet::new());
    for (name, bytes) in specialis_artifacts::POLICIES {
        let bundle = Bundle::parse(bytes).unwrap_or_else(|e| panic!("`{name}`: {e}"));
        for section in &bundle.lexicons {
            let lexicon = Lexicon::parse(&section.name, &section.data).unwrap_or_else(|e| panic!("`{name}`: {e}"));
            let terms: Vec<&str> =
                lexicon.terms.iter().filter(|term| !term.flags.is_exception).map(|term| term.text.as_str()).collect();
            if terms.is_empty() {
                empty.insert(section.name.clone());
                continue;
            }
            let file = without(bytes, &format!("specialis:lexicon/{}", section.name));
            let emptied = host(&trust, Some((name, &file)));
            // A term may need words beside it; one of some that needs none is enough.
            let differs = |text: &&&str| found(&full, &context, text) != found(&emptied, &context, text);
            if !terms.iter().step_by(terms.len().div_ceil(12)).any(|text| differs(&text)) {
                idle.push(format!("{name}/{}", section.name));
            }
        }
    }
    assert_eq!(idle, Vec::<String>::new(), "nothing changes without these");
    assert_eq!(empty, SLOTS.map(str::to_owned).into(), "only slots are empty");
}
