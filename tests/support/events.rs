//! Events that tests judge again and again.

use specialis_core::{Context, Event, EventKind};

use crate::PHONE;

/// What hostile guests are called on: a `tool` event that begins with the user's phone number.
pub fn with_phone() -> Event {
    Event::new(EventKind::Tool).with_text(format!("{PHONE}，请转告张三明天上午来取"))
}

/// Ordinary generated text; the witness answers by its first character, which goes through four values.
pub fn ordinary(n: usize) -> Event {
    Event::new(EventKind::Output).with_text(format!("{} 第{n}段：图书馆周一至周五开放，请勿大声喧哗。", n % 4))
}

/// A context in which the built-in policies ask for nothing but what the text gives reason for.
///
/// # Panics
/// Never: it is written here.
#[must_use]
pub fn context() -> Context {
    let context = serde_json::json!({
        "provider": {"origin": "mainland"},
        "subject": {"age": "adult"},
        "agreement": {"version": "1", "current-version": "1", "accepted-on": "2026-03-09", "clauses": ["rights-duties"]},
    });
    serde_json::from_value(context).expect("a context")
}
