//! `edition check`: stages an edition without publishing it.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use specialis::signed::{SignedAct, SignedFolder};
use specialis::{Candidate, Change, Clock, Edition, Host, SystemClock};
use specialis_bundle::PublicKey;

use crate::code_cache;
use crate::options::{CacheOptions, built_in, directory};
use crate::output::{self, Exit};

pub(super) fn run(
    folder: &Path,
    root: &PublicKey,
    live: Option<&Path>,
    cache: &CacheOptions,
    out: &mut dyn Write,
) -> Result<Exit> {
    let edition = match live {
        None => first(folder, root, cache, out)?,
        Some(live) => next(folder, root, live, cache, out)?,
    };
    for conflict in edition.potential_conflicts() {
        let (first, second) = (&conflict.first, &conflict.second);
        let kind = conflict.kind.as_str();
        writeln!(out, "possible conflict ({kind}): {} {} and {} {}", first.0, first.1.id, second.0, second.1.id)?;
    }
    for (policy, measure) in edition.content().missing_grants() {
        writeln!(out, "not granted: policy `{policy}` declares `{measure}`; an answer with it will be a fault")?;
    }
    let approvers = edition.record().approvers.join(", ");
    writeln!(out, "edition {} can be published; approved by {approvers}", edition.id())?;
    Ok(Exit::Complete)
}

/// The first edition of a folder, compared with the built-in one.
fn first(folder: &Path, root: &PublicKey, cache: &CacheOptions, out: &mut dyn Write) -> Result<Arc<Edition>> {
    let base = built_in()?;
    let shown = || format!("`{}`", folder.display());
    let today = SystemClock.today();
    let draft = SignedFolder::new(directory(folder)?, root.clone()).base(base.clone()).draft(None);
    let candidate = draft.candidate(today).with_context(shown)?;
    changes(&base.content(today)?.difference(&candidate.content(today)?), out)?;
    Ok(start(folder, candidate, cache)?.edition())
}

/// An edition that continues the chain of a published folder.
fn next(
    folder: &Path,
    root: &PublicKey,
    live: &Path,
    cache: &CacheOptions,
    out: &mut dyn Write,
) -> Result<Arc<Edition>> {
    let today = SystemClock.today();
    let published = SignedFolder::new(directory(live)?, root.clone()).base(built_in()?);
    let candidate = published.candidate(today).with_context(|| format!("`{}`", live.display()))?;
    let host = start(live, candidate, cache)?;
    let act = SignedAct::in_draft(&directory(folder)?, Some(&directory(live)?))?;
    let checked = code_cache::while_compiling(|| host.check(&act));
    match &checked {
        Ok(Some(edition)) => changes(&edition.record().changes, out)?,
        // What stands in the way of an edition that loosens is best seen whole.
        _ => changes(&code_cache::while_compiling(|| act.difference(&host)).unwrap_or_default(), out)?,
    }
    Ok(checked.with_context(|| format!("`{}`", folder.display()))?.unwrap_or_else(|| host.edition()))
}

fn start(folder: &Path, candidate: Candidate, cache: &CacheOptions) -> Result<Host> {
    let builder = cache.builder(candidate)?;
    code_cache::while_compiling(|| builder.build()).with_context(|| format!("`{}`", folder.display()))
}

fn changes(changes: &[Change], out: &mut dyn Write) -> Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    let mut table = output::table(["class", "where", "what"]);
    for change in changes {
        table.add_row([change.class.as_str(), &change.place, &change.what]);
    }
    output::write_table(out, &table)?;
    writeln!(out)?;
    Ok(())
}
