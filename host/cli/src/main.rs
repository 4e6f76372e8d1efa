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
use specialis::CompilerProcess;
use specialis_core::printable;

use cli::Cli;
use output::Printable;

/// The same error about arguments in one line each.
fn usage_error(error: clap::Error) -> clap::Error {
    let shown = std::env::args_os().map(|arg| printable(&arg.to_string_lossy()).into_owned());
    Cli::try_parse_from(shown).err().unwrap_or(error)
}

/// What this program does where another of its kind starts it to compile one policy.
fn compile_code() -> ExitCode {
    match CompilerProcess::serve(std::io::stdin(), std::io::stdout()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::note_error("error", &error.into());
            ExitCode::from(2)
        }
    }
}

fn main() -> ExitCode {
    if std::env::args_os().nth(1).is_some_and(|arg| arg == options::COMPILE_CODE) {
        return compile_code();
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        // Help and the version are no errors.
        Err(error) if !error.use_stderr() => error.exit(),
        Err(error) => {
            output::note_lines(usage_error(error).to_string().trim_end());
            return ExitCode::from(2);
        }
    };
    let stdout = std::io::stdout().lock();
    let out: &mut dyn Write = if cli.command.passes_text_on() {
        &mut BufWriter::with_capacity(1 << 16, stdout)
    } else {
        &mut BufWriter::with_capacity(1 << 16, Printable::new(stdout))
    };
    let exit = cli.command.run(out).and_then(|exit| {
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
