//! Writing: answers back in the order of the input.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use comfy_table::Table;
use indicatif::{ProgressBar, ProgressStyle};

use super::format::Format;
use super::judge::{HEADS, Judged, Shown};
use super::summary::Summary;
use crate::judging::{Answer, Ordered};
use crate::output;

/// How many rows a table has at most; after them it is written, and another one begins. Columns fit what is in them, so a table
/// is held until it is written.
const MOST_ROWS: usize = 200;

/// Writes decisions and messages, and counts.
pub(super) struct Writer {
    table: Option<Table>,
    bar: ProgressBar,
    summary: Summary,
    /// Answers that came before their turn.
    early: BTreeMap<u64, Answer<Judged>>,
    next: u64,
}

impl Writer {
    pub(super) fn new(format: Format, size: Option<u64>) -> Self {
        let table = match format {
            Format::Table => Some(output::table(HEADS)),
            Format::Jsonl => None,
        };
        Self { table, bar: bar(size), summary: Summary::start(), early: BTreeMap::new(), next: 0 }
    }

    /// Takes answers until all threads are done, and writes each in its turn.
    ///
    /// # Errors
    /// Where standard output cannot be written, or a thread ended before its time.
    pub(super) fn run(&mut self, answered: &Receiver<Ordered<Judged>>, out: &mut dyn Write) -> Result<()> {
        loop {
            let ordered = match answered.try_recv() {
                Ok(ordered) => ordered,
                // Somebody may wait at the other end of a pipe for what is known so far.
                Err(TryRecvError::Empty) => {
                    out.flush()?;
                    match answered.recv() {
                        Ok(ordered) => ordered,
                        Err(_) => break,
                    }
                }
                Err(TryRecvError::Disconnected) => break,
            };
            self.bar.set_position(ordered.n_bytes);
            self.early.insert(ordered.order, ordered.answer);
            while let Some(answer) = self.early.remove(&self.next) {
                self.next = self.next.saturating_add(1);
                self.write(answer, out)?;
            }
        }
        self.bar.finish_and_clear();
        if !self.early.is_empty() {
            bail!("a judging thread ended before its time, and what it had to judge is not judged; run again");
        }
        if let Some(table) = &self.table
            && table.row_count() > 0
        {
            output::write_table(out, table)?;
        }
        out.flush()?;
        self.summary.stop();
        Ok(())
    }

    /// What was counted.
    pub(super) fn summary(&self) -> &Summary {
        &self.summary
    }

    fn write(&mut self, answer: Answer<Judged>, out: &mut dyn Write) -> Result<()> {
        self.summary.count(&answer);
        match answer {
            Answer::NotJudged(message) | Answer::EmptyInput(message) => self.bar.suspend(|| output::note(&message)),
            Answer::Judged(judged) => match judged.shown {
                Shown::Json(line) => {
                    out.write_all(&line.context("a decision cannot be written as JSON")?)?;
                }
                Shown::Row(cells) => {
                    if let Some(table) = &mut self.table {
                        table.add_row(cells);
                        if table.row_count() == MOST_ROWS {
                            output::write_table(out, table)?;
                            *table = output::table(HEADS);
                        }
                    }
                }
            },
        }
        Ok(())
    }
}

/// A bar on a terminal, nothing elsewhere.
fn bar(size: Option<u64>) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let (bar, template) = match size {
        Some(size) => (ProgressBar::new(size), "{bar:40} {percent}% {bytes} of {total_bytes}, {eta} left"),
        None => (ProgressBar::no_length(), "{spinner} {bytes} read"),
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
