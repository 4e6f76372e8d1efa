//! `edition check` and `edition show`.

use std::io::Write;
use std::path::Path;

use anyhow::{Context as _, Result};
use specialis::{Candidate, Change, Clock, Host, SystemClock};
use specialis_bundle::PublicKey;

use super::folder;
use crate::code_cache;
use crate::options::{CacheOptions, directory};
use crate::output::{self, Exit};

pub(super) fn run(
    folder: &Path,
    root: &PublicKey,
    live: Option<&Path>,
    cache: &CacheOptions,
    out: &mut dyn Write,
) -> Result<Exit> {
    let today = SystemClock.today();
    let read = |folder: &Path| -> Result<Candidate> {
        Candidate::read(&directory(folder)?, root, today).with_context(|| format!("`{}`", folder.display()))
    };
    let candidate = read(folder)?;
    let approvers = candidate.approvers().join(", ");
    let start = |folder: &Path, candidate: Candidate| -> Result<Host> {
        let builder = cache.builder()?.threads(1).root(root.clone()).candidate(candidate);
        code_cache::while_compiling(|| builder.start()).with_context(|| format!("`{}`", folder.display()))
    };
    let edition = match live {
        None => start(folder, candidate)?.edition(),
        Some(live) => {
            let host = start(live, read(live)?)?;
            match code_cache::while_compiling(|| host.stage(candidate.clone())) {
                Ok(staged) => staged.edition().clone(),
                Err(error) => {
                    // What stands in the way of an edition that loosens is best seen whole.
                    if let Ok(next) = start(folder, candidate) {
                        changes(&host.edition().difference(&next.edition()), out)?;
                    }
                    return Err(error).with_context(|| format!("`{}`", folder.display()));
                }
            }
        }
    };
    changes(&edition.record().changes, out)?;
    for conflict in edition.potential_conflicts() {
        let (first, second) = (&conflict.first, &conflict.second);
        let kind = conflict.kind.as_str();
        writeln!(out, "possible conflict ({kind}): {} {} and {} {}", first.0, first.1.id, second.0, second.1.id)?;
    }
    writeln!(out, "edition {} can be published; approved by {approvers}", edition.id())?;
    Ok(Exit::Complete)
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

pub(super) fn show(folder: &Path, out: &mut dyn Write) -> Result<Exit> {
    let (manifest, envelope) = folder::manifest(folder)?;
    writeln!(out, "edition {}, made {}, until {}", manifest.number, manifest.made, manifest.expires)?;
    if let Some(reason) = &manifest.reason {
        writeln!(out, "reason: {reason}")?;
    }
    for (is_set, words) in [(manifest.urgent, "urgent"), (manifest.rolls_back, "policies may go back")] {
        if is_set {
            writeln!(out, "{words}")?;
        }
    }
    for digest in &manifest.revoked {
        writeln!(out, "revoked: {digest}")?;
    }
    let mut table = output::table(["policy", "version", "mode", "file", "digest"]);
    for (id, pin) in &manifest.policies {
        table.add_row([id.as_str(), &pin.version, pin.mode.as_str(), &pin.file, &pin.digest]);
    }
    output::write_table(out, &table)?;
    for (file, digest) in &manifest.files {
        writeln!(out, "{file}  {digest}")?;
    }
    let keys: Vec<String> = envelope.key_ids().map(ToString::to_string).collect();
    let keys = if keys.is_empty() { "nobody".to_owned() } else { keys.join(", ") };
    writeln!(out, "signed by the keys {keys}; `edition check` says whether that counts")?;
    Ok(Exit::Complete)
}
