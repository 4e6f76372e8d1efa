//! `policy`: look into policies and test them.

mod inspect;
mod pack;
mod test;

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand};
use specialis_core::FaultKind;

use crate::args::Lang;
use crate::edition::EditionArgs;
use crate::out::{self, End};

const AFTER_HELP: &str = "\
Examples:
  specialis policy list
  specialis policy inspect news.wasm --lang zh
  specialis policy test --policies my-policies
  specialis policy pack my-policy --module my_policy.wasm -o my-policy.wasm";

#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct PolicyArgs {
    #[command(subcommand)]
    command: PolicyCommand,
}

#[derive(Subcommand)]
enum PolicyCommand {
    /// The policies of an edition, each with the signer that the trust policy gives it.
    List {
        #[command(flatten)]
        edition: EditionArgs,
    },
    /// What one policy file declares and holds; nothing of it runs.
    Inspect {
        /// The file, or the id of a built-in policy.
        #[arg(value_name = "FILE.wasm")]
        file: PathBuf,
        /// In which language.
        #[arg(long, value_enum, default_value_t)]
        lang: Lang,
    },
    /// Make one file of a policy's folder: the compiled module with manifest, lexicons and vectors.
    Pack {
        /// The folder with `policy.toml`, `lexicons` and `vectors`.
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// What the compiler made of the policy, for `wasm32-unknown-unknown`; a component will do too.
        #[arg(long, value_name = "FILE.wasm")]
        module: PathBuf,
        /// The file to write.
        #[arg(short, long, value_name = "FILE.wasm")]
        output: PathBuf,
    },
    /// Run the vectors that the policy files carry, each in the sandbox.
    Test {
        /// Only this policy.
        #[arg(value_name = "POLICY")]
        policy: Option<String>,
        #[command(flatten)]
        edition: EditionArgs,
    },
}

pub(crate) fn run(args: &PolicyArgs, out: &mut dyn Write) -> Result<End> {
    match &args.command {
        PolicyCommand::List { edition } => list(edition, out),
        PolicyCommand::Inspect { file, lang } => inspect::run(file, *lang, out),
        PolicyCommand::Pack { folder, module, output } => pack::run(folder, module, output, out),
        PolicyCommand::Test { policy, edition } => test::run(policy.as_deref(), edition, out),
    }
}

fn list(args: &EditionArgs, out: &mut dyn Write) -> Result<End> {
    let host = args.host(1)?;
    let edition = host.edition();
    let mut table = out::table(["id", "version", "signer", "duties", "state", "digest"]);
    for policy in edition.policies() {
        let state = policy.unavailable.map_or("ready", FaultKind::as_str);
        let n_duties = policy.n_duties.to_string();
        let id = policy.id.as_str();
        table.add_row([id, &policy.version, &policy.signer, &n_duties, state, &policy.digest]);
    }
    out::write_table(out, &table)?;
    writeln!(out, "\nedition {}", edition.id())?;
    Ok(End::All)
}
