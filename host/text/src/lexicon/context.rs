//! What must stand, or must not stand, around a term for its match to count.

use super::Problem;
use crate::lane;

/// The context of a term: every clause must hold. In a file, clauses are separated by `;`, such as
/// `near:下注|庄家@12; right-not-near:合法@4`. Punctuation may be full-width.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    /// The clauses.
    pub clauses: Vec<Clause>,
}

/// One clause of a context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// What it asks.
    pub kind: ClauseKind,
    /// The words; one of them is enough. They match as terms do.
    pub words: Vec<String>,
    /// The most characters between word and match, 1 to [`MAX_DISTANCE`](Self::MAX_DISTANCE). Characters that show
    /// nothing do not count.
    pub within: u8,
}

impl Clause {
    /// The distance of a clause without `@N`.
    pub const DEFAULT_DISTANCE: u8 = 8;
    /// The longest distance.
    pub const MAX_DISTANCE: u8 = 32;
}

/// What a clause asks. A word that overlaps the match is not near it, and no clause reaches over the end of a sentence
/// (`。！？`) or a blank line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClauseKind {
    /// `near`: one of the words stands to the left, at most `N` characters away.
    Near,
    /// `not-near`: none of the words stands to the left within `N` characters.
    NotNear,
    /// `only-after`: as `near`, and on the same line: no line end between word and match.
    OnlyAfter,
    /// `right-near`: one of the words stands to the right within `N` characters.
    RightNear,
    /// `right-not-near`: none of the words stands to the right within `N` characters.
    RightNotNear,
}

impl ClauseKind {
    const ALL: [Self; 5] = [Self::Near, Self::NotNear, Self::OnlyAfter, Self::RightNear, Self::RightNotNear];

    /// The name in a file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Near => "near",
            Self::NotNear => "not-near",
            Self::OnlyAfter => "only-after",
            Self::RightNear => "right-near",
            Self::RightNotNear => "right-not-near",
        }
    }

    /// Whether it asks for a word to stand there, not for none to.
    pub(crate) fn is_wanted(self) -> bool {
        matches!(self, Self::Near | Self::OnlyAfter | Self::RightNear)
    }

    /// Whether it looks to the right of the match.
    pub fn is_right(self) -> bool {
        matches!(self, Self::RightNear | Self::RightNotNear)
    }
}

impl Context {
    /// How many characters to the right of a match the clauses need.
    pub fn keeps_back(&self) -> usize {
        let rights = self.clauses.iter().filter(|clause| clause.kind.is_right());
        rights.map(|clause| usize::from(clause.within)).max().unwrap_or(0)
    }

    pub(super) fn parse(cell: &str) -> Result<Self, Problem> {
        let clauses = cell.split([';', '；']).map(str::trim).filter(|clause| !clause.is_empty());
        Ok(Self { clauses: clauses.map(Clause::parse).collect::<Result<_, _>>()? })
    }

    pub(super) fn to_cell(&self) -> String {
        self.clauses.iter().map(Clause::to_cell).collect::<Vec<_>>().join(";")
    }
}

impl Clause {
    fn parse(text: &str) -> Result<Self, Problem> {
        let bad = || Problem::BadClause(text.to_owned());
        let (name, rest) = text.split_once([':', '：']).ok_or_else(bad)?;
        let kind = ClauseKind::ALL.into_iter().find(|kind| kind.as_str() == name.trim()).ok_or_else(bad)?;
        let (words, within) = match rest.rsplit_once(['@', '＠']) {
            None => (rest, Self::DEFAULT_DISTANCE),
            Some((words, distance)) => (words, Self::distance(distance.trim())?),
        };
        let words: Vec<String> = words.split(['|', '｜']).map(|word| word.trim().to_owned()).collect();
        for word in &words {
            if word.is_empty() {
                return Err(bad());
            }
            lane::check(word)?;
        }
        Ok(Self { kind, words, within })
    }

    fn distance(text: &str) -> Result<u8, Problem> {
        let distance = text.parse().ok().filter(|n| (1..=Self::MAX_DISTANCE).contains(n));
        distance.ok_or_else(|| Problem::BadDistance(text.to_owned()))
    }

    fn to_cell(&self) -> String {
        format!("{}:{}@{}", self.kind.as_str(), self.words.join("|"), self.within)
    }
}
