//! One guest, judged beside a well-behaved neighbor.

use anyhow::{Context as _, Result};
use specialis::{Candidate, Host, PlatformProfile, config};
use specialis_bundle::Bundle;
use specialis_core::{Context, Decision, Event, EventKind, Level, Trust, Unsigned, Warrant};

use super::{Strike, WITNESS};

/// What stands in the text that a guest sees, and must not get out.
const SECRET: &str = "13800138000";
/// The neighbor answers by the first character of an output.
const OF_NEIGHBOR: [(&str, Level); 4] =
    [("0", Level::Pass), ("1", Level::Mark), ("2", Level::Redact), ("3", Level::Review)];

/// What became of a strike.
pub(super) struct Struck {
    /// The fault that it came to.
    pub(super) fault: String,
    /// What was not contained.
    pub(super) problems: Vec<String>,
}

pub(super) fn strike(strike: &Strike) -> Result<Struck> {
    let host = host(strike).with_context(|| format!("the guest `{}` is not loaded", strike.guest))?;
    let manifest = Bundle::parse(strike.policy)?.manifest;
    let mut problems = Vec::new();
    let mut fault = "none".to_owned();
    let mut session = host.open("struck", Context::default());
    let secret = Event::new(EventKind::Tool).with_text(format!("{SECRET}，请转告张三明天上午来取"));
    for event in [secret.clone(), ordinary("0"), secret] {
        let judged = session.submit(event);
        let decision = &judged.decision;
        let found = decision.evaluations.get(&manifest.id).and_then(|one| one.fault.as_ref());
        fault = found.map_or_else(|| "none".to_owned(), |fault| fault.kind.as_str().to_owned());
        if fault != strike.fault {
            problems.push(format!("the fault should be {}", strike.fault));
        }
        problems.extend(laxer(&host, decision, &manifest.governs));
        if judged.release.parts.iter().any(|(_, text)| text.is_some()) {
            problems.push("text went out".to_owned());
        }
        let digits: String = serde_json::to_string(decision)?.chars().filter(char::is_ascii_digit).collect();
        if digits.contains(SECRET) {
            problems.push("the decision holds what stood in the text".to_owned());
        }
    }
    for (first, level) in OF_NEIGHBOR {
        let decision = host.open(format!("neighbor-{first}"), Context::default()).submit(ordinary(first)).decision;
        if decision.verdict != level {
            problems.push(format!("a neighbor's event is `{}`, not `{}`", decision.verdict.as_str(), level.as_str()));
        }
    }
    problems.dedup();
    Ok(Struck { fault, problems })
}

/// The duties that the guest governs and that are below their failure level.
fn laxer<'a>(
    host: &Host,
    decision: &Decision,
    governs: impl IntoIterator<Item = &'a specialis_core::DutyId>,
) -> Vec<String> {
    let edition = host.edition();
    let duties = &edition.registry().duties;
    let level = |duty: &specialis_core::DutyId| decision.duty(duty.as_str()).map(|found| found.level);
    let below = governs.into_iter().filter(|duty| {
        let fail = duties.get(*duty).map(|entry| entry.fail);
        level(duty) < fail
    });
    let mut problems: Vec<String> = below.map(|duty| format!("`{duty}` is below its failure level")).collect();
    if decision.verdict < Level::Review {
        problems.push(format!("the verdict is `{}`", decision.verdict.as_str()));
    }
    problems
}

fn ordinary(first: &str) -> Event {
    Event::new(EventKind::Output).with_text(format!("{first} 图书馆周一至周五开放，请勿大声喧哗。"))
}

/// A host with the guest and its neighbor, who need nobody's signature here.
fn host(strike: &Strike) -> Result<Host> {
    let registry = config::registry(specialis_artifacts::REGISTRY)?;
    let platform = Warrant { fact: "*".to_owned(), sources: vec!["platform".into()], services: Vec::new() };
    let trust = Trust { unsigned: Unsigned::Allow, warrants: vec![platform], ..Trust::default() };
    let candidate = Candidate::default()
        .platform(PlatformProfile::everything(&registry))
        .registry(registry)
        .trust(trust)
        .policy(strike.guest, strike.policy)
        .policy("witness", WITNESS);
    Ok(Host::builder(candidate).threads(1).build()?)
}
