//! The delivery promise: the strictest that anybody asks for, and what it means for text that should not be out.

use specialis::{Candidate, PlatformProfile, ServiceProfile, Session};
use specialis_core::{Delivery, Level, Obligation};
use specialis_tests::streamed::{Piece, Streamed, cuts, stream};
use specialis_tests::{Guest, hosts};

use super::{answering, demand, host, on_hits, open, with};

fn whole(text: &str) -> Vec<Piece> {
    vec![(0, None, text.to_owned())]
}

fn delivery(streamed: &Streamed) -> Delivery {
    streamed.decision.streamed.as_ref().expect("it was streamed").delivery
}

fn asking(session: &mut Session, delivery: Delivery, text: &str) -> Streamed {
    session.ask_delivery(delivery);
    stream(session, &whole(text))
}

fn with_profile(candidate: Candidate, delivery: Delivery) -> Candidate {
    candidate.service(ServiceProfile { delivery: Some(delivery), ..ServiceProfile::default() })
}

#[test]
fn the_strictest_promise_wins() {
    use Delivery::{DeliverThenRetract, KeepAll, KeepWindow};
    let guest = answering(&demand("mark", ""));
    let nobody = host(std::slice::from_ref(&guest));
    assert_eq!(delivery(&stream(&mut open(&nobody), &whole("话"))), KeepWindow);
    assert_eq!(delivery(&asking(&mut open(&nobody), DeliverThenRetract, "话")), DeliverThenRetract);

    let profile = hosts::host(with_profile(with(hosts::candidate(), std::slice::from_ref(&guest)), KeepAll));
    assert_eq!(delivery(&asking(&mut open(&profile), DeliverThenRetract, "话")), KeepAll);

    let mut manifest = on_hits();
    manifest.more = "delivery = \"keep-window\"".to_owned();
    let policy = host(&[guest.under(manifest)]);
    assert_eq!(delivery(&asking(&mut open(&policy), DeliverThenRetract, "话")), KeepWindow);
    assert_eq!(delivery(&asking(&mut open(&policy), KeepAll, "话")), KeepAll);
}

#[test]
fn keep_all_lets_nothing_go_before_the_end() {
    let host = host(&[answering(&demand("mark", ""))]);
    let mut session = open(&host);
    session.ask_delivery(Delivery::KeepAll);
    let streamed = stream(&mut session, &whole("很普通的一段话。样例甲也在。"));
    assert!(streamed.steps.iter().all(|step| !matches!(step, specialis::Step::Text { .. })));
    assert_eq!(streamed.out[&0], "很普通的一段话。样例甲也在。");

    let stops = super::host(&[answering(&demand("stop", ""))]);
    let streamed = asking(&mut open(&stops), Delivery::KeepAll, "很普通的一段话。样例甲也在。");
    assert_eq!(streamed.out.get(&0), None);
}

fn owes_retraction(streamed: &Streamed) -> bool {
    streamed
        .decision
        .obligations
        .iter()
        .any(|due| matches!(&due.obligation, Obligation::Measure(measure) if measure.id.as_str() == "retract"))
}

#[test]
fn what_was_delivered_at_once_is_taken_back() {
    let host = host(&[answering(&demand("stop", ""))]);
    for cut in cuts("先出去的话，样例甲，之后不再出去。", 20) {
        let pieces: Vec<Piece> = cut.into_iter().map(|piece| (0, None, piece)).collect();
        let mut session = open(&host);
        session.ask_delivery(Delivery::DeliverThenRetract);
        let streamed = stream(&mut session, &pieces);
        assert_eq!(
            streamed.out[&0], "先出去的话，样例甲，",
            "the judging point is behind the character that says where the term ends"
        );
        assert_eq!(streamed.decision.verdict, Level::Stop);
        assert!(owes_retraction(&streamed));
    }
}

#[test]
fn what_was_delivered_at_once_and_is_harmless_is_not_taken_back() {
    let host = host(&[answering(&demand("warn", ""))]);
    let streamed = asking(&mut open(&host), Delivery::DeliverThenRetract, "先出去的话，样例甲。");
    assert!(!owes_retraction(&streamed));
    assert_eq!(streamed.out[&0], "先出去的话，样例甲。");
}

#[test]
fn a_platform_that_cannot_take_back_stops() {
    let early = r#"{"redact": {"part": 0, "start": 9, "end": 18}}"#;
    let guest = answering(&demand("redact", early));
    let mut can = PlatformProfile::everything(&hosts::registry());
    let takes_back = with(hosts::candidate(), std::slice::from_ref(&guest));
    let streamed = asking(&mut open(&hosts::host(takes_back)), Delivery::DeliverThenRetract, "开头，样例甲，后文。");
    assert!(owes_retraction(&streamed));
    assert_eq!((streamed.decision.verdict, streamed.out[&0].as_str()), (Level::Redact, "开头，样例甲，后文。"));

    can.supports.remove("retract");
    let mut manifest = on_hits();
    manifest.may_require.retain(|measure| measure != "retract");
    let guest = Guest::from_file("answers").with("answer", &demand("redact", early)).under(manifest);
    let guest = guest.with_lexicon("terms", super::TERMS);
    let cannot = hosts::host(with(hosts::candidate(), &[guest]).platform(can));
    let streamed = asking(&mut open(&cannot), Delivery::DeliverThenRetract, "开头，样例甲，后文。");
    assert_eq!(streamed.decision.verdict, Level::Stop);
    assert!(streamed.decision.unsupported.contains("retract"));
}
