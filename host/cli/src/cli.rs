//! The commands of the program, as clap reads them. Only `main` uses this module.

use std::io::Write;

use anyhow::Result;
use clap::builder::styling::Styles;
use clap::{Parser, Subcommand};

use crate::commands::audit::{self, AuditArgs, InspectionArgs};
use crate::commands::coverage::{self, CoverageArgs};
use crate::commands::diff::{self, DiffArgs};
use crate::commands::edition::{self, EditionArgs};
use crate::commands::evaluate::{self, EvaluateArgs};
use crate::commands::explain::{self, ExplainArgs};
use crate::commands::key::{self, KeyArgs};
use crate::commands::label::{self, LabelArgs};
use crate::commands::ledger::{self, LedgerArgs};
use crate::commands::lexicon::{self, LexiconArgs};
use crate::commands::mcp::{self, McpArgs};
use crate::commands::policy::{self, PolicyArgs};
use crate::commands::profile::{self, ProfileArgs};
use crate::commands::registry::{self, RegistryArgs};
use crate::commands::replay::{self, ReplayArgs};
use crate::commands::scan::{self, ScanArgs};
use crate::commands::schema::{self, SchemaArgs};
use crate::commands::serve::{self, ServeArgs};
use crate::commands::stream::{self, StreamArgs};
use crate::commands::torture::{self, TortureArgs};
use crate::commands::trust::{self, TrustArgs};
use crate::output::Exit;

const AFTER_HELP: &str = "\
Examples:
  specialis evaluate events.jsonl                        judge a file of events, show a table
  specialis evaluate events.jsonl --format jsonl > decisions.jsonl
  specialis explain decisions.jsonl --line 1 --lang zh   say why, article by article
  generate | specialis stream                            let text through as it comes
  specialis replay texts.jsonl --profile texts           how much of labelled texts is found, and blocked in vain
  specialis scan 加微信看盘                              what lexicons and detectors find in a text
  specialis schema event --format table                  what an event can carry, and which rules read it
  specialis serve                                        the same over HTTP, for platforms in any language
  specialis policy list                                  the loaded policies
  specialis label check 'out/*.png'                      the labels of files

Exit codes: 0 all judged; 1 some lines could not be read or judged, or there was nothing to judge; 2 usage or configuration;
3 all judged, and a verdict reached `evaluate --fail-on`.";

/// Judge generative-AI events by sandboxed compliance policies.
#[derive(Parser)]
#[command(name = "specialis", version, after_help = AFTER_HELP, styles = Styles::plain(), max_term_width = 120)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Judge events: one JSON object a line in, one decision for each out.
    Evaluate(EvaluateArgs),
    /// Pass text from standard input to standard output as it may go out, and judge it on the way.
    Stream(StreamArgs),
    /// Judge files of labelled texts, and count what is found and what is blocked in vain.
    Replay(ReplayArgs),
    /// Show what lexicons and detectors find in a text, without judging it.
    Scan(ScanArgs),
    /// Say for a person why a decision is as it is.
    Explain(ExplainArgs),
    /// Serve over HTTP: a native interface, and a reverse proxy for the interfaces of language models.
    Serve(ServeArgs),
    /// Govern a server of the Model Context Protocol that runs as a command.
    Mcp(McpArgs),
    /// List, inspect, test, sign and transfer policies.
    Policy(PolicyArgs),
    /// What an edition governs on a platform, and what the platform would have to send.
    Coverage(CoverageArgs),
    /// Check lexicons, and change those of an edition.
    Lexicon(LexiconArgs),
    /// Read, write and check the labels of AI-generated content in files.
    Label(LabelArgs),
    /// Make, sign, check and publish editions: policies and tables, fixed together.
    Edition(EditionArgs),
    /// Judge the same events under two editions and say what comes out differently.
    Diff(DiffArgs),
    /// Records that prove themselves: find, show, verify, prove, export, keep and erase.
    Ledger(LedgerArgs),
    /// The internal audit of a ledger, and the folder for an inspection.
    Audit(AuditArgs),
    /// What an authority asks for at an inspection.
    Inspection(InspectionArgs),
    /// Keys to sign with.
    Key(KeyArgs),
    /// Print the JSON Schema of what goes in and comes out.
    Schema(SchemaArgs),
    /// The trust policy: grants, warrants, signers, readings of the law.
    Trust(TrustArgs),
    /// The profile: what the platform carries out, and defaults for contexts.
    Profile(ProfileArgs),
    /// The registries: duties, instruments, categories, measures.
    Registry(RegistryArgs),
    /// Try hostile policies on this build of the host, or hostile answers of a model on a gateway, and report what holds.
    Torture(TortureArgs),
}

impl Command {
    /// Whether standard output is text that passes through the program as it is. All other output is for a person, or JSON.
    pub(crate) fn passes_text_on(&self) -> bool {
        matches!(self, Self::Stream(_))
    }

    /// Runs the command, with `out` as standard output.
    pub(crate) fn run(&self, out: &mut dyn Write) -> Result<Exit> {
        match self {
            Self::Evaluate(args) => evaluate::run(args, out),
            Self::Stream(args) => stream::run(args, out),
            Self::Replay(args) => replay::run(args, out),
            Self::Scan(args) => scan::run(args, out),
            Self::Explain(args) => explain::run(args, out),
            Self::Serve(args) => serve::run(args, out),
            Self::Mcp(args) => mcp::run(args),
            Self::Policy(args) => policy::run(args, out),
            Self::Coverage(args) => coverage::run(args, out),
            Self::Lexicon(args) => lexicon::run(args, out),
            Self::Label(args) => label::run(args, out),
            Self::Edition(args) => edition::run(args, out),
            Self::Diff(args) => diff::run(args, out),
            Self::Ledger(args) => ledger::run(args, out),
            Self::Audit(args) => audit::run(args, out),
            Self::Inspection(args) => audit::inspection(args, out),
            Self::Key(args) => key::run(args, out),
            Self::Schema(args) => schema::run(args, out),
            Self::Trust(args) => trust::run(args, out),
            Self::Profile(args) => profile::run(args, out),
            Self::Registry(args) => registry::run(args, out),
            Self::Torture(args) => torture::run(args, out),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn commands_and_options_do_not_contradict_each_other() {
        Cli::command().debug_assert();
    }

    /// Two options of one id would take each other's value. Clap looks for this in builds with its own assertions only.
    #[test]
    fn every_option_of_a_command_has_an_id_of_its_own() {
        fn check(command: &clap::Command) {
            let mut ids: Vec<&str> = command.get_arguments().map(|arg| arg.get_id().as_str()).collect();
            ids.sort_unstable();
            for pair in ids.windows(2) {
                assert_ne!(pair.first(), pair.last(), "{}", command.get_name());
            }
            command.get_subcommands().for_each(check);
        }
        check(&Cli::command());
    }
}
