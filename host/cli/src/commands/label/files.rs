//! The files that the commands on labels read.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};
use specialis_label::{Container, Reading};

/// The files, and how they are read.
#[derive(Args)]
pub(super) struct Files {
    /// Files; a pattern with `*`, `?` or `**` stands for all that match.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<String>,
    /// Read every file as this format, whatever it looks like, by the end of a name such as `png` or `md`.
    #[arg(long = "as", value_name = "FORMAT")]
    format_of_files: Option<String>,
}

#[derive(Args)]
pub(super) struct ReadArgs {
    #[command(flatten)]
    pub(super) files: Files,
    /// How to show the result.
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

/// How results are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people.
    #[default]
    Table,
    /// One JSON object a line, one for each file.
    Jsonl,
}

impl Files {
    /// Every file that was meant, each once, in the order in which they were named.
    pub(super) fn paths(&self) -> Result<Vec<PathBuf>> {
        let mut paths: Vec<PathBuf> = Vec::new();
        for pattern in &self.files {
            // A file whose name has the characters of a pattern is meant itself.
            if Path::new(pattern).exists() || !pattern.contains(['*', '?', '[']) {
                paths.push(PathBuf::from(pattern));
                continue;
            }
            let found = glob::glob(pattern).with_context(|| format!("`{pattern}` is no pattern"))?;
            let before = paths.len();
            paths.extend(found.filter_map(Result::ok).filter(|path| path.is_file()));
            if paths.len() == before {
                bail!("`{pattern}` matches no file; check the folder, and put the pattern in quotation marks");
            }
        }
        let mut seen = std::collections::BTreeSet::new();
        paths.retain(|path| seen.insert(path.clone()));
        Ok(paths)
    }

    pub(super) fn forced(&self) -> Result<Option<Container>> {
        let Some(name) = &self.format_of_files else { return Ok(None) };
        let known = Container::of_name(Path::new(&format!("x.{name}")));
        known.map(Some).with_context(|| {
            let all: Vec<&str> =
                Container::ALL.iter().filter_map(|known| known.extensions().first().copied()).collect();
            format!("`{name}` is no format; give one of {}", all.join(", "))
        })
    }
}

pub(super) fn open(path: &Path) -> Result<File> {
    if path.is_dir() {
        bail!("this is a folder; name its files, for example with `{}/*`", path.display());
    }
    // A pipe would be waited for, and places in it cannot be looked up.
    if path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
        bail!("this is a pipe or a device; write what it gives to a file first");
    }
    File::open(path).context("the file cannot be opened")
}

/// A file that was opened: where its label is, and in which format.
pub(super) struct Opened {
    /// The file with the label: the side file for a plain text.
    pub(super) path: PathBuf,
    pub(super) container: Container,
    /// Nothing for a side file that is not there yet.
    pub(super) file: Option<File>,
}

impl Opened {
    pub(super) fn of(path: &Path, forced: Option<Container>) -> Result<Self> {
        let is_text = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("txt"));
        if is_text && forced.is_none() {
            open(path)?;
            let side = Container::side_file(path);
            let file = side.exists().then(|| open(&side)).transpose()?;
            return Ok(Self { path: side, container: Container::Side, file });
        }
        let mut file = open(path)?;
        let container = match forced {
            Some(container) => container,
            None => Container::detect(&mut file, path)?
                .context("no format is known that looks like this; name one with `--as`")?,
        };
        Ok(Self { path: path.to_owned(), container, file: Some(file) })
    }

    pub(super) fn reading(&mut self) -> Result<Reading> {
        Ok(match &mut self.file {
            Some(file) => specialis_label::read(file, self.container)?,
            None => specialis_label::read(&mut std::io::Cursor::new(Vec::<u8>::new()), self.container)?,
        })
    }
}
