//! `schema`: what goes in and comes out, as JSON Schema, or its facts as a table.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use serde_json::Value;
use specialis_bundle::Manifest;

use crate::output::{self, Exit};
use crate::policies;
use crate::schema::{self, Whose};

const AFTER_HELP: &str = "\
In `event` and `context` each fact lists under `x-rules` the ids of the rules that read it.

Examples:
  specialis schema event --format table        kinds, facts, types and rules
  specialis schema event --format table --with my-policy.wasm
  specialis schema line > line.schema.json     what `specialis evaluate` reads
  specialis schema decision                    what it writes
  specialis schema policy                      what `policy.toml` declares
  specialis schema vectors                     what `vectors/*.toml` hold; also `registry`, `trust`, `profile`
  specialis schema settings --with my-policy.wasm
  specialis schema server                      what the configuration of `specialis serve` holds";

#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct SchemaArgs {
    /// Of what
    #[arg(value_enum)]
    what: What,
    /// As what; a table is there for `event` and `context`
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// A policy whose facts and rules belong to those of `event` and `context`, and its settings to `settings`; may be given several
    /// times
    #[arg(long, value_name = "FILE.wasm")]
    with: Vec<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    /// An event, with the facts of each kind
    Event,
    /// A decision
    Decision,
    /// The manifest of a policy, `policy.toml`
    Policy,
    /// A file of vectors, `vectors/*.toml`
    Vectors,
    /// The registries, and what `--registry-add` puts over them
    Registry,
    /// A trust policy, and what `--trust-add` puts over it
    Trust,
    /// A profile of platform and service
    Profile,
    /// The settings of policies: of the built-in ones, and of those that are given
    Settings,
    /// The head of a lexicon, its lines with `#`
    Lexicon,
    /// The context of a session
    Context,
    /// A line of input
    Line,
    /// The configuration of `specialis serve`
    Server,
    /// The native interface of `specialis serve`, as OpenAPI
    Openapi,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// JSON Schema
    #[default]
    Json,
    /// A table of facts
    Table,
}

pub(crate) fn run(args: &SchemaArgs, out: &mut dyn Write) -> Result<Exit> {
    let mut manifests = Vec::new();
    for file in &args.with {
        let (name, bytes) = policies::read_or_built_in(file)?;
        manifests.push(policies::parse(&name, &bytes)?.manifest);
    }
    let schema = schema_of(args.what, &manifests)?;
    match args.format {
        Format::Json => output::write_json_pretty(out, &schema)?,
        Format::Table => {
            let table = match args.what {
                What::Event => schema::table_of_event(&schema),
                What::Context => schema::table_of_context(&schema),
                What::Decision
                | What::Policy
                | What::Vectors
                | What::Registry
                | What::Trust
                | What::Profile
                | What::Settings
                | What::Lexicon
                | What::Line
                | What::Server
                | What::Openapi => {
                    bail!("a table is there for `event` and `context`; leave out `--format table`")
                }
            };
            output::write_table(out, &table)?;
        }
    }
    Ok(Exit::Complete)
}

fn schema_of(what: What, manifests: &[Manifest]) -> Result<Value> {
    if !manifests.is_empty() && !matches!(what, What::Event | What::Context | What::Settings) {
        bail!("`--with` is there for `event`, `context` and `settings`; leave it out");
    }
    Ok(match what {
        What::Event => schema::with_policies(schema::event(), manifests, Whose::Event),
        What::Decision => schema::decision(),
        What::Policy => schema::policy(),
        What::Vectors => schema::vectors(),
        What::Registry => schema::registry(),
        What::Trust => schema::trust(),
        What::Profile => schema::profile(),
        What::Settings => {
            let mut all = Vec::new();
            for (name, bytes) in specialis_artifacts::POLICIES {
                all.push(policies::parse(name, bytes)?.manifest);
            }
            all.extend_from_slice(manifests);
            schema::settings(&all)
        }
        What::Lexicon => schema::lexicon(),
        What::Context => schema::with_policies(schema::context(), manifests, Whose::Context),
        What::Line => schema::line(),
        What::Server => specialis_server::Config::schema(),
        What::Openapi => specialis_server::openapi(),
    })
}
