//! What people sign: lists of approvers, editions, and the chain of statements that says which edition is live.

mod act;
mod chain;
mod documents;
mod folder;
mod objects;
mod publish;
mod recall;
mod source;
mod watch;

pub use act::{ActError, Applied, SignedAct};
pub use chain::ChainError;
pub(crate) use chain::{ChainHead, ChainPosition};
pub use documents::{Approvers, DocumentError, EditionManifest, PolicyPin, SignedDocument, Statement};
pub use folder::{SignedFolder, files};
pub use publish::{PublishedFolder, approvers_digest};
pub(crate) use source::ChainSource;
pub use watch::{Watch, WatchEvent, WatchHandle};
