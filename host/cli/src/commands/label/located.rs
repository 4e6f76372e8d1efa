//! A file that was found once: its folder and itself by handle, so that no later look at its name leads elsewhere.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{Read as _, Seek as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::files::known_formats;
use super::folder::Folder;
use super::inputs::STANDARD;
use super::said::OrSay as _;

/// The most that is read from standard input.
const MAX_STANDARD: u64 = 1 << 30;

/// Why a file is not read.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    /// The system does not open it, for the reason behind this one.
    #[error("the file cannot be opened")]
    File,
    /// The same for a folder.
    #[error("the folder cannot be read")]
    Closed,
    #[error("this is a folder; go through it with `--recursive`, or name its files, for example with `{}/*`", .0.display())]
    Folder(PathBuf),
    #[error("`{}` is a link, and nobody named it; name the file to which it leads, or remove it", .0.display())]
    Link(PathBuf),
    #[error("this is a pipe or a device; write what it gives to a file first")]
    Other,
    #[error("standard input gives more than {MAX_STANDARD} bytes; write it to a file first")]
    TooLong,
    #[error("no format is known that looks like this; name one with `--as`: {}", known_formats())]
    Unknown,
}

impl Refused {
    pub(super) fn in_chinese(&self) -> String {
        match self {
            Self::File => "文件不能打开".to_owned(),
            Self::Closed => "文件夹不能读取".to_owned(),
            Self::Folder(path) => {
                format!("这是文件夹；请用 `--recursive` 处理，或者写明其中的文件，例如 `{}/*`", path.display())
            }
            Self::Link(path) => format!("`{}` 是链接，未被指明；请写明它指向的文件，或者删去链接", path.display()),
            Self::Other => "这是管道或者设备；请先把内容写入文件".to_owned(),
            Self::TooLong => format!("标准输入超过 {MAX_STANDARD} 字节；请先写入文件"),
            Self::Unknown => format!("不是已知的格式；请用 `--as` 指明：{}", known_formats()),
        }
    }
}

/// A regular file that is open for reading, and the folder in which it has its name.
pub(super) struct Located {
    /// Nothing for what came from standard input.
    pub(super) home: Option<(Folder, OsString)>,
    /// The name, for people.
    pub(super) path: PathBuf,
    pub(super) file: File,
}

impl Located {
    /// Finds a file. A link that is named is followed here, and nowhere later.
    pub(super) fn open(path: &Path) -> Result<Self> {
        if path.is_dir() {
            fs::read_dir(path).context(Refused::Closed)?;
            return Err(Refused::Folder(path.to_owned()).into());
        }
        refuse_others(&fs::metadata(path).context(Refused::File)?)?;
        Self::at(fs::canonicalize(path).context(Refused::File)?)
    }

    /// Finds a file that nobody named: the label of a text, the record of a change. A link in its place leads to a file that nobody
    /// meant, and is not followed.
    pub(super) fn open_beside(path: PathBuf) -> Result<Self> {
        if fs::symlink_metadata(&path).context(Refused::File)?.is_symlink() {
            return Err(Refused::Link(path).into());
        }
        Self::at(path)
    }

    /// Opens what has this name now, without following a link.
    fn at(path: PathBuf) -> Result<Self> {
        let (folder, name) = parted(&path)?;
        let folder = Folder::open(folder)?;
        // Without waiting: a pipe may have taken the name in between.
        let file = folder.open_file(&name).context(Refused::File)?;
        refuse_others(&file.metadata()?)?;
        Ok(Self { home: Some((folder, name)), path, file })
    }

    /// What standard input gives, in a file without a name: places in it can be looked up.
    pub(super) fn standard() -> Result<Self> {
        let mut file = tempfile::tempfile().or_say(|| ("no temporary file can be made", "不能建立临时文件"))?;
        let mut input = std::io::stdin().lock().take(MAX_STANDARD.saturating_add(1));
        let n_bytes = std::io::copy(&mut input, &mut file);
        let n_bytes = n_bytes.or_say(|| ("standard input cannot be read", "标准输入不能读取"))?;
        if n_bytes > MAX_STANDARD {
            return Err(Refused::TooLong.into());
        }
        file.rewind()?;
        Ok(Self { home: None, path: PathBuf::from(STANDARD), file })
    }

    /// A second handle on the same file.
    pub(super) fn again(&self) -> Result<File> {
        Ok(self.file.try_clone()?)
    }
}

/// A pipe would be waited for, and places in it cannot be looked up.
fn refuse_others(metadata: &fs::Metadata) -> Result<()> {
    if metadata.is_file() {
        return Ok(());
    }
    Err(Refused::Other.into())
}

/// A name in its folder.
pub(super) fn parted(path: &Path) -> Result<(&Path, OsString)> {
    let name = path.file_name().map(OsStr::to_owned);
    let name = name.or_say(|| {
        let path = path.display();
        (format!("`{path}` is no name of a file"), format!("`{path}` 不是文件名"))
    })?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok((folder, name))
}
