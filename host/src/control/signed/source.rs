//! Where a chain comes from: its statements, and the files that they name.

use cap_std::fs::Dir;

use super::folder::{draft_statement, statements};
use super::objects::Objects;
use crate::control::error::{StageCause, StageError, StageStep};

/// The statements of a chain and the files that they name. Nothing of it is believed.
#[derive(Debug)]
pub(crate) struct ChainSource {
    pub(crate) objects: Objects,
    /// Every statement, the first first.
    pub(crate) statements: Vec<Vec<u8>>,
}

impl ChainSource {
    /// Those of a published folder.
    pub(crate) fn published(dir: &Dir) -> Result<Self, StageError> {
        Ok(Self { statements: statements(dir)?, objects: Objects::Published(clone(dir)?) })
    }

    /// Those of a folder in which an edition is put together, after those of the published folder that it continues.
    pub(super) fn draft(dir: &Dir, published: Option<&Dir>) -> Result<Self, StageError> {
        let mut all = published.map(statements).transpose()?.unwrap_or_default();
        all.push(draft_statement(dir)?);
        let published = published.map(clone).transpose()?;
        Ok(Self { statements: all, objects: Objects::draft(clone(dir)?, published)? })
    }

    /// The number of the newest statement; 0 where there is none.
    pub(super) fn n_statements(&self) -> u64 {
        u64::try_from(self.statements.len()).unwrap_or(u64::MAX)
    }
}

fn clone(dir: &Dir) -> Result<Dir, StageError> {
    dir.try_clone().map_err(|source| StageError::new(StageStep::Fetch, StageCause::File { source: source.into() }))
}
