//! Folders of the user that runs the program, and the keys that authenticate what stands in them.
//!
//! A folder and its key must belong to that user, nobody else may write the folder or read the key, and the key lies outside
//! the folder. Otherwise neither is used.

mod key;
mod owner;
mod place;

use std::path::Path;

use anyhow::Result;
use cap_std::fs::Dir;

pub(crate) use place::Place;

/// Refuses a folder that another user owns or may write.
pub(crate) fn check_folder(dir: &Dir, path: &Path) -> Result<()> {
    owner::check_folder(dir, path)
}
