//! The command line of Specialis: judge events, streams and texts, explain decisions, inspect policies.
//!
//! Exit codes: 0 all judged; 1 some lines could not be read or judged, or there was nothing to judge; 2 usage or
//! configuration; 3 all judged, and a verdict reached the level that the caller named. Decisions go to standard output,
//! everything else to standard error. A closed pipe ends the program quietly.

mod cli;
mod code_cache;
mod commands;
mod input;
mod judging;
mod keys;
mod options;
mod output;
mod policies;
mod private;
mod schema;

use std::io::{BufWriter, Write};
use std::process::ExitCode;

use clap::Parser;

use cli::Cli;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut out = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
    let exit = cli.command.run(&mut out).and_then(|exit| {
        out.flush()?;
        Ok(exit)
    });
    match exit {
        Ok(exit) => exit.into(),
        Err(error) if output::is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::note_error("error", &error);
            ExitCode::from(2)
        }
    }
}
