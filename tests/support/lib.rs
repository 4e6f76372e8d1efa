//! What the tests across host and guests are made of: hostile guests from text, hosts, events, conformance cases and
//! the orders by which decisions are compared. Property tests and fuzzing use the same.
//!
//! [`Guest`] turns a `.wat` file into a policy; [`hosts`] builds hosts; [`case`] reads conformance cases. Nothing here waits,
//! sleeps or reads a clock.

pub mod answers;
pub mod arbitrary;
mod capture;
pub mod case;
mod contract;
pub mod dice;
pub mod facts;
mod folder;
mod guest;
pub mod looks;
pub mod moves;
mod wire;

pub mod evasion;
pub mod events;
pub mod files;
pub mod hosts;
pub mod postgres;
pub mod random;
pub mod streamed;
pub mod value;

/// The listings of the book in Rust; those with a file are built by the tests of the command line.
#[cfg(doctest)]
mod book {
    #[doc = include_str!("../../docs/book/src/embedding.md")]
    struct Embedding;
    #[doc = include_str!("../../docs/book/src/streams.md")]
    struct Streams;
    #[doc = include_str!("../../docs/book/src/obligations.md")]
    struct Obligations;
    #[doc = include_str!("../../docs/book/src/ledger.md")]
    struct Ledger;
}

pub use capture::{Captured, captured};
pub use contract::contract;
pub use folder::{EditionFolder, Proposal, code_cache, day, endorsed, key, root, signed, state_folder};
pub use guest::{Guest, Manifest, PHONE};
pub use wire::Wire;
