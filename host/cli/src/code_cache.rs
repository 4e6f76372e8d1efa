//! The folder that keeps compiled code between runs, and the key that authenticates it.
//!
//! Loading compiled code runs it, so the folder and its key are those of the user that runs the program, or are not used.

mod progress;

use std::path::Path;
use std::sync::Once;

use anyhow::Result;
use specialis::CodeCache;

use crate::output;
use crate::private::Place;
pub(crate) use progress::while_compiling;

/// The cache in a folder that the caller names; its key lies beside it, as `FOLDER.key`.
///
/// # Errors
/// If the folder or the key cannot be made or used, or belongs to somebody else.
pub(crate) fn in_folder(folder: &Path) -> Result<CodeCache> {
    open(&Place::beside(folder)?)
}

/// The cache in the user's own cache folder. If it cannot be used, one line on standard error says why, once a run.
pub(crate) fn of_user() -> Option<CodeCache> {
    static NOTED: Once = Once::new();
    match Place::of_code().and_then(|place| open(&place)) {
        Ok(cache) => Some(cache),
        Err(error) => {
            NOTED.call_once(|| output::note_error("compiled code is not kept", &error));
            None
        }
    }
}

fn open(place: &Place) -> Result<CodeCache> {
    let (folder, key) = place.open()?;
    Ok(CodeCache::new(folder, key))
}
