//! Judges everything there is to judge, and many events made of its facts, and prints a digest of the decisions by group. A change
//! that may change no decision prints the same before and after.
//!
//! ```sh
//! cargo run -p specialis-tests --example decisions -- 20000          # so many random events
//! cargo run -p specialis-tests --example decisions -- 20000 FOLDER   # and every decision, as lines of files
//! ```
//!
//! `whole` is the digest of decisions as they are. In `said` they have no edition and no id, which change with the file of a policy.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::Value;
use sha2::{Digest, Sha256};
use specialis::{Host, Judged, Limits};
use specialis_core::{Context, Event};
use specialis_tests::case::Case;
use specialis_tests::random::Pool;
use specialis_tests::{dice, files, hosts, moves};

/// How many random events make a group.
const GROUP: u64 = 5_000;
/// How many sessions of random moves are tried.
const MOVES: u64 = 400;

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let n_random: u64 = args.next().map_or(Ok(GROUP), |n| n.parse()).context("the first argument is a number")?;
    let folder = args.next().map(PathBuf::from);
    let group = |name: &str| Group::new(name, folder.as_ref());

    let mut cases = group("cases")?;
    let (all, _) = Case::by_edition();
    // However slow the machine is, no wall clock strikes.
    let limits = Limits { deadline: Duration::from_secs(600), ..Limits::default() };
    let built_in = hosts::build(hosts::builder(hosts::built_in()).limits(limits));
    for case in &all {
        let host = if case.world.is_built_in() { built_in.clone() } else { case.world.host() };
        for decision in case.judge(&host) {
            cases.add(&hosts::json(&decision))?;
        }
    }
    cases.print()?;

    let mut pool = Pool::of_examples();
    let mut examples = group("examples")?;
    for line in files::read("examples/events.jsonl").lines() {
        let line: Value = serde_json::from_str(line)?;
        let context = line.get("context").cloned().unwrap_or_else(|| serde_json::json!({}));
        examples.judge(&built_in, &(context, line["event"].clone()))?;
    }
    examples.print()?;

    for (name, bytes) in specialis_artifacts::POLICIES {
        let mut vectors = group(&format!("vectors-{name}"))?;
        for section in specialis_bundle::Bundle::parse(bytes)?.vectors {
            for vector in specialis_bundle::parse_vectors(&section.name, std::str::from_utf8(&section.data)?)? {
                for step in &vector.events {
                    let given = (serde_json::to_value(&vector.context)?, serde_json::to_value(&step.event)?);
                    pool.add(Some(&given.0), Some(&given.1));
                    vectors.judge(&built_in, &given)?;
                }
            }
        }
        vectors.print()?;
    }

    for first in (0..n_random).step_by(usize::try_from(GROUP)?) {
        let mut random = group(&format!("random-{first}"))?;
        for seed in first..n_random.min(first + GROUP) {
            random.judge(&built_in, &pool.pick(seed))?;
        }
        random.print()?;
    }

    let mut streams = group("streams")?;
    for seed in 0..MOVES {
        let bytes = dice::bytes_of(seed, 160);
        let moves = moves::moves(&mut dice::Dice::new(&bytes));
        streams.add(&format!("{:?}", moves::run(&built_in, &moves, seed % 2 == 0)))?;
    }
    streams.print()
}

/// Decisions whose digest is printed.
struct Group {
    name: String,
    n: u64,
    whole: Sha256,
    said: Sha256,
    file: Option<fs::File>,
}

impl Group {
    fn new(name: &str, folder: Option<&PathBuf>) -> Result<Self> {
        let file = match folder {
            Some(folder) => {
                fs::create_dir_all(folder)?;
                Some(fs::File::create(folder.join(format!("{name}.jsonl")))?)
            }
            None => None,
        };
        Ok(Self { name: name.to_owned(), n: 0, whole: Sha256::new(), said: Sha256::new(), file })
    }

    /// Judges one event in a session of its own, if the facts are facts.
    fn judge(&mut self, host: &Host, (context, event): &(Value, Value)) -> Result<()> {
        let Ok(context) = serde_json::from_value::<Context>(context.clone()) else { return Ok(()) };
        let Ok(event) = serde_json::from_value::<Event>(event.clone()) else { return Ok(()) };
        let Judged { decision, release, .. } = host.open("decisions", context).submit(event);
        self.add(&format!("{}\n{release:?}", hosts::json(&decision)))
    }

    fn add(&mut self, line: &str) -> Result<()> {
        self.n += 1;
        self.whole.update(line);
        let said = without_ids(line);
        self.said.update(&said);
        if let Some(file) = &mut self.file {
            writeln!(file, "{said}")?;
        }
        Ok(())
    }

    #[expect(clippy::print_stdout, reason = "the digests are what this program is for")]
    fn print(self) -> Result<()> {
        let hex =
            |hasher: Sha256| hasher.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>();
        println!("{:<20} {:>6}  said {}  whole {}", self.name, self.n, hex(self.said), hex(self.whole));
        Ok(())
    }
}

/// A text with zeros for what looks like the digest of an edition or the id of a decision: 32 or more hexadecimal digits.
fn without_ids(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(|c: char| c.is_ascii_hexdigit()) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let n = from.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(from.len());
        let (digits, after) = from.split_at(n);
        out.push_str(if n >= 32 { "0" } else { digits });
        rest = after;
    }
    out + rest
}
