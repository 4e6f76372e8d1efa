//! The policies find words through the host alone: without any one of their lexicons something is decided otherwise.

use specialis::Host;
use specialis_bundle::{Bundle, parse_vectors};
use specialis_core::{Context, Date, Event, Trust};
use specialis_tests::{files, hosts};
use specialis_text::Lexicon;

/// One event on one day.
struct World {
    context: Context,
    event: Event,
    day: Date,
}

/// What the vectors and the examples judge.
fn worlds() -> Vec<World> {
    let mut worlds = Vec::new();
    for (name, bytes) in specialis_artifacts::POLICIES {
        let bundle = Bundle::parse(bytes).unwrap_or_else(|e| panic!("`{name}`: {e}"));
        for section in &bundle.vectors {
            let text = std::str::from_utf8(&section.data).expect("vectors are text");
            let vectors = parse_vectors(&section.name, text).unwrap_or_else(|e| panic!("`{name}`: {e}"));
            let has_text = |event: &Event| event.parts.iter().any(|part| part.text.is_some());
            let with_text = vectors.into_iter().filter(|vector| has_text(&vector.event));
            worlds.extend(with_text.map(|v| World { context: v.context, event: v.event, day: v.as_of }));
        }
    }
    for line in files::read("examples/events.jsonl").lines() {
        let mut line: serde_json::Value = serde_json::from_str(line).expect("a line");
        let event: Event = serde_json::from_value(line["event"].take()).expect("an event");
        let context = serde_json::from_value(line["context"].take()).unwrap_or_default();
        worlds.push(World { context, event, day: hosts::today() });
    }
    worlds
}

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
    let mut builder = hosts::builder();
    for (name, bytes) in specialis_artifacts::POLICIES {
        let file = changed.filter(|(changed, _)| *changed == name).map_or(bytes, |(_, file)| file);
        let (before, now) = (hosts::signer_of(bytes), hosts::signer_of(file));
        for digests in trust.signers.values_mut() {
            digests.iter_mut().filter(|one| **one == before.to_string()).for_each(|one| *one = now.to_string());
        }
        builder = builder.policy(name, file);
    }
    builder.trust(hosts::platform_is_trusted(trust)).build().unwrap_or_else(|e| panic!("the host is not built: {e}"))
}

fn judge(host: &Host, world: &World) -> String {
    let mut session = host.open_as_of("lexicons", world.context.clone(), world.day);
    let decision = session.submit(world.event.clone()).decision;
    format!("{:?} {:?}", decision.verdict, decision.duties)
}

#[test]
fn emptying_any_one_lexicon_changes_a_decision() {
    let trust = hosts::built_in_trust();
    let worlds = worlds();
    let full = host(&trust, None);
    let before: Vec<String> = worlds.iter().map(|world| judge(&full, world)).collect();
    let mut idle = Vec::new();
    let mut n_emptied = 0;
    for (name, bytes) in specialis_artifacts::POLICIES {
        let bundle = Bundle::parse(bytes).unwrap_or_else(|e| panic!("`{name}`: {e}"));
        for section in &bundle.lexicons {
            let lexicon = Lexicon::parse(&section.name, &section.data).unwrap_or_else(|e| panic!("`{name}`: {e}"));
            if lexicon.terms.is_empty() {
                // A slot that the operator fills.
                continue;
            }
            n_emptied += 1;
            let file = without(bytes, &format!("specialis:lexicon/{}", section.name));
            let emptied = host(&trust, Some((name, &file)));
            if worlds.iter().zip(&before).all(|(world, before)| judge(&emptied, world) == *before) {
                idle.push(format!("{name}/{}", section.name));
            }
        }
    }
    assert!(n_emptied > 5, "only {n_emptied} lexicons have terms");
    assert_eq!(idle, Vec::<String>::new(), "nothing changes without these");
}
