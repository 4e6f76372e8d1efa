//! `mcp`: a server of the Model Context Protocol, governed over standard input and output.

use std::fs::File;
use std::io;
use std::os::fd::AsFd as _;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};
use clap::Args;
use specialis_server::StdioServer;

use crate::input;
use crate::options::{EditionOptions, LedgerOption, ThreadOptions};
use crate::output::Exit;

const AFTER_HELP: &str = r#"Put it before the command of a server in the configuration of the program that uses the tools. Definitions of tools, calls and
results are judged on the way, as events of the kind `tool`; a call that is refused is answered with an error that the model
reads. What the server writes to standard error goes there unread. Servers over HTTP are governed by `specialis serve`.

Examples:
  specialis mcp --name files -- npx some-file-server /data
  specialis mcp --name mail --profile mine.toml --context context.json -- python mail_server.py

Exit codes: those of the server, 1 where it was ended; 2 usage or configuration, or the server does not speak so."#;

#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct McpArgs {
    /// The name of the server: its tools are judged as NAME/TOOL
    #[arg(long, value_name = "NAME", default_value = "mcp")]
    name: String,
    /// A file with the context as JSON: who is served, with what, under which papers
    #[arg(long, value_name = "FILE")]
    context: Option<PathBuf>,
    /// What stands in place of what does not go on
    #[arg(long, value_name = "TEXT", default_value = "（该内容无法提供。This content cannot be provided.）")]
    notice: String,
    #[command(flatten)]
    ledger: LedgerOption,
    #[command(flatten)]
    edition: EditionOptions,
    /// The command of the server
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<String>,
}

pub(crate) fn run(args: &McpArgs) -> Result<Exit> {
    let context = input::context(args.context.as_deref())?;
    let ledger = args.ledger.open()?;
    let host = args.edition.host_with(ThreadOptions::default().count(), &ledger)?;
    let (program, arguments) = args.command.split_first().context("there is no command; give one behind `--`")?;
    // The lock on standard output is held above: the answers are written by a thread of their own.
    let output = File::from(io::stdout().as_fd().try_clone_to_owned().context("standard output cannot be used")?);
    let server = StdioServer::new(host, context, &args.name, &args.notice);
    let status = server.run(Command::new(program).args(arguments), io::BufReader::new(io::stdin()), output)?;
    ledger.close()?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(Exit::Incomplete, Exit::Own))
}
