//! The measures that are on their way, and those that were answered lately.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use specialis::core::{Decision, Outcome};
use tokio::sync::Notify;

use super::FULL;
use super::delivery::{Delivery, Kept, State};
use crate::config::{Webhook, duration};
use crate::serving::{Folder, ServeError, read_secret};

/// How many that were answered are kept to be shown.
const ANSWERED: usize = 200;
/// The longest wait between two tries.
const LONGEST: Duration = Duration::from_secs(3_600);

/// All measures that leave.
#[derive(Debug)]
pub(crate) struct Outbox {
    pub(super) webhook: Webhook,
    pub(super) key: Vec<u8>,
    measures: BTreeSet<String>,
    folder: Folder<Kept>,
    table: Mutex<Table>,
    pub(super) changed: Notify,
}

#[derive(Debug, Default)]
struct Table {
    waiting: BTreeMap<String, Waiting>,
    undone: BTreeMap<String, Delivery>,
    answered: VecDeque<(Delivery, Outcome)>,
    n_answered: u64,
    /// Those that were not taken since the start, because as many were kept as may be or because the disk failed.
    n_refused: u64,
}

impl Table {
    fn n_kept(&self) -> usize {
        self.waiting.len().saturating_add(self.undone.len())
    }
}

/// What became of the measures of a decision.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    /// Those that were taken, by their index.
    pub(crate) handed_over: Vec<(usize, Outcome)>,
    /// How many were not, and are undone.
    pub(crate) n_refused: u32,
}

#[derive(Debug)]
struct Waiting {
    delivery: Delivery,
    n_tries: u32,
    due: Instant,
}

impl Outbox {
    /// Opens the folder, and takes up what waits there.
    ///
    /// # Errors
    /// Where the folder or the key cannot be read.
    pub(crate) fn open(webhook: &Webhook) -> Result<Self, ServeError> {
        let key = Self::key(webhook)?;
        let folder_failed = |source| Self::folder_failed(webhook, source);
        let folder = Folder::open(&webhook.folder).map_err(folder_failed)?;
        let mut table = Table::default();
        for Kept { delivery, state } in folder.all().map_err(folder_failed)? {
            match state {
                State::Undone => drop(table.undone.insert(delivery.id.clone(), delivery)),
                State::Waiting => {
                    let waiting = Waiting { delivery: delivery.clone(), n_tries: 0, due: Instant::now() };
                    table.waiting.insert(delivery.id, waiting);
                }
                State::Answered(_) => folder.remove(&delivery.id).map_err(folder_failed)?,
            }
        }
        Ok(Self {
            measures: webhook.measures.iter().cloned().collect(),
            webhook: webhook.clone(),
            key,
            folder,
            table: Mutex::new(table),
            changed: Notify::new(),
        })
    }

    /// Whether what the configuration names can be used, without a change to what waits.
    ///
    /// # Errors
    /// As [`Outbox::open`].
    pub(crate) fn check(webhook: &Webhook) -> Result<(), ServeError> {
        Self::key(webhook)?;
        Folder::<Kept>::check(&webhook.folder).map_err(|source| Self::folder_failed(webhook, source))
    }

    fn key(webhook: &Webhook) -> Result<Vec<u8>, ServeError> {
        read_secret("webhook.key-file", &webhook.key_file)
    }

    fn folder_failed(webhook: &Webhook, source: std::io::Error) -> ServeError {
        ServeError::Folder { name: "webhook.folder", folder: webhook.folder.display().to_string(), source }
    }

    fn with<T>(&self, work: impl FnOnce(&mut Table) -> T) -> T {
        work(&mut self.table.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes the measures of a decision that leave. One that cannot be kept is refused: it is undone.
    pub(super) fn take(&self, decision: &Decision) -> Taken {
        let goes = |id: &specialis::core::MeasureId| self.measures.is_empty() || self.measures.contains(id.as_str());
        let mut taken = Taken::default();
        for delivery in Delivery::of(decision, goes) {
            if self.is_full() {
                tracing::error!(
                    fault = FULL,
                    decision = decision.id,
                    measure = delivery.measure.id.as_str(),
                    "as many measures are kept as may be; this one is undone: see why the receiver does not answer"
                );
                taken.n_refused = taken.n_refused.saturating_add(1);
                continue;
            }
            let kept = Kept { delivery: delivery.clone(), state: State::Waiting };
            if let Err(error) = self.folder.put(&delivery.id, &kept) {
                tracing::error!(decision = decision.id, error = %error, "a measure cannot be kept; it is undone");
                taken.n_refused = taken.n_refused.saturating_add(1);
                continue;
            }
            taken.handed_over.push((delivery.index, Outcome::HandedOver(delivery.id.clone())));
            let waiting = Waiting { delivery: delivery.clone(), n_tries: 0, due: Instant::now() };
            self.with(|table| table.waiting.insert(delivery.id, waiting));
        }
        self.with(|table| table.n_refused = table.n_refused.saturating_add(taken.n_refused.into()));
        if !taken.handed_over.is_empty() {
            self.changed.notify_one();
        }
        taken
    }

    /// Whether as many measures are kept as may be: those that wait and those that nobody took. A measure of a decision is refused
    /// as long as it is.
    pub(crate) fn is_full(&self) -> bool {
        self.with(|table| table.n_kept()) >= self.webhook.waiting
    }

    /// How many measures were not taken since the start.
    pub(crate) fn n_refused(&self) -> u64 {
        self.with(|table| table.n_refused)
    }

    /// The measure that has to be tried first, and when.
    pub(super) fn next(&self) -> Option<(Delivery, Instant)> {
        self.with(|table| {
            let first = table.waiting.values().min_by_key(|waiting| waiting.due)?;
            Some((first.delivery.clone(), first.due))
        })
    }

    /// Keeps what the receiver said.
    pub(super) fn answered(&self, delivery: &Delivery, outcome: Outcome) {
        if let Err(error) = self.folder.remove(&delivery.id) {
            tracing::warn!(error = %error, "a measure that was answered stays in its folder; it will be sent again");
        }
        tracing::info!(decision = delivery.decision, measure = delivery.measure.id.as_str(), "a measure was answered");
        self.with(|table| {
            table.waiting.remove(&delivery.id);
            table.n_answered = table.n_answered.saturating_add(1);
            if table.answered.len() >= ANSWERED {
                table.answered.pop_back();
            }
            table.answered.push_front((delivery.clone(), outcome));
        });
    }

    /// Counts a try that brought nothing; after the last one the measure is undone. Whether it is.
    pub(super) fn failed(&self, delivery: &Delivery) -> bool {
        let is_last = self.with(|table| {
            let Some(waiting) = table.waiting.get_mut(&delivery.id) else { return false };
            waiting.n_tries = waiting.n_tries.saturating_add(1);
            let doubled =
                duration(self.webhook.first_wait).saturating_mul(1 << waiting.n_tries.saturating_sub(1).min(20));
            waiting.due = Instant::now().checked_add(doubled.min(LONGEST)).unwrap_or(waiting.due);
            waiting.n_tries >= self.webhook.attempts
        });
        if is_last {
            let kept = Kept { delivery: delivery.clone(), state: State::Undone };
            if let Err(error) = self.folder.put(&delivery.id, &kept) {
                tracing::error!(error = %error, "that a measure is undone cannot be kept");
            }
            tracing::error!(
                decision = delivery.decision,
                measure = delivery.measure.id.as_str(),
                "a measure is undone"
            );
            self.with(|table| {
                table.waiting.remove(&delivery.id);
                table.undone.insert(delivery.id.clone(), delivery.clone());
            });
        }
        is_last
    }

    /// Tries everything again that is undone.
    pub(crate) fn try_again(&self) {
        let undone = self.with(|table| std::mem::take(&mut table.undone));
        for (id, delivery) in undone {
            let kept = Kept { delivery: delivery.clone(), state: State::Waiting };
            if self.folder.put(&delivery.id, &kept).is_err() {
                self.with(|table| table.undone.insert(id, delivery));
                continue;
            }
            self.with(|table| table.waiting.insert(id, Waiting { delivery, n_tries: 0, due: Instant::now() }));
        }
        self.changed.notify_one();
    }

    /// Those that wait, each with how often it was tried.
    pub(crate) fn waiting(&self) -> Vec<(Delivery, u32)> {
        self.with(|table| table.waiting.values().map(|one| (one.delivery.clone(), one.n_tries)).collect())
    }

    /// Those that nobody took.
    pub(crate) fn undone(&self) -> Vec<Delivery> {
        self.with(|table| table.undone.values().cloned().collect())
    }

    /// Those that were answered lately, and how many were in all.
    pub(crate) fn lately(&self) -> (Vec<(Delivery, Outcome)>, u64) {
        self.with(|table| (table.answered.iter().cloned().collect(), table.n_answered))
    }
}
