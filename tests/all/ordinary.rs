//! Ordinary lines of fifteen domains, near misses and mentions: nothing in them is held and nothing is masked.

use std::collections::BTreeSet;

use specialis::{Host, config};
use specialis_core::{Context, Event, EventKind, Level};
use specialis_tests::{files, hosts};

/// Where the lines stand.
const FOLDER: &str = "conformance/ordinary";

fn host() -> Host {
    let (platform, service) =
        config::profile(specialis_artifacts::TEXTS, &hosts::registry()).expect("the profile is read");
    hosts::host(hosts::built_in().platform(platform).service(service))
}

/// The lines of a file: near misses, and mentions.
fn lines(file: &str) -> [Vec<String>; 2] {
    let text = files::read(format!("{FOLDER}/{file}"));
    let mut parts = [Vec::new(), Vec::new()];
    let mut part = None;
    for line in text.lines() {
        match line.strip_prefix("# ") {
            Some(head) if head.starts_with("Near misses") => part = Some(0),
            Some(head) if head.starts_with("Mentions") => part = Some(1),
            Some(_) => {}
            None => {
                parts[part.unwrap_or_else(|| panic!("`{file}` begins with a line"))].push(line.replace("\\n", "\n"))
            }
        }
    }
    parts
}

#[test]
fn ordinary_lines_are_neither_held_nor_masked() {
    let host = host();
    let files = files::below(FOLDER);
    assert!(files.len() >= 15, "{} domains", files.len());
    let mut wrong = Vec::new();
    for file in files {
        let file = file.display().to_string();
        for (which, lines) in ["near misses", "mentions"].into_iter().zip(lines(&file)) {
            let distinct: BTreeSet<_> = lines.iter().collect();
            assert!(distinct.len() >= 60 && distinct.len() == lines.len(), "{file}: {} {which}", distinct.len());
            for kind in [EventKind::Prompt, EventKind::Output] {
                let is_touched = |line: &&String| {
                    let event = Event::new(kind).with_text(line.as_str());
                    hosts::decide(&host, "ordinary", &Context::default(), &event).verdict >= Level::Redact
                };
                let touched: Vec<_> = lines.iter().filter(is_touched).collect();
                // One in a hundred may be.
                if touched.len() * 100 > lines.len() {
                    wrong.push(format!("{file}, {which}, {kind:?}: {touched:#?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
