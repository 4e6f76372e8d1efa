//! Passing the output of a model on as it may go out: from any reader to any writer, with masks, a stop and a review.
//!
//! `cargo run --example stream -- - < answer.txt` does the same with a text of yours.

#![expect(clippy::print_stderr, reason = "it talks to whoever tries it")]

use std::error::Error;
use std::io::{Read, Write};

use specialis::core::{Age, Context, Date, Event, EventFacts, EventKind, Level, Territory, kinds, words};
use specialis::{Host, Judged, Session, Step, config};
use specialis_artifacts::{POLICIES, PROFILE, REGISTRY, TRUST};

fn main() -> Result<(), Box<dyn Error>> {
    let candidate = config::candidate(REGISTRY, TRUST, PROFILE, POLICIES.iter().copied())?;
    let host = Host::builder(candidate).build()?;
    if std::env::args().nth(1).as_deref() == Some("-") {
        let judged = pass_on(&mut host.open("stdin", customer()), std::io::stdin(), std::io::stdout())?;
        eprintln!("\nverdict: {}", judged.decision.verdict.as_str());
        return Ok(());
    }

    // What is harmless goes out as it comes, and what has to be masked is masked on the way.
    let (out, judged) = passed(&mut host.open("masked", customer()), "预约成功，请拨打 13912345678 联系李女士。")?;
    assert_eq!(judged.decision.verdict, Level::Redact);
    assert_eq!(out, "预约成功，请拨打 ［已隐去］ 联系李女士。");

    // A classifier that answers while the model writes: from there on nothing goes out.
    let mut session = host.open("stopped", customer());
    let mut stream = session.stream(Event::new(EventKind::Output));
    assert_eq!(text(&stream.push(0, None, "今天天气很好。")), "今天天气很好。");
    let score = kinds::LateSignal {
        category: Some("a1.obscenity".to_owned()),
        score_permille: Some(955),
        ..Default::default()
    };
    let scored = stream.submit(EventFacts::Signal(score).into());
    assert_eq!(scored.decision.verdict, Level::Stop);
    assert_eq!(text(&stream.push(0, None, "之后的话。")), "");
    assert_eq!(stream.end().release.text(0), None);

    // What waits for a person goes out once that person has approved the very decision that asked.
    let mut session = host.open("reviewed", customer());
    let (out, judged) = passed(&mut session, "内部消息称全城停水。")?;
    assert_eq!((out.as_str(), judged.decision.verdict), ("", Level::Review));
    let review = kinds::Review {
        role: Some(words::ReviewRole::ContentReviewer),
        outcome: Some(words::ReviewOutcome::Approved),
        digest: Some(judged.decision.id.clone()),
    };
    let answer = session.submit(EventFacts::Review(review).into());
    assert_eq!(answer.release.text(0), Some("内部消息称全城停水。"));
    Ok(())
}

/// Reads pieces of any size, cut anywhere, and writes what may go out as soon as it may.
fn pass_on(session: &mut Session, mut from: impl Read, mut to: impl Write) -> Result<Judged, Box<dyn Error>> {
    let mut stream = session.stream(Event::new(EventKind::Output));
    let mut piece = [0; 16];
    'reading: loop {
        let n = from.read(&mut piece)?;
        if n == 0 {
            break;
        }
        for step in stream.push_bytes(0, None, piece.get(..n).unwrap_or_default()) {
            match step {
                Step::Text { text, .. } => to.write_all(text.as_bytes())?,
                Step::Decision(_) => {}
                // Reading goes on where a person has to see the whole; what never goes out need not be written.
                Step::Closed { level: Level::Stop, .. } => break 'reading,
                Step::Closed { .. } => {}
            }
        }
    }
    let judged = stream.end();
    to.write_all(judged.release.text(0).unwrap_or_default().as_bytes())?;
    to.flush()?;
    Ok(judged)
}

/// What may go out now.
fn text(steps: &[Step]) -> String {
    steps
        .iter()
        .filter_map(|step| if let Step::Text { text, .. } = step { Some(text.as_str()) } else { None })
        .collect()
}

fn passed(session: &mut Session, text: &str) -> Result<(String, Judged), Box<dyn Error>> {
    let mut out = Vec::new();
    let judged = pass_on(session, text.as_bytes(), &mut out)?;
    Ok((String::from_utf8(out)?, judged))
}

/// An adult who accepted the agreement of a service of the mainland.
fn customer() -> Context {
    let mut context = Context::default();
    context.subject.age = Some(Age::Adult);
    context.agreement.version = Some("2026-03".to_owned());
    context.agreement.current_version = Some("2026-03".to_owned());
    context.agreement.accepted_on = "2026-03-09".parse::<Date>().ok();
    context.agreement.clauses = Some(vec!["rights-duties".to_owned()]);
    context.provider.origin = Some(Territory::Mainland);
    context
}
