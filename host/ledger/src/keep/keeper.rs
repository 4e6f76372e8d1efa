//! Content that a decision asks to keep. The ledger has none: it hands it to the platform's own store, and records what became of it.

use std::error::Error;
use std::sync::Arc;

use serde::Serialize;
use specialis_core::{Date, Decision, Event};

use super::keys::Subject;
use crate::disk::{Disk, make_folders, replace};
use crate::format::entry::Class;

/// The platform's own store of content.
///
/// `keep` is called on the thread that decides, once the decision is durable, and only where it asks to keep the content
/// (`record` with `keep-days` or `keep-months`); of a stream once, at its end. What goes out waits for it, so a store that is slow
/// takes the content into a queue of its own. Erasing content when its period is over is up to the store.
pub trait Keeper: Send + Sync {
    /// Takes the content, and returns under which name the store has it. The name stands in a body of the ledger, for whoever looks
    /// for the content; it should say nothing of what the content is.
    ///
    /// The same content may come twice, under the same id of a decision.
    ///
    /// # Errors
    /// Where the store cannot take it. The ledger records that, and search shows the record as undone.
    fn keep(&self, content: &Content<'_>) -> Result<String, KeeperError>;
}

/// What has to be kept.
#[derive(Clone, Copy, Debug)]
pub struct Content<'a> {
    /// The decision that asks for it.
    pub decision: &'a Decision,
    /// The user, where one is known.
    pub subject: Option<&'a Subject>,
    /// The event with all its parts, as it was judged.
    pub event: &'a Event,
    /// The last day of the period.
    pub until: Date,
}

/// The platform's own store did not take content.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the platform's store did not take content that has to be kept")]
pub struct KeeperError {
    /// What the store says.
    #[source]
    pub source: Arc<dyn Error + Send + Sync>,
}

impl KeeperError {
    /// The error with what the store says.
    pub fn new(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { source: source.into().into() }
    }
}

/// A keeper that writes a file for each decision, in a folder for each month in which periods end.
///
/// Whoever runs it protects the folder, and deletes the folders of months that are over.
pub struct FolderKeeper {
    disk: Arc<dyn Disk>,
}

/// What stands in a file of a [`FolderKeeper`].
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct KeptFile<'a> {
    decision: &'a str,
    until: Date,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pseudonym: Option<&'a str>,
    event: &'a Event,
}

impl FolderKeeper {
    /// A keeper in a folder.
    pub fn new(disk: Arc<dyn Disk>) -> Self {
        Self { disk }
    }
}

impl Keeper for FolderKeeper {
    fn keep(&self, content: &Content<'_>) -> Result<String, KeeperError> {
        let id = content.decision.id.as_str();
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err(KeeperError::new("the decision has an id that cannot name a file"));
        }
        let file = KeptFile {
            decision: id,
            until: content.until,
            tenant: content.subject.map(|subject| subject.tenant.as_str()).filter(|tenant| !tenant.is_empty()),
            pseudonym: content.subject.map(|subject| subject.pseudonym.as_str()),
            event: content.event,
        };
        let bytes = serde_json::to_vec(&file).map_err(KeeperError::new)?;
        let path = format!("{}/{id}.json", Class::of(content.until));
        make_folders(&*self.disk, &path).map_err(KeeperError::new)?;
        replace(&*self.disk, &path, &bytes).map_err(KeeperError::new)?;
        Ok(path)
    }
}
