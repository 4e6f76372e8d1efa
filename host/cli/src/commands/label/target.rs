//! Where a result goes: into a new file, or in place through a temporary file that takes the old one's name.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{Read, Seek, StdoutLock, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use specialis_label::Edits;

use super::folder::{Folder, Part};
use super::inputs::{Input, STANDARD};
use super::located::{Located, parted};
use super::said::{OrSay as _, said};
use super::stop::Unfinished;
use super::{kept, shown};
use crate::options::Language;

#[derive(Args)]
pub(super) struct Target {
    /// The new file, for one file only; `-` for standard output.
    #[arg(short, long, value_name = "FILE", conflicts_with_all = ["in_place", "out_dir"])]
    pub(super) output: Option<PathBuf>,
    /// A folder for the new files, which have the names that they have below the folder that was named.
    #[arg(long, value_name = "DIR", conflicts_with = "in_place")]
    out_dir: Option<PathBuf>,
    /// Change the files themselves, each through a temporary file beside it.
    #[arg(long)]
    in_place: bool,
    /// Change a file in place that has several names; the others then lead to the file as it was.
    #[arg(long, requires = "in_place")]
    break_links: bool,
    /// In which language notes and errors are.
    #[arg(long, value_enum, default_value_t)]
    pub(super) lang: Language,
}

impl Target {
    /// Refuses what was not said, or was said for more files than it can be for.
    pub(super) fn fits(&self, inputs: &[Input]) -> Result<()> {
        if let (true, Some(_)) = (inputs.len() > 1, &self.output) {
            let n_files = inputs.len();
            return Err(said(
                format!("`--output` is for one file, and {n_files} were named; use `--out-dir` or `--in-place`"),
                format!("`--output` 只用于一个文件，现有 {n_files} 个；请用 `--out-dir` 或者 `--in-place`"),
            ));
        }
        let is_standard = inputs.iter().any(Input::is_standard);
        if is_standard && (self.in_place || self.out_dir.is_some()) {
            return Err(said(
                "what standard input gives is no file; name one with `--output`, or leave it out for standard output",
                "标准输入不是文件；请用 `--output` 指明文件，不指明则写到标准输出",
            ));
        }
        if self.output.is_none() && self.out_dir.is_none() && !self.in_place && !is_standard {
            return Err(said(
                "say where the result goes: `--output FILE` for a new file, `--out-dir DIR` for several, `--in-place` for the \
                 file itself",
                "请指明结果写到何处：`--output FILE` 写新文件，`--out-dir DIR` 写多个，`--in-place` 改写文件本身",
            ));
        }
        Ok(())
    }

    /// The goal for a file that is there. One that is there already is only written over in place.
    pub(super) fn goal(&self, located: Located, input: &Input) -> Result<(Goal, File)> {
        kept::refuse_hollow(&located.file)?;
        let file = located.again()?;
        if let Some(output) = self.new_name(input) {
            let mut goal = self.new_goal(&output)?;
            goal.like = Some(located.again()?);
            return Ok((goal, file));
        }
        let n_names = kept::n_names(&located.file)?;
        let Some((folder, name)) = located.home else { return Ok((Goal::standard(self.lang), file)) };
        if n_names > 1 && !self.break_links {
            return Err(said(
                format!(
                    "it has {n_names} names, which lead to the same file; use `--output`, or `--break-links` to part this one \
                     from the others"
                ),
                format!("它有 {n_names} 个名称，指向同一文件；请用 `--output`，或者用 `--break-links` 与其他名称分开"),
            ));
        }
        let home = Some((folder, name));
        let (path, old) = (located.path, Some(located.file));
        Ok((Goal { home, path, old, like: None, lang: self.lang }, file))
    }

    /// The goal for a file that is not there yet, in a folder that is.
    pub(super) fn goal_beside(&self, path: &Path, input: &Input) -> Result<Goal> {
        let name = self.new_name(&Input { path: path.to_owned(), within: beside(&input.within, path) });
        self.new_goal(&name.unwrap_or_else(|| path.to_owned()))
    }

    /// Copies a text into the folder for new files, where there is one and the text is not in it.
    pub(super) fn copy(&self, mut text: Located, input: &Input) -> Result<()> {
        let Some(folder) = &self.out_dir else { return Ok(()) };
        let path = folder.join(&input.within);
        if fs::canonicalize(&path).is_ok_and(|there| there == text.path) {
            return Ok(());
        }
        let mut goal = self.new_goal(&path)?;
        goal.be_like(Some(text.again()?));
        goal.write(|sink| sink.apply(&Edits::default(), &mut text.file))
    }

    fn new_goal(&self, path: &Path) -> Result<Goal> {
        Ok(Goal { lang: self.lang, ..Goal::new_file(path)? })
    }

    /// The name of a new file; nothing for a file that is changed in place, and for standard output without a word.
    fn new_name(&self, input: &Input) -> Option<PathBuf> {
        match (&self.output, &self.out_dir) {
            (Some(output), _) => Some(output.clone()),
            (None, Some(folder)) => Some(folder.join(&input.within)),
            (None, None) => None,
        }
    }
}

/// The name below the folder of a file beside another.
fn beside(within: &Path, path: &Path) -> PathBuf {
    path.file_name().map_or_else(|| within.to_owned(), |name| within.with_file_name(name))
}

/// The file that is written.
pub(super) struct Goal {
    /// Nothing for standard output.
    home: Option<(Folder, OsString)>,
    path: PathBuf,
    /// The file whose place it takes.
    old: Option<File>,
    /// The file whose permissions a new one gets.
    like: Option<File>,
    /// In which language it is said what could not be kept.
    lang: Language,
}

/// Where the content goes. A file is told apart from the rest so that the kernel copies what stays.
pub(super) enum Sink<'a> {
    File(&'a mut File),
    Standard(StdoutLock<'a>),
}

impl Sink<'_> {
    pub(super) fn write_all(&mut self, bytes: &[u8]) -> Result<()> {
        match self {
            Self::File(file) => Ok(file.write_all(bytes)?),
            Self::Standard(out) => Ok(out.write_all(bytes)?),
        }
    }

    /// The source with its changes.
    pub(super) fn apply<R: Read + Seek>(&mut self, edits: &Edits, source: &mut R) -> Result<()> {
        match self {
            Self::File(file) => Ok(edits.apply(source, *file)?),
            Self::Standard(out) => Ok(edits.apply(source, out)?),
        }
    }
}

/// A file that is whole and has no name of its own yet.
pub(super) struct Prepared {
    goal: Goal,
    part: OsString,
    file: File,
    _unfinished: Unfinished,
}

impl Goal {
    fn standard(lang: Language) -> Self {
        Self { home: None, path: PathBuf::from(STANDARD), old: None, like: None, lang }
    }

    /// A file that must not be there yet.
    pub(super) fn new_file(path: &Path) -> Result<Self> {
        if path.as_os_str() == STANDARD {
            return Ok(Self::standard(Language::default()));
        }
        let (folder, name) = parted(path)?;
        fs::create_dir_all(folder).or_say(|| {
            let folder = shown::name(folder);
            (format!("the folder `{folder}` cannot be made"), format!("文件夹 `{folder}` 不能建立"))
        })?;
        let folder = Folder::open(folder)?;
        if folder.has(&name) {
            let name = shown::name(path);
            return Err(said(
                format!("`{name}` is there already; name another file, or remove it first"),
                format!("`{name}` 已经存在；请另取名称，或者先删去"),
            ));
        }
        let (home, path) = (Some((folder, name)), path.to_owned());
        Ok(Self { home, path, old: None, like: None, lang: Language::default() })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn lang(&self) -> Language {
        self.lang
    }

    pub(super) fn is_standard(&self) -> bool {
        self.home.is_none()
    }

    /// Whether it takes the place of the file that it is made from.
    pub(super) fn is_in_place(&self) -> bool {
        self.old.is_some()
    }

    /// A new file gets the permissions of this one.
    pub(super) fn be_like(&mut self, other: Option<File>) {
        self.like = other;
    }

    /// Writes it whole or not at all.
    pub(super) fn write(self, fill: impl FnOnce(&mut Sink<'_>) -> Result<()>) -> Result<()> {
        let Some(prepared) = self.prepare(fill)? else { return Ok(()) };
        prepared.sync()?;
        prepared.publish()?.sync()?;
        Ok(())
    }

    /// Writes what will be the file, beside it. What goes to standard output is written there, and nothing is left to be done.
    pub(super) fn prepare(self, fill: impl FnOnce(&mut Sink<'_>) -> Result<()>) -> Result<Option<Prepared>> {
        let Some((folder, _)) = &self.home else {
            let mut sink = Sink::Standard(std::io::stdout().lock());
            fill(&mut sink)?;
            std::io::stdout().lock().flush()?;
            return Ok(None);
        };
        let Part { made: mut file, name: part, unfinished } = folder.new_part(&self.path)?;
        let filled = fill(&mut Sink::File(&mut file));
        match filled.and_then(|()| self.dress(&file)) {
            Ok(()) => Ok(Some(Prepared { goal: self, part, file, _unfinished: unfinished })),
            Err(error) => {
                let _ = folder.remove_file(&part);
                Err(error)
            }
        }
    }

    /// Gives a file what the old one has beside its content.
    fn dress(&self, file: &File) -> Result<()> {
        let Some(old) = &self.old else { return self.set_permissions(file) };
        for (en, zh) in kept::hand_over(old, file)? {
            let (en, zh) = (format!("note: {en} could not be kept"), format!("提示：{zh}未能保留"));
            shown::note(&self.path, self.lang.pick(&en, &zh));
        }
        Ok(())
    }

    /// Gives a file that is whole its name.
    fn publish(&self, from: &Folder, part: &OsString) -> Result<()> {
        let Some((folder, name)) = &self.home else { return Ok(()) };
        match &self.old {
            Some(old) => {
                if !folder.is_name_of(name, old).unwrap_or(false) {
                    return Err(said(
                        "it was changed by another program in the meantime; try again",
                        "其间文件被其他程序改动；请重试",
                    ));
                }
                folder.take(from, part, name)
            }
            None => folder.take_new(from, part, name),
        }
        .or_say(|| {
            let name = shown::name(&self.path);
            (format!("`{name}` cannot be written"), format!("`{name}` 不能写入"))
        })
    }

    /// A new file is as open to others as the one that it was made from, and as the user asks of new files.
    fn set_permissions(&self, file: &File) -> Result<()> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = match &self.like {
                Some(like) => like.metadata()?.permissions().mode() & 0o777,
                None => 0o644,
            };
            file.set_permissions(fs::Permissions::from_mode(mode))?;
        }
        #[cfg(not(unix))]
        if let Some(like) = &self.like {
            file.set_permissions(like.metadata()?.permissions())?;
        }
        Ok(())
    }

    /// A folder beside the file, for a program that writes files of its own; it is gone in the end.
    pub(super) fn part_folder(&self) -> Result<PartFolder<'_>> {
        let Some((folder, _)) = &self.home else {
            return Err(said(
                "a program that writes files of its own needs a name for the result; give one with `--output`",
                "由其他程序写出的结果需要文件名；请用 `--output` 指明",
            ));
        };
        let Part { made: folder, name, unfinished } = folder.new_part_folder(&self.path)?;
        let path = self.path.with_file_name(&name);
        let path = fs::canonicalize(&path).unwrap_or(path);
        Ok(PartFolder { goal: self, folder, name, _unfinished: unfinished, path })
    }
}

impl Prepared {
    /// What was written.
    pub(super) fn content(&mut self) -> &mut File {
        &mut self.file
    }

    /// The name that it will have.
    pub(super) fn path(&self) -> &Path {
        self.goal.path()
    }

    /// Makes the content last.
    pub(super) fn sync(&self) -> Result<()> {
        Ok(self.file.sync_all()?)
    }

    /// Gives the file its name; gives the goal, whose folder has to be made to last then.
    pub(super) fn publish(self) -> Result<Goal> {
        let Some((folder, _)) = &self.goal.home else { return Ok(self.goal) };
        if let Err(error) = self.goal.publish(folder, &self.part) {
            let _ = folder.remove_file(&self.part);
            return Err(error);
        }
        Ok(self.goal)
    }
}

impl Goal {
    /// Makes the name last.
    pub(super) fn sync(&self) -> Result<()> {
        match &self.home {
            Some((folder, _)) => Ok(folder.sync()?),
            None => Ok(()),
        }
    }
}

/// A folder that only its owner can look into.
pub(super) struct PartFolder<'a> {
    goal: &'a Goal,
    folder: Folder,
    name: OsString,
    path: PathBuf,
    _unfinished: Unfinished,
}

impl PartFolder<'_> {
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// A file that a program wrote into the folder.
    pub(super) fn open(&self, name: &Path) -> Result<File> {
        Ok(self.folder.open_file(parted(name)?.1.as_os_str())?)
    }

    /// Gives a file that a program wrote into the folder the name of the goal.
    pub(super) fn finish(&self, written: &Path) -> Result<()> {
        let (_, name) = parted(written)?;
        let file = self.folder.open_file(&name)?;
        self.goal.dress(&file)?;
        file.sync_all()?;
        self.goal.publish(&self.folder, &name)?;
        self.goal.sync()
    }
}

impl Drop for PartFolder<'_> {
    fn drop(&mut self) {
        // By path and not by handle: what is in it was written by path as well.
        let _ = fs::remove_dir_all(&self.path);
        if let Some((folder, _)) = &self.goal.home {
            let _ = folder.remove_folder(&self.name);
        }
    }
}
