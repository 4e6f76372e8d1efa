//! Files of this package.

use std::fs;
use std::path::{Path, PathBuf};

/// The folder of the package of tests.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of the repository.
pub fn repository() -> PathBuf {
    root().parent().expect("the package lies in the repository").to_owned()
}

/// A text file of the package.
pub fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("cannot read `{}`: {e}", path.display()))
}

/// Every file below a folder of the package, as paths relative to it, in order.
pub fn below(folder: impl AsRef<Path>) -> Vec<PathBuf> {
    fn walk(folder: &Path, root: &Path, found: &mut Vec<PathBuf>) {
        let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("cannot read `{}`: {e}", folder.display()));
        for entry in entries {
            let path = entry.expect("an entry of a folder").path();
            if path.is_dir() {
                walk(&path, root, found);
            } else {
                found.push(path.strip_prefix(root).expect("below the root").to_owned());
            }
        }
    }
    let folder = root().join(folder);
    let mut found = Vec::new();
    walk(&folder, &folder, &mut found);
    found.sort();
    found
}
