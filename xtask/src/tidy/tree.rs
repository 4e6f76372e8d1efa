//! The files of the repository, read once for all checks.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Files whose text the checks read; of others only the path is kept.
const TEXT: [&str; 6] = ["rs", "wit", "md", "toml", "wat", "csv"];

/// Folders that hold nothing of ours.
const SKIPPED: [&str; 2] = ["target", "node_modules"];

/// Every file of the repository: path from the root with `/`, and text where a check reads it.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    files: BTreeMap<String, String>,
}

impl Tree {
    /// Reads the tree below `root`, without hidden folders and build output.
    ///
    /// # Errors
    ///
    /// If a folder or file cannot be read, or a file that should be text is not UTF-8.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let mut tree = Self::default();
        tree.read_folder(root, "")?;
        Ok(tree)
    }

    fn read_folder(&mut self, folder: &Path, prefix: &str) -> Result<()> {
        let entries = fs::read_dir(folder).with_context(|| format!("`{}` cannot be listed", folder.display()))?;
        for entry in entries {
            let entry = entry.with_context(|| format!("`{}` cannot be listed", folder.display()))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{prefix}{name}");
            let kind = entry.file_type().with_context(|| format!("`{path}` cannot be read"))?;
            if kind.is_dir() {
                if !name.starts_with('.') && !SKIPPED.contains(&name.as_str()) {
                    self.read_folder(&entry.path(), &format!("{path}/"))?;
                }
            } else if TEXT.contains(&extension(&path)) {
                let text = fs::read_to_string(entry.path())
                    .with_context(|| format!("`{path}` cannot be read as UTF-8; save it as UTF-8"))?;
                self.files.insert(path, text);
            } else {
                self.files.insert(path, String::new());
            }
        }
        Ok(())
    }

    /// A tree of artificial files.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        Self { files: files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect() }
    }

    /// All files, by path.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The files whose name ends in one of these.
    pub(crate) fn with_extension<'a>(&'a self, extensions: &'a [&str]) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.files().filter(move |(path, _)| extensions.contains(&extension(path)))
    }

    /// One file's text.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// The first line of `path` that contains `word`, from 1; 0 where none does.
    pub(crate) fn line_of(&self, path: &str, word: &str) -> usize {
        self.text(path).and_then(|text| numbered(text).find(|(_, line)| line.contains(word))).map_or(0, |(at, _)| at)
    }
}

/// The lines of a text with their numbers from 1.
pub(super) fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1_usize..).zip(text.lines())
}

/// What stands after the last full stop of a file's name.
pub(super) fn extension(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, extension)| extension)
}
