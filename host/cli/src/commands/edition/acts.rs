//! Documents that people sign: the list of approvers, and statements.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use specialis::signed::{Approvers, PublishedFolder, SignedDocument, Statement, files};
use specialis::{Clock, SystemClock};
use specialis_bundle::{Bundle, Envelope, PublicKey};
use specialis_core::{Date, counted};

use crate::input::file;
use crate::keys;
use crate::options::{directory, last_day};
use crate::output::{self, Exit};

pub(super) fn approvers(
    dir: &Path,
    expires: Date,
    root_key: &Path,
    approvers: &[(String, PublicKey)],
    out: &mut dyn Write,
) -> Result<Exit> {
    let root = keys::read(root_key)?;
    let file = dir.join(files::APPROVERS);
    let number = match file::document(&file) {
        Ok(bytes) => {
            let envelope = Envelope::parse(&bytes).with_context(|| format!("`{}`", file.display()))?;
            envelope.statement::<Approvers>(Approvers::KIND)?.number.saturating_add(1)
        }
        Err(error) if error.is_not_found() => 1,
        Err(error) => return Err(error).with_context(|| format!("`{}` cannot be read", file.display())),
    };
    let list = Approvers { number, approvers: approvers.iter().cloned().collect(), expires };
    let mut envelope = list.envelope()?;
    envelope.sign(&root);
    output::replace(&file, &envelope.to_json())?;
    let approvers = counted(approvers.len(), "approver", "approvers");
    writeln!(out, "list {number}: {approvers} until {expires}, under the root key {}", root.public())?;
    Ok(Exit::Complete)
}

pub(super) fn sign(dir: &Path, key: &Path, out: &mut dyn Write) -> Result<Exit> {
    let key = keys::read(key)?;
    let file = dir.join(files::STATEMENT);
    let shown = file.display();
    let bytes = file::document(&file)
        .with_context(|| format!("`{shown}` cannot be read; write it with `specialis edition write`"))?;
    let mut envelope = Envelope::parse(&bytes).with_context(|| format!("`{shown}`"))?;
    let until = envelope.statement::<Statement>(Statement::KIND).with_context(|| format!("`{shown}`"))?.expires;
    if until < SystemClock.today() {
        bail!("`{shown}` counted until {until}, and that is past; write it anew with `specialis edition write`");
    }
    envelope.sign(&key);
    output::replace(&file, &envelope.to_json())?;
    let signatures = counted(envelope.key_ids().count(), "signature", "signatures");
    writeln!(out, "`{shown}` has {signatures}, the last by {}", key.public().id())?;
    Ok(Exit::Complete)
}

/// A statement that is written into a published folder and signed at once.
#[derive(Args)]
pub(super) struct Signing {
    /// The published folder.
    #[arg(value_name = "LIVE")]
    live: PathBuf,
    /// The last day on which the statement counts as the newest.
    #[arg(long, value_name = "DATE", value_parser = last_day)]
    expires: Date,
    /// Why.
    #[arg(long, value_name = "WORDS")]
    reason: String,
    /// The approvers' keys; two where it loosens.
    #[arg(long, value_name = "FILE.pem", required = true)]
    key: Vec<PathBuf>,
}

pub(super) fn rollback(signing: &Signing, to: u64, out: &mut dyn Write) -> Result<Exit> {
    let statements = statements(&signing.live)?;
    let earlier = statements.iter().find(|statement| statement.number == to);
    let earlier = earlier.with_context(|| format!("`{}` has no statement {to}", signing.live.display()))?;
    signing.append(out, |next| next.edition = earlier.edition.clone())
}

pub(super) fn revoke(signing: &Signing, digests: &[String], out: &mut dyn Write) -> Result<Exit> {
    let content = digests.iter().filter_map(|digest| content_digest(&signing.live, digest));
    let content: Vec<String> = content.collect();
    signing.append(out, |next| next.revoked.extend(digests.iter().cloned().chain(content)))
}

/// What signatures stand on in the policy with a digest, where the published folder has it: it is revoked as well, however the
/// file is signed again.
fn content_digest(live: &Path, digest: &str) -> Option<String> {
    let bytes = file::policy(&live.join(files::object(digest))).ok()?;
    Some(Bundle::parse(&bytes).ok()?.content_digest())
}

/// Every statement of a published folder, whoever signed it.
pub(super) fn statements(live: &Path) -> Result<Vec<Statement>> {
    let mut all = Vec::new();
    for number in 1.. {
        let file = live.join(files::statement(number));
        if !file.exists() {
            break;
        }
        let bytes = file::document(&file).with_context(|| format!("`{}` cannot be read", file.display()))?;
        let envelope = Envelope::parse(&bytes).with_context(|| format!("`{}`", file.display()))?;
        all.push(envelope.statement(Statement::KIND).with_context(|| format!("`{}`", file.display()))?);
    }
    Ok(all)
}

impl Signing {
    /// Adds the statement that comes next, with a change.
    fn append(&self, out: &mut dyn Write, change: impl FnOnce(&mut Statement)) -> Result<Exit> {
        let folder = PublishedFolder::new(directory(&self.live)?)?;
        let Some((newest, _)) = folder.newest()? else {
            bail!("`{}` has no statement yet; publish an edition into it", self.live.display());
        };
        let mut next = folder.next(newest.edition, newest.approvers, SystemClock.today(), self.expires)?;
        next.reason = Some(self.reason.clone());
        change(&mut next);
        let mut envelope = next.envelope()?;
        for key in &self.key {
            envelope.sign(&keys::read(key)?);
        }
        folder.append(&next, &envelope.to_json())?;
        let (number, keys) = (next.number, counted(self.key.len(), "key", "keys"));
        writeln!(out, "statement {number} is signed by {keys} and counts until {}", self.expires)?;
        Ok(Exit::Complete)
    }
}
