//! `schema`: what goes in and comes out, as JSON Schema, or its facts as a table.

mod facts;
mod line;
mod manifest;
mod rules;

use std::io::Write;

use anyhow::Result;
use clap::{Args, ValueEnum};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::Value;
use specialis_core::{Context, Decision};

use crate::out::{self, End};

pub(crate) use facts::Fact;

const AFTER_HELP: &str = "\
In `event` and `context` each fact lists under `x-rules` the ids of the rules that read it.

Examples:
  specialis schema event --format table        kinds, facts, types and rules
  specialis schema line > line.schema.json     what `specialis evaluate` reads
  specialis schema decision                    what it writes
  specialis schema policy                      what `policy.toml` declares";

#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct SchemaArgs {
    /// Of what
    #[arg(value_enum)]
    what: What,
    /// As what; a table is there for `event` and `context`
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    /// An event, with the facts of each kind
    Event,
    /// A decision
    Decision,
    /// The manifest of a policy, `policy.toml`
    Policy,
    /// The context of a session
    Context,
    /// A line of input
    Line,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// JSON Schema
    #[default]
    Json,
    /// A table of facts
    Table,
}

pub(crate) fn run(args: &SchemaArgs, out: &mut dyn Write) -> Result<End> {
    let schema = match args.what {
        What::Event => line::event(),
        What::Decision => of::<Decision>(),
        What::Policy => of::<manifest::Manifest>(),
        What::Context => rules::lifted(of::<Context>()),
        What::Line => line::line(),
    };
    match args.format {
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, &schema)?;
            writeln!(out)?;
        }
        Format::Table => {
            let table = match args.what {
                What::Event => facts::of_event(&schema),
                What::Context => facts::of_context(&schema),
                What::Decision | What::Policy | What::Line => {
                    anyhow::bail!("a table is there for `event` and `context`; leave out `--format table`")
                }
            };
            out::write_table(out, &table)?;
        }
    }
    Ok(End::All)
}

/// Every fact that some rule reads: of the context by group, then of each kind of event.
pub(crate) fn facts() -> Vec<Fact> {
    let mut all = facts::of_groups(&rules::lifted(of::<Context>()));
    all.extend(facts::of_kinds(&line::event()));
    all
}

/// The schema of what is read and written as `T`.
fn of<T: JsonSchema>() -> Value {
    let schema: Schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>();
    schema.to_value()
}
