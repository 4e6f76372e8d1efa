//! `files`: the library reaches files through the folders that the embedder handed over, and nothing else of the machine.
//!
//! Clippy can forbid single functions, for the whole workspace alike; here the library alone is held, and to whole modules.

use super::Violation;
use super::tree::{Tree, numbered};

/// The sources of the library.
const LIBRARY: [&str; 7] = [
    "host/src/",
    "host/core/src/",
    "host/text/src/",
    "host/bundle/src/",
    "host/label/src/",
    "host/ledger/src/",
    "host/bindings/label-web/src/",
];

/// Packing a policy's folder is its author's work, behind a feature that no platform turns on.
const AUTHORING: &str = "host/bundle/src/folder.rs";

/// The one program that the library starts: the one that its embedder named, to compile.
const COMPILER: &str = "host/src/runtime/code/compiler.rs";

/// Modules and types of the standard library that reach the machine, and what makes a folder out of the authority that every
/// process has.
const REACHING: [&str; 9] = [
    "fs", "Command", "env", "TcpStream", "TcpListener", "UdpSocket", "ToSocketAddrs", "ambient_authority",
    "open_ambient_dir",
];

/// The programs. A file that they name is opened without waiting and bounded, and written whole under a random name.
const PROGRAMS: [&str; 2] = ["host/cli/src/", "host/server/src/"];

/// Writes into a folder of its own, which nobody else can reach.
const OWN_FOLDER: &str = "host/cli/src/commands/label/ffmpeg.rs";

/// What waits for a pipe, reads without a bound, or follows a link.
const CARELESS: [&str; 4] = ["fs::read(", "fs::read_to_string(", "fs::write(", "File::create("];

/// Every place in the programs that opens a file without care. Tests, which stand at the end of a file, may.
fn check_programs(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (path, text) in tree.with_extension(&["rs"]) {
        if path == OWN_FOLDER || !PROGRAMS.iter().any(|folder| path.starts_with(folder)) {
            continue;
        }
        for (at, line) in numbered(text).take_while(|(_, line)| !line.trim_start().starts_with("#[cfg(test)]")) {
            if let Some(call) = CARELESS.iter().find(|call| line.contains(**call)) {
                let message =
                    format!("`{call}…)` waits for pipes, has no bound or follows links; use `specialis::files`");
                violations.push(Violation::new(path, at, message));
            }
        }
    }
    violations
}

/// Every place in the library that names a module of the machine without going through `cap_std`.
pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = check_programs(tree);
    for (path, text) in tree.with_extension(&["rs"]) {
        if path == AUTHORING || !LIBRARY.iter().any(|folder| path.starts_with(folder)) {
            continue;
        }
        for (at, line) in numbered(text).filter(|(_, line)| !line.trim_start().starts_with("//")) {
            if let Some(word) = reached_for(line).filter(|word| path != COMPILER || *word != "Command") {
                let message =
                    format!("`{word}` reaches past what the embedder gave; take a `cap_std::fs::Dir` from it");
                violations.push(Violation::new(path, at, message));
            }
        }
    }
    violations
}

/// Flags, which open nothing by themselves.
const FLAGS: &str = "rustix::fs::OFlags";

/// The first word of a line that reaches the machine.
fn reached_for(line: &str) -> Option<&'static str> {
    if line.contains("std::*") {
        return Some("std::*");
    }
    // The whole path of the one way that is left.
    let rest = line.replace(FLAGS, "");
    let mut rest = rest.split("cap_std::fs").flat_map(words).filter(|(_, is_macro)| !is_macro);
    rest.find_map(|(word, _)| REACHING.into_iter().find(|reaching| *reaching == word))
}

/// The words of a stretch of code, each with whether it calls a macro.
fn words(code: &str) -> impl Iterator<Item = (&str, bool)> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut rest = code;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c| !is_word(c));
        let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at_checked(end)?;
        rest = after;
        (!word.is_empty()).then(|| (word, after.starts_with('!')))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, line: &str) -> bool {
        !check(&Tree::of(&[(path, line)])).is_empty()
    }

    #[test]
    fn reaching_for_the_machine_is_found_in_the_library() {
        for line in [
            "let text = std::fs::read_to_string(path)?;",
            "use std::{fs, io};",
            "use std::fs as files;",
            "fs::File::open(path)",
            "use std::*;",
            "std::env::var(\"HOME\")",
            "std::process::Command::new(\"ls\")",
            "use std::net::TcpStream;",
            "Dir::open_ambient_dir(path, authority)",
            "use cap_std::ambient_authority;",
            "use cap_std::fs::Dir; use std::fs;",
            "use rustix::fs::open;",
            "use rustix::fs::{OFlags, open};",
        ] {
            for path in ["host/src/a.rs", "host/core/src/b/c.rs", "host/text/src/d.rs", "host/bundle/src/e.rs"] {
                assert!(found(path, line), "{path}: {line}");
            }
        }
    }

    #[test]
    fn handles_and_other_words_are_accepted() {
        for line in [
            "use cap_std::fs::Dir;",
            "dir: &cap_std::fs::Dir",
            "use rustix::fs::OFlags;",
            "env!(\"CARGO_PKG_VERSION\")",
            "use std::net::Ipv4Addr;",
            "// std::fs is not for the library",
            "detect::net_of(text)",
        ] {
            assert!(!found("host/src/a.rs", line), "{line}");
        }
    }

    #[test]
    fn programs_open_files_with_care() {
        for line in ["std::fs::read(path)", "fs::read_to_string(path)?", "fs::write(path, text)", "File::create(path)"]
        {
            for path in ["host/cli/src/main.rs", "host/server/src/serving/tls.rs"] {
                assert!(found(path, line), "{path}: {line}");
                assert!(!found(path, &format!("#[cfg(test)]\nmod tests {{ {line} }}")), "{path}: {line}");
            }
        }
        assert!(!found("host/cli/src/main.rs", "std::fs::create_dir_all(path)"));
    }

    #[test]
    fn tests_builds_and_authors_are_free_to() {
        for path in [
            "host/cli/tests/all/main.rs",
            OWN_FOLDER,
            "host/text/build.rs",
            "host/core/tests/a.rs",
            "xtask/src/main.rs",
            "host/bundle/src/folder.rs",
        ] {
            assert!(!found(path, "std::fs::read(path)"), "{path}");
        }
        assert!(!found(COMPILER, "Command::new(program)") && found(COMPILER, "std::fs::read(path)"));
    }
}
