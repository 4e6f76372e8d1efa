//! `policy`: look into policies and test them.

mod carry;
mod inspect;
mod new;
mod pack;
mod sign;
mod test;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};
use specialis::{Clock, SystemClock};
use specialis_core::{Date, FaultKind, Measure, PolicyId, PotentialConflict, SigningRole};

use crate::args::Lang;
use crate::edition::EditionArgs;
use crate::oci::Reference;
use crate::out::{self, End};

const AFTER_HELP: &str = "\
Examples:
  specialis policy list
  specialis policy inspect news.wasm --lang zh
  specialis policy test --policies my-policies
  specialis policy new my-policy --sdk specialis/guest-policies/sdk
  specialis policy pack my-policy --module my_policy.wasm -o my-policy.wasm
  specialis policy sign my-policy.wasm --key author.pem --role author --expires 2027-12-31
  specialis policy verify my-policy.wasm --trust trust.toml
  specialis policy push my-policy.wasm registry.example/policies/my-policy:1.0.0
  specialis policy pull registry.example/policies/my-policy@sha256:… -o my-policy.wasm

A registry that asks who you are gets `user:password` from SPECIALIS_REGISTRY_AUTH.";

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
    /// Make the folder of a new policy: it builds, packs and passes, and has one rule to begin from.
    New {
        /// The folder; its name becomes the policy's id.
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// The SDK's folder, `guest-policies/sdk` of Specialis.
        #[arg(long, value_name = "DIR", default_value = "guest-policies/sdk")]
        sdk: PathBuf,
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
    /// Sign a packed policy, in its place: its author does, and whoever approves it.
    Sign {
        /// The file.
        #[arg(value_name = "FILE.wasm")]
        file: PathBuf,
        /// The secret key.
        #[arg(long, value_name = "FILE.pem")]
        key: PathBuf,
        /// As what.
        #[arg(long, value_enum)]
        role: Role,
        /// The last day on which the signature counts.
        #[arg(long, value_name = "DATE")]
        expires: Date,
    },
    /// Who answers for a policy under a trust policy, and whether that suffices.
    Verify {
        /// The file, or the id of a built-in policy.
        #[arg(value_name = "FILE.wasm")]
        file: PathBuf,
        /// The trust policy [default: built in]
        #[arg(long, value_name = "FILE")]
        trust: Option<PathBuf>,
        /// The day for which signatures have to count [default: today]
        #[arg(long, value_name = "DATE")]
        as_of: Option<Date>,
    },
    /// Push a policy to an OCI registry, as a Wasm artifact; prints the pinned name.
    Push {
        /// The file.
        #[arg(value_name = "FILE.wasm")]
        file: PathBuf,
        /// Where to, such as `registry.example/policies/news:1.4.0`; plain HTTP on this machine, HTTPS elsewhere.
        #[arg(value_name = "NAME:TAG")]
        to: Reference,
    },
    /// Pull a policy from an OCI registry and hold it against its digest.
    Pull {
        /// From where, pinned as `policy push` printed it.
        #[arg(value_name = "NAME@sha256:…")]
        from: Reference,
        /// The file to write.
        #[arg(short, long, value_name = "FILE.wasm")]
        output: PathBuf,
        /// Take what the tag points to now.
        #[arg(long)]
        unpinned: bool,
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

/// As what somebody signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Role {
    /// Who wrote it and answers for it.
    Author,
    /// Who looked at it and lets it in.
    Approver,
}

impl From<Role> for SigningRole {
    fn from(role: Role) -> Self {
        match role {
            Role::Author => Self::Author,
            Role::Approver => Self::Approver,
        }
    }
}

pub(crate) fn run(args: &PolicyArgs, out: &mut dyn Write) -> Result<End> {
    match &args.command {
        PolicyCommand::List { edition } => list(edition, out),
        PolicyCommand::Inspect { file, lang } => inspect::run(file, *lang, out),
        PolicyCommand::New { folder, sdk } => new::run(folder, sdk, out),
        PolicyCommand::Pack { folder, module, output } => pack::run(folder, module, output, out),
        PolicyCommand::Sign { file, key, role, expires } => sign::sign(file, key, (*role).into(), *expires, out),
        PolicyCommand::Verify { file, trust, as_of } => {
            let args = EditionArgs { trust: trust.clone(), ..EditionArgs::default() };
            verify(file, &args, *as_of, false, out)
        }
        PolicyCommand::Push { file, to } => carry::push(file, to, out),
        PolicyCommand::Pull { from, output, unpinned } => carry::pull(from, *unpinned, output, out),
        PolicyCommand::Test { policy, edition } => test::run(policy.as_deref(), edition, out),
    }
}

/// Holds a policy against a trust policy: who signed it, and with `all` everything it asks for.
pub(crate) fn verify(
    file: &Path,
    args: &EditionArgs,
    as_of: Option<Date>,
    all: bool,
    out: &mut dyn Write,
) -> Result<End> {
    let (_, registry) = args.registry()?;
    let (_, trust) = args.trust()?;
    sign::verify(file, &trust, &registry, as_of.unwrap_or_else(|| SystemClock.today()), all, out)
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
    for (n, PotentialConflict { kind, first, second }) in edition.potential_conflicts().iter().enumerate() {
        if n == 0 {
            writeln!(out, "\npossible between measures (a decision in which both are owed goes to a person):")?;
        }
        let asked = |(policy, measure): &(PolicyId, Measure)| format!("{policy} {}", inspect::shown(measure));
        writeln!(out, "  {}: {} / {}", kind.as_str(), asked(first), asked(second))?;
    }
    Ok(End::All)
}
