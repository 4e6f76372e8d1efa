//! Judging on threads of its own: work of microseconds, so that as many run at once as the host judges with.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Why something was not judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotJudged {
    /// Too much waits already.
    #[error("too many requests wait to be judged; ask again in a second")]
    Busy,
    /// The judging itself broke off.
    #[error("the judging broke off; nothing of the text goes out")]
    BrokeOff,
}

/// Runs what judges. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Judging(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    threads: Arc<Semaphore>,
    n_waiting: AtomicUsize,
    max_waiting: usize,
}

/// Counts one that waits, as long as it does.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Judging {
    /// Judges on so many threads. More than `max_waiting` that wait for one are refused.
    pub(crate) fn new(threads: usize, max_waiting: usize) -> Self {
        let threads = Arc::new(Semaphore::new(threads.max(1)));
        Self(Arc::new(Shared { threads, n_waiting: AtomicUsize::new(0), max_waiting }))
    }

    /// Waits for a thread.
    ///
    /// # Errors
    /// Where too much waits already.
    pub(crate) async fn turn(&self) -> Result<Turn, NotJudged> {
        let threads = self.0.threads.clone();
        if let Ok(permit) = threads.clone().try_acquire_owned() {
            return Ok(Turn(permit));
        }
        if self.0.n_waiting.fetch_add(1, Ordering::Relaxed) >= self.0.max_waiting {
            self.0.n_waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(NotJudged::Busy);
        }
        let _waiting = Waiting(&self.0.n_waiting);
        threads.acquire_owned().await.map(Turn).map_err(|_| NotJudged::BrokeOff)
    }

    /// Waits for a thread, however much waits already, and runs work on it: for an answer that has begun and must end.
    ///
    /// # Errors
    /// Where the work panicked.
    pub(crate) async fn run_patiently<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, NotJudged> {
        let permit = self.0.threads.clone().acquire_owned().await.map_err(|_| NotJudged::BrokeOff)?;
        Turn(permit).run(work).await
    }

    /// Waits for a thread and runs work on it.
    ///
    /// # Errors
    /// Where too much waits already, or the work panicked.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, NotJudged> {
        self.turn().await?.run(work).await
    }
}

/// The right to use a thread. What must not be lost where none is to be had is taken in hand once this is there.
#[derive(Debug)]
pub(crate) struct Turn(OwnedSemaphorePermit);

impl Turn {
    /// Runs work on a thread where it may block.
    ///
    /// # Errors
    /// Where the work panicked.
    pub(crate) async fn run<T: Send + 'static>(
        self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, NotJudged> {
        let work = move || {
            let _permit = self.0;
            work()
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| NotJudged::BrokeOff)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap()
    }

    #[test]
    fn what_waits_beyond_the_bound_is_refused_and_the_rest_is_judged() {
        let judging = Judging::new(1, 1);
        runtime().block_on(async {
            let (go_on, gate) = channel::<()>();
            let (begun, has_begun) = channel::<()>();
            let first = judging.clone();
            let first = tokio::spawn(async move {
                let work = move || {
                    begun.send(()).unwrap();
                    gate.recv().unwrap();
                    1
                };
                first.run(work).await
            });
            has_begun.recv().unwrap();
            let second = judging.clone();
            let second = tokio::spawn(async move { second.run(|| 2).await });
            while judging.0.n_waiting.load(Ordering::Relaxed) == 0 {
                tokio::task::yield_now().await;
            }
            assert_eq!(judging.run(|| 3).await, Err(NotJudged::Busy));
            go_on.send(()).unwrap();
            assert_eq!((first.await.unwrap(), second.await.unwrap()), (Ok(1), Ok(2)));
            assert_eq!(judging.run(|| 4).await, Ok(4));
        });
    }

    #[test]
    fn work_that_panics_is_an_answer_and_frees_its_thread() {
        let judging = Judging::new(1, 1);
        runtime().block_on(async {
            let broken: Result<(), _> = judging.run(|| panic!("on purpose")).await;
            assert_eq!(broken, Err(NotJudged::BrokeOff));
            assert_eq!(judging.run(|| 5).await, Ok(5));
        });
    }
}
