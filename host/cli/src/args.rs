//! The commands and their options.

use clap::builder::styling::Styles;
use clap::{Parser, Subcommand, ValueEnum};

use crate::coverage::CoverageArgs;
use crate::evaluate::EvaluateArgs;
use crate::evaluate::diff::DiffArgs;
use crate::explain::ExplainArgs;
use crate::key::KeyArgs;
use crate::label::LabelArgs;
use crate::lexicon::LexiconArgs;
use crate::policy::PolicyArgs;
use crate::publish::PublishArgs;
use crate::replay::ReplayArgs;
use crate::scan::ScanArgs;
use crate::schema::SchemaArgs;
use crate::stream::StreamArgs;
use crate::table::{TableArgs, TrustArgs};

const AFTER_HELP: &str = "\
Examples:
  specialis evaluate events.jsonl                        judge a file of events, show a table
  specialis evaluate events.jsonl --format jsonl > decisions.jsonl
  specialis explain decisions.jsonl --line 1 --lang zh   say why, article by article
  generate | specialis stream                            let text through as it comes
  specialis replay texts.jsonl --profile texts           how much of labelled texts is found, and blocked in vain
  specialis scan 加微信看盘                              what lexicons and detectors find in a text
  specialis schema event --format table                  what an event can carry, and which rules read it
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
    /// Look into policies, test them and sign them.
    Policy(PolicyArgs),
    /// What an edition governs on a platform, and what the platform would have to send.
    Coverage(CoverageArgs),
    /// Check lexicons before they are loaded.
    Lexicon(LexiconArgs),
    /// Read, write and check the labels of AI-generated content in files.
    Label(LabelArgs),
    /// Make, sign, check and publish editions: policies and tables, fixed together.
    Edition(PublishArgs),
    /// Judge the same events under two editions and say what comes out differently.
    Diff(DiffArgs),
    /// Keys to sign with.
    Key(KeyArgs),
    /// Print the JSON Schema of what goes in and comes out.
    Schema(SchemaArgs),
    /// The trust policy: grants, warrants, signers, readings of the law.
    Trust(TrustArgs),
    /// The profile: what the platform carries out, and defaults for contexts.
    Profile(TableArgs),
    /// The registries: duties, instruments, categories, measures.
    Registry(TableArgs),
}

/// A language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lang {
    /// English.
    #[default]
    En,
    /// Chinese.
    Zh,
}

/// How many threads judge: as many as asked for, else one for each processor.
pub(crate) fn n_threads(asked: Option<u32>) -> u32 {
    asked.unwrap_or_else(|| {
        let available = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        u32::try_from(available).unwrap_or(1).min(256)
    })
}

impl From<Lang> for specialis_core::Lang {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::En => Self::En,
            Lang::Zh => Self::Zh,
        }
    }
}

impl Lang {
    /// The words in this language.
    pub(crate) fn pick<'a>(self, en: &'a str, zh: &'a str) -> &'a str {
        match self {
            Self::En => en,
            Self::Zh => zh,
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
}
