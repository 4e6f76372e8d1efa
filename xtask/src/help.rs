//! What `cargo xtask` alone prints: every task with what it does, when to run it and how long it takes.
//!
//! What a task does stands in the doc comment of its variant; the rest stands in [`GROUPS`]. A test holds the two together.

use std::fmt::Write as _;

use clap::Command;

/// Tasks that belong together.
struct Group {
    title: &'static str,
    tasks: &'static [Entry],
}

/// When a task is run and how long it takes, on two cores and with the dependencies compiled.
struct Entry {
    task: &'static str,
    when: &'static str,
    takes: &'static str,
}

const fn entry(task: &'static str, when: &'static str, takes: &'static str) -> Entry {
    Entry { task, when, takes }
}

const GROUPS: [Group; 5] = [
    Group {
        title: "See it work",
        tasks: &[
            entry("demo", "first, on a new machine", "a minute; ten the first time, which compiles everything"),
            entry("serve-demo", "to see the server between a client and a model", "as long"),
        ],
    },
    Group {
        title: "While you change something",
        tasks: &[
            entry("test", "after a change; give it a part of a test's name to run fewer", "several minutes"),
            entry("tidy", "before each commit", "two seconds"),
            entry("coverage", "after you changed a rule, a vector or `coverage.toml`", "two seconds"),
            entry("records", "after you changed a record of the contract", "two seconds"),
            entry("api", "after you changed what `specialis` exports", "two minutes the first time, then seconds"),
        ],
    },
    Group {
        title: "Before you propose a change, and before a release",
        tasks: &[
            entry("ci", "before you propose a change", "half an hour"),
            entry(
                "mutants",
                "after you changed how precedence is resolved, or the tests of it",
                "minutes with `--named`, hours with the sweep",
            ),
            entry(
                "label-checker",
                "after you changed what is read in files, or the page",
                "two minutes; ten the first time, which installs what it needs",
            ),
            entry("book", "after you changed the book or a page of `docs`", "seconds; minutes the first time"),
            entry("package", "before a release, or after you moved a file that a crate embeds", "five minutes"),
        ],
    },
    Group {
        title: "Measure",
        tasks: &[
            entry("bench", "after a change that may cost time, on a machine that does nothing else", "half an hour"),
            entry(
                "authors",
                "after you changed `policy watch`, an SDK or how policies are compiled, on such a machine",
                "two minutes; twenty the first time, which builds the program for release",
            ),
            entry(
                "measure",
                "after you changed a lexicon or the scorer, with labelled text of your own",
                "seconds for 1,000 rows",
            ),
            entry("train", "after you changed what the scorer learns from, with labelled rows", "two minutes"),
            entry(
                "label-corpus",
                "after you changed how a format of labels is read or written",
                "five minutes for 300 files",
            ),
        ],
    },
    Group {
        title: "Set up",
        tasks: &[
            entry("label-tools", "to install them without a run of the tests", "minutes, once"),
            entry("server-peers", "to install them without a run of the tests", "minutes and 1 GB, once"),
        ],
    },
];

const WIDTH: usize = 100;
/// Where a task's text begins.
const INDENT: usize = 16;

/// The page, of the tasks that `command` has.
pub(crate) fn page(command: &Command) -> String {
    let mut page = String::from("The repository's own tasks. Usage: cargo xtask <TASK> [OPTIONS]\n");
    for group in &GROUPS {
        let _ = write!(page, "\n{}\n", group.title);
        for entry in group.tasks {
            let task = command.find_subcommand(entry.task);
            let does = task.and_then(Command::get_about).map(ToString::to_string).unwrap_or_default();
            let text = format!("{does}. Run it {}. It takes {}.", entry.when, entry.takes);
            let lines = wrapped(&text, WIDTH.saturating_sub(INDENT));
            for (at, line) in lines.iter().enumerate() {
                let name = if at == 0 { entry.task } else { "" };
                let _ = writeln!(page, "  {name:<14}{line}");
            }
        }
    }
    page.push_str("\n`cargo xtask <TASK> --help` lists the options of a task. The times are for two cores.\n");
    page.push_str("docs/contributing.md says how a change is made and how a release is cut.\n");
    page
}

/// The words of `text` in lines of at most `width` characters.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count().saturating_add(word.chars().count()) < width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory as _;

    use super::*;
    use crate::Options;

    #[test]
    fn page_has_every_task_once_with_what_it_does() {
        let command = Options::command();
        let tasks: BTreeSet<&str> = command.get_subcommands().map(Command::get_name).collect();
        let entries: Vec<&str> = GROUPS.iter().flat_map(|group| group.tasks).map(|entry| entry.task).collect();
        assert_eq!(entries.iter().copied().collect::<BTreeSet<_>>(), tasks, "give each task an entry in `GROUPS`");
        assert_eq!(entries.len(), tasks.len());
        let page = page(&command);
        for task in command.get_subcommands() {
            let about = task.get_about().map(ToString::to_string).unwrap_or_default();
            let first = about.split_whitespace().take(3).collect::<Vec<_>>().join(" ");
            assert!(!first.is_empty() && page.contains(&first), "{}: {about}", task.get_name());
        }
    }

    #[test]
    fn page_fits_a_terminal() {
        let page = page(&Options::command());
        let widest = page.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(WIDTH), "{page}");
    }

    #[test]
    fn line_breaks_between_words_alone() {
        assert_eq!(wrapped("one two three", 8), ["one two", "three"]);
        assert_eq!(wrapped("unbreakable", 4), ["unbreakable"]);
    }
}
