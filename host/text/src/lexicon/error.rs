//! What can be wrong with a lexicon file, in English and Chinese.

use std::fmt;

use specialis_core::printable;
use thiserror::Error;

use super::{ANY_CATEGORY, MAX_TERM_CHARS};

/// Why a lexicon file was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LexiconError {
    /// The file as a whole.
    #[error(transparent)]
    File(#[from] FileError),
    /// One cell or one row.
    #[error(transparent)]
    Row(#[from] RowError),
}

/// A problem of the whole file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("lexicon `{0}`: {1} / 词表“{0}”：{2}", printable(.lexicon), printable(&.problem.en()), printable(&.problem.zh()))]
pub struct FileError {
    lexicon: String,
    problem: Problem,
}

impl FileError {
    pub(super) fn new(lexicon: &str, problem: Problem) -> Self {
        Self { lexicon: lexicon.to_owned(), problem }
    }

    /// What is wrong.
    pub fn problem(&self) -> &Problem {
        &self.problem
    }
}

/// A problem of one row.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "lexicon `{0}`, row {row}, column `{column}`: {1} / 词表“{0}”第 {row} 行“{column}”列：{2}",
    printable(.lexicon),
    printable(&.problem.en()),
    printable(&.problem.zh())
)]
pub struct RowError {
    lexicon: String,
    row: u64,
    column: Column,
    problem: Problem,
}

impl RowError {
    pub(super) fn new(lexicon: &str, row: u64, column: Column, problem: Problem) -> Self {
        Self { lexicon: lexicon.to_owned(), row, column, problem }
    }

    /// The line of the file the row begins on, from 1, header lines included: the row number a spreadsheet shows.
    pub fn row(&self) -> u64 {
        self.row
    }

    /// The column.
    pub fn column(&self) -> Column {
        self.column
    }

    /// What is wrong.
    pub fn problem(&self) -> &Problem {
        &self.problem
    }
}

/// A column of a lexicon file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Column {
    /// A header row (`# date: …`) or the row that names the columns.
    Header,
    /// The term itself.
    Term,
    /// The category of its hits.
    Category,
    /// The weight of its hits.
    Weight,
    /// Its flags.
    Flags,
    /// Its context clauses.
    Context,
    /// Who added it.
    By,
    /// When it was added.
    On,
}

impl Column {
    pub(super) const ALL: [Self; 7] =
        [Self::Term, Self::Category, Self::Weight, Self::Flags, Self::Context, Self::By, Self::On];
    /// The columns of a file in which nobody says who added a term.
    pub(super) const OF_TERMS: [Self; 5] = [Self::Term, Self::Category, Self::Weight, Self::Flags, Self::Context];

    /// The name in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Term => "term",
            Self::Category => "category",
            Self::Weight => "weight",
            Self::Flags => "flags",
            Self::Context => "context",
            Self::By => "by",
            Self::On => "on",
        }
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What is wrong with a file or a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// Neither UTF-8 nor GB18030.
    Encoding,
    /// UTF-16, which spreadsheet programs call "Unicode text".
    Utf16,
    /// No row names the columns.
    NoColumns,
    /// Cells are separated by something else than a comma.
    Separator(char),
    /// A column that does not exist.
    UnknownColumn(String),
    /// A column named twice.
    RepeatedColumn(Column),
    /// A column that must be there.
    MissingColumn(Column),
    /// More cells than columns.
    ExtraCell(String),
    /// A cell that must not be empty.
    EmptyCell,
    /// A date that is not one.
    BadDate(String),
    /// A header key given twice.
    RepeatedHeader(&'static str),
    /// A category with characters other than `a-z`, `0-9`, `.` and `-`.
    BadCategory(String),
    /// `*` on a term that is not an exception.
    AnyWithoutException,
    /// A weight outside 1 to 100.
    BadWeight(String),
    /// A day that is none.
    BadDay(String),
    /// A flag that does not exist.
    UnknownFlag(String),
    /// A term or context word with no letter, digit or CJK character.
    EmptyView(String),
    /// A term or context word that is too long.
    TooLong(String),
    /// A context clause that cannot be read.
    BadClause(String),
    /// A distance outside 1 to 32.
    BadDistance(String),
}

impl Problem {
    /// The problem in English, with what to do.
    pub fn en(&self) -> String {
        match self {
            Self::Encoding => "neither UTF-8 nor GB18030, save the file as `CSV UTF-8`".to_owned(),
            Self::Utf16 => "the file is UTF-16, save it as `CSV UTF-8`".to_owned(),
            Self::NoColumns => "no row names the columns, add `term,category,weight,flags,context`".to_owned(),
            Self::Separator(separator) => format!(
                "the cells are separated by {}, save the file as `CSV UTF-8` with commas between them",
                named(*separator, "a tab")
            ),
            Self::UnknownColumn(name) => format!("unknown column `{name}`, use {}", names(", ")),
            Self::RepeatedColumn(column) => format!("column `{column}` is there twice, keep one"),
            Self::MissingColumn(column) => format!("column `{column}` is missing, add it"),
            Self::ExtraCell(cell) => format!("`{cell}` stands after the last column, quote cells that hold commas"),
            Self::EmptyCell => "the cell is empty, fill it or delete the row".to_owned(),
            Self::BadDate(date) => format!("`{date}` is not a date, write it as `2026-01-31`"),
            Self::RepeatedHeader(key) => format!("`# {key}:` is there twice, keep one"),
            Self::BadCategory(category) => {
                format!("`{category}` is not a category, use `a-z`, `0-9`, `.` and `-`, such as `a1.violence`")
            }
            Self::AnyWithoutException => {
                format!("`{ANY_CATEGORY}` is for exceptions, name a category or add the flag `exception`")
            }
            Self::BadWeight(weight) => format!("`{weight}` is not a weight, use 1 to 100 or leave it empty"),
            Self::BadDay(day) => format!("`{day}` is not a day, write it as 2026-11-02 or leave it empty"),
            Self::UnknownFlag(flag) => {
                format!("unknown flag `{flag}`, use `word`, `exception`, `anywhere` or `unlawful`")
            }
            Self::EmptyView(text) => {
                format!("`{text}` has no letter, digit or Chinese character that can match, change or delete it")
            }
            Self::TooLong(text) => format!("`{text}` is too long, use at most {MAX_TERM_CHARS} characters"),
            Self::BadClause(clause) => format!(
                "`{clause}` is not a context clause, write `near:词|词@8` with near, not-near, only-after, right-near or right-not-near"
            ),
            Self::BadDistance(distance) => format!("`{distance}` is not a distance, use 1 to 32 after `@`"),
        }
    }

    /// The problem in Chinese, with what to do.
    pub fn zh(&self) -> String {
        match self {
            Self::Encoding => "文件既不是 UTF-8 也不是 GB18030，请另存为“CSV UTF-8”".to_owned(),
            Self::Utf16 => "文件是 UTF-16 编码，请另存为“CSV UTF-8”".to_owned(),
            Self::NoColumns => "缺少列名行，请加上“term,category,weight,flags,context”".to_owned(),
            Self::Separator(separator) => {
                format!("单元格以{}分隔，请另存为以英文逗号分隔的“CSV UTF-8”", named(*separator, "制表符"))
            }
            Self::UnknownColumn(name) => format!("未知的列“{name}”，可用的列：{}", names("、")),
            Self::RepeatedColumn(column) => format!("列“{column}”重复，请只保留一个"),
            Self::MissingColumn(column) => format!("缺少列“{column}”，请补上"),
            Self::ExtraCell(cell) => format!("“{cell}”超出最后一列，含逗号的内容请加引号"),
            Self::EmptyCell => "单元格为空，请填写或删除该行".to_owned(),
            Self::BadDate(date) => format!("“{date}”不是日期，请写成“2026-01-31”"),
            Self::RepeatedHeader(key) => format!("“# {key}:”重复，请只保留一个"),
            Self::BadCategory(category) => {
                format!("“{category}”不是类别，只能用小写字母、数字、“.”和“-”，例如“a1.violence”")
            }
            Self::AnyWithoutException => {
                format!("“{ANY_CATEGORY}”只用于例外词，请填写类别或加上标记“exception”")
            }
            Self::BadWeight(weight) => format!("“{weight}”不是权重，请填 1 到 100 或留空"),
            Self::BadDay(day) => format!("“{day}”不是日期，请写作 2026-11-02 或留空"),
            Self::UnknownFlag(flag) => format!("未知的标记“{flag}”，可用“word”、“exception”、“anywhere”或“unlawful”"),
            Self::EmptyView(text) => format!("“{text}”没有可匹配的文字、字母或数字，请修改或删除"),
            Self::TooLong(text) => format!("“{text}”过长，最多 {MAX_TERM_CHARS} 个字符"),
            Self::BadClause(clause) => format!(
                "“{clause}”不是语境条件，请写成“near:词|词@8”，可用 near、not-near、only-after、right-near、right-not-near"
            ),
            Self::BadDistance(distance) => format!("“{distance}”不是距离，请在“@”后填 1 到 32"),
        }
    }
}

/// A separator in words.
fn named(separator: char, tab: &str) -> String {
    if separator == '\t' { tab.to_owned() } else { format!("`{separator}`") }
}

fn names(separator: &str) -> String {
    Column::ALL.map(Column::as_str).join(separator)
}
