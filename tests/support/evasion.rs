//! The evasion table: terms, the ways to disguise them, and sentences in which nothing is hidden, as data.
//!
//! The files stand in `tests/conformance/evasion`; the head of `transformations.toml` says how they are read.

use serde::Deserialize;

use crate::files;

/// The whole table.
#[derive(Clone, Debug)]
pub struct Table {
    /// The lexicon, as a file.
    pub lexicon: String,
    /// The terms in it.
    pub terms: Vec<String>,
    /// Ordinary sentences.
    pub benign: Vec<String>,
    /// The ways to disguise a text.
    pub transformations: Vec<Transformation>,
}

/// One way to disguise a text.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Transformation {
    /// What it does.
    pub name: String,
    /// Characters that are swapped for those at the same places of `to`.
    from: String,
    to: String,
    /// What stands between any two characters.
    between: String,
    /// What stands before and after each character.
    before: String,
    after: String,
    /// What stands around the whole.
    open: String,
    close: String,
    /// Whether the order of characters is turned round.
    reversed: bool,
    /// Whether more may be asked for than of the plain term: the disguise is itself something to see.
    pub at_least: bool,
    /// The terms it is tried on; all where absent.
    shapes: Option<Vec<Shape>>,
    /// Why nobody promises to see through it; none where view and lanes do.
    pub beyond: Option<String>,
    /// The terms that are missed although it is promised.
    pub misses: Vec<Miss>,
}

/// A term that is missed under a promised transformation.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Miss {
    /// The term.
    pub term: String,
    /// Why.
    pub why: String,
}

/// Of which characters a term is.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// Chinese alone.
    Han,
    /// Latin alone.
    Latin,
    /// Both.
    Mixed,
}

impl Shape {
    /// The shape of a term.
    pub fn of(term: &str) -> Self {
        match (term.is_ascii(), term.chars().any(|c| c.is_ascii())) {
            (true, _) => Self::Latin,
            (false, true) => Self::Mixed,
            (false, false) => Self::Han,
        }
    }
}

impl Table {
    /// Reads the files.
    ///
    /// # Panics
    /// Where they are not as described.
    pub fn read() -> Self {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            transformation: Vec<Transformation>,
        }
        let lexicon = files::read("conformance/evasion/terms.csv");
        let parsed = specialis_text::Lexicon::parse("evasion", lexicon.as_bytes());
        let parsed = parsed.unwrap_or_else(|e| panic!("`terms.csv`: {e}"));
        let file = toml::from_str::<File>(&files::read("conformance/evasion/transformations.toml"));
        let file = file.unwrap_or_else(|e| panic!("`transformations.toml`: {e}"));
        for transformation in &file.transformation {
            let (from, to) = (transformation.from.chars().count(), transformation.to.chars().count());
            assert_eq!(from, to, "`{}` swaps characters one for one", transformation.name);
        }
        Self {
            terms: parsed.terms.into_iter().map(|term| term.text).collect(),
            lexicon,
            benign: files::read("conformance/evasion/benign.txt").lines().map(str::to_owned).collect(),
            transformations: file.transformation,
        }
    }
}

impl Transformation {
    /// A disguised text; none where nothing would change.
    pub fn of(&self, text: &str) -> Option<String> {
        let swapped = |c: char| {
            let place = self.from.chars().position(|from| from == c);
            place.and_then(|place| self.to.chars().nth(place)).unwrap_or(c)
        };
        let each = text.chars().map(|c| format!("{}{}{}", self.before, swapped(c), self.after));
        let mut each: Vec<String> = each.collect();
        if self.reversed {
            each.reverse();
        }
        let whole = format!("{}{}{}", self.open, each.join(&self.between), self.close);
        (whole != text).then_some(whole)
    }

    /// Whether it is tried on a term.
    pub fn is_for(&self, term: &str) -> bool {
        self.shapes.as_ref().is_none_or(|shapes| shapes.contains(&Shape::of(term)))
    }
}
