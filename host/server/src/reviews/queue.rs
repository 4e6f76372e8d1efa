//! The queue: what waits, on disk, and what became of it.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use tokio::sync::Notify;

use super::FULL;
use super::content::{Content, Released};
use super::likeness::Likeness;
use super::review::{Asked, Review, State};
use super::seal::Seal;
use crate::config::ReviewsConfig;
use crate::serving::{Folder, ServeError, read_secret};

/// How many that are over are kept to be shown.
const OVER: usize = 200;
/// How the name of a file with content ends.
const SEALED: &str = ".sealed";
/// The longest file with content.
const MAX_SEALED: u64 = 256 << 20;

/// Why content does not wait, or cannot be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum QueueError {
    /// As much waits as may.
    #[error("as much content waits as may; decide on some of it, or raise `reviews.waiting` and `reviews.bytes`")]
    Full,
    /// The disk failed.
    #[error("the folder of reviews cannot be used; see whether it can be written and its disk has room")]
    Disk(#[from] io::Error),
    /// It was encrypted under another key, or changed since.
    #[error("the content cannot be decrypted; give the key that it was encrypted under")]
    Sealed,
}

impl QueueError {
    /// The fault, as logs and figures name it.
    pub(super) fn fault(&self) -> &'static str {
        match self {
            Self::Full => FULL,
            Self::Disk(_) | Self::Sealed => "reviews-failed",
        }
    }
}

/// Everything that waits, and what became of the last that did.
#[derive(Debug)]
pub(crate) struct Reviews {
    pub(super) config: ReviewsConfig,
    seal: Seal,
    folder: Folder<Review>,
    table: Mutex<Table>,
    pub(super) changed: Notify,
}

#[derive(Debug, Default)]
struct Table {
    kept: BTreeMap<String, Kept>,
    over: VecDeque<Review>,
    n_bytes: u64,
    n_full: u64,
}

/// Whether there is room for content.
enum Room {
    None,
    /// The decision has its content there already.
    Kept,
    /// There is, and what it takes the place of goes.
    Given(Option<Box<Review>>),
}

#[derive(Debug)]
struct Kept {
    review: Review,
    /// Whether somebody decides on it just now.
    is_taken: bool,
    /// What later content is compared by, where some may take its place.
    likeness: Option<Likeness>,
}

impl Table {
    /// Takes what waits and is to make room for later content.
    fn take_earlier(&mut self, later: &Likeness, content: &Content) -> Option<Review> {
        let mut waiting = self.kept.values_mut().filter(|kept| !kept.is_taken && kept.review.state == State::Waiting);
        let is_earlier =
            |kept: &&mut Kept| kept.likeness.as_ref().is_some_and(|earlier| earlier.is_continued_by(later, content));
        let kept = waiting.find(is_earlier)?;
        kept.is_taken = true;
        Some(kept.review.clone())
    }

    fn give_back(&mut self, id: &str) {
        if let Some(kept) = self.kept.get_mut(id) {
            kept.is_taken = false;
        }
    }

    fn remove(&mut self, id: &str) -> Option<Review> {
        let review = self.kept.remove(id)?.review;
        self.n_bytes = self.n_bytes.saturating_sub(review.n_bytes);
        Some(review)
    }
}

impl Reviews {
    /// Opens the folder, and takes up what waits there. Content that nothing names is deleted.
    ///
    /// # Errors
    /// Where the folder or the key cannot be read.
    pub(crate) fn open(config: &ReviewsConfig) -> Result<Self, ServeError> {
        let seal = Self::seal(config)?;
        let failed = |source| Self::folder_failed(config, source);
        let folder = Folder::<Review>::open(&config.folder).map_err(failed)?;
        let mut table = Table::default();
        for review in folder.all().map_err(failed)? {
            table.n_bytes = table.n_bytes.saturating_add(review.n_bytes);
            table.kept.insert(review.decision.clone(), Kept { review, is_taken: false, likeness: None });
        }
        for name in folder.names(SEALED).map_err(failed)? {
            if !table.kept.contains_key(name.trim_end_matches(SEALED)) {
                folder.remove_bytes(&name).map_err(failed)?;
            }
        }
        Ok(Self { config: config.clone(), seal, folder, table: Mutex::new(table), changed: Notify::new() })
    }

    /// Whether what the configuration names can be used, without a change to what waits.
    ///
    /// # Errors
    /// As [`Reviews::open`].
    pub(crate) fn check(config: &ReviewsConfig) -> Result<(), ServeError> {
        Self::seal(config)?;
        Folder::<Review>::check(&config.folder).map_err(|source| Self::folder_failed(config, source))
    }

    fn seal(config: &ReviewsConfig) -> Result<Seal, ServeError> {
        let name = "reviews.key-file";
        let unusable = || ServeError::Key {
            name,
            file: config.key_file.display().to_string(),
            source: io::Error::other("the key cannot be used"),
        };
        Seal::new(&read_secret(name, &config.key_file)?).ok_or_else(unusable)
    }

    fn folder_failed(config: &ReviewsConfig, source: io::Error) -> ServeError {
        ServeError::Folder { name: "reviews.folder", folder: config.folder.display().to_string(), source }
    }

    fn with<T>(&self, work: impl FnOnce(&mut Table) -> T) -> T {
        work(&mut self.table.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Lets the content of a decision wait, in the place of what it is another state of. Whether that is over.
    ///
    /// # Errors
    /// Where as much waits as may, or the disk fails: it does not wait then.
    pub(super) fn add(&self, asked: &Asked<'_>, content: &Content) -> Result<bool, QueueError> {
        let mut review = Review::new(asked, &self.config, now());
        let id = review.decision.clone();
        let bytes = serde_json::to_vec(content).map_err(io::Error::other)?;
        let sealed = self.seal.close(&id, bytes).ok_or_else(|| io::Error::other("the system gives no randomness"))?;
        review.n_bytes = u64::try_from(sealed.len()).unwrap_or(u64::MAX);
        let likeness = Likeness::of(asked, content);
        let room = self.with(|table| {
            // The same question in a session of the same name is the same decision.
            if table.kept.contains_key(&id) {
                return Room::Kept;
            }
            let earlier = likeness.as_ref().and_then(|later| table.take_earlier(later, content));
            let n_before = earlier.as_ref().map_or(0, |earlier| earlier.n_bytes);
            let n_bytes = table.n_bytes.saturating_add(review.n_bytes);
            let n_then = usize::try_from(n_bytes.saturating_sub(n_before)).unwrap_or(usize::MAX);
            let n_kept = table.kept.len().saturating_sub(usize::from(earlier.is_some()));
            if n_kept >= self.config.waiting || n_then > self.config.bytes {
                table.n_full = table.n_full.saturating_add(1);
                if let Some(earlier) = earlier {
                    table.give_back(&earlier.decision);
                }
                return Room::None;
            }
            // Nobody decides on it before it is on the disk.
            table.n_bytes = n_bytes;
            table.kept.insert(id.clone(), Kept { review: review.clone(), is_taken: true, likeness });
            Room::Given(earlier.map(Box::new))
        });
        let earlier = match room {
            Room::None => return Err(QueueError::Full),
            Room::Kept => return Ok(false),
            Room::Given(earlier) => earlier,
        };
        let written = self.folder.put_bytes(&sealed_name(&id), &sealed).and_then(|()| self.folder.put(&id, &review));
        if let Err(error) = written {
            self.with(|table| table.remove(&id));
            drop(self.folder.remove_bytes(&sealed_name(&id)));
            if let Some(earlier) = earlier {
                self.give_back(&earlier.decision);
            }
            return Err(error.into());
        }
        self.give_back(&id);
        self.changed.notify_one();
        Ok(earlier.is_some_and(|earlier| self.replace(*earlier, id)))
    }

    /// Deletes content whose place other content has taken; whether it could. Otherwise both wait.
    fn replace(&self, earlier: Review, by: String) -> bool {
        let id = earlier.decision.clone();
        let replaced = self.forget(Review { state: State::Replaced, replaced_by: Some(by), ..earlier });
        if let Err(error) = &replaced {
            tracing::error!(
                decision = id,
                error = error as &dyn std::error::Error,
                "content that was replaced is not deleted"
            );
            self.give_back(&id);
        }
        replaced.is_ok()
    }

    /// The content that waits.
    ///
    /// # Errors
    /// Where it is gone, or was encrypted under another key.
    pub(super) fn content(&self, id: &str) -> Result<Content, QueueError> {
        let bytes = self.unseal(id, id)?;
        serde_json::from_slice(&bytes).map_err(|_| QueueError::Sealed)
    }

    /// What may go out of content that was approved.
    ///
    /// # Errors
    /// As [`Self::content`].
    pub(crate) fn release(&self, id: &str) -> Result<Released, QueueError> {
        let bytes = self.unseal(id, &release_place(id))?;
        serde_json::from_slice(&bytes).map_err(|_| QueueError::Sealed)
    }

    fn unseal(&self, id: &str, place: &str) -> Result<Vec<u8>, QueueError> {
        let sealed = self.folder.bytes(&sealed_name(id), MAX_SEALED)?;
        self.seal.open(place, &sealed).ok_or(QueueError::Sealed)
    }

    /// Everything that waits or may still be fetched, the oldest first, and what is over, the newest first.
    pub(crate) fn all(&self) -> Vec<Review> {
        let (mut kept, over): (Vec<_>, Vec<_>) = self.with(|table| {
            (table.kept.values().map(|kept| kept.review.clone()).collect(), table.over.iter().cloned().collect())
        });
        kept.sort_by_key(|review| review.queued);
        kept.extend(over);
        kept
    }

    /// One of them.
    pub(crate) fn find(&self, id: &str) -> Option<Review> {
        self.with(|table| {
            let kept = table.kept.get(id).map(|kept| &kept.review);
            kept.or_else(|| table.over.iter().find(|review| review.decision == id)).cloned()
        })
    }

    /// How many decisions found no room since the start.
    pub(crate) fn n_full(&self) -> u64 {
        self.with(|table| table.n_full)
    }

    /// Notes that somebody opens the content.
    ///
    /// # Errors
    /// Where that cannot be kept.
    pub(super) fn note_opening(&self, id: &str, by: &str) -> Result<(), QueueError> {
        // Written under the lock: what is decided meanwhile would be written over, or brought back.
        self.with(|table| {
            let Some(kept) = table.kept.get_mut(id) else { return Ok(()) };
            kept.review.note_opening(by, now());
            if kept.is_taken { Ok(()) } else { Ok(self.folder.put(id, &kept.review)?) }
        })
    }

    /// Takes one that waits, so that nobody else decides on it.
    pub(super) fn take(&self, id: &str) -> Option<Review> {
        self.with(|table| {
            let kept = table.kept.get_mut(id).filter(|kept| !kept.is_taken && kept.review.state == State::Waiting)?;
            kept.is_taken = true;
            Some(kept.review.clone())
        })
    }

    /// Gives one back on which nothing was decided.
    pub(super) fn give_back(&self, id: &str) {
        self.with(|table| table.give_back(id));
    }

    /// Keeps that one was decided on. In the place of its content stands what may go out of it, where something may.
    ///
    /// # Errors
    /// Where that cannot be kept: it waits on.
    pub(super) fn finish(&self, review: Review, release: &Released) -> Result<(), QueueError> {
        let id = review.decision.clone();
        if review.state == State::Approved {
            let bytes = serde_json::to_vec(release).map_err(io::Error::other)?;
            let sealed = self.seal.close(&release_place(&id), bytes);
            let sealed = sealed.ok_or_else(|| io::Error::other("the system gives no randomness"))?;
            self.folder.put_bytes(&sealed_name(&id), &sealed)?;
            self.folder.put(&id, &review)?;
            let kept = Kept { review, is_taken: false, likeness: None };
            self.with(|table| table.kept.get_mut(&id).map(|before| *before = kept));
            return Ok(());
        }
        self.forget(review)
    }

    /// Deletes the content of one, and keeps what became of it to be shown.
    pub(super) fn forget(&self, review: Review) -> Result<(), QueueError> {
        let id = review.decision.clone();
        self.folder.remove_bytes(&sealed_name(&id))?;
        self.folder.remove(&id)?;
        self.with(|table| {
            table.remove(&id);
            table.over.truncate(OVER.saturating_sub(1));
            table.over.push_front(review);
        });
        Ok(())
    }

    /// Takes those whose time is over, and says when that of the next one is.
    pub(super) fn take_expired(&self, now: Timestamp) -> (Vec<Review>, Option<Timestamp>) {
        self.with(|table| {
            let mut expired = Vec::new();
            for kept in table.kept.values_mut().filter(|kept| !kept.is_taken && kept.review.expires <= now) {
                kept.is_taken = true;
                expired.push(kept.review.clone());
            }
            let waiting = table.kept.values().filter(|kept| !kept.is_taken);
            (expired, waiting.map(|kept| kept.review.expires).min())
        })
    }
}

fn sealed_name(id: &str) -> String {
    format!("{id}{SEALED}")
}

/// What is bound to the encrypted release, so that it is never taken for content.
fn release_place(id: &str) -> String {
    format!("{id} release")
}

#[expect(clippy::disallowed_methods, reason = "when content is deleted is a promise in time, and decides nothing")]
pub(super) fn now() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use serde_json::json;
    use specialis::core::words::ReviewRole;
    use specialis::core::{Context, Decision, Event, EventKind};

    use super::super::content::Transcript;
    use super::super::likeness::Joins;
    use super::*;

    const TEXT: &str = "内部消息称全城停水。";

    fn queue(folder: &Path, more: &str) -> Reviews {
        let at = folder.display();
        fs::write(folder.join("key"), "a key of tests that is long enough").unwrap();
        let config = format!("folder = \"{at}/reviews\"\nkey-file = \"{at}/key\"\n{more}");
        Reviews::open(&toml::from_str(&config).unwrap()).unwrap()
    }

    fn add(queue: &Reviews, id: &str) -> Result<bool, QueueError> {
        add_to(queue, id, &Joins::Nothing, TEXT)
    }

    fn add_to(queue: &Reviews, id: &str, joins: &Joins, text: &str) -> Result<bool, QueueError> {
        let decision: Decision = serde_json::from_value(json!({ "session": "s", "seq": 0, "kind": "output",
            "verdict": "review", "as-of": "2026-11-30", "duties": [], "obligations": [], "evaluations": {},
            "edition": "e", "id": id }))
        .unwrap();
        let event = Event::new(EventKind::Output).with_text(text);
        let content = Content::of(&Context::default(), event, Transcript::default());
        queue.add(&Asked { tenant: "t", decision: &decision, joins }, &content)
    }

    #[test]
    fn text_that_grows_waits_once_and_what_is_decided_on_or_approved_stays() {
        let folder = tempfile::tempdir().unwrap();
        let queue = queue(folder.path(), "waiting = 2");
        let one = Joins::Exchange("c-1".to_owned());
        let n_files = || fs::read_dir(folder.path().join("reviews")).unwrap().count();
        for (id, n) in [("a", 1), ("b", 2), ("c", 3), ("d", 3)] {
            assert_eq!(add_to(&queue, id, &one, &TEXT.repeat(n)).unwrap(), id != "a", "{id}");
            assert_eq!(n_files(), 2, "{id}");
        }
        let first = queue.find("a").unwrap();
        assert_eq!((first.state, first.replaced_by.as_deref()), (State::Replaced, Some("b")));
        assert_eq!(queue.content("d").unwrap().parts()[0].text, TEXT.repeat(3));
        let n_bytes = queue.with(|table| table.n_bytes);
        assert_eq!(n_bytes, queue.find("d").unwrap().n_bytes);
        // Somebody decides on it: what follows waits beside it.
        let mut review = queue.take("d").unwrap();
        assert!(!add_to(&queue, "e", &one, &TEXT.repeat(4)).unwrap());
        review.state = State::Approved;
        queue.finish(review, &Released { parts: vec![(0, Some("可以".to_owned()))], files: Vec::new() }).unwrap();
        // The same decision again changes nothing, and where it is full another may still take the place of what it continues.
        assert!(!add_to(&queue, "d", &one, &TEXT.repeat(3)).unwrap());
        assert_eq!(queue.find("d").unwrap().state, State::Approved);
        assert!(queue.release("d").is_ok());
        assert!(add_to(&queue, "f", &one, &TEXT.repeat(5)).unwrap());
        assert!(matches!(add_to(&queue, "g", &one, "另一段"), Err(QueueError::Full)));
        assert_eq!(queue.find("f").unwrap().state, State::Waiting);
    }

    #[test]
    fn content_waits_encrypted_over_a_restart_and_is_deleted_when_it_is_over() {
        let folder = tempfile::tempdir().unwrap();
        let first = queue(folder.path(), "");
        add(&first, "a").unwrap();
        add(&first, "b").unwrap();
        let files = || fs::read_dir(folder.path().join("reviews")).unwrap().map(|entry| entry.unwrap().path());
        assert_eq!(files().count(), 4);
        for file in files() {
            let bytes = fs::read(&file).unwrap();
            assert!(!bytes.windows(TEXT.len()).any(|window| window == TEXT.as_bytes()), "{}", file.display());
        }
        drop(first);
        // Left behind by a crash between two files.
        fs::write(folder.path().join("reviews/c.sealed"), "x").unwrap();
        let second = queue(folder.path(), "");
        assert_eq!(files().count(), 4);
        assert_eq!(second.content("a").unwrap().parts()[0].text, TEXT);
        let mut review = second.take("a").unwrap();
        assert_eq!((review.role, review.state), (ReviewRole::ContentReviewer, State::Waiting));
        assert!(second.take("a").is_none(), "somebody decides on it");
        review.state = State::Refused;
        second.finish(review, &Released::default()).unwrap();
        assert_eq!(files().count(), 2);
        assert!(second.content("a").is_err() && second.find("a").unwrap().state == State::Refused);
        let mut review = second.take("b").unwrap();
        review.state = State::Approved;
        let released = Released { parts: vec![(0, Some("可以".to_owned()))], files: Vec::new() };
        second.finish(review, &released).unwrap();
        assert!(second.content("b").is_err(), "what is released is not the content");
        assert_eq!(second.release("b").unwrap(), released);
        assert!(second.take("b").is_none());
    }

    #[test]
    fn queue_is_bounded_by_number_and_bytes_and_one_that_is_full_is_a_fault() {
        let folder = tempfile::tempdir().unwrap();
        let few = queue(folder.path(), "waiting = 1");
        add(&few, "a").unwrap();
        let error = add(&few, "b").unwrap_err();
        assert_eq!((error.fault(), few.n_full(), few.all().len()), (FULL, 1, 1));
        let folder = tempfile::tempdir().unwrap();
        let small = queue(folder.path(), "bytes = 10");
        assert!(matches!(add(&small, "a"), Err(QueueError::Full)));
        assert_eq!(fs::read_dir(folder.path().join("reviews")).unwrap().count(), 0);
    }

    #[test]
    fn reviewer_stands_among_the_openings_however_often_others_opened() {
        let folder = tempfile::tempdir().unwrap();
        let queue = queue(folder.path(), "");
        add(&queue, "a").unwrap();
        (0..150).for_each(|_| queue.note_opening("a", "one").unwrap());
        (0..2).for_each(|_| queue.note_opening("a", "two").unwrap());
        let opened = queue.find("a").unwrap().opened;
        assert_eq!((opened.len(), opened.last().unwrap().by.as_str()), (101, "two"));
        // While somebody decides, nobody else writes.
        let file = folder.path().join("reviews/a.json");
        let review = queue.take("a").unwrap();
        fs::remove_file(&file).unwrap();
        queue.note_opening("a", "three").unwrap();
        assert!(!file.exists());
        fs::write(&file, serde_json::to_vec(&review).unwrap()).unwrap();
        queue.finish(Review { state: State::Refused, ..review }, &Released::default()).unwrap();
        queue.note_opening("a", "four").unwrap();
        assert!(!file.exists(), "what is over does not come back");
    }

    #[test]
    fn time_that_is_over_is_told_once_and_the_next_one_is_known() {
        let folder = tempfile::tempdir().unwrap();
        let queue = queue(folder.path(), "expires = 60");
        add(&queue, "a").unwrap();
        let expires = queue.find("a").unwrap().expires;
        let second = std::time::Duration::from_secs(1);
        assert_eq!(queue.take_expired(expires.checked_sub(second).unwrap()), (Vec::new(), Some(expires)));
        let (expired, next) = queue.take_expired(expires);
        assert_eq!((expired.len(), next), (1, None));
        assert_eq!(queue.take_expired(expires).0.len(), 0, "it is taken");
    }

    #[test]
    fn content_under_another_key_stays_closed() {
        let folder = tempfile::tempdir().unwrap();
        add(&queue(folder.path(), ""), "a").unwrap();
        let at = folder.path().display();
        fs::write(folder.path().join("other"), "another key of tests, long enough").unwrap();
        let config = format!("folder = \"{at}/reviews\"\nkey-file = \"{at}/other\"\n");
        let other = Reviews::open(&toml::from_str(&config).unwrap()).unwrap();
        assert!(matches!(other.content("a"), Err(QueueError::Sealed)));
    }
}
