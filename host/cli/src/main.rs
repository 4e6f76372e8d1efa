//! The command line of Specialis: judge events, streams and texts, explain decisions, look into policies.
//!
//! Exit codes: 0 all judged, 1 some lines could not be read or judged (or there was nothing to judge), 2 usage or
//! configuration. Decisions go to standard output, everything else to standard error; a closed pipe ends quietly.

mod args;
mod cache;
mod coverage;
mod edition;
mod evaluate;
mod explain;
mod input;
mod kept_back;
mod key;
mod label;
mod lexicon;
mod oci;
mod out;
mod policy;
mod publish;
mod replay;
mod scan;
mod schema;
mod stream;
mod table;

use std::io::{BufWriter, Write};
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

use args::{Cli, Command};
use out::End;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut out = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
    let end = run(&cli.command, &mut out).and_then(|end| {
        out.flush()?;
        Ok(end)
    });
    match end {
        Ok(end) => end.into(),
        Err(error) if out::is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            out::note(&format!("error: {}", out::one_line(&format!("{error:#}"))));
            ExitCode::from(2)
        }
    }
}

fn run(command: &Command, out: &mut dyn Write) -> Result<End> {
    match command {
        Command::Evaluate(args) => evaluate::run(args, out),
        Command::Stream(args) => stream::run(args, out),
        Command::Replay(args) => replay::run(args, out),
        Command::Scan(args) => scan::run(args, out),
        Command::Explain(args) => explain::run(args, out),
        Command::Policy(args) => policy::run(args, out),
        Command::Coverage(args) => coverage::run(args, out),
        Command::Lexicon(args) => lexicon::run(args, out),
        Command::Label(args) => label::run(args, out),
        Command::Edition(args) => publish::run(args, out),
        Command::Diff(args) => evaluate::diff::run(args, out),
        Command::Key(args) => key::run(args, out),
        Command::Schema(args) => schema::run(args, out),
        Command::Trust(args) => table::trust(args, out),
        Command::Profile(args) => table::profile(args, out),
        Command::Registry(args) => table::registry(args, out),
    }
}
