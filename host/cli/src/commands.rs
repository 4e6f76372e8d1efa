//! The commands, one module each, with their arguments. No command uses another.

pub(crate) mod audit;
pub(crate) mod coverage;
pub(crate) mod diff;
pub(crate) mod edition;
pub(crate) mod evaluate;
pub(crate) mod explain;
pub(crate) mod key;
pub(crate) mod label;
pub(crate) mod ledger;
pub(crate) mod lexicon;
pub(crate) mod mcp;
pub(crate) mod policy;
pub(crate) mod profile;
pub(crate) mod registry;
pub(crate) mod replay;
pub(crate) mod scan;
pub(crate) mod schema;
pub(crate) mod serve;
pub(crate) mod stream;
pub(crate) mod torture;
pub(crate) mod trust;
