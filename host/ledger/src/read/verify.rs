//! Holds a log to its signed head: every entry to its hash, every hash to the root, every body to its entry, every number to the next.

use std::collections::{BTreeMap, BTreeSet, btree_map};
use std::ops::Range;

use super::body::read_file;
use super::log::LogReader;
use crate::error::{Damage, LedgerError};
use crate::format::body_file::{self, BLOCK, Stored};
use crate::format::entry::{Class, Entry, EntryKind};
use crate::format::merkle::{Edge, Hash, leaf_hash};
use crate::format::note::NoteKey;
use crate::format::reader::{u64_of, usize_of};
use crate::format::tile::{WIDTH, entry_tile, hash_tile, root_of, width_of};
use crate::keep::pending::Pending;
use crate::write::tree::CHECKPOINT;

/// The most problems that a report lists. Further ones are counted.
const MAX_PROBLEMS: usize = 1_000;

/// Something that is not as it was signed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file, or the checkpoint for what concerns the log as a whole.
    pub path: String,
    /// What is wrong.
    pub damage: Damage,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}`: {}", self.path, self.damage)
    }
}

/// Records that were not kept, as a gap says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GapFound {
    /// The index of the entry that says so.
    pub index: u64,
    /// The boot.
    pub boot: String,
    /// The first number that was not kept.
    pub from: u64,
    /// How many were not kept.
    pub count: u64,
    /// Why, as a word.
    pub why: String,
}

/// What was verified, and what is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// How many entries were held to the signed root.
    pub n_entries: u64,
    /// How many bodies were held to their entries.
    pub n_bodies: u64,
    /// How many bodies were erased, as entries say.
    pub n_erased: u64,
    /// How many bodies have expired, as entries say.
    pub n_expired: u64,
    /// How many bodies entries call erased that are still there, because the ledger stopped in between. The next start erases them.
    pub n_being_erased: u64,
    /// Records that were not kept.
    pub gaps: Vec<GapFound>,
    /// How often the ledger was opened after a stop that was not clean.
    pub n_cut_stops: u64,
    /// What is wrong: the first 1,000.
    pub problems: Vec<Problem>,
    /// How many more there are.
    pub n_more_problems: u64,
}

impl VerifyReport {
    /// Whether nothing is wrong. Gaps are no damage; they are shown.
    pub fn is_sound(&self) -> bool {
        self.problems.is_empty()
    }

    pub(crate) fn add(&mut self, path: impl Into<String>, damage: Damage) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(Problem { path: path.into(), damage });
        } else {
            self.n_more_problems = self.n_more_problems.saturating_add(1);
        }
    }

    /// Notes damage and passes every other error on.
    pub(crate) fn note<T>(&mut self, result: Result<T, LedgerError>) -> Result<Option<T>, LedgerError> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(LedgerError::Damaged { path, damage }) => {
                self.add(path, damage);
                Ok(None)
            }
            Err(other) => Err(other),
        }
    }
}

/// What entries say about bodies: which there are, and which were taken away.
#[derive(Default)]
struct Claims {
    bodies: Vec<Claim>,
    erased: BTreeSet<u64>,
    expired: BTreeSet<Class>,
    /// Records whose bodies are being erased.
    pending: BTreeSet<u64>,
}

/// A body as its entry has it.
struct Claim {
    index: u64,
    class: Class,
    hash: Hash,
}

impl Claims {
    fn add(&mut self, index: u64, entry: &Entry) {
        if let (Some(class), Some(hash)) = (entry.class, entry.body_hash()) {
            self.bodies.push(Claim { index, class, hash });
        }
        if entry.kind == EntryKind::Erase {
            self.erased.extend(entry.number("index"));
        } else if entry.kind == EntryKind::Expire {
            self.expired.extend(entry.word("class").and_then(|class| class.parse::<Class>().ok()));
        }
    }
}

/// The numbers of boots, as far as they were read.
#[derive(Default)]
struct Numbers {
    next: BTreeMap<String, u64>,
}

impl Numbers {
    /// Holds the number of an entry to the one before it in its boot.
    fn add(&mut self, index: u64, entry: &Entry, report: &mut VerifyReport) {
        let next = self.next.entry(entry.boot.clone()).or_default();
        if entry.part > 0 {
            return;
        }
        if entry.n != *next {
            let (from, until) = (*next, entry.n);
            report.add(CHECKPOINT, Damage::Omission { boot: entry.boot.clone(), from, until });
        }
        let mut count = 1;
        if entry.kind == EntryKind::Gap {
            count = entry.number("count").unwrap_or(1);
            report.gaps.push(GapFound {
                index,
                boot: entry.boot.clone(),
                from: entry.number("from").unwrap_or(entry.n),
                count,
                why: entry.word("why").unwrap_or_default().to_owned(),
            });
        }
        *next = entry.n.saturating_add(count);
        if entry.kind == EntryKind::Boot && entry.word("last-stop") == Some("cut") {
            report.n_cut_stops = report.n_cut_stops.saturating_add(1);
        }
    }
}

/// Verifies a whole log: signature, tree, entries, bodies and numbers.
///
/// # Errors
/// Where the disk refuses. What is damaged stands in the report.
pub fn verify(reader: &mut LogReader, keys: &[NoteKey]) -> Result<VerifyReport, LedgerError> {
    let mut report = VerifyReport::default();
    if !keys.iter().any(|key| reader.checkpoint().is_signed_by(key)) {
        report.add(CHECKPOINT, Damage::Signature);
    }
    let mut claims = tree(reader, &mut report)?;
    if let Some(Some(Pending::Erase(indices))) = report.note(Pending::read(&**reader.disk()))? {
        claims.pending.extend(indices);
    }
    bodies(reader, &claims, &mut report)?;
    Ok(report)
}

/// Holds the tiles to each other and to the signed root. What it returns is what the entries say about bodies.
fn tree(reader: &mut LogReader, report: &mut VerifyReport) -> Result<Claims, LedgerError> {
    let size = reader.size();
    let (mut edge, mut claims, mut numbers) = (Edge::default(), Claims::default(), Numbers::default());
    // The roots of full tiles: the first row of the upper tiles.
    let mut row: Vec<Hash> = Vec::new();
    let mut is_whole = true;
    for tile in 0..size.div_ceil(WIDTH) {
        let read = reader.tiles.entries(tile).map(<[_]>::to_vec);
        let leaves = report.note(read)?;
        let hashes = report.note(reader.tiles.hashes(0, tile))?;
        let (Some(leaves), Some(hashes)) = (leaves, hashes) else {
            is_whole = false;
            continue;
        };
        for (index, (leaf, hash)) in (tile.saturating_mul(WIDTH)..).zip(leaves.iter().zip(&hashes)) {
            let entry = Entry::from_leaf(leaf);
            if leaf_hash(leaf) != *hash || entry.is_none() {
                report.add(entry_tile(tile, WIDTH), Damage::Entry { index });
            }
            if let Some(entry) = entry {
                numbers.add(index, &entry, report);
                claims.add(index, &entry);
            }
            edge.push(*hash);
            report.n_entries = report.n_entries.saturating_add(1);
        }
        if width_of(0, tile, size) == WIDTH {
            row.extend(root_of(&hashes));
        }
    }
    if is_whole && edge.root() != reader.checkpoint().head().root {
        report.add(CHECKPOINT, Damage::Root);
    }
    if is_whole {
        upper_tiles(reader, row, report)?;
    }
    Ok(claims)
}

/// Holds the tiles of the upper levels to what is below.
fn upper_tiles(reader: &mut LogReader, mut row: Vec<Hash>, report: &mut VerifyReport) -> Result<(), LedgerError> {
    for level in 1..8_u8 {
        let mut above = Vec::new();
        for (tile, expected) in (0..).zip(row.chunks(usize_of(WIDTH))) {
            let hashes = report.note(reader.tiles.hashes(level, tile))?;
            if hashes.is_some_and(|hashes| hashes != expected) {
                report.add(hash_tile(level, tile, WIDTH), Damage::Node);
            }
            if u64_of(expected.len()) == WIDTH {
                above.extend(root_of(expected));
            }
        }
        if above.is_empty() {
            break;
        }
        row = above;
    }
    Ok(())
}

/// Holds bodies to their entries, file by file.
fn bodies(reader: &LogReader, claims: &Claims, report: &mut VerifyReport) -> Result<(), LedgerError> {
    for block in claims.bodies.chunk_by(|a, b| a.index / BLOCK == b.index / BLOCK) {
        let mut files: BTreeMap<Class, Option<BTreeMap<u64, Stored>>> = BTreeMap::new();
        for claim in block {
            let path = body_file::path(&claim.class.to_string(), claim.index);
            let file = match files.entry(claim.class) {
                btree_map::Entry::Occupied(entry) => entry.into_mut(),
                btree_map::Entry::Vacant(entry) => {
                    let file = report.note(read_file(&**reader.disk(), &path))?.flatten();
                    entry.insert(file.map(|file| file.all().into_iter().collect()))
                }
            };
            let stored = file.as_ref().and_then(|file| file.get(&body_file::place_of(claim.index)));
            body(claim, stored, claims, &path, report);
        }
    }
    Ok(())
}

/// Holds one body to its entry, and its absence to what other entries say.
fn body(claim: &Claim, stored: Option<&Stored>, claims: &Claims, path: &str, report: &mut VerifyReport) {
    let index = claim.index;
    let is_erased = claims.erased.contains(&index);
    let (counter, damage) = match stored {
        None | Some(Stored::Missing) => {
            let is_expired = claims.expired.contains(&claim.class);
            (&mut report.n_expired, (!is_expired).then_some(Damage::MissingBody { index }))
        }
        Some(Stored::Erased) => (&mut report.n_erased, (!is_erased).then_some(Damage::MissingBody { index })),
        Some(Stored::Body(_)) if is_erased && claims.pending.contains(&index) => (&mut report.n_being_erased, None),
        Some(Stored::Body(_)) if is_erased => (&mut report.n_bodies, Some(Damage::ErasedBody { index })),
        Some(Stored::Body(bytes)) => {
            let is_own = Hash::of(bytes) == claim.hash;
            (&mut report.n_bodies, (!is_own).then_some(Damage::Body { index }))
        }
        Some(Stored::Damaged) => (&mut report.n_bodies, Some(Damage::Body { index })),
    };
    match damage {
        Some(damage) => report.add(path, damage),
        None => *counter = counter.saturating_add(1),
    }
}

/// Verifies some entries of a log, each with its proof and its body, without reading the others.
///
/// Whether numbers are missing, and whether a body that is gone was rightly taken away, only [`verify`] tells.
///
/// # Errors
/// Where the disk refuses, or the range ends after the log.
pub fn verify_range(reader: &mut LogReader, keys: &[NoteKey], range: Range<u64>) -> Result<VerifyReport, LedgerError> {
    let mut report = VerifyReport::default();
    if !keys.iter().any(|key| reader.checkpoint().is_signed_by(key)) {
        report.add(CHECKPOINT, Damage::Signature);
    }
    for index in range {
        let proof = reader.prove(index);
        if report.note(proof)?.is_none() {
            continue;
        }
        report.n_entries = report.n_entries.saturating_add(1);
        let body = reader.body(index);
        match report.note(body)? {
            Some(super::body::BodyState::There(_)) => report.n_bodies = report.n_bodies.saturating_add(1),
            Some(super::body::BodyState::Erased) => report.n_erased = report.n_erased.saturating_add(1),
            Some(super::body::BodyState::Expired) => report.n_expired = report.n_expired.saturating_add(1),
            Some(super::body::BodyState::None) | None => {}
        }
    }
    Ok(report)
}
