//! `policy vector`: a file of vectors from events of a real session.
//!
//! What a rule answers on the events is what the vector expects. The texts themselves are not written: whoever makes a test of
//! them writes others.

mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use serde_json::Map;
use specialis::{Clock, EditionContent, SystemClock};
use specialis_bundle::{Expected, Vector, VectorEvent};
use specialis_core::{CategoryId, Context, Date, DutyId, Event, Finding, Part, RuleId};
use specialis_text::{Form, HitOrigin, Lexicon, Speaker};

use super::lint;
use super::subject::{self, Code, Subject, Subjects, with_own_registry};
use crate::input::{Chunk, Input, Line, LineEvent, Read};
use crate::options::EditionOptions;
use crate::output::{self, Exit};

/// What `policy vector` is told.
#[derive(Args)]
pub(super) struct VectorArgs {
    /// The policy: its folder, which is built first, else its file, else its id in the edition.
    #[arg(value_name = "POLICY|DIR")]
    policy: String,
    /// Lines as `specialis evaluate` reads them; `-` is standard input.
    #[arg(long, value_name = "EVENTS.jsonl")]
    from: PathBuf,
    /// The session, where the file has several.
    #[arg(long, value_name = "NAME")]
    session: Option<String>,
    /// This line alone, from 1.
    #[arg(long, value_name = "N", conflicts_with = "session")]
    line: Option<u64>,
    /// The rule, where several answer.
    #[arg(long, value_name = "RULE")]
    rule: Option<RuleId>,
    /// What the vector is called.
    #[arg(long, value_name = "TEXT", default_value = "from a real session")]
    name: String,
    #[command(flatten)]
    edition: EditionOptions,
}

/// Judges the events with the policy alone, and writes what a rule answered as a vector.
pub(super) fn run(args: &VectorArgs, out: &mut dyn Write) -> Result<Exit> {
    let Some((subjects, subject)) = Subjects::one(&args.policy, &args.edition, (Code::Compiled, out))? else {
        return Ok(Exit::Incomplete);
    };
    let Session { day, mut context, events } = session(args)?;
    let own = subject::folder(&args.policy).map(|folder| with_own_registry(&args.edition, folder));
    let content = own.as_ref().unwrap_or(&args.edition).content()?;
    context.inherit(&content.service().defaults);
    let terms = foreign_terms(&subject, &content, &events)?;
    let events = events.into_iter().map(|event| VectorEvent { event, cuts: None, expect: Vec::new() });
    let mut vector = Vector {
        rule: RuleId::from("none"),
        name: args.name.clone(),
        as_of: day,
        context,
        events: events.collect(),
        at_open: false,
        settings: Map::new(),
        terms,
        kinds: Vec::new(),
    };
    let id = &subject.bundle.manifest.id;
    let answers = subjects.host(&subject, &args.edition)?.answers(id, &vector)?.unwrap_or_default();
    let mut findings = Vec::new();
    for (answer, n) in answers.events.into_iter().zip(1_usize..) {
        findings.push(answer.map_err(|fault| {
            let about = fault.about.as_ref().map_or_else(String::new, |about| format!(" ({about})"));
            anyhow::anyhow!("event {n} is a fault `{}`{about}; {}", fault.kind.as_str(), fault.kind.remedy())
        })?);
    }
    vector.rule = rule(args, &subject, &findings)?;
    expect(&mut vector, &subject, &findings);
    write!(out, "{}", write::file(&vector)?)?;
    output::note(
        "the texts were left out: write your own, with what the rule goes by; facts and papers are as they were",
    );
    Ok(Exit::Complete)
}

/// The lines that are wanted.
struct Session {
    day: Date,
    context: Context,
    events: Vec<Event>,
}

fn session(args: &VectorArgs) -> Result<Session> {
    let mut session = Session { day: SystemClock.today(), context: Context::default(), events: Vec::new() };
    let mut names = BTreeSet::new();
    for input in Input::open_all(std::slice::from_ref(&args.from))? {
        for Read { place, text } in input {
            let refused = |reason: String| anyhow::anyhow!("{place}: {reason}");
            let text = text.map_err(refused)?;
            let line = Line::parse(&text).map_err(refused)?;
            let is_wanted = match (&args.session, args.line) {
                (Some(name), _) => line.session.as_deref() == Some(name),
                (None, Some(n)) => place.line == n,
                (None, None) => true,
            };
            if !is_wanted {
                continue;
            }
            // A line without a session is one of its own.
            names.insert(line.session.clone().unwrap_or_else(|| format!("line {}", place.line)));
            if let Some(context) = line.context_text().filter(|_| session.events.is_empty()) {
                session.context = (*Line::context(context).map_err(refused)?).clone();
            }
            if let Some(day) = line.day.clone().map_err(refused)? {
                session.day = day;
            }
            session.events.push(match line.event().map_err(refused)? {
                LineEvent::Whole(event) => *event,
                LineEvent::Stream(event, chunks) => whole(*event, &chunks),
            });
        }
    }
    if names.len() > 1 {
        let names: Vec<String> = names.into_iter().take(8).collect();
        bail!("a vector is one session, and there are {}; give `--session NAME` or `--line N`", names.join(", "));
    }
    if session.events.is_empty() {
        bail!("`{}` has no such line; leave out `--session` and `--line` to see which there are", args.from.display());
    }
    session.context.pseudonym = None;
    session.context.conversation = None;
    Ok(session)
}

/// A stream as an event that is whole, which is judged in the same way.
fn whole(mut event: Event, chunks: &[Chunk]) -> Event {
    let mut texts: BTreeMap<(u32, Option<String>), String> = BTreeMap::new();
    for chunk in chunks {
        let (place, text) = match chunk {
            Chunk::Text(text) => ((0, None), text),
            Chunk::Of(of) => ((of.choice, of.channel.clone()), &of.text),
        };
        texts.entry(place).or_default().push_str(text);
    }
    let parts = texts.into_iter().map(|((choice, channel), text)| Part { choice, channel, ..Part::text(text) });
    event.parts.extend(parts);
    event
}

/// The words of the texts that stand in lexicons of others, in the categories that the policy reads.
fn foreign_terms(
    subject: &Subject,
    content: &EditionContent,
    events: &[Event],
) -> Result<BTreeMap<CategoryId, Vec<String>>> {
    let reads = lint::categories(&subject.bundle.manifest, content.registry());
    let mut own = BTreeSet::new();
    for section in &subject.bundle.lexicons {
        own.insert(Lexicon::parse(&section.name, &section.data)?.name);
    }
    let index = content.index()?;
    let mut terms: BTreeMap<CategoryId, BTreeSet<String>> = BTreeMap::new();
    for text in events.iter().flat_map(|event| &event.parts).filter_map(|part| part.text.as_deref()) {
        for hit in index.scan_as(text, Speaker::Unknown, Form::Plain).hits {
            let HitOrigin::Lexicon { lexicon, .. } = &hit.origin else { continue };
            if reads.contains(&hit.category) && !own.iter().any(|name| **name == **lexicon) {
                let said = text.get(hit.start..hit.end).unwrap_or_default();
                terms.entry(hit.category.clone()).or_default().insert(said.to_owned());
            }
        }
    }
    Ok(terms.into_iter().map(|(category, words)| (category, words.into_iter().collect())).collect())
}

/// The rule that the vector is about.
fn rule(args: &VectorArgs, subject: &Subject, findings: &[Vec<Finding>]) -> Result<RuleId> {
    let rules = &subject.bundle.manifest.rules;
    if let Some(rule) = &args.rule {
        if !rules.contains_key(rule) {
            let near = specialis_core::nearest(rule.as_str(), rules.keys().map(|id| id.as_str())).unwrap_or("none");
            bail!("there is no rule `{rule}`; nearest is `{near}`");
        }
        return Ok(rule.clone());
    }
    let answered: BTreeSet<&RuleId> = findings.iter().flatten().map(|finding| &finding.rule).collect();
    let mut names = answered.iter().map(|rule| rule.as_str());
    match (names.next(), names.next()) {
        (Some(only), None) => Ok(RuleId::from(only)),
        (None, _) => bail!("no rule answered; give `--rule` for a vector that expects silence"),
        (Some(_), Some(_)) => {
            let names: Vec<&str> = answered.iter().map(|rule| rule.as_str()).collect();
            bail!("the rules {} answered; give one as `--rule`", names.join(", "))
        }
    }
}

/// What the rule answered on each event; silence on the duties on which it answered nothing there.
fn expect(vector: &mut Vector, subject: &Subject, findings: &[Vec<Finding>]) {
    let of_rule = |found: &&Finding| found.rule == vector.rule;
    let answered: BTreeSet<&DutyId> = findings.iter().flatten().filter(of_rule).map(|found| &found.duty).collect();
    let declared = subject.bundle.manifest.rules.get(&vector.rule).map(|rule| rule.duties.iter().collect());
    let duties: BTreeSet<&DutyId> = if answered.is_empty() { declared.unwrap_or_default() } else { answered };
    for (event, findings) in vector.events.iter_mut().zip(findings) {
        for duty in &duties {
            let kind = event.event.kind();
            let concerns = |found: &&Finding| {
                found.rule == vector.rule
                    && found.duty == **duty
                    && (found.kinds.is_empty() || found.kinds.iter().any(|of| of == kind.as_str()))
            };
            let mut said: Vec<Expected> = Vec::new();
            for expected in findings.iter().filter(concerns).map(Expected::of) {
                if !said.contains(&expected) {
                    said.push(expected);
                }
            }
            if said.is_empty() {
                said.push(Expected::silence((*duty).clone()));
            }
            event.expect.extend(said);
        }
    }
}
