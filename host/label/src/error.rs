//! What can go wrong, and where.

use std::io;

use crate::check::Finding;
use crate::container::Container;
use crate::limits;
use crate::reading::place_in_chinese;

/// A file that is not what its format asks for: where, what, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenFile {
    container: Container,
    at: u64,
    what: String,
    fix: &'static str,
}

impl BrokenFile {
    /// The format that it was read as.
    pub fn container(&self) -> Container {
        self.container
    }

    /// The place, in bytes from the start of the file (of the part, inside an archive).
    pub fn at(&self) -> u64 {
        self.at
    }
}

impl std::fmt::Display for BrokenFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} at byte {}: {}; {}", self.container, self.at, self.what, self.fix)
    }
}

/// A sentence in English, which is how it is displayed, and in Chinese.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Both {
    en: String,
    zh: String,
}

impl Both {
    pub(crate) fn new(en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self { en: en.into(), zh: zh.into() }
    }

    /// The same in Chinese.
    pub fn in_chinese(&self) -> &str {
        &self.zh
    }
}

impl std::fmt::Display for Both {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.en)
    }
}

/// Why a file could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LabelError {
    /// The file is damaged or not of this format.
    #[error("{0}")]
    Broken(BrokenFile),
    /// Something in the file is larger than this crate holds.
    #[error("{container}: {what} is larger than {limit} bytes; a file like this is not labelled here")]
    TooLarge {
        /// The format.
        container: Container,
        /// What is too large.
        what: String,
        /// The limit, from [`limits`](crate::limits).
        limit: u64,
    },
    /// The metadata are encrypted.
    #[error(
        "{container}: the file is encrypted, and so is its metadata; decrypt it first, for example with `qpdf --decrypt`"
    )]
    Encrypted {
        /// The format.
        container: Container,
    },
    /// The document is encrypted with a password.
    #[error("{container}: the document is encrypted; open it with its password and save it without one")]
    Locked {
        /// The format.
        container: Container,
    },
    /// A label is there already.
    #[error("the file is labelled already, at {place}; update that label instead of adding a second one")]
    AlreadyLabelled {
        /// Where.
        place: String,
    },
    /// The format has this variant, and it cannot be written here.
    #[error("{container}: {what}; {fix}")]
    Unsupported {
        /// The format.
        container: Container,
        /// What is not supported.
        what: String,
        /// What to do.
        fix: &'static str,
    },
    /// The label in the file cannot be carried over.
    #[error("the label at {place} cannot be carried over: {what}; ask the producer for a file with a right label")]
    NotCarried {
        /// Where it stands.
        place: String,
        /// What is wrong with it.
        what: Both,
    },
    /// A check of the file would find a violation in the label.
    #[error("the label would not be compliant ({rule}): {what}; {fix}", rule = .finding.rule, what = .finding.what, fix = .finding.fix)]
    Rejected {
        /// What the check would say.
        finding: Box<Finding>,
    },
    /// Reading or writing failed outside this crate.
    #[error("the file cannot be read or written: {0}")]
    Io(#[from] io::Error),
}

impl LabelError {
    /// The same in Chinese, in short: which file is meant, why, and what to do.
    pub fn in_chinese(&self) -> String {
        match self {
            Self::Broken(BrokenFile { container, at, .. }) => format!(
                "{}：第 {at} 字节处残缺或者不合格式；请重新取得完整的文件，或者用生成它的程序重新保存",
                container.name_in_chinese()
            ),
            Self::TooLarge { container, limit, .. } => {
                format!("{}：其中一部分超过上限 {limit}；此处不处理这样的文件", container.name_in_chinese())
            }
            Self::Encrypted { container } => {
                format!("{}：文件及其元数据已加密；请先解密，例如用 `qpdf --decrypt`", container.name_in_chinese())
            }
            Self::Locked { container } => {
                format!("{}：文档已加密；请用密码打开，不设密码另存", container.name_in_chinese())
            }
            Self::AlreadyLabelled { place } => {
                format!("文件已有标识，位于{}；请更新该标识，不要再加一个", place_in_chinese(place))
            }
            Self::Unsupported { container, .. } => {
                format!("{}：此处不支持这一变体；请用生成它的程序重新保存，或者转换格式", container.name_in_chinese())
            }
            Self::NotCarried { place, what } => format!(
                "{}的标识不能沿用：{}；请向生成服务提供者索取标识正确的文件",
                place_in_chinese(place),
                what.in_chinese()
            ),
            Self::Rejected { finding } => {
                format!("标识不合规（{}）：{}；{}", finding.rule, finding.what_in_chinese(), finding.fix_in_chinese())
            }
            Self::Io(error) => format!("文件不能读写：{error}"),
        }
    }

    pub(crate) fn broken(container: Container, at: u64, what: impl Into<String>, fix: &'static str) -> Self {
        Self::Broken(BrokenFile { container, at, what: what.into(), fix })
    }

    /// The file ends before something it announced.
    pub(crate) fn truncated(container: Container, at: u64, what: &str) -> Self {
        Self::broken(container, at, format!("the file ends within {what}"), "fetch the whole file again")
    }

    pub(crate) fn too_large(container: Container, what: impl Into<String>, limit: usize) -> Self {
        Self::TooLarge { container, what: what.into(), limit: u64::try_from(limit).unwrap_or(u64::MAX) }
    }

    /// A picture that moves has more than one to draw on.
    #[cfg(feature = "draw")]
    pub(crate) fn animated(container: Container) -> Self {
        let what = "the picture moves, and a mark has to stand on each of its frames".to_owned();
        Self::Unsupported { container, what, fix: "draw it with a program for animations, or convert it to a video" }
    }

    /// More pieces than any honest file has.
    pub(crate) fn endless(container: Container) -> Self {
        Self::too_large(container, "the number of pieces", limits::MAX_PIECES)
    }
}
