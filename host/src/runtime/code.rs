//! Compiled code: how it is cached, snapshotted, and held against the contract.

mod cache;
mod compiler;
mod contract;
mod snapshot;
mod store;

pub use cache::CodeCache;
pub use compiler::CompilerProcess;
pub(crate) use contract::difference;
pub(crate) use snapshot::snapshot;
pub use store::CodeCounts;
pub(crate) use store::{CodeStore, CompiledCode, code_name};
