//! Measures that somebody else carries out: they leave as signed webhooks, are kept until they are answered, and what nobody carries
//! out is undone, counted and shown.

mod delivery;
mod folder;
mod outbox;
mod send;

pub(crate) use delivery::Delivery;
pub(crate) use outbox::Outbox;
