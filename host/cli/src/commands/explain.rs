//! `explain`: why a decision is as it is.

mod recorded;
mod words;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use specialis_core::{Decision, explain};

use crate::input::{Input, Place, Read, name_of};
use crate::options::{EditionOptions, Language};
use crate::output::{self, Exit};
use recorded::Records;
pub(crate) use words::ManifestWords;

const AFTER_HELP: &str = "\
Reads decisions as `specialis evaluate --format jsonl` writes them. Give the same `--policies` and `--registry` as there:
the words behind reasons, duties and instruments come from them.

Examples:
  specialis explain decisions.jsonl --line 3
  specialis explain decisions.jsonl --id 5f0c2d… --lang zh
  specialis evaluate events.jsonl --format jsonl | specialis explain --session s1
  specialis explain decisions.jsonl --ledger ledger           and whether each is as it was recorded

Exit codes: 0 explained; 1 some lines are no decision or not as they were recorded, or none was asked for; 2 usage or configuration.";

#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ExplainArgs {
    /// A file of decisions, one JSON object a line; `-` is standard input
    #[arg(value_name = "DECISIONS.jsonl", default_value = "-")]
    decisions: PathBuf,
    /// The decision with this id, or with the one id that begins so
    #[arg(long, value_name = "ID", conflicts_with_all = ["line", "session"])]
    id: Option<String>,
    /// The decision on this line, from 1
    #[arg(long, value_name = "N", conflicts_with = "session")]
    line: Option<u64>,
    /// The decisions of this session, or of all sessions that were opened under this name
    #[arg(long, value_name = "SESSION")]
    session: Option<String>,
    /// In which language
    #[arg(long, value_enum, default_value_t)]
    lang: Language,
    /// The ledger that has the decisions: each explanation begins with whether it is as it was recorded
    #[arg(long, value_name = "DIR")]
    ledger: Option<PathBuf>,
    #[command(flatten)]
    edition: EditionOptions,
}

pub(crate) fn run(args: &ExplainArgs, out: &mut dyn Write) -> Result<Exit> {
    let words = ManifestWords::new(&args.edition)?;
    let mut records = args.ledger.as_deref().map(Records::open).transpose()?;
    let mut exit = Exit::Complete;
    let mut n_explained = 0_u64;
    let mut mismatches = BTreeSet::new();
    for input in Input::open_all(std::slice::from_ref(&args.decisions))? {
        for Read { place, text } in input {
            if args.line.is_some_and(|line| line != place.line) {
                continue;
            }
            let decision = match text.and_then(|text| parse(&text)) {
                Ok(decision) => decision,
                Err(reason) => {
                    output::note(&format!("{place}: {reason}"));
                    exit = Exit::Incomplete;
                    continue;
                }
            };
            if !args.selects(&decision) {
                continue;
            }
            if n_explained > 0 {
                writeln!(out, "\n{}\n", "─".repeat(72))?;
            }
            mismatches.extend(words.mismatches(&decision));
            if let Some(records) = &mut records {
                let (is_recorded, said) = records.say(&decision, args.lang)?;
                writeln!(out, "{said}\n")?;
                if !is_recorded {
                    exit = Exit::Incomplete;
                }
            }
            writeln!(out, "{}", explain(&decision, &words, args.lang.into()).trim_end())?;
            n_explained = n_explained.saturating_add(1);
        }
    }
    for mismatch in mismatches {
        output::note(&mismatch);
    }
    if records.is_none() && n_explained > 0 {
        output::note(
            "read from a file and from no ledger: nothing shows that it is as it was decided; `--ledger DIR` compares",
        );
    }
    if n_explained == 0 && exit == Exit::Complete {
        output::note(&args.nothing());
        exit = Exit::Incomplete;
    }
    Ok(exit)
}

impl ExplainArgs {
    fn selects(&self, decision: &Decision) -> bool {
        self.id.as_ref().is_none_or(|id| decision.id.starts_with(id.as_str()))
            && self.session.as_ref().is_none_or(|session| decision.session.is_named(session))
    }

    /// What to say where nothing was asked for.
    fn nothing(&self) -> String {
        let file = name_of(&self.decisions);
        match (&self.id, self.line, &self.session) {
            (Some(id), _, _) => format!("{file}: no decision has the id `{id}`; it is the field `id` of its line"),
            (None, Some(line), _) => format!("{}: there is no decision on this line", Place::of(&self.decisions, line)),
            (None, None, Some(session)) => {
                format!("{file}: no decision is of session `{session}`; it is the field `session` of a line")
            }
            (None, None, None) => format!("{file}: nothing to explain, it holds no line; give one decision a line"),
        }
    }
}

fn parse(text: &str) -> Result<Decision, String> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let place = if path == "." { String::new() } else { format!("`{path}`: ") };
        format!("not a decision: {place}{}; give what `specialis evaluate --format jsonl` wrote", error.inner())
    })
}
