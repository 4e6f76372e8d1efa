//! How a user stands.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use specialis_ledger::{Counts, EntryKind, Row, Subject, SubjectState, check_standing, fold_standing};

use super::orders::{Order, perform};
use super::search::{about_decision, today};
use super::{LedgerFolder, Place, tenants};
use crate::output::{self, Exit};

/// A user.
#[derive(Args, Clone, Debug)]
pub(super) struct User {
    /// The pseudonym of the user, as the platform sends it
    #[arg(long, value_name = "PSEUDONYM")]
    subject: Option<String>,
    /// The tenant of that user
    #[arg(long, value_name = "TENANT", default_value = "", requires = "subject")]
    tenant: String,
}

#[derive(Args)]
pub(crate) struct StandingArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    user: User,
    /// Compare the store of standings with what the records say
    #[arg(long, conflicts_with = "subject")]
    check: bool,
    /// The ledger of another server that shares the store, to compare with; give all of them
    #[arg(long, value_name = "DIR", requires = "check")]
    with: Vec<PathBuf>,
}

#[derive(Args)]
pub(crate) struct RefuteArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    user: User,
    /// The decision that counted the breach
    #[arg(long, value_name = "ID")]
    decision: String,
}

impl User {
    fn subject(&self) -> Result<Subject> {
        match &self.subject {
            Some(pseudonym) => Ok(Subject { tenant: self.tenant.clone(), pseudonym: pseudonym.clone() }),
            None => bail!("say which user with `--subject`, or compare the store with `--check`"),
        }
    }
}

pub(super) fn standing(args: &StandingArgs, out: &mut dyn Write) -> Result<Exit> {
    let folder = LedgerFolder::read(&args.place.dir)?;
    if args.check {
        let mut readers = folder.readers()?;
        for other in &args.with {
            readers.extend(LedgerFolder::read(other)?.readers()?);
        }
        let differing = check_standing(readers, &*folder.standing()?)?;
        for tag in &differing {
            writeln!(out, "differs: {tag}")?;
        }
        if differing.is_empty() {
            writeln!(out, "every standing is what the records say")?;
            return Ok(Exit::Complete);
        }
        return Ok(Exit::Incomplete);
    }
    let subject = args.user.subject()?;
    folder.note_reading(&format!("standing subject={}", folder.tag(&subject)?), 0)?;
    let counts = match folder.open() {
        Ok((ledger, _)) => {
            let counts = ledger.standing(&subject);
            ledger.close()?;
            counts?
        }
        // A server has it, most of the time.
        Err(error) => {
            output::note_error("read from what is signed so far, because the ledger cannot be opened", &error);
            signed_standing(&folder, &subject)?
        }
    };
    if counts == SubjectState::default().counts(today()) && !tenants::is_recorded(&folder, &subject)? {
        output::note(&format!("no record of this user; {}", tenants::hint(&folder, &subject)?));
        return Ok(Exit::Incomplete);
    }
    writeln!(out, "{}", serde_json::to_string_pretty(&specialis_core::Standing::from(counts))?)?;
    Ok(Exit::Complete)
}

/// How a user stands by the records that are signed, or by the store that several servers share.
fn signed_standing(folder: &LedgerFolder, subject: &Subject) -> Result<Counts> {
    let tags = folder.keys()?.tags(subject)?;
    let states: Vec<SubjectState> = if folder.shares_standing() {
        let store = folder.standing()?;
        tags.iter().map(|tag| store.get(tag)).collect::<Result<_, _>>()?
    } else {
        let mut states = fold_standing(folder.readers()?)?;
        tags.iter().filter_map(|tag| states.remove(tag)).collect()
    };
    // The newest tag under which anything stands.
    let state = states.into_iter().find(|state| *state != SubjectState::default()).unwrap_or_default();
    Ok(state.counts(today()))
}

pub(super) fn refute(args: &RefuteArgs, out: &mut dyn Write) -> Result<Exit> {
    let folder = LedgerFolder::read(&args.place.dir)?;
    let (subject, decision) = (args.user.subject()?, args.decision.as_str());
    let tags = folder.keys()?.tags(&subject)?;
    let is_of_user = |row: &Row| row.subject.as_ref().is_some_and(|tag| tags.contains(tag));
    let Some(breach) = about_decision(&folder, decision, EntryKind::Breach)?.into_iter().find(is_of_user) else {
        let known =
            if tenants::is_recorded(&folder, &subject)? { None } else { Some(tenants::hint(&folder, &subject)?) };
        let hint = known.map(|hint| format!("; {hint}")).unwrap_or_default();
        bail!(
            "no breach of this user was counted by the decision `{decision}`; see `specialis ledger search --kind breach`{hint}"
        );
    };
    if about_decision(&folder, decision, EntryKind::Refuted)?.iter().any(is_of_user) {
        output::note(&format!("the breach of record {} was taken back before", breach.index));
        return Ok(Exit::Incomplete);
    }
    let Subject { tenant, pseudonym } = subject;
    perform(&folder, Order::Refute { tenant, pseudonym, decision: decision.to_owned() }, out)
}
