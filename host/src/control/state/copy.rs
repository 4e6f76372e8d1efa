//! A copy of the live edition and of the chain that leads to it.

use std::collections::BTreeSet;
use std::io;

use cap_std::fs::Dir;

use crate::control::error::{StageCause, StageError, StateProblem};
use crate::control::signed::{ChainHead, ChainSource, files as names};
use crate::files::{self, NewFile};

/// The copy in a state folder, in the form of a published folder. It holds every statement up to the live one, and the objects
/// of the live edition alone.
pub(crate) struct ChainCopy<'a> {
    dir: &'a Dir,
}

impl<'a> ChainCopy<'a> {
    pub(super) fn new(dir: &'a Dir) -> Self {
        Self { dir }
    }

    /// The copied statements and objects; nothing of it is believed.
    pub(crate) fn source(&self) -> Result<ChainSource, StageError> {
        ChainSource::published(self.dir)
    }

    /// Copies what a statement names, and the statements up to it.
    pub(super) fn keep(&self, head: &ChainHead) -> Result<(), StageCause> {
        let unwritable =
            |source: io::Error| StageCause::State { file: "objects", problem: StateProblem::Unwritable(source) };
        for folder in [names::STATEMENTS, names::OBJECTS] {
            self.dir.create_dir_all(folder).map_err(unwritable)?;
        }
        let new = NewFile::default().private().synced();
        for digest in head.objects() {
            let name = names::object(digest);
            if !self.dir.exists(&name) {
                let (_, bytes) = head.source.objects.get(digest, u64::MAX).map_err(StageError::into_cause)?;
                new.replace(self.dir, &name, &bytes).map_err(unwritable)?;
            }
        }
        for (bytes, number) in head.source.statements.iter().zip(1_u64..=head.statement.number) {
            let name = names::statement(number);
            let is_there = files::read(self.dir, &name, u64::MAX).is_ok_and(|there| there == *bytes);
            if !is_there {
                new.replace(self.dir, &name, bytes).map_err(unwritable)?;
            }
        }
        Ok(())
    }

    /// Removes what belongs to no live edition any more. What cannot be removed stays; nobody reads it.
    pub(super) fn drop_unused(&self, head: &ChainHead) {
        let used: BTreeSet<String> = head.objects().map(|digest| names::object(digest)).collect();
        let Ok(entries) = self.dir.read_dir(names::OBJECTS) else { return };
        for entry in entries.flatten() {
            let name = format!("{}/{}", names::OBJECTS, entry.file_name().to_string_lossy());
            if !used.contains(&name) {
                let _ = self.dir.remove_file(name);
            }
        }
    }
}
