//! What is said of a stream on standard error.

use specialis_core::{Decision, Level, counted};

use crate::output::KeptBack;

/// What was counted on the way.
pub(super) struct Figures<'a> {
    pub(super) n_read: usize,
    pub(super) n_out: usize,
    pub(super) n_chunks: u64,
    pub(super) closed: Option<Level>,
    pub(super) kept: &'a KeptBack,
}

/// One line for a decision that differs from the one before.
pub(super) fn change(decision: &Decision, before: Level, place: &str) -> String {
    let verdict = if decision.verdict == before {
        before.as_str().to_owned()
    } else {
        format!("{} → {}", before.as_str(), decision.verdict.as_str())
    };
    let mut said = format!("{place}: {verdict}");
    if let Some(by) = &decision.decisive {
        said.push_str(&format!(", decided by {} ({})", by.duty, by.policy));
    }
    let owed = obligations(decision);
    if !owed.is_empty() {
        said.push_str(&format!("; obligations {owed}"));
    }
    said
}

fn obligations(decision: &Decision) -> String {
    let mut owed: Vec<&str> = decision.obligations.iter().map(|due| due.obligation.word()).collect();
    owed.dedup();
    owed.join(", ")
}

/// One line for the end of what goes out.
pub(super) fn closed(level: Level) -> &'static str {
    if level == Level::Review {
        "closed: nothing more goes out until a person has decided"
    } else {
        "closed: nothing more of the text goes out"
    }
}

/// The lines at the end.
pub(super) fn end(decision: &Decision, figures: &Figures<'_>) -> Vec<String> {
    let Figures { n_read, n_out, n_chunks, closed, kept } = figures;
    let mut lines = vec![format!("decision   {} {}", decision.verdict.as_str(), decision.id)];
    if let Some(streamed) = &decision.streamed {
        let mut delivery = format!("delivery   {}", streamed.delivery.as_str());
        if !streamed.late.is_empty() {
            delivery.push_str(&format!(", found when out already: {}", streamed.late.len()));
        }
        for fault in streamed.faults.values() {
            delivery.push_str(&format!(", fault {}", fault.as_str()));
        }
        lines.push(delivery);
    }
    lines.push(format!("characters {n_read} read in {}, {n_out} out", counted(*n_chunks, "chunk", "chunks")));
    if kept.n() == 0 {
        lines.push("kept back  not measured, the text was closed within its first chunk".to_owned());
        return lines;
    }
    let [each, few] = kept.lines();
    let until = if closed.is_some() { " until the text was closed" } else { "" };
    let chunks = counted(kept.n(), "chunk", "chunks");
    lines.push(format!("kept back  characters after each of {chunks}{until}: {each}"));
    lines.push(format!("           {few}"));
    lines
}
