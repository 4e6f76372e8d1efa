//! Reading a text as it comes, in chunks.

use std::num::NonZeroU32;
use std::sync::Arc;

use crate::form::Form;
use crate::index::{Index, Marks, Pass, Point};
use crate::speech::Speaker;

/// Reads one text in chunks and says what resolves where, and how much of the text may be let go.
///
/// What it finds is what [`Index::scan`] finds in the whole text, and the points at which it finds it depend on the text
/// alone, wherever it is cut. It owns its state, holds on to the index and to no other text, and may move between threads.
///
/// ```
/// use std::sync::Arc;
///
/// use specialis_text::{IndexBuilder, Lexicon, Reader};
///
/// let lexicon = Lexicon::parse("gambling", "term,category\n赌博网站,a1.gambling\n".as_bytes())?;
/// let index = Arc::new(IndexBuilder::new().lexicon(&lexicon).build()?);
///
/// let mut reader = Reader::new(index);
/// let progress = reader.push("他说赌");
/// assert!(progress.points.is_empty());
/// assert_eq!(progress.frontier, "他说".len());
/// let progress = reader.push("博网站很多");
/// assert_eq!(progress.points[0].at, "他说赌博网站很".len());
/// assert_eq!(progress.frontier, "他说赌博网站很多".len());
/// assert!(reader.finish().is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Defaults:
/// - nobody has said who says the text, and it is plain
/// - no points at the ends of sentences, none every so many characters, and none where a run of hits ends
/// - at most [`MAX_KEPT_BACK`](Self::MAX_KEPT_BACK) bytes kept back
///
/// To let text go the same way wherever it was cut, go through the points in order: let the text go up to
/// [`Point::frontier`], then act on the point; after the last, let it go up to [`Progress::frontier`].
#[derive(Debug, Clone)]
pub struct Reader {
    index: Arc<Index>,
    marks: Marks,
    pass: Pass,
    frontier: usize,
}

/// What a chunk brought.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// The points in the chunk, by position.
    pub points: Vec<Point>,
    /// Byte offset before which nothing that is still to come can make a match; it never goes back.
    pub frontier: usize,
}

impl Reader {
    /// How many bytes may be kept back unless told otherwise.
    pub const MAX_KEPT_BACK: usize = 16 << 10;

    /// A reader with the defaults.
    pub fn new(index: Arc<Index>) -> Self {
        Self { index, marks: Marks::default(), pass: Pass::new(Self::MAX_KEPT_BACK), frontier: 0 }
    }

    /// Asks for a point at each end of a sentence: behind `。`, `！`, `？`, at a line end, and behind a full stop with a
    /// space after it, which is known one character later. What holds no letter is no sentence.
    #[must_use]
    pub fn sentences(mut self) -> Self {
        self.marks.sentences = true;
        self
    }

    /// Says who says the text: a refusal counts where the model does, and a request stays one where a user does.
    #[must_use]
    pub fn said_by(mut self, speaker: Speaker) -> Self {
        self.marks.speaker = speaker;
        self
    }

    /// Says what the text is written as. Offsets are those of what is written, escapes included, and no escape is ever let go
    /// in part.
    #[must_use]
    pub fn written_in(mut self, form: Form) -> Self {
        self.pass.set_form(form);
        self
    }

    /// Asks for a point every `n` original characters.
    #[must_use]
    pub fn every(mut self, n: NonZeroU32) -> Self {
        self.marks.every = Some(n);
        self
    }

    /// Asks for a point where `n` original characters without a hit have been read since the last hit.
    #[must_use]
    pub fn quiet_after(mut self, n: NonZeroU32) -> Self {
        self.marks.quiet = Some(n);
        self
    }

    /// Sets how many bytes may be kept back before a point says so.
    #[must_use]
    pub fn max_kept_back(mut self, n_bytes: usize) -> Self {
        self.pass.set_max_kept(n_bytes);
        self
    }

    /// Reads a chunk.
    pub fn push(&mut self, chunk: &str) -> Progress {
        let mut points = Vec::new();
        self.frontier = self.pass.push(&self.index, &self.marks, chunk, &mut points);
        Progress { points, frontier: self.frontier }
    }

    /// Ends the text. All of it may be let go after the last point. The next chunk begins a new text.
    pub fn finish(&mut self) -> Vec<Point> {
        let mut points = Vec::new();
        self.pass.finish(&self.index, &self.marks, &mut points);
        self.pass = self.pass.anew();
        self.frontier = 0;
        points
    }

    /// How many bytes have been read.
    pub fn n_read(&self) -> usize {
        self.pass.n_read()
    }

    /// How many bytes are kept back: those from the frontier to the end of what has been read.
    pub fn n_kept_back(&self) -> usize {
        self.pass.n_read().saturating_sub(self.frontier)
    }

    /// The memory it holds, in bytes, itself included; the index is shared.
    pub fn n_bytes(&self) -> usize {
        size_of::<Self>().saturating_add(self.pass.heap_bytes())
    }
}
