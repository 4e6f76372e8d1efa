//! The folder for an inspection: numbers, entries, bodies and proofs, with a program that verifies them and needs nothing of ours.

use std::collections::BTreeSet;
use std::io::Write as _;

use data_encoding::HEXLOWER;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::EncodePublicKey as _;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use serde_json::json;

use super::completeness::Completeness;
use super::declared::Declared;
use super::numbers::{Audit, AuditRange, audit};
use super::page::{Lang, page};
use super::{editions, sign};
use crate::disk::{Disk, replace};
use crate::error::{Damage, DiskAction, LedgerError};
use crate::format::body::SALT_BYTES;
use crate::format::merkle::Hash;
use crate::format::note::{NoteKey, NoteSigner};
use crate::format::tile::WIDTH;
use crate::read::body::BodyState;
use crate::read::log::LogReader;
use crate::write::tree::CHECKPOINT;

/// The program that verifies a pack.
const VERIFIER: &str = include_str!("verify.py");

/// What a pack is made of.
pub struct PackOptions<'a> {
    /// Which days.
    pub range: AuditRange,
    /// The key of the log, which signs the pack too.
    pub key: &'a SigningKey,
    /// A key of SM2 that signs the pack beside it.
    pub sm2: Option<&'a dyn NoteSigner>,
    /// The records whose bodies go in. None goes in that is not named.
    pub bodies: BTreeSet<u64>,
    /// How many users stand otherwise in the store than the records say, where that was compared.
    pub n_standings_differing: Option<u64>,
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
pub fn write_pack(reader: &mut LogReader, options: &PackOptions<'_>, out: &dyn Disk) -> Result<Audit, LedgerError> {
    let origin = reader.checkpoint().head().origin.clone();
    let key = options.key.verifying_key();
    let note_key = NoteKey::ed25519(&origin, key);
    if !reader.checkpoint().is_signed_by(&note_key) {
        return Err(LedgerError::damaged(CHECKPOINT, Damage::Signature));
    }
    let mut numbers = audit(reader, options.range)?;
    let n_standings_differing = options.n_standings_differing;
    numbers.completeness = Some(Completeness { n_standings_differing, ..Completeness::default() });
    numbers.verify(reader, &note_key)?;
    let declared = options.is_inspection.then(|| Declared::read(reader, options.range)).transpose()?;
    let mut chosen = options.bodies.clone();
    chosen.extend(declared.iter().flat_map(Declared::indices));
    let stamps = reader.stamps()?;
    let export = |error: &dyn std::fmt::Display| LedgerError::Export { source: error.to_string().into() };
    let pem = key.to_public_key_pem(LineEnding::LF).map_err(|error| export(&error))?;
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
    files.extend(editions::tables(&numbers.live).map(|(name, bytes)| (name.to_owned(), bytes)));
    files.extend(declared.iter().flat_map(Declared::tables).map(|(name, bytes)| (name.to_owned(), bytes)));
    for stamp in stamps {
        files.push((format!("stamp-{}.checkpoint", stamp.size), stamp.checkpoint));
        files.push((format!("stamp-{}.tsr", stamp.size), stamp.response));
    }
    write_signed(files, options, out)?;
    Ok(numbers)
}

/// Writes files with their sums, and signatures over the sums.
fn write_signed(
    mut files: Vec<(String, Vec<u8>)>,
    options: &PackOptions<'_>,
    out: &dyn Disk,
) -> Result<(), LedgerError> {
    let sums: String = files.iter().map(|(name, bytes)| format!("{}  {name}\n", Hash::of(bytes))).collect();
    files.push(("SHA256SUMS.sig".to_owned(), sign::ed25519(options.key, sums.as_bytes())));
    if let Some(signer) = options.sm2 {
        let (signature, key) = sign::sm2(signer, sums.as_bytes()).ok_or(LedgerError::Unsigned)?;
        files.push(("sm2-key.pem".to_owned(), key.into_bytes()));
        files.push(("SHA256SUMS.sm2".to_owned(), signature));
    }
    files.push(("SHA256SUMS".to_owned(), sums.into_bytes()));
    for (name, bytes) in &files {
        replace(out, name, bytes).map_err(LedgerError::disk(DiskAction::Write, name))?;
    }
    Ok(())
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
