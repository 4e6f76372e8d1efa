//! Users belong to a tenant: what is said where nothing is recorded of a pseudonym under the tenant that was asked for.

use std::collections::BTreeSet;

use anyhow::Result;
use specialis_ledger::{BodyState, EntryKind, OpenedBody, Query, Subject};

use super::LedgerFolder;

/// How many sessions are looked at for the tenants that they name, the newest first.
const MAX_SESSIONS: usize = 10_000;

/// Whether anything is recorded of a user, restricted or not, in a ledger and in those that it goes on from.
pub(super) fn is_recorded(folder: &LedgerFolder, subject: &Subject) -> Result<bool> {
    if has_records(folder, subject, true)? {
        return Ok(true);
    }
    // One that was taken away says nothing of anybody.
    folder.earlier().ok().flatten().map_or(Ok(false), |earlier| is_recorded(&earlier, subject))
}

/// Under which other tenant of the recorded sessions the pseudonym is known, or that a user belongs to a tenant.
pub(super) fn hint(folder: &LedgerFolder, subject: &Subject) -> Result<String> {
    let mut tenants = tenants(folder)?;
    // Contexts without a tenant.
    tenants.insert(String::new());
    tenants.remove(&subject.tenant);
    let mut known = Vec::new();
    for tenant in tenants {
        let other = Subject { tenant, pseudonym: subject.pseudonym.clone() };
        if has_records(folder, &other, false)? {
            known.push(other.tenant);
        }
    }
    let options = known.iter().map(|tenant| match tenant.as_str() {
        "" => "leave `--tenant` out".to_owned(),
        tenant => format!("give `--tenant {tenant}`"),
    });
    let options: Vec<String> = options.collect();
    Ok(if options.is_empty() {
        "users belong to a tenant where contexts have a `tenant.id`, and `--tenant` names it".to_owned()
    } else {
        format!("the pseudonym is known under another tenant: {}", options.join(", or "))
    })
}

fn has_records(folder: &LedgerFolder, subject: &Subject, with_restricted: bool) -> Result<bool> {
    let subjects = folder.keys()?.tags(subject)?;
    if subjects.is_empty() {
        return Ok(false);
    }
    let query = Query { subjects, with_restricted, limit: 1, ..Query::default() };
    Ok(!folder.search(&query)?.is_empty())
}

/// The tenants that recorded sessions name.
fn tenants(folder: &LedgerFolder) -> Result<BTreeSet<String>> {
    let opened = Query { kind: Some(EntryKind::Opened), limit: usize::MAX, ..Query::default() };
    let opened = folder.search(&opened)?;
    let mut reader = folder.reader()?;
    let mut tenants = BTreeSet::new();
    for row in opened.iter().rev().take(MAX_SESSIONS) {
        let BodyState::There(body) = reader.body(row.index)? else { continue };
        let body: Option<OpenedBody> = serde_json::from_slice(body.json()).ok();
        tenants.extend(body.and_then(|body| body.context.tenant.id.clone()));
    }
    Ok(tenants)
}
