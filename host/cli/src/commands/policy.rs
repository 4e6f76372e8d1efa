//! `policy`: make, test, inspect, sign and transfer policies.

mod bench;
mod build;
mod compare;
mod coverage;
mod index;
mod inspect;
mod lint;
mod list;
mod measure;
mod mutate;
mod new;
mod oci;
mod pack;
mod reads;
mod search;
mod sign;
mod subject;
mod table;
mod test;
mod transfer;
mod vector;
mod watch;

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};
use specialis::{Clock, SystemClock};
use specialis_core::{Date, SigningRole};

use crate::options::{EditionOptions, Language, last_day};
use crate::output::Exit;
use crate::policies::{self, Terms};
use oci::Reference;
pub(crate) use table::PlaygroundTables;

const AFTER_HELP: &str = "\
Examples:
  specialis policy list
  specialis policy inspect news.wasm --lang zh
  specialis policy test --policies my-policies
  specialis policy test my-policy --run 'RC1*boundary' --junit vectors.xml
  specialis policy lint my-policy
  specialis policy watch my-policy
  specialis policy bench my-policy --fail-over 50
  specialis policy mutate my-policy --max 100
  specialis policy diff my-policy-1.0.0.wasm my-policy
  specialis policy vector my-policy --from events.jsonl --rule RC1 > my-policy/vectors/RC1.toml
  specialis policy coverage my-policy.wasm --fail-under 90
  specialis policy new my-policy --sdk specialis/guest-policies/sdk
  specialis policy new my-script --lang ts --sdk specialis/guest-policies/sdk-js
  specialis policy new my-table --lang table
  specialis policy build my-table
  specialis policy pack my-policy --module my_policy.wasm -o my-policy.wasm
  specialis policy sign my-policy.wasm --key author.pem --role author --expires 2027-12-31
  specialis policy verify my-policy.wasm --trust trust.toml
  specialis policy push my-policy.wasm registry.example/policies/my-policy:1.0.0
  specialis policy pull registry.example/policies/my-policy@sha256:… -o my-policy.wasm
  specialis policy index build registry.example/policies/my-policy@sha256:… --name kitchen --key indexer.pem \\
    --expires 2027-12-31 -o kitchen.json
  specialis policy index push kitchen.json registry.example/policies/index:latest
  specialis policy search recipes --index registry.example/policies/index:latest --trust trust.toml

Detectors that a manifest may name under `detectors`, each with the category of its hits:
  resident-id (pi.resident-id), mobile (pi.mobile), landline (pi.landline), bank-card (pi.bank-card), passport (pi.passport),
  credit-code (pi.credit-code), licence-plate (pi.licence-plate), e-mail (pi.email), ip (pi.ip), postal-address (pi.address),
  exam-paper (exam.paper), api-key (secret.api-key), obfuscation (obfuscation)

A registry that asks who you are gets `user:password` if SPECIALIS_REGISTRY_AUTH is `registry.example=user:password`. If its
tokens come from another host, name both: `registry.example,auth.example=user:password`.";

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
        edition: EditionOptions,
    },
    /// What one policy file declares and holds; nothing of it runs.
    Inspect {
        /// The file, or the id of a built-in policy.
        #[arg(value_name = "FILE.wasm")]
        file: PathBuf,
        /// In which language.
        #[arg(long, value_enum, default_value_t)]
        lang: Language,
    },
    /// Make the folder of a new policy: it builds, packs and passes, and has one rule to begin from.
    New {
        /// The folder; its name becomes the policy's id.
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// What its rules are written in.
        #[arg(long, value_enum, default_value_t)]
        lang: new::Sources,
        /// The SDK's folder; a table needs none [default: `guest-policies/sdk`, `sdk-js` or `sdk-python` of Specialis]
        #[arg(long, value_name = "DIR")]
        sdk: Option<PathBuf>,
    },
    /// Make a policy's file of the sources in its folder: a crate is compiled, JavaScript and Python are put beside an interpreter by
    /// their packages, a table is checked and put beside its own.
    Build {
        #[command(flatten)]
        args: build::BuildArgs,
    },
    /// Make one file of a policy's folder: the compiled module with manifest, lexicons and vectors.
    Pack {
        /// The folder with `policy.toml`, `lexicons` and `vectors`.
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// What the compiler made of the policy, for `wasm32-unknown-unknown`, or a component of any other toolchain.
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
        #[arg(long, value_name = "DATE", value_parser = last_day)]
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
    /// Make an index of policies that lie in registries, for `policy search`: a signed list, itself in a registry.
    Index {
        #[command(subcommand)]
        command: index::IndexCommand,
    },
    /// Find policies in an index; the trust policy says who may sign one, and which policies that signer may list.
    Search {
        #[command(flatten)]
        args: search::SearchArgs,
    },
    /// Which rules, duties, reasons, settings and facts of a policy its vectors try, and which they do not.
    Coverage {
        #[command(flatten)]
        args: coverage::CoverageArgs,
    },
    /// Run the vectors that the policy files carry, each in the sandbox.
    Test {
        #[command(flatten)]
        args: test::TestArgs,
    },
    /// What the vectors of a policy cost in fuel, memory, state, time and calls of the host, against the limits.
    Bench {
        #[command(flatten)]
        args: bench::BenchArgs,
    },
    /// Change conditions of a policy one by one, and name the changes that no vector notices.
    Mutate {
        #[command(flatten)]
        args: mutate::MutateArgs,
    },
    /// What a version of a policy declares, answers and costs otherwise than another: the vectors of both are run on both.
    Diff {
        #[command(flatten)]
        args: compare::DiffArgs,
    },
    /// What loading a policy would refuse, and what it declares to no effect; before it is compiled.
    Lint {
        #[command(flatten)]
        args: lint::LintArgs,
    },
    /// Build and test a policy again whenever a file of its folder changes.
    Watch {
        #[command(flatten)]
        args: watch::WatchArgs,
    },
    /// Make a file of vectors from events: what a rule answers on them is what it then has to answer. Their texts are left out.
    Vector {
        #[command(flatten)]
        args: vector::VectorArgs,
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

pub(crate) fn run(args: &PolicyArgs, out: &mut dyn Write) -> Result<Exit> {
    match &args.command {
        PolicyCommand::List { edition } => list::run(edition, out),
        PolicyCommand::Inspect { file, lang } => inspect::run(file, *lang, out),
        PolicyCommand::New { folder, lang, sdk } => new::run(folder, *lang, sdk.as_deref(), out),
        PolicyCommand::Build { args } => build::run(args, out),
        PolicyCommand::Pack { folder, module, output } => pack::run(folder, module, output, out),
        PolicyCommand::Sign { file, key, role, expires } => sign::run(file, key, (*role).into(), *expires, out),
        PolicyCommand::Verify { file, trust, as_of } => {
            let options = EditionOptions { trust: trust.clone(), ..EditionOptions::default() };
            let ((_, trust), (_, registry)) = (options.trust()?, options.registry()?);
            let day = as_of.unwrap_or_else(|| SystemClock.today());
            policies::verify(file, &Terms { trust: &trust, registry: &registry, day, shows_all: false }, out)
        }
        PolicyCommand::Push { file, to } => transfer::push(file, to, out),
        PolicyCommand::Pull { from, output, unpinned } => transfer::pull(from, *unpinned, output, out),
        PolicyCommand::Index { command } => index::run(command, out),
        PolicyCommand::Search { args } => search::run(args, out),
        PolicyCommand::Coverage { args } => coverage::run(args, out),
        PolicyCommand::Test { args } => test::run(args, out),
        PolicyCommand::Bench { args } => bench::run(args, out),
        PolicyCommand::Mutate { args } => mutate::run(args, out),
        PolicyCommand::Diff { args } => compare::run(args, out),
        PolicyCommand::Lint { args } => lint::run(args, out),
        PolicyCommand::Watch { args } => watch::run(args, out),
        PolicyCommand::Vector { args } => vector::run(args, out),
    }
}
