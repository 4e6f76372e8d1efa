//! The guests that the program carries for `specialis torture` are those of these tests.

use std::collections::BTreeSet;
use std::fs;

use specialis_tests::{Guest, Manifest, files};

use crate::hostile::STRIKES;

const HEAD: &str = "\
// The guests of `specialis torture`. A test writes this file and the policies beside it, from `tests/guests`:
// SPECIALIS_WRITE_TORTURE=1 cargo nextest run --workspace -E 'test(the_program_carries_the_guests_of_the_tests)'
&[
";

/// What a guest proves: its first sentence.
fn proves(name: &str) -> String {
    let text = files::read(format!("guests/{name}.wat"));
    let comment: Vec<&str> = text.lines().map_while(|line| line.strip_prefix(";; ")).collect();
    let comment = comment.join(" ");
    let sentence = comment.split_once(". ").map_or(comment.as_str(), |(first, _)| first);
    sentence.trim_start_matches("Proves that ").trim_end_matches('.').to_owned()
}

#[test]
fn the_program_carries_the_guests_of_the_tests() {
    let folder = files::repository().join("host/cli/torture");
    let is_written = std::env::var_os("SPECIALIS_WRITE_TORTURE").is_some();
    let mut table = HEAD.to_owned();
    let mut names = BTreeSet::from(["guests.rs".to_owned(), "witness.wasm".to_owned()]);
    for (name, fault) in STRIKES {
        let (fault, proves) = (fault.as_str(), proves(name));
        table.push_str(&format!(
            "    Strike {{\n        guest: {name:?},\n        fault: {fault:?},\n        proves: {proves:?},\n        policy: \
             include_bytes!(\"{name}.wasm\"),\n    }},\n"
        ));
        names.insert(format!("{name}.wasm"));
    }
    table.push_str("]\n");
    if is_written {
        fs::create_dir_all(&folder).unwrap();
        for (name, _) in STRIKES {
            fs::write(folder.join(format!("{name}.wasm")), Guest::from_file(name).pack()).unwrap();
        }
        fs::write(folder.join("witness.wasm"), Guest::from_file("witness").under(Manifest::witness()).pack()).unwrap();
        fs::write(folder.join("guests.rs"), &table).unwrap();
    }
    // Their bytes follow the encoder's version, so what they do is held by the test of the command.
    let written = fs::read_to_string(folder.join("guests.rs")).unwrap();
    assert_eq!(written, table, "write it anew, as its first lines say");
    let there = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    assert_eq!(there.collect::<BTreeSet<_>>(), names);
}
