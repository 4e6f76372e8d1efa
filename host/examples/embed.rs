//! Embedding Specialis: build a host once, decide events anywhere.

use specialis::core::{Age, Context, Date, DueObligation, Event, EventKind, Level, Outcome, Territory};
use specialis::{Host, config};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Once, when the platform starts: registries, trust, what the platform can carry out, and policies.
    let (registry, trust) = (specialis_artifacts::REGISTRY, specialis_artifacts::TRUST);
    let candidate = config::candidate(registry, trust, specialis_artifacts::PROFILE, specialis_artifacts::POLICIES)?;
    let host = Host::builder(candidate).build()?;

    // For each exchange: who is served, with what, under which papers. What is not said is unknown, and tightens.
    let mut context = Context::default();
    context.subject.age = Some(Age::Adult);
    context.agreement.version = Some("2026-03".to_owned());
    context.agreement.current_version = Some("2026-03".to_owned());
    context.agreement.accepted_on = "2026-03-09".parse::<Date>().ok();
    context.agreement.clauses = Some(vec!["rights-duties".to_owned()]);
    context.provider.origin = Some(Territory::Mainland);

    // For each event: a decision, the text that may go out, and what the platform has to do.
    let mut session = host.open("exchange-1", context);
    let answer = Event::new(EventKind::Output).with_text("客服电话已更新，请拨打 13912345678 联系李女士。");
    let judged = session.submit(answer);
    assert_eq!(judged.decision.verdict, Level::Redact);
    assert_eq!(judged.release.text(0), Some("客服电话已更新，请拨打 ［已隐去］ 联系李女士。"));

    // Measures outside text go through one trait; a closure will do. What nobody reports counts as undone.
    let mut to_do = Vec::new();
    let mut carry_out = |due: &DueObligation| {
        to_do.push(due.obligation.clone());
        Outcome::Done
    };
    let settlement = session.carry_out(&judged.decision, &mut carry_out);
    assert_eq!(settlement.undone, 0);
    Ok(())
}
