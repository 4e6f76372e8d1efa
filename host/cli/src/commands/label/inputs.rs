//! Which files are meant: names, patterns, folders with everything in them, standard input.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use specialis_label::Container;

use super::said::{OrSay as _, said};

/// How deep folders are gone through.
const MAX_DEPTH: usize = 256;
/// The name of standard input and of standard output.
pub(super) const STANDARD: &str = "-";
/// How the label of a plain text ends its name; it is reached through the text.
const SIDE: &str = ".aigc.json";
/// How the record of a change ends its name.
pub(super) const RECORD: &str = ".aigc-undo.json";

/// A file that is meant.
pub(super) struct Input {
    pub(super) path: PathBuf,
    /// Its name below the folder that was named, for a copy of the tree.
    pub(super) within: PathBuf,
}

impl Input {
    fn alone(path: PathBuf) -> Self {
        let within = path.file_name().map_or_else(|| path.clone(), PathBuf::from);
        Self { path, within }
    }

    pub(super) fn is_standard(&self) -> bool {
        self.path.as_os_str() == STANDARD
    }
}

/// What is looked for in folders.
pub(super) struct Walk<'a> {
    pub(super) is_recursive: bool,
    /// The ends of names; those of every format where there are none.
    pub(super) ends: &'a [String],
}

impl Walk<'_> {
    /// Every file that was meant, each once, in the order in which they were named.
    pub(super) fn inputs(&self, names: &[OsString]) -> Result<Vec<Input>> {
        let mut inputs = Vec::new();
        for name in names {
            let path = Path::new(name);
            if path.is_dir() && self.is_recursive {
                self.folder(path, Path::new(""), 0, &mut inputs);
                continue;
            }
            // A file whose name has the characters of a pattern is meant itself, and a name of another encoding is no pattern.
            let pattern = name.to_str().filter(|name| name.contains(['*', '?', '[']) && !path.exists());
            let Some(name) = pattern else {
                inputs.push(Input::alone(path.to_owned()));
                continue;
            };
            let found = glob::glob(name);
            let found = found.or_say(|| (format!("`{name}` is no pattern"), format!("`{name}` 不是合法的通配式")))?;
            let before = inputs.len();
            inputs.extend(found.filter_map(|found| match found {
                Ok(path) => path.is_file().then(|| Input::alone(path)),
                // A folder that cannot be read stands in the list itself, as below.
                Err(error) => Some(Input::alone(error.path().to_owned())),
            }));
            if inputs.len() == before {
                return Err(said(
                    format!("`{name}` matches no file; check the folder, and put the pattern in quotation marks"),
                    format!("没有文件与 `{name}` 相符；请检查文件夹，并给通配式加上引号"),
                ));
            }
        }
        // Nothing to check is no good verdict.
        if inputs.is_empty() {
            return Err(said(
                "no file of a known format is in the folders that were named; check them, and the ends given with `--ext`",
                "所指文件夹中没有已知格式的文件；请检查文件夹以及 `--ext` 所列的扩展名",
            ));
        }
        let mut seen = std::collections::BTreeSet::new();
        inputs.retain(|input| seen.insert(input.path.clone()));
        Ok(inputs)
    }

    /// The files of a folder and of the folders in it, by name. Links are not followed, so none leads out of the tree or round.
    ///
    /// A folder that cannot be gone through stands in the list itself: whoever opens it says so, and the rest is done.
    fn folder(&self, path: &Path, within: &Path, depth: usize, inputs: &mut Vec<Input>) {
        let entries = fs::read_dir(path).and_then(|entries| entries.collect::<Result<Vec<_>, _>>());
        let (Ok(mut entries), true) = (entries, depth <= MAX_DEPTH) else {
            inputs.push(Input { path: path.to_owned(), within: within.to_owned() });
            return;
        };
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let (path, within) = (entry.path(), within.join(entry.file_name()));
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => self.folder(&path, &within, depth.saturating_add(1), inputs),
                Ok(kind) if !kind.is_file() => {}
                Ok(_) | Err(_) if self.wants(&entry.file_name()) => inputs.push(Input { path, within }),
                Ok(_) | Err(_) => {}
            }
        }
    }

    fn wants(&self, name: &OsStr) -> bool {
        let lower = name.to_string_lossy().to_ascii_lowercase();
        if lower.ends_with(SIDE) || lower.ends_with(RECORD) || lower.ends_with(".part") {
            return false;
        }
        if self.ends.is_empty() {
            let path = Path::new(&lower);
            return Container::has_side_file(path) || Container::of_name(path).is_some();
        }
        self.ends.iter().any(|end| lower.ends_with(&format!(".{}", end.trim_start_matches('.').to_ascii_lowercase())))
    }
}
