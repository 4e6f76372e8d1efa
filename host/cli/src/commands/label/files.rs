//! The files that the commands on labels read.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, ValueEnum};
use specialis_label::{Container, Providers, Reading};

use super::inputs::{Input, STANDARD, Walk};
use super::located::{Located, Refused};
use super::said::OrSay as _;
use super::{pool, shown};
use crate::input::file;
use crate::options::Language;

/// The files, and how they are read.
#[derive(Args)]
pub(super) struct Files {
    /// Files; a pattern with `*`, `?` or `**` stands for all that match, `-` for standard input.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<OsString>,
    /// Go through the folders that are named, and the folders in them.
    #[arg(short, long)]
    recursive: bool,
    /// In folders, only files whose names end so, such as `png,jpg`; by default those of every format that is known.
    #[arg(long, value_name = "ENDS", value_delimiter = ',', requires = "recursive")]
    ext: Vec<String>,
    /// Read every file as this format, whatever it looks like, by the end of a name such as `png` or `md`.
    #[arg(long = "as", value_name = "FORMAT")]
    format_of_files: Option<String>,
    /// How many files are worked on at once; by default as many as there are processors.
    #[arg(short, long, value_name = "N")]
    jobs: Option<usize>,
}

/// How what is found is said to a person.
#[derive(Args)]
pub(super) struct Saying {
    /// In which language tables and sentences are.
    #[arg(long, value_enum, default_value_t)]
    pub(super) lang: Language,
    /// A table of providers, with a line for each: credit code, comma, name. It counts before the table that is built in.
    #[arg(long, value_name = "FILE")]
    providers: Option<PathBuf>,
}

impl Saying {
    /// The names of providers that are known.
    pub(super) fn known_providers(&self) -> Result<Providers> {
        let Some(path) = &self.providers else { return Ok(Providers::built_in()) };
        let name = shown::name(path);
        let text = file::text(path);
        let text = text.or_say(|| (format!("`{name}` cannot be read"), format!("`{name}` 不能读取")))?;
        let own = text.parse::<Providers>();
        let own =
            own.or_say(|| (format!("`{name}` is no table of providers"), format!("`{name}` 不是服务提供者名录")))?;
        Ok(Providers::built_in().with(own))
    }
}

#[derive(Args)]
pub(super) struct ReadArgs {
    #[command(flatten)]
    pub(super) files: Files,
    #[command(flatten)]
    pub(super) saying: Saying,
    /// How to show the result.
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

#[derive(Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    pub(super) files: Files,
    #[command(flatten)]
    pub(super) saying: Saying,
    /// Look for an explicit mark, too: one that `mark` set, in any format, and its words in text, pages, subtitles and documents, in
    /// PDF through pdftotext, in pictures through tesseract where those are installed.
    #[arg(long)]
    pub(super) explicit: bool,
    /// How to show the result.
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: CheckFormat,
}

/// How results are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people.
    #[default]
    Table,
    /// One JSON object a line, one for each file, also for those that could not be read.
    Jsonl,
}

/// How the results of a check are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum CheckFormat {
    /// For people.
    #[default]
    Table,
    /// One JSON object a line, one for each file, also for those that could not be read.
    Jsonl,
    /// One SARIF 2.1.0 document, for systems that review code.
    Sarif,
    /// One JUnit document, for systems that run tests.
    Junit,
}

impl Files {
    /// Every file that was meant, each once, in the order in which they were named.
    pub(super) fn inputs(&self) -> Result<Vec<Input>> {
        Walk { is_recursive: self.recursive, ends: &self.ext }.inputs(&self.files)
    }

    pub(super) fn n_jobs(&self) -> usize {
        self.jobs.unwrap_or_else(pool::default_jobs).max(1)
    }

    pub(super) fn forced(&self) -> Result<Option<Container>> {
        let Some(name) = &self.format_of_files else { return Ok(None) };
        let known = Container::of_name(Path::new(&format!("x.{name}")));
        known.map(Some).or_say(|| {
            let all = known_formats();
            (format!("`{name}` is no format; give one of {all}"), format!("`{name}` 不是已知的格式；可用：{all}"))
        })
    }
}

/// The formats that are known, each by an end of a name.
pub(super) fn known_formats() -> String {
    let all: Vec<&str> = Container::ALL.iter().filter_map(|known| known.extensions().first().copied()).collect();
    all.join(", ")
}

/// A file that was opened: where its label is, and in which format.
pub(super) struct Opened {
    /// The file with the label: the side file for a plain text.
    pub(super) path: PathBuf,
    pub(super) container: Container,
    /// Nothing for a side file that is not there yet.
    pub(super) located: Option<Located>,
    /// The plain text beside which the label stands.
    pub(super) text: Option<Located>,
}

impl Opened {
    pub(super) fn of(path: &Path, forced: Option<Container>) -> Result<Self> {
        let is_text = Container::has_side_file(path);
        let mut located = if path.as_os_str() == STANDARD { Located::standard()? } else { Located::open(path)? };
        if is_text && forced.is_none() {
            let side = Container::side_file(&located.path);
            let there =
                std::fs::symlink_metadata(&side).is_ok().then(|| Located::open_beside(side.clone())).transpose()?;
            return Ok(Self { path: side, container: Container::Side, located: there, text: Some(located) });
        }
        let container = match forced {
            Some(container) => container,
            None => Container::detect(&mut located.file, path)?.ok_or(Refused::Unknown)?,
        };
        Ok(Self { path: path.to_owned(), container, located: Some(located), text: None })
    }

    pub(super) fn reading(&mut self) -> Result<Reading> {
        Ok(match &mut self.located {
            Some(located) => specialis_label::read(&mut located.file, self.container)?,
            None => specialis_label::read(&mut std::io::Cursor::new(Vec::<u8>::new()), self.container)?,
        })
    }
}
