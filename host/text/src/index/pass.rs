//! The one pass over a text, character by character; what it holds between two chunks borrows nothing.

use std::ops::Range;

use super::edges::Verdict;
use super::lanes::{Lanes, Match, Rest};
use super::marks::{Marks, Sentence};
use super::nearby::{Cue, Cues};
use super::patterns::Owner;
use super::scan::{Hit, HitOrigin, Point};
use super::trail::Trail;
use super::waiting::{Now, Queue, Waiting, What};
use super::{Compiled, Index};
use crate::detect::{Find, Finder, OBFUSCATION, Sensors, glyph, is_written_on};
use crate::expression::Thread;
use crate::form::{Decoder, Form, Piece};
use crate::lane::MAX_IGNORABLES;
use crate::place::{End, Place};
use crate::sound::SoundMatch;
use crate::speech::{Saying, Speaker, Speech};
use crate::table::{Class, Image, Seen, image, seen};

/// The most characters of one run that shows nothing; what goes on longer is the next run.
const MAX_RUN: usize = 128;
/// The weight of a detector's or an expression's hit.
const DETECTOR_WEIGHT: u8 = 100;

/// One text on its way through an index.
#[derive(Debug, Clone)]
pub(crate) struct Pass {
    /// How many bytes and characters have been read.
    at: usize,
    n_chars: u64,
    /// The next character that shows something: its number, and what stands before it.
    next: Place,
    /// The run of characters that show nothing in which the pass is: where it begins, and how many.
    run: (usize, usize),
    /// Whether nothing but space has come since the last line end.
    is_line_blank: bool,
    lanes: Rest,
    trail: Trail,
    cues: Cues,
    queue: Queue,
    sensors: Sensors,
    /// The regular expressions; none before the first character.
    threads: Vec<Thread>,
    sentence: Sentence,
    decoder: Decoder,
    /// The number outside strings that was read last, and whether it may go on.
    literal: Range<usize>,
    is_in_literal: bool,
    /// The number of the character at which the run of the last hit ends; 0 before the first hit.
    quiet_at: u64,
    /// A place before which nothing is kept back, and how much may be.
    floor: usize,
    max_kept: usize,
    is_full: bool,
}

impl Default for Pass {
    fn default() -> Self {
        Self::new(usize::MAX)
    }
}

/// What one character brought.
#[derive(Debug, Default)]
struct News {
    matches: Vec<Match>,
    finds: Vec<Find>,
    hits: Vec<Hit>,
}

impl Pass {
    /// A pass that says when more than `max_kept` bytes are kept back.
    pub(crate) fn new(max_kept: usize) -> Self {
        Self {
            at: 0,
            n_chars: 0,
            next: Place::ORIGIN,
            run: (0, 0),
            is_line_blank: false,
            lanes: Rest::default(),
            trail: Trail::default(),
            cues: Cues::default(),
            queue: Queue::default(),
            sensors: Sensors::default(),
            threads: Vec::new(),
            sentence: Sentence::default(),
            decoder: Decoder::default(),
            literal: 0..0,
            is_in_literal: false,
            quiet_at: 0,
            floor: 0,
            max_kept,
            is_full: false,
        }
    }

    /// Says from now on when more than `max_kept` bytes are kept back.
    pub(crate) fn set_max_kept(&mut self, max_kept: usize) {
        self.max_kept = max_kept;
    }

    /// Says what the text is written as.
    pub(crate) fn set_form(&mut self, form: Form) {
        self.decoder = Decoder::new(form);
    }

    /// A pass for the next text, with the same bound and form.
    pub(crate) fn anew(&self) -> Self {
        Self { decoder: Decoder::new(self.decoder.form()), ..Self::new(self.max_kept) }
    }

    /// How many bytes have been read, with those of an escape that is not at its end.
    pub(crate) fn n_read(&self) -> usize {
        self.at.saturating_add(self.decoder.n_held())
    }

    /// How many bytes of memory it holds beside itself.
    pub(crate) fn heap_bytes(&self) -> usize {
        let threads = self.threads.capacity().saturating_mul(size_of::<Thread>());
        let parts = [
            threads,
            self.lanes.heap_bytes(),
            self.cues.heap_bytes(),
            self.queue.heap_bytes(),
            self.sensors.heap_bytes(),
            self.trail.heap_bytes(),
            self.decoder.heap_bytes(),
        ];
        parts.into_iter().fold(0, usize::saturating_add)
    }

    /// Reads a chunk, adds the points in it to `points`, and returns the frontier at its end.
    pub(crate) fn push(&mut self, index: &Index, marks: &Marks, chunk: &str, points: &mut Vec<Point>) -> usize {
        let mut lanes = Lanes::wake(index, std::mem::take(&mut self.lanes));
        let mut news = News::default();
        if self.decoder.is_plain() {
            for c in chunk.chars() {
                self.step(index, marks, &mut lanes, (c, c.len_utf8()), &mut news, points);
            }
        } else {
            self.decode(index, marks, &mut lanes, Some(chunk), points);
        }
        let frontier = self.frontier(index, &lanes);
        self.lanes = lanes.sleep();
        self.sensors.rest();
        self.queue.forget(frontier);
        frontier
    }

    /// Reads what the characters of a chunk stand for, or, without one, those that are held at the end of the text.
    fn decode(
        &mut self,
        index: &Index,
        marks: &Marks,
        lanes: &mut Lanes,
        chunk: Option<&str>,
        points: &mut Vec<Point>,
    ) {
        let mut decoder = std::mem::take(&mut self.decoder);
        let mut news = News::default();
        let mut pieces = Vec::new();
        let steps = chunk.into_iter().flat_map(str::chars).map(Some).chain(chunk.is_none().then_some(None));
        for c in steps {
            match c {
                Some(c) => decoder.push(c, &mut pieces),
                None => decoder.finish(&mut pieces),
            }
            for piece in pieces.drain(..) {
                match piece {
                    Piece::Nothing(n_bytes) => self.at = self.at.saturating_add(n_bytes),
                    Piece::Char(c, n_bytes) => {
                        self.is_in_literal = decoder.is_in_number();
                        if self.is_in_literal {
                            let is_new = self.literal.end != self.at;
                            let start = if is_new { self.at } else { self.literal.start };
                            self.literal = start..self.at.saturating_add(n_bytes);
                        }
                        self.step(index, marks, lanes, (c, n_bytes), &mut news, points);
                    }
                }
            }
        }
        self.decoder = decoder;
    }

    /// Reads one original character of so many bytes, and adds the point that it brings, if it does.
    #[inline(always)]
    fn step(
        &mut self,
        index: &Index,
        marks: &Marks,
        lanes: &mut Lanes,
        c: (char, usize),
        news: &mut News,
        points: &mut Vec<Point>,
    ) {
        let sentence_end = self.read(index, marks, lanes, c, news);
        let is_interval = marks.every.is_some_and(|n| self.n_chars.is_multiple_of(u64::from(n.get())));
        let is_news = !news.matches.is_empty() || !news.finds.is_empty() || !self.queue.is_empty();
        if is_news || !lanes.sounds.is_empty() {
            self.take(index, marks.speaker, lanes, news);
        }
        let is_full = self.at.saturating_sub(self.floor) > self.max_kept && self.fills(index, lanes);
        let has_hits = !news.hits.is_empty();
        let is_quiet = self.n_chars == self.quiet_at && !has_hits;
        if is_interval || is_full || has_hits || is_quiet || sentence_end.is_some() {
            if let Some(quiet) = marks.quiet.filter(|_| has_hits) {
                self.quiet_at = self.n_chars.saturating_add(u64::from(quiet.get()));
            }
            let hits = std::mem::take(&mut news.hits);
            let frontier = self.frontier(index, lanes);
            points.push(Point { sentence_end, is_interval, is_quiet, is_full, ..self.point(hits, frontier) });
        }
    }

    /// Ends the text.
    pub(crate) fn finish(&mut self, index: &Index, marks: &Marks, points: &mut Vec<Point>) {
        let mut lanes = Lanes::wake(index, std::mem::take(&mut self.lanes));
        if !self.decoder.is_plain() {
            self.decode(index, marks, &mut lanes, None, points);
        }
        lanes.reset();
        let mut news = News::default();
        self.end_run(index, self.at, &mut news.finds);
        self.queue.edge(false);
        self.queue.take(index, marks.speaker, None);
        self.sensors.finish(&index.sensory, &mut news.finds);
        for ((thread, declared), number) in self.threads.iter_mut().zip(&index.expressions).zip(0..) {
            declared.expression.finish(thread, number, &self.sensors, &mut news.finds);
        }
        self.news(index, marks.speaker, &mut news);
        self.queue.settle(index, Now { begun: self.next, is_end: true }, &mut news.hits);
        if !news.hits.is_empty() {
            points.push(self.point(news.hits, self.at));
        }
    }

    /// Reads one original character; where a sentence ended with it, if one did.
    #[inline(always)]
    fn read(
        &mut self,
        index: &Index,
        marks: &Marks,
        lanes: &mut Lanes,
        (c, n_bytes): (char, usize),
        news: &mut News,
    ) -> Option<usize> {
        let start = self.at;
        self.at = start.saturating_add(n_bytes);
        self.n_chars = self.n_chars.saturating_add(1);
        let image = image(c);
        if matches!(image, Image::None) {
            if is_written_on(c) && index.reads_view() {
                self.sensors.mark((c, n_bytes), start);
            }
            self.hide(index, start, &mut news.finds);
            return None;
        }
        if self.run.1 > 0 {
            self.end_run(index, start, &mut news.finds);
        }
        let place = Place { start, ..self.next };
        self.next.number = self.next.number.saturating_add(1);
        match image {
            Image::None => None,
            Image::One(seen) => {
                self.edge(seen.class);
                self.show(index, marks, lanes, seen, place, (c, n_bytes), news)
            }
            Image::Many(cells) => {
                self.edge(cells.first().map_or(Class::Separator, |&cell| seen(cell).class));
                let ends =
                    cells.iter().map(|&cell| self.show(index, marks, lanes, seen(cell), place, (c, n_bytes), news));
                ends.fold(None, Option::or)
            }
            Image::Emoji(cells) => {
                // A word ends before it and begins behind it, whatever it is read as.
                self.edge(Class::Separator);
                lanes.part(place);
                let ends =
                    cells.iter().map(|&cell| self.show(index, marks, lanes, seen(cell), place, (c, n_bytes), news));
                let end = ends.fold(None, Option::or);
                lanes.join();
                self.next.follows_word = false;
                end
            }
        }
    }

    /// Takes the class of a character for the matches that end right before it.
    #[inline]
    fn edge(&mut self, class: Class) {
        if !self.queue.is_empty() {
            self.queue.edge(class.is_word());
        }
    }

    /// Reads one character of the view.
    #[inline(always)]
    #[expect(clippy::too_many_arguments, reason = "the inner loop; a struct of these would be made anew each time")]
    fn show(
        &mut self,
        index: &Index,
        marks: &Marks,
        lanes: &mut Lanes,
        seen: Seen,
        place: Place,
        c: (char, usize),
        news: &mut News,
    ) -> Option<usize> {
        lanes.step(seen, place, &mut news.matches);
        self.trail.take(seen.ch, seen.class, place.number);
        if !self.queue.is_empty() {
            self.queue.take(index, marks.speaker, Some((seen.ch, seen.class)));
        }
        if index.reads_view() {
            self.sensors.take(&index.sensory, glyph(seen.ch, seen.class, place.start, c), &mut news.finds);
            if !index.expressions.is_empty() {
                self.express(index, &mut news.finds);
            }
        }
        self.next.follows_word = seen.class.is_word();
        self.end_line(seen.class);
        if marks.sentences { self.sentence.take(seen.ch, seen.class, self.at) } else { None }
    }

    /// Counts the ends of lines and sentences, and blank lines.
    #[inline]
    fn end_line(&mut self, class: Class) {
        let ends = match class {
            Class::Stop => {
                self.is_line_blank = false;
                true
            }
            Class::Newline => std::mem::replace(&mut self.is_line_blank, true),
            Class::Space => return,
            Class::Cjk | Class::Digit | Class::Ascii | Class::Letter | Class::Separator => {
                self.is_line_blank = false;
                return;
            }
        };
        self.next.n_breaks = self.next.n_breaks.saturating_add(1);
        self.next.n_ends = self.next.n_ends.saturating_add(u32::from(ends));
    }

    /// Lets the regular expressions read the last character of the view.
    fn express(&mut self, index: &Index, finds: &mut Vec<Find>) {
        if self.threads.is_empty() {
            self.threads = index.expressions.iter().map(|declared| declared.expression.thread()).collect();
        }
        for ((thread, declared), number) in self.threads.iter_mut().zip(&index.expressions).zip(0..) {
            declared.expression.take(thread, number, &self.sensors, finds);
        }
        self.sensors.keep_from(self.threads.iter().map(Thread::from).min().unwrap_or(u64::MAX));
    }

    /// Reads a character that shows nothing. It parts nothing, however many there are.
    #[cold]
    fn hide(&mut self, index: &Index, start: usize, finds: &mut Vec<Find>) {
        let (run_start, n) = &mut self.run;
        if *n == 0 {
            *run_start = start;
        }
        *n = n.saturating_add(1);
        if *n == MAX_RUN {
            self.end_run(index, self.at, finds);
        }
    }

    /// Ends a run of characters that show nothing.
    #[cold]
    fn end_run(&mut self, index: &Index, end: usize, finds: &mut Vec<Find>) {
        let (start, n) = std::mem::take(&mut self.run);
        if n > MAX_IGNORABLES && index.finds_runs {
            finds.push(Find { by: Finder::Detector(OBFUSCATION), span: start..end });
        }
    }

    /// Takes what a character brought, and settles what it settles.
    #[cold]
    fn take(&mut self, index: &Index, speaker: Speaker, lanes: &mut Lanes, news: &mut News) {
        self.news(index, speaker, news);
        for found in lanes.sounds.drain(..) {
            self.heard(index, speaker, found, &mut news.hits);
        }
        let begun = lanes.begun().unwrap_or(Place { start: self.at, ..self.next });
        if !self.cues.is_empty() {
            self.cues.forget(begun.number);
        }
        self.queue.settle(index, Now { begun, is_end: false }, &mut news.hits);
    }

    fn news(&mut self, index: &Index, speaker: Speaker, news: &mut News) {
        let end = End { at: self.at, number: self.next.number.saturating_sub(1), n_ends: self.next.n_ends };
        for found in &news.matches {
            for &owner in index.patterns.owners(found.pattern) {
                if let Owner::Cue(cue) = owner {
                    let cue = Cue { cue, start: found.start, end, n_breaks: self.next.n_breaks };
                    self.queue.cue(index, &cue);
                    self.cues.add(cue);
                }
            }
        }
        for found in news.matches.drain(..) {
            for &owner in index.patterns.owners(found.pattern) {
                match owner {
                    Owner::Cue(_) => {}
                    Owner::Evidence(cue) => self.sensors.cue(cue, found.start.start..self.at, &mut news.finds),
                    Owner::Term(number) | Owner::Spelled(number) => {
                        let is_spelled = matches!(owner, Owner::Spelled(_));
                        let term = index.term(number);
                        let waiting =
                            term.and_then(|term| self.term(index, term, (number, is_spelled), found.start, end));
                        if let Some(mut waiting) = waiting {
                            waiting.begin(index, speaker);
                            self.wait(waiting, &mut news.hits);
                        }
                    }
                }
            }
        }
        for find in news.finds.drain(..) {
            if let Some(waiting) = index.find(find) {
                self.wait(waiting, &mut news.hits);
            }
        }
    }

    /// Takes a term that something sounds like.
    fn heard(&mut self, index: &Index, speaker: Speaker, found: SoundMatch, hits: &mut Vec<Hit>) {
        let end = End { at: self.at, number: self.next.number.saturating_sub(1), n_ends: self.next.n_ends };
        let term = index.term(found.term);
        let waiting = term.and_then(|term| self.term(index, term, (found.term, false), found.start, end));
        if let Some(mut waiting) = waiting {
            waiting.awaits_edge |= found.ends_latin;
            waiting.begin(index, speaker);
            self.wait(waiting, hits);
        }
    }

    /// A match of a term, where its left side lets it count.
    fn term(
        &self,
        index: &Index,
        term: &Compiled,
        (number, is_spelled): (u32, bool),
        start: Place,
        end: End,
    ) -> Option<Waiting> {
        let is_word = term.is_word || is_spelled;
        if is_word && term.starts_word && start.follows_word {
            return None;
        }
        let mut lefts = term.clauses.iter().filter(|clause| !clause.kind.is_right());
        if !lefts.all(|clause| self.cues.hold(clause, start)) {
            return None;
        }
        let cut = term.asks_words.then(|| self.trail.cut(start.number, end.number)).flatten();
        let verdict = cut.as_ref().map_or(Verdict::Stands, |cut| cut.verdict());
        if verdict == Verdict::IsCut {
            return None;
        }
        let (what, whose) = if term.is_exception {
            (What::Exception, index.scope.whose(term.lexicon))
        } else {
            let lexicon = index.lexicons.get(usize::try_from(term.lexicon).ok()?)?;
            let origin = HitOrigin::Lexicon { lexicon: lexicon.clone(), term: term.term };
            let category = index.category(term.category)?;
            (
                What::Hit(Hit {
                    start: start.start,
                    end: end.at,
                    category,
                    origin,
                    weight: term.weight,
                    speech: Speech::default(),
                }),
                Some(term.lexicon),
            )
        };
        let clauses = term.rights();
        let saying = (!term.is_exception).then(|| Box::new(Saying::new(self.trail.clause(start.number))));
        Some(Waiting {
            can_be_covered: !term.is_exception && index.can_cover(whose, term.category),
            term: Some(number),
            what,
            whose,
            category: term.category,
            start: start.start,
            end,
            clauses,
            cut: cut.filter(|_| verdict == Verdict::Open),
            saying,
            awaits_edge: is_word && term.ends_word,
            is_held: !term.is_exception,
        })
    }

    fn wait(&mut self, waiting: Waiting, hits: &mut Vec<Hit>) {
        match waiting.what {
            What::Hit(hit) if waiting.is_decided() && !waiting.can_be_covered => {
                hits.push(hit);
            }
            What::Hit(_) | What::Exception => self.queue.push(waiting),
        }
    }

    /// The place before which nothing can become part of a match any more.
    fn frontier(&self, index: &Index, lanes: &Lanes) -> usize {
        let begun = lanes.begun().map(|place| place.start);
        let (run_start, n_run) = self.run;
        let run = (n_run > 0 && index.finds_runs).then_some(run_start);
        let threads = self.threads.iter().filter_map(|thread| self.sensors.start_of(thread.from())).min();
        let literal = self.is_in_literal.then_some(self.literal.start);
        let held = [begun, self.queue.held(), self.sensors.held(), threads, run, literal];
        held.into_iter().flatten().min().unwrap_or(self.at)
    }

    /// Whether for the first time more is kept back than may be.
    #[cold]
    fn fills(&mut self, index: &Index, lanes: &Lanes) -> bool {
        self.floor = self.frontier(index, lanes);
        let is_full = self.at.saturating_sub(self.floor) > self.max_kept;
        is_full && !std::mem::replace(&mut self.is_full, true)
    }

    /// The point at which the pass is, with what resolves there and nothing else that it may be asked for.
    fn point(&self, mut hits: Vec<Hit>, frontier: usize) -> Point {
        hits.iter_mut().filter(|hit| self.literal.contains(&hit.start)).for_each(|hit| {
            hit.start = self.literal.start;
            hit.end = hit.end.max(self.literal.end);
        });
        hits.sort_unstable();
        hits.dedup();
        let is_match =
            |hit: &&Hit| !matches!(hit.origin, HitOrigin::Detector(name) if crate::detect::is_evidence(name));
        let starts = hits.iter().filter(is_match).map(|hit| hit.start);
        let frontier = starts.chain([frontier]).min().unwrap_or(frontier);
        Point {
            at: self.at,
            n_chars: self.n_chars,
            frontier,
            hits,
            sentence_end: None,
            is_interval: false,
            is_quiet: false,
            is_full: false,
        }
    }
}

impl Index {
    /// What a detector or an expression found, as a hit that only an exception can keep from counting.
    fn find(&self, find: Find) -> Option<Waiting> {
        let (origin, number, is_evidence) = match find.by {
            Finder::Detector(name) => {
                let &(info, number) = self.detectors.iter().find(|(info, _)| info.name == name)?;
                (HitOrigin::Detector(name), number, info.is_evidence)
            }
            Finder::Pattern(number) => {
                let declared = self.expressions.get(number)?;
                (HitOrigin::Pattern(declared.name.clone()), declared.category, false)
            }
        };
        let category = self.category(number)?;
        let (start, end) = (find.span.start, find.span.end);
        let hit = Hit { start, end, category, origin, weight: DETECTOR_WEIGHT, speech: Speech::default() };
        Some(Waiting {
            what: What::Hit(hit),
            whose: None,
            category: number,
            start,
            end: End { at: end, number: 0, n_ends: 0 },
            term: None,
            clauses: Vec::new(),
            cut: None,
            saying: None,
            awaits_edge: false,
            is_held: !is_evidence,
            can_be_covered: self.can_cover(None, number),
        })
    }
}
