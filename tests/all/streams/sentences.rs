//! Policies that ask for text: a hit waits until they have had their point, and so does its judgement.

use specialis::Host;
use specialis_core::{Context, Level, Mode, Precedence, Status};
use specialis_tests::streamed::{Piece, Streamed, cuts, stream};
use specialis_tests::{Guest, Manifest, hosts};

use super::{TERMS, answering, demand_on, on_hits, open, output};

const SCREEN: &str = "im.art4.violence.screen";

/// The general policy asks for a look at each hit.
fn general() -> Guest {
    answering(&demand_on(SCREEN, "review", ""))
}

/// A sector provides otherwise, but says so no sooner than the sentence ends.
fn relaxes(keeps: &str) -> Manifest {
    let text = format!("[wakes.text]\nkinds = [\"output\"]\nsentences = true\nkeeps = \"{keeps}\"");
    let mut manifest = Manifest::hostile().called("sector").of_sector("test").on(&[]);
    manifest.wakes = format!("{}\n{text}", super::ON_HITS);
    manifest.governs = vec![SCREEN.to_owned()];
    manifest.displaces = vec![(SCREEN.to_owned(), "FILM".to_owned(), "16".to_owned())];
    manifest
}

fn world(keeps: &str) -> Host {
    let sector = Guest::from_file("relaxes-after-sentence").under(relaxes(keeps));
    let mut trust = hosts::platform_is_trusted(specialis_core::Trust::default());
    trust.grants.push(specialis_core::Grant {
        id: "test#1".to_owned(),
        signer: hosts::signer_of(&sector.pack()),
        sector: "test".into(),
        duty: SCREEN.into(),
        instrument: "FILM".into(),
        article: "16".to_owned(),
        ground: specialis_core::Ground::SuperiorLaw,
        note: String::new(),
    });
    let candidate = hosts::candidate().trust(trust).policy("general", general().pack());
    hosts::host(candidate.policy("sector", sector.pack()))
}

fn alike(host: &Host, text: &str) -> Streamed {
    let mut first: Option<Streamed> = None;
    for cut in cuts(text, 20) {
        let pieces: Vec<Piece> = cut.into_iter().map(|piece| (0, None, piece)).collect();
        let streamed = stream(&mut open(host), &pieces);
        let first = first.get_or_insert_with(|| streamed.clone());
        first.assert_same(&streamed, &pieces);
    }
    first.expect("there is a cut")
}

#[test]
fn a_hit_waits_for_the_sentence_that_a_policy_asked_for() {
    let host = world("hits");
    let text = "第一句很普通。第二句里有样例甲，还没完。第三句。";
    let streamed = alike(&host, text);
    assert_eq!((streamed.decision.verdict, streamed.out[&0].as_str()), (Level::Warn, text));
    assert!(streamed.closed().is_empty(), "the general rule never had its way");
    let screen = streamed.decision.duty(SCREEN).expect("it was raised");
    assert!(screen.rules.contains(&Precedence::R3));

    let mut session = open(&host);
    let mut stream = session.stream(output());
    stream.push(0, None, "第一句很普通。第二句里有样例甲，还");
    assert_eq!(stream.n_kept_back(), "样例甲，还".len());
    stream.push(0, None, "没完。");
    assert_eq!(stream.n_kept_back(), 0);
}

#[test]
fn a_hit_in_the_last_sentence_is_judged_where_the_text_ends() {
    let streamed = alike(&world("hits"), "只有一句，里面有样例甲");
    assert_eq!((streamed.decision.verdict, streamed.out[&0].as_str()), (Level::Warn, "只有一句，里面有样例甲"));
}

#[test]
fn a_policy_that_keeps_nothing_comes_too_late_to_relax_on_a_stream() {
    let streamed = alike(&world("nothing"), "第一句。第二句里有样例甲，还没完。第三句。");
    assert_eq!(streamed.closed(), [(0, Level::Review)]);
    assert_eq!(streamed.out[&0], "第一句。第二句里有");
}

#[test]
fn a_policy_that_keeps_text_lets_it_go_sentence_by_sentence() {
    let mut session = open(&world("text"));
    let mut stream = session.stream(output());
    stream.push(0, None, "第一句没有完");
    assert_eq!(stream.n_kept_back(), "第一句没有完".len());
    stream.push(0, None, "。第二");
    assert_eq!(stream.n_kept_back(), "第二".len());
}

#[test]
fn nothing_waits_for_a_sector_that_is_excluded_or_a_policy_that_is_monitored() {
    let mut context = Context::default();
    context.sectors.insert("test".into(), Status::No);
    let excluded = world("hits");
    let mut session = excluded.open("s", context);
    let mut stream = session.stream(output());
    stream.push(0, None, "里面有样例甲，还");
    assert_eq!(stream.n_kept_back(), "样例甲，还".len(), "the general rule asks for a look at once");
    assert_eq!(stream.end().decision.verdict, Level::Review);

    let sector = Guest::from_file("answers").with("answer", "{}").under(relaxes("hits"));
    let quiet = Guest::from_file("answers").with("answer", "{}").under(on_hits()).with_lexicon("terms", TERMS);
    let candidate = hosts::candidate().policy("quiet", quiet.pack()).policy("sector", sector.pack());
    let host = hosts::host(candidate.mode("sector", Mode::Monitor));
    let mut session = open(&host);
    let mut stream = session.stream(output());
    stream.push(0, None, "里面有样例甲，还");
    assert_eq!(stream.n_kept_back(), 0);
}

#[test]
fn a_policy_is_called_every_so_many_characters_where_it_asks() {
    let mut manifest = Manifest::hostile().on(&[]);
    manifest.wakes = "[wakes.text]\nkinds = [\"output\"]\nevery = 16\nkeeps = \"nothing\"".to_owned();
    let third = format!("(i32.const {{{{outcome {}}}}})", super::demand("warn", ""));
    let counts = Guest::from_file("counts-calls").with("third", &third).under(manifest);
    let host = super::host(&[counts]);
    let verdict = |n: usize| alike(&host, &"字".repeat(n)).decision.verdict;
    assert_eq!((verdict(32), verdict(33)), (Level::Pass, Level::Warn), "twice, and a third time for what is left");
}
