//! The clause around a term: its letters, and what the words in it say.

use super::marks::{Found, Mark, find};
use super::{Frame, Speaker, Speech};
use crate::table::Class;

/// The most letters behind a term that are read.
pub(crate) const MAX_RIGHT: usize = 16;
/// How many words may stand between a request and what is asked for, a negation and what it governs, and what else says
/// something and the term.
const ASK_REACH: usize = 16;
const GOVERN_REACH: usize = 12;
const REPORT_REACH: usize = 24;
const NEAR: usize = 5;
const OFFER_REACH: usize = 3;
/// The letters behind a word for a request in which a lawful purpose is named.
const PURPOSE: usize = 8;
/// Words that go on with the clause before a comma.
const GOES_ON: [&str; 12] =
    ["或者", "或是", "包括", "例如", "比如", "以及", "还有", "无论", "尤其", "特别是", "乃至", "甚至"];
/// How a refusal of what was said begins behind a comma.
const REFUSES_NEXT: [&str; 6] = ["我不能", "我无法", "我不会", "我不便", "恕我", "本人不能"];
/// What a law says of a deed behind a comma.
const LAW_NEXT: [&str; 12] =
    ["处", "应当", "依法", "构成", "由", "追究", "没收", "情节", "属于", "数额", "致使", "尚不"];

/// The letters before a term, as they stand in its clause.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Clause {
    letters: Vec<char>,
}

impl Clause {
    /// The clause before a term, from the characters of the view before it in their order.
    pub(crate) fn before(chars: &[(char, Class)]) -> Self {
        let mut first = chars.len();
        while let Some((place, &(c, class))) = first.checked_sub(1).and_then(|place| Some((place, chars.get(place)?))) {
            let is_space_behind = chars.get(first).is_some_and(|(_, class)| *class == Class::Space);
            if is_break(c, class, is_space_behind) && !(c == ',' && goes_on(chars.get(first..).unwrap_or(&[]))) {
                break;
            }
            first = place;
        }
        let mut letters = Letters::default();
        chars.get(first..).unwrap_or(&[]).iter().for_each(|&(c, class)| letters.take(c, class));
        Self { letters: letters.all }
    }
}

/// Whether a clause ends with this character.
fn is_break(c: char, class: Class, is_space_behind: bool) -> bool {
    matches!(class, Class::Newline | Class::Stop) || matches!(c, ',' | ';' | ':') || (c == '.' && is_space_behind)
}

/// Whether what stands behind a comma goes on with what stands before it.
fn goes_on(behind: &[(char, Class)]) -> bool {
    let mut letters = behind.iter().filter(|(_, class)| !class.is_gap()).map(|(c, _)| *c);
    let begin: String = letters.by_ref().take(3).collect();
    GOES_ON.iter().any(|word| begin.starts_with(word))
}

/// Letters without what stands between them, but for one space between two Latin words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Letters {
    all: Vec<char>,
    is_apart: bool,
}

impl Letters {
    fn take(&mut self, c: char, class: Class) {
        if class.is_gap() {
            self.is_apart = true;
            return;
        }
        let is_latin = |c: char| c.is_ascii_alphanumeric();
        if std::mem::take(&mut self.is_apart) && is_latin(c) && self.all.last().copied().is_some_and(is_latin) {
            self.all.push(' ');
        }
        self.all.push(c);
    }
}

/// A term whose clause is still read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Saying {
    before: Clause,
    behind: Letters,
    /// Where the next clause begins in the letters behind.
    next: Option<usize>,
    is_closed: bool,
    is_dot: bool,
}

impl Saying {
    /// A term behind these letters, of which nothing behind it is known.
    pub(crate) fn new(before: Clause) -> Self {
        Self { before, behind: Letters::default(), next: None, is_closed: false, is_dot: false }
    }

    /// Takes the next character of the view.
    pub(crate) fn take(&mut self, c: char, class: Class) {
        if self.is_closed {
            return;
        }
        let is_end = std::mem::replace(&mut self.is_dot, c == '.') && class == Class::Space;
        if is_end || matches!(class, Class::Newline | Class::Stop) || matches!(c, ';' | ':') {
            self.is_closed = true;
        } else if c == ',' {
            // One comma is read over, for what is offered and what the law says.
            self.is_closed = self.next.is_some();
            self.next.get_or_insert(self.behind.all.len());
        } else {
            self.behind.take(c, class);
            self.is_closed = self.behind.all.len() >= MAX_RIGHT;
        }
    }

    /// Takes the end of the text.
    pub(crate) fn close(&mut self) {
        self.is_closed = true;
    }

    /// Whether nothing more is read.
    pub(crate) fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// How the term is said, with what is known.
    pub(crate) fn speech(&self, speaker: Speaker) -> Speech {
        Speech::of(&Read::new(self), speaker)
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        let n_letters = self.before.letters.capacity().saturating_add(self.behind.all.capacity());
        size_of::<Self>().saturating_add(n_letters.saturating_mul(size_of::<char>()))
    }
}

/// What was read around a term.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Read {
    /// Somebody asks for it.
    pub(super) asks: bool,
    /// The way to do it is named.
    pub(super) has_means: bool,
    /// It is offered.
    pub(super) offers: bool,
    /// The speaker refuses.
    pub(super) is_refused: bool,
    /// The frame that governs it from the left.
    pub(super) governor: Option<Frame>,
    /// The frame that follows.
    pub(super) behind: Option<Frame>,
}

impl Read {
    fn new(saying: &Saying) -> Self {
        let before = Before::new(&saying.before.letters);
        let behind = Behind::new(&saying.behind.all, saying.next);
        let frame = behind.frame();
        Self {
            asks: before.asks(&behind) || behind.asks() || (before.praises() && frame.is_none()),
            has_means: behind.has_means(),
            offers: before.offers() || behind.offers(),
            is_refused: before.is_refused() || behind.is_refused(),
            governor: before.governor(),
            behind: frame,
        }
    }
}

/// How many words there are: a Chinese character counts as one.
fn n_words(letters: &[char]) -> usize {
    let is_begin = |(before, c): (Option<&char>, &char)| {
        let is_inside = c.is_ascii_alphanumeric() && before.is_some_and(char::is_ascii_alphanumeric);
        *c != ' ' && !is_inside
    };
    let befores = std::iter::once(None).chain(letters.iter().map(Some));
    befores.zip(letters).filter(|pair| is_begin(*pair)).count()
}

/// The letters before a term, with the words in them.
struct Before<'a> {
    letters: &'a [char],
    marks: Vec<Found>,
    /// What governs, from the left, none inside another.
    governors: Vec<Found>,
}

impl<'a> Before<'a> {
    fn new(letters: &'a [char]) -> Self {
        let marks = find(letters);
        let is_governor = |mark: Mark| {
            matches!(mark, Mark::Not | Mark::Forbid | Mark::Prevent | Mark::Against | Mark::Report | Mark::Help)
        };
        let mut all: Vec<Found> = marks.iter().filter(|found| is_governor(found.mark)).copied().collect();
        all.sort_by_key(|found| (found.start, std::cmp::Reverse(found.end)));
        let mut governors: Vec<Found> = Vec::new();
        for found in all {
            let is_free = governors.last().is_none_or(|before| before.end <= found.start);
            if is_free && is_negation_if_any(letters, &found) && is_near_if_short(letters, &found) {
                governors.push(found);
            }
        }
        Self { letters, marks, governors }
    }

    /// How many words stand between a word and the term.
    fn distance(&self, found: &Found) -> usize {
        n_words(self.letters.get(found.end..).unwrap_or(&[]))
    }

    /// The frame that the nearest word makes that governs the term.
    fn governor(&self) -> Option<Frame> {
        let (last, before) = self.governors.split_last()?;
        let is_doubled = denies(before.last(), last);
        let turns = self.is_turned(last);
        let frames = [
            (Mark::Not, Frame::Negation),
            (Mark::Forbid, Frame::Prohibition),
            (Mark::Report, Frame::Report),
            (Mark::Help, Frame::Help),
        ];
        let own = frames.into_iter().find(|(mark, _)| *mark == last.mark).map(|(_, frame)| frame);
        let frame = own.unwrap_or(Frame::Prevention);
        let reach = if frame == Frame::Report { REPORT_REACH } else { GOVERN_REACH };
        (!is_doubled && !turns && self.distance(last) <= reach).then_some(frame)
    }

    /// Whether the speaker says that they will not do something with the term.
    fn is_refused(&self) -> bool {
        let gives = |negation: &Found| {
            self.marks.iter().any(|found| {
                let between = self.letters.get(negation.end..found.start);
                found.mark == Mark::Give && between.is_some_and(|between| n_words(between) <= PURPOSE)
            })
        };
        let refuses = |found: &Found| matches!(found.mark, Mark::Not | Mark::Forbid) || self.is_word(found, "拒绝");
        let befores = std::iter::once(None).chain(self.governors.iter().map(Some));
        let mut all = befores.zip(&self.governors);
        all.any(|(before, own)| refuses(own) && !denies(before, own) && gives(own))
    }

    fn is_word(&self, found: &Found, word: &str) -> bool {
        self.letters.get(found.start..found.end).is_some_and(|letters| word.chars().eq(letters.iter().copied()))
    }

    /// Whether somebody asks for the term: nothing lawful is asked for, and nothing governs the term behind the request.
    fn asks(&self, behind: &Behind) -> bool {
        let is_lawful = |ask: &Found| {
            let purpose = ask.end.saturating_add(PURPOSE);
            let named = |found: &&Found| found.mark == Mark::Lawful && (ask.start..purpose).contains(&found.start);
            self.marks.iter().filter(named).any(|found| !self.is_evaded(found) && !self.is_turned(found))
        };
        let is_governed =
            |ask: &Found| self.governors.iter().any(|found| found.start >= ask.end && !self.is_turned(found));
        // Who wants to be told of a thing may want to know of its dangers, named behind it.
        let is_meant = |found: &Found| found.mark == Mark::Ask || (found.mark == Mark::Want && !behind.is_lawful());
        let mut all = self.marks.iter().filter(|found| is_meant(found) && self.distance(found) <= ASK_REACH);
        all.any(|ask| !is_lawful(ask) && !is_governed(ask))
    }

    /// Whether the term is to be praised.
    fn praises(&self) -> bool {
        let is_governed = |praise: &Found| self.governors.iter().any(|found| found.end <= praise.start);
        let mut all = self.marks.iter().filter(|found| found.mark == Mark::Praise);
        all.any(|praise| self.distance(praise) <= NEAR && !is_governed(praise))
    }

    /// Whether a word says what is evaded: `不被发现`.
    fn is_evaded(&self, found: &Found) -> bool {
        let before = self.letters.get(found.start.saturating_sub(3)..found.start).unwrap_or(&[]);
        before.iter().any(|c| "不没避躲逃".contains(*c))
    }

    /// Whether something else begins between a word and the term: `避免被识别并顺利…`.
    fn is_turned(&self, found: &Found) -> bool {
        self.marks.iter().any(|other| other.mark == Mark::Turn && other.start >= found.end)
    }

    /// Whether the term is offered.
    fn offers(&self) -> bool {
        self.marks.iter().any(|found| found.mark == Mark::OfferBefore && self.distance(found) <= OFFER_REACH)
    }
}

/// Whether a word right before another denies it: two negations are none.
fn denies(before: Option<&Found>, own: &Found) -> bool {
    let negates = matches!(own.mark, Mark::Not | Mark::Forbid | Mark::Prevent | Mark::Against);
    let is_denied =
        |before: &Found| matches!(before.mark, Mark::Not | Mark::Forbid) && own.start.saturating_sub(before.end) <= 1;
    negates && before.is_some_and(is_denied)
}

/// Whether a word that begins with a negation is one: `能不能` asks, and `不得不` is an obligation.
fn is_negation_if_any(letters: &[char], found: &Found) -> bool {
    let at = |place: usize| letters.get(place).copied();
    let (first, second) = (at(found.start), at(found.start.saturating_add(1)));
    let begins = matches!(first, Some('不' | '没'));
    let before = found.start.checked_sub(1).and_then(at);
    let asks = begins && second.is_some() && before == second;
    let obliges = begins && at(found.end) == Some('不');
    !asks && !obliges
}

/// Whether a word of one Chinese character stands right before the term, as it has to.
fn is_near_if_short(letters: &[char], found: &Found) -> bool {
    let is_short = found.end.saturating_sub(found.start) == 1;
    !is_short || found.end == letters.len()
}

/// The letters behind a term, with the words in them.
struct Behind<'a> {
    letters: &'a [char],
    marks: Vec<Found>,
    /// How many of the letters belong to the clause of the term.
    n_own: usize,
}

impl<'a> Behind<'a> {
    fn new(letters: &'a [char], next: Option<usize>) -> Self {
        Self { letters, marks: find(letters), n_own: next.unwrap_or(letters.len()) }
    }

    fn distance(&self, found: &Found) -> usize {
        n_words(self.letters.get(..found.start).unwrap_or(&[]))
    }

    /// The words of a kind in the clause of the term, at most so many words behind it.
    fn own(&self, mark: Mark, reach: usize) -> impl Iterator<Item = &Found> {
        let is_own =
            move |found: &&Found| found.mark == mark && found.end <= self.n_own && self.distance(found) <= reach;
        self.marks.iter().filter(is_own)
    }

    /// Whether a lawful purpose is named right behind the term, and not as what is evaded: `而不被发现`.
    fn is_lawful(&self) -> bool {
        self.own(Mark::LawfulBehind, NEAR).any(|found| !self.evades(found))
    }

    fn evades(&self, found: &Found) -> bool {
        let before = self.letters.get(..found.start).unwrap_or(&[]);
        before.iter().any(|c| "不没避躲逃免".contains(*c))
    }

    /// Whether the speaker refuses in the next clause: `…的问题，我不能回答`.
    fn is_refused(&self) -> bool {
        let next: String = self.letters.get(self.n_own..).unwrap_or(&[]).iter().take(4).collect();
        self.n_own < self.letters.len() && REFUSES_NEXT.iter().any(|words| next.starts_with(words))
    }

    /// Whether somebody asks how, and not about something lawful: named before it, or right behind it.
    fn asks(&self) -> bool {
        let is_how = |found: &&Found| {
            let letters = self.letters.get(found.start..found.end).unwrap_or(&[]);
            matches!(letters, ['怎', ..] | ['如', '何'] | ['咋'] | ['h', 'o', 'w', ..])
        };
        let is_lawful = |ask: &Found| {
            let named = |found: &Found| found.mark == Mark::LawfulBehind && found.start <= ask.end;
            self.marks.iter().any(|found| named(found) && !self.evades(found))
        };
        self.own(Mark::Ask, NEAR).filter(is_how).any(|ask| !is_lawful(ask))
    }

    /// Whether the way to do it follows, and not the way to prevent it.
    fn has_means(&self) -> bool {
        let prevents = |means: &Found| {
            let is_other = |found: &Found| {
                matches!(found.mark, Mark::LawfulBehind | Mark::Prevent | Mark::ReportBehind | Mark::LawBehind)
                    && found.end <= means.start
            };
            self.marks.iter().any(is_other)
        };
        self.own(Mark::Means, NEAR).any(|means| !prevents(means))
    }

    /// Whether it is offered, here or in the next clause.
    fn offers(&self) -> bool {
        self.marks.iter().any(|found| found.mark == Mark::OfferBehind && self.distance(found) <= MAX_RIGHT)
    }

    /// The frame that follows.
    fn frame(&self) -> Option<Frame> {
        let first = |place: usize| self.letters.get(place).copied();
        let is_predicate = |found: &&Found| {
            matches!(first(found.start), Some('是' | '属' | '将' | '会' | '不' | '违' | '触' | '有' | 'i'))
        };
        let next: String = self.letters.get(self.n_own..).unwrap_or(&[]).iter().take(2).collect();
        let is_law = self.own(Mark::LawBehind, NEAR).next().is_some()
            || self.own(Mark::LawBehind, MAX_RIGHT).any(|found| is_predicate(&found))
            || (self.n_own < self.letters.len() && LAW_NEXT.iter().any(|word| next.starts_with(word)));
        if is_law {
            return Some(Frame::Law);
        }
        if self.own(Mark::ReportBehind, NEAR).next().is_some() {
            return Some(Frame::Report);
        }
        self.own(Mark::Help, NEAR).next().map(|_| Frame::Help)
    }
}
