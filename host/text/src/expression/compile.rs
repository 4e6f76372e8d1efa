//! From the text of an expression to its automata, or to what is wrong with it.

use regex_automata::Anchored;
use regex_automata::MatchKind;
use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::nfa::thompson::{self, NFA, WhichCaptures};
use regex_automata::util::primitives::StateID;
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Hir, HirKind};
use thiserror::Error;

use super::{Dfa, Expression};
use crate::table::{Image, image};

/// The longest match an expression may declare, in characters of the view.
const MAX_CHARS: usize = 256;
/// The most memory of one automaton, and of building it.
const MAX_BYTES: usize = 4 << 20;

/// What is wrong with a regular expression.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ExpressionProblem {
    /// It cannot be read.
    #[error("the expression is not valid: {0}")]
    Invalid(String),
    /// It asks for an edge: `^`, `$`, `\b`.
    #[error("`^`, `$` and `\\b` do not work in a stream and beside Chinese characters, leave them out")]
    LookAround,
    /// It matches where there is nothing.
    #[error("the expression matches the empty text, ask for one character at the least")]
    MatchesEmpty,
    /// Its longest match is longer than declared.
    #[error("a match may have {longest} characters and {declared} are declared, bound its repetitions or declare more")]
    TooLong {
        /// The longest match.
        longest: usize,
        /// What was declared.
        declared: usize,
    },
    /// Its matches have no bound.
    #[error("a match may be as long as the text, bound its repetitions: `{{1,20}}` for `+`")]
    Unbounded,
    /// The declared length is 0 or above 256.
    #[error("{0} is no length for a match, declare 1 to {MAX_CHARS} characters")]
    BadLength(usize),
    /// It has a character that no view has.
    #[error("`{0}` is several characters or none in the text that expressions read, write it as those")]
    NoView(char),
    /// Its automaton is too large.
    #[error("the expression needs too large an automaton, use fewer repetitions and smaller classes")]
    TooLarge,
}

/// Compiles an expression whose matches have at most `max_chars` characters.
pub(crate) fn compile(expression: &str, max_chars: usize) -> Result<Expression, ExpressionProblem> {
    if !(1..=MAX_CHARS).contains(&max_chars) {
        return Err(ExpressionProblem::BadLength(max_chars));
    }
    let text = in_view(expression)?;
    // The view has one case, whichever the author wrote.
    let mut parser = ParserBuilder::new().case_insensitive(true).build();
    let hir = parser.parse(&text).map_err(|error| ExpressionProblem::Invalid(reason(&error)))?;
    let properties = hir.properties();
    if !properties.look_set().is_empty() {
        return Err(ExpressionProblem::LookAround);
    }
    if properties.minimum_len().is_none_or(|n| n == 0) {
        return Err(ExpressionProblem::MatchesEmpty);
    }
    match longest(&hir) {
        None => return Err(ExpressionProblem::Unbounded),
        Some(longest) if longest > max_chars => {
            return Err(ExpressionProblem::TooLong { longest, declared: max_chars });
        }
        Some(_) => {}
    }
    let (forward, start) = automaton(&hir, false)?;
    let (backward, backward_start) = automaton(&hir, true)?;
    let max_chars = u64::try_from(max_chars).unwrap_or(u64::MAX);
    Ok(Expression { forward, start, backward, backward_start, max_chars })
}

type Built = (Dfa, StateID);

fn automaton(hir: &Hir, is_backward: bool) -> Result<Built, ExpressionProblem> {
    let config = thompson::Config::new()
        .reverse(is_backward)
        .which_captures(WhichCaptures::None)
        .nfa_size_limit(Some(MAX_BYTES));
    let nfa: NFA =
        thompson::Compiler::new().configure(config).build_from_hir(hir).map_err(|_| ExpressionProblem::TooLarge)?;
    let (start, kind, anchored) = if is_backward {
        (StartKind::Anchored, MatchKind::All, Anchored::Yes)
    } else {
        (StartKind::Unanchored, MatchKind::LeftmostFirst, Anchored::No)
    };
    let config = dense::Config::new()
        .start_kind(start)
        .match_kind(kind)
        .accelerate(false)
        .dfa_size_limit(Some(MAX_BYTES))
        .determinize_size_limit(Some(MAX_BYTES));
    let dfa = dense::Builder::new().configure(config).build_from_nfa(&nfa).map_err(|_| ExpressionProblem::TooLarge)?;
    // INVARIANT: without look-around, what stands before a text does not matter, so there is one start state.
    let start = dfa.universal_start_state(anchored).ok_or(ExpressionProblem::LookAround)?;
    Ok((dfa, start))
}

/// The most characters a match may have; none where there is no bound.
fn longest(hir: &Hir) -> Option<usize> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Some(0),
        // Every character begins with one byte that is not a continuation.
        HirKind::Literal(literal) => Some(literal.0.iter().filter(|&&byte| byte & 0xC0 != 0x80).count()),
        HirKind::Class(_) => Some(1),
        HirKind::Repetition(repetition) => match (longest(&repetition.sub), repetition.max) {
            (Some(0), _) => Some(0),
            (each, max) => each?.checked_mul(usize::try_from(max?).ok()?),
        },
        HirKind::Capture(capture) => longest(&capture.sub),
        HirKind::Concat(parts) => parts.iter().try_fold(0, |sum: usize, part| sum.checked_add(longest(part)?)),
        HirKind::Alternation(parts) => parts.iter().try_fold(0, |most: usize, part| Some(most.max(longest(part)?))),
    }
}

/// The expression with its characters as the view has them. The ends of ranges (`[一-龥]`) stay as they are.
fn in_view(expression: &str) -> Result<String, ExpressionProblem> {
    let mut text = String::with_capacity(expression.len());
    let mut chars = expression.chars().peekable();
    let mut before = '\0';
    while let Some(c) = chars.next() {
        let is_in_range = before == '-' || chars.peek() == Some(&'-');
        before = c;
        match image(c) {
            _ if c.is_ascii() || is_in_range => text.push(c),
            Image::One(seen) => {
                if regex_syntax::is_meta_character(seen.ch) {
                    text.push('\\');
                }
                text.push(seen.ch);
            }
            Image::None | Image::Many(_) | Image::Emoji(_) => return Err(ExpressionProblem::NoView(c)),
        }
    }
    Ok(text)
}

/// What the parser says, in one line.
fn reason(error: &regex_syntax::Error) -> String {
    match error {
        regex_syntax::Error::Parse(error) => error.kind().to_string(),
        regex_syntax::Error::Translate(error) => error.kind().to_string(),
        other => other.to_string().replace('\n', " "),
    }
}
