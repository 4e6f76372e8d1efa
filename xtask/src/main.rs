//! The repository's own tasks: `cargo xtask <command>`.
//!
//! Each command is what a contributor would type by hand, in the right order and with the right options. Nothing here is
//! needed to embed Specialis.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "these tasks talk to a person at a terminal")]

mod api;
mod authors;
mod bench;
mod book;
mod ci;
mod coverage;
mod demo;
mod help;
mod label_checker;
mod label_corpus;
mod label_tools;
mod measure;
mod mutants;
mod package;
mod records;
mod serve_demo;
mod server_peers;
mod setup;
mod step;
mod test;
mod tidy;
mod train;
mod workspace;

use clap::{Command, CommandFactory, FromArgMatches, Parser, Subcommand};
use std::process::ExitCode;

use crate::workspace::Workspace;

/// The repository's own tasks.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Options {
    #[command(subcommand)]
    task: Option<Task>,
}

#[derive(Subcommand)]
enum Task {
    /// Judge the example events, show which rule decided what, explain three decisions, then change one setting
    Demo,
    /// Serve over HTTP before a scripted model, and stream a harmless, a masked and a stopped answer through
    ServeDemo,
    /// Run every test: the examples in the documentation first, then the test runner
    Test {
        /// Make those tests long that are short in the repository's own check (a thousand kills, every system call that can fail, 200
        /// power cuts), and install LiteLLM, Portkey and Envoy (1 GB), whose tests pass over them otherwise; give it before other arguments
        #[arg(long)]
        all: bool,
        /// Passed to the test runner, for example `-E 'test(floor)'` or a part of a test's name
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGS")]
        args: Vec<String>,
    },
    /// Run what the repository's own check runs: format, tidy, licenses, packages, lints, documentation, API, every test
    Ci,
    /// Check what no compiler checks: which crate may know which, lengths, comments of the contract, words, notices
    Tidy,
    /// Write `docs/coverage.md`: what of the law the policies carry, article by article
    Coverage,
    /// Write `wit/since-v0.1.0/records.rs`: the records of the contract with their fields in order
    Records,
    /// Write `host/api.txt`: the public API of the crate `specialis`, so that a change of it is seen in review
    Api {
        /// Write nothing; fail where the file is not as the crate is
        #[arg(long)]
        check: bool,
    },
    /// Pack each library crate, build it from its package, and upload nothing
    Package,
    /// Measure on labelled text how much is held back by terms alone, by the built-in scorer alone, and by both
    Measure {
        /// Files of labelled text, or folders of them, one JSON object a line: `kind`, `label`, `category` or `family`, `text`
        #[arg(value_name = "PATH")]
        files: Vec<std::path::PathBuf>,
        /// The sector that the rows of a file are in, as `yuanqu=arts`; may be given several times
        #[arg(long, value_name = "FILE=SECTOR")]
        sector: Vec<String>,
    },
    /// Train the scorer that is built in on a folder of labelled rows, and print how much it holds back
    Train {
        /// A folder of `.jsonl` files, one JSON object a line: `kind`, `label`, `family`, `text`
        #[arg(value_name = "DIR")]
        folder: std::path::PathBuf,
    },
    /// Make mistakes on purpose in a copy of the code that resolves precedence, and check that a test catches each
    Mutants(mutants::Options),
    /// Build the book with the pages of `docs` as one site, by mdBook; its search needs no network
    Book,
    /// Install the tools that others wrote, which the tests of labels compare with; `test` does so by itself
    LabelTools,
    /// Install the SDKs, gateways and Envoy that the tests of the server speak to
    ServerPeers,
    /// Build the page that checks labels in a browser, as one file, and test it in a headless Chromium
    LabelChecker,
    /// Label every file of a folder, compare with tools that others wrote, and print a table; the files stay as they are
    LabelCorpus {
        /// The folder, with the folders in it
        #[arg(value_name = "DIR")]
        folder: std::path::PathBuf,
        /// Make some 290 files of every kind in it before
        #[arg(long)]
        make: bool,
    },
    /// Measure how long `policy watch` takes from a saved file to its result, and what one policy costs in each language
    Authors,
    /// Run the benchmarks of reading text and of the host
    Bench {
        /// Passed to the benchmarks: `--terms LIST.txt --texts TEXTS.jsonl` is a list of words and rows of text to read
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGS")]
        args: Vec<String>,
    },
}

fn main() -> ExitCode {
    if let Some(code) = api::as_rustdoc() {
        return code;
    }
    let options = Options::from_arg_matches(&command().get_matches());
    match options.map_err(anyhow::Error::from).and_then(|options| run(options.task)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The command line, its own help in the place of clap's.
fn command() -> Command {
    let command = Options::command();
    let page = help::page(&command);
    command.override_help(page)
}

fn run(task: Option<Task>) -> anyhow::Result<()> {
    let Some(task) = task else {
        command().print_help()?;
        return Ok(());
    };
    let workspace = Workspace::find()?;
    match task {
        Task::Demo => demo::run(&workspace),
        Task::ServeDemo => serve_demo::run(&workspace),
        Task::Test { all, args } => test::run(&workspace, all, &args),
        Task::Ci => ci::run(&workspace),
        Task::Tidy => tidy::run(&workspace),
        Task::Measure { files, sector } => measure::run(&workspace, &files, &sector),
        Task::Train { folder } => train::run(&workspace, &folder),
        Task::Coverage => coverage::run(&workspace),
        Task::Records => records::run(&workspace),
        Task::Api { check: true } => api::check(&workspace),
        Task::Api { check: false } => api::run(&workspace),
        Task::Package => package::run(&workspace),
        Task::Mutants(options) => mutants::run(&workspace, &options),
        Task::Book => book::run(&workspace),
        Task::LabelTools => {
            label_tools::install(&workspace);
            Ok(())
        }
        Task::ServerPeers => {
            server_peers::install(&workspace, true);
            Ok(())
        }
        Task::LabelChecker => label_checker::run(&workspace),
        Task::LabelCorpus { folder, make } => label_corpus::run(&workspace, &folder, make),
        Task::Authors => authors::run(&workspace),
        Task::Bench { args } => bench::run(&workspace, &args),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_well_formed() {
        command().debug_assert();
    }

    #[test]
    fn arguments_after_test_reach_the_runner_unread() {
        let options = Options::try_parse_from(["cargo xtask", "test", "-E", "test(floor)", "--no-capture"]);
        let Ok(Options { task: Some(Task::Test { all: false, args }) }) = options else {
            panic!("`test` did not parse")
        };
        assert_eq!(args, ["-E", "test(floor)", "--no-capture"]);
    }
}
