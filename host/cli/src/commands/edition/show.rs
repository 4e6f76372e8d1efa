//! `edition show`: what stands in a folder, whoever signed it.

use std::io::Write;
use std::path::Path;

use anyhow::{Context as _, Result};
use specialis::Limits;
use specialis::signed::{EditionManifest, SignedDocument, Statement, files};
use specialis_bundle::{Envelope, PublicKey};

use super::acts;
use crate::input::file;
use crate::options::EditionOptions;
use crate::output::{self, Exit};

pub(super) fn run(folder: &Path, root: Option<&PublicKey>, out: &mut dyn Write) -> Result<Exit> {
    let exit = if folder.join(files::STATEMENTS).exists() { chain(folder, out) } else { draft(folder, out) }?;
    match root {
        Some(root) => {
            let (edition, root) = (Some(folder.to_owned()), Some(root.clone()));
            let content = EditionOptions { edition, root, ..EditionOptions::default() }.content()?;
            writeln!(out, "id {}", content.id(&Limits::default()))?;
        }
        None => {
            output::note("the id that decisions name follows from all files; give the root key with `--root` to see it")
        }
    }
    Ok(exit)
}

/// The statements of a published folder, and the edition that the newest one names.
fn chain(folder: &Path, out: &mut dyn Write) -> Result<Exit> {
    let statements = acts::statements(folder)?;
    let mut table = output::table(["statement", "made", "until", "edition", "revoked", "reason"]);
    for statement in &statements {
        let (number, made, until) = (statement.number, statement.made, statement.expires);
        let (n_revoked, reason) = (statement.revoked.len(), statement.reason.as_deref().unwrap_or_default());
        let row = [number.to_string(), made.to_string(), until.to_string(), statement.edition.clone()];
        table.add_row(row.into_iter().chain([n_revoked.to_string(), reason.to_owned()]));
    }
    output::write_table(out, &table)?;
    let Some(newest) = statements.last() else { return Ok(Exit::Complete) };
    writeln!(out)?;
    let object = folder.join(files::object(&newest.edition));
    let bytes = file::document(&object).with_context(|| format!("`{}` cannot be read", object.display()))?;
    manifest(&EditionManifest::parse(&bytes)?, out)?;
    Ok(Exit::Complete)
}

/// The manifest and the statement of a folder in which an edition is put together.
fn draft(folder: &Path, out: &mut dyn Write) -> Result<Exit> {
    let read = |name: &str| {
        let file = folder.join(name);
        file::document(&file).with_context(|| format!("`{}` cannot be read; write it first", file.display()))
    };
    let envelope = Envelope::parse(&read(files::STATEMENT)?)?;
    let statement: Statement = envelope.statement(Statement::KIND)?;
    writeln!(out, "statement {}, made {}, until {}", statement.number, statement.made, statement.expires)?;
    if let Some(reason) = &statement.reason {
        output::write_line(out, &format!("reason: {reason}"))?;
    }
    if statement.urgent {
        writeln!(out, "urgent")?;
    }
    for digest in &statement.revoked {
        output::write_line(out, &format!("revoked: {digest}"))?;
    }
    manifest(&EditionManifest::parse(&read(files::MANIFEST)?)?, out)?;
    let keys: Vec<String> = envelope.key_ids().map(ToString::to_string).collect();
    let keys = if keys.is_empty() { "nobody".to_owned() } else { keys.join(", ") };
    writeln!(out, "signed by the keys {keys}; `edition check` says whether that counts")?;
    Ok(Exit::Complete)
}

fn manifest(manifest: &EditionManifest, out: &mut dyn Write) -> Result<()> {
    writeln!(out, "edition {}", manifest.number)?;
    let mut table = output::table(["policy", "version", "mode", "file", "digest"]);
    for (id, pin) in &manifest.policies {
        table.add_row([id.as_str(), &pin.version.to_string(), pin.mode.as_str(), &pin.file, &pin.digest]);
    }
    output::write_table(out, &table)?;
    for (file, digest) in &manifest.files {
        output::write_line(out, &format!("{file}  {digest}"))?;
    }
    Ok(())
}
