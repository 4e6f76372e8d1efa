//! The folder for an inspection: numbers, entries, bodies and proofs, with a program that verifies them and needs nothing of ours.

use std::collections::BTreeSet;
use std::io::Write as _;

use data_encoding::HEXLOWER;
use ed25519_dalek::VerifyingKey;
use ed25519_dalek::pkcs8::EncodePublicKey as _;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use serde_json::json;

use super::declared::Declared;
use super::numbers::{Audit, AuditRange, audit};
use super::page::{Lang, page};
use crate::disk::{Disk, replace};
use crate::error::{Damage, DiskAction, LedgerError};
use crate::format::body::SALT_BYTES;
use crate::format::merkle::Hash;
use crate::format::note::NoteKey;
use crate::format::tile::WIDTH;
use crate::read::body::BodyState;
use crate::read::log::LogReader;
use crate::write::tree::CHECKPOINT;

/// The program that verifies a pack.
const VERIFIER: &str = include_str!("verify.py");

/// What a pack is made of.
#[derive(Clone, Debug)]
pub struct PackOptions {
    /// Which days.
    pub range: AuditRange,
    /// The key of the log.
    pub key: VerifyingKey,
    /// The records whose bodies go in. None goes in that is not named.
    pub bodies: BTreeSet<u64>,
    /// Whether it is for an inspection: then what was said of training data goes in, with the bodies that say it.
    pub is_inspection: bool,
}

/// Writes a pack into an empty folder, and returns its numbers.
///
/// All entries of the days go in, so that whoever reads it can count them again; entries have no content. A log without witnesses
/// says so on the first page: until somebody else has signed a checkpoint, its operator could write another one.
///
/// # Errors
/// Where the log is not signed by the key, cannot be read, or the folder cannot be written.
pub fn write_pack(reader: &mut LogReader, options: &PackOptions, out: &dyn Disk) -> Result<Audit, LedgerError> {
    let origin = reader.checkpoint().head().origin.clone();
    if !reader.checkpoint().is_signed_by(&NoteKey::ed25519(&origin, options.key)) {
        return Err(LedgerError::damaged(CHECKPOINT, Damage::Signature));
    }
    let numbers = audit(reader, options.range)?;
    let declared = options.is_inspection.then(|| Declared::read(reader, options.range)).transpose()?;
    let mut chosen = options.bodies.clone();
    chosen.extend(declared.iter().flat_map(Declared::indices));
    let stamps = reader.stamps()?;
    let export = |error: &dyn std::fmt::Display| LedgerError::Export { source: error.to_string().into() };
    let pem = options.key.to_public_key_pem(LineEnding::LF).map_err(|error| export(&error))?;
    let data = serde_json::to_string_pretty(&numbers).map_err(|error| export(&error))?;
    let mut files: Vec<(String, Vec<u8>)> = [
        ("audit.json", format!("{data}\n").into_bytes()),
        ("audit.en.html", page(&numbers, declared.as_ref(), Lang::En).into_bytes()),
        ("audit.zh.html", page(&numbers, declared.as_ref(), Lang::Zh).into_bytes()),
        ("bodies.jsonl", bodies(reader, &chosen)?),
        (CHECKPOINT, reader.checkpoint().to_string().into_bytes()),
        ("days.csv", days(&numbers)),
        ("entries.txt", entries(reader, &numbers)?),
        ("hashes.bin", hashes(reader)?),
        ("key.pem", pem.into_bytes()),
        ("measures.csv", measures(&numbers)),
        ("verify.py", VERIFIER.as_bytes().to_vec()),
    ]
    .map(|(name, bytes)| (name.to_owned(), bytes))
    .into();
    files.extend(declared.iter().flat_map(Declared::tables).map(|(name, bytes)| (name.to_owned(), bytes)));
    for stamp in stamps {
        files.push((format!("stamp-{}.checkpoint", stamp.size), stamp.checkpoint));
        files.push((format!("stamp-{}.tsr", stamp.size), stamp.response));
    }
    let mut sums = String::new();
    for (name, bytes) in &files {
        sums.push_str(&format!("{}  {name}\n", Hash::of(bytes)));
        replace(out, name, bytes).map_err(LedgerError::disk(DiskAction::Write, name))?;
    }
    replace(out, "SHA256SUMS", sums.as_bytes()).map_err(LedgerError::disk(DiskAction::Write, "SHA256SUMS"))?;
    Ok(numbers)
}

/// The entries of the days, each after its index.
fn entries(reader: &mut LogReader, numbers: &Audit) -> Result<Vec<u8>, LedgerError> {
    let (first, end) = numbers.indices.unwrap_or_default();
    let mut lines = Vec::new();
    for index in first..end {
        let leaf = reader.leaf(index)?;
        lines.extend(format!("{index} ").into_bytes());
        lines.extend(leaf);
        lines.push(b'\n');
    }
    Ok(lines)
}

/// The hashes of all entries of the log: whoever has them computes the root.
fn hashes(reader: &mut LogReader) -> Result<Vec<u8>, LedgerError> {
    let mut bytes = Vec::new();
    for tile in 0..reader.size().div_ceil(WIDTH) {
        bytes.extend(reader.tiles.hashes(0, tile)?.iter().flat_map(|hash| hash.0));
    }
    Ok(bytes)
}

/// The bodies of some records, with their salts.
fn bodies(reader: &mut LogReader, indices: &BTreeSet<u64>) -> Result<Vec<u8>, LedgerError> {
    let mut lines = Vec::new();
    for index in indices {
        if let BodyState::There(body) = reader.body(*index)? {
            let salt = HEXLOWER.encode(body.as_bytes().get(..SALT_BYTES).unwrap_or_default());
            let json = String::from_utf8_lossy(body.json());
            let line = json!({"index": index, "salt": salt, "json": json});
            writeln!(lines, "{line}").map_err(|source| LedgerError::Export { source: Box::new(source) })?;
        }
    }
    Ok(lines)
}

/// Decisions by day and verdict, as a table.
fn days(numbers: &Audit) -> Vec<u8> {
    let mut table = String::from("\u{feff}day,verdict,decisions\n");
    for (day, tally) in &numbers.days {
        for (level, n) in &tally.0 {
            table.push_str(&format!("{day},{},{n}\n", level.as_str()));
        }
    }
    table.into_bytes()
}

/// What became of measures, as a table.
fn measures(numbers: &Audit) -> Vec<u8> {
    let mut table = String::from("\u{feff}measure,owed,done,handed-over,failed,undone,overdue\n");
    for (id, tally) in &numbers.measures {
        let numbers = [tally.owed, tally.done, tally.handed_over, tally.failed, tally.undone, tally.overdue];
        table.push_str(id);
        for n in numbers {
            table.push_str(&format!(",{n}"));
        }
        table.push('\n');
    }
    table.into_bytes()
}
