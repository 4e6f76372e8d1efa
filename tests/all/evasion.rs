//! The evasion table: a disguised term gets the decision of the plain one, and an ordinary sentence stays ordinary.

use std::collections::{BTreeMap, BTreeSet};

use specialis::{Host, config};
use specialis_core::{Context, Event, EventKind, Level};
use specialis_tests::case::{OnDuty, on_duties};
use specialis_tests::evasion::{Shape, Table};
use specialis_tests::{Guest, Manifest, hosts};

/// The compiled policies beside one that brings the terms and is never called.
fn host(table: &Table) -> Host {
    let (platform, service) =
        config::profile(specialis_artifacts::TEXTS, &hosts::registry()).expect("the profile is read");
    let owner = Guest::from_file("answers").with("answer", r#"{"findings": []}"#);
    let owner = owner.under(Manifest::hostile().called("terms").on(&[])).with_lexicon("evasion", &table.lexicon).pack();
    hosts::host(hosts::built_in().platform(platform).service(service).policy("terms", owner))
}

/// What every duty comes to, and the verdict.
type Outcome = (Level, BTreeMap<String, OnDuty>);

fn outcome(host: &Host, text: &str) -> Outcome {
    let event = Event::new(EventKind::Output).with_text(text);
    let decision = hosts::decide(host, "evasion", &Context::default(), &event);
    (decision.verdict, on_duties(&decision))
}

/// Whether no duty of one outcome is lower than in the other, nor the verdict.
fn is_as_high(came: &Outcome, plain: &Outcome) -> bool {
    let levels = ["pass", "mark", "warn", "redact", "review", "stop"];
    let place = |on: &OnDuty| levels.iter().position(|level| *level == on.level);
    let is_kept = |(duty, on): (&String, &OnDuty)| came.1.get(duty).is_some_and(|came| place(came) >= place(on));
    came.0 >= plain.0 && plain.1.iter().all(is_kept)
}

/// A sentence about something, with Chinese right beside it.
fn about(what: &str) -> String {
    format!("有人问起{what}这件事，不知道怎么回答。")
}

#[test]
fn a_disguised_term_gets_the_decision_of_the_plain_one() {
    let table = Table::read();
    let host = host(&table);
    let nothing = outcome(&host, &about("天气"));
    let plain: Vec<Outcome> = table.terms.iter().map(|term| outcome(&host, &about(term))).collect();
    let mut wrong = Vec::new();
    let (mut n_cells, mut n_kept) = (0_u32, 0_u32);
    for way in &table.transformations {
        let mut n_own = 0_u32;
        let mut misses: BTreeSet<&str> = way.misses.iter().map(|miss| miss.term.as_str()).collect();
        for (term, plain) in table.terms.iter().zip(&plain).filter(|(term, _)| way.is_for(term)) {
            let Some(disguised) = way.of(term) else { continue };
            let came = outcome(&host, &about(&disguised));
            let is_kept = came == *plain || (way.at_least && is_as_high(&came, plain));
            n_own += 1;
            let is_expected = way.beyond.is_none() && !misses.remove(term.as_str());
            if way.beyond.is_none() {
                n_cells += 1;
                n_kept += u32::from(is_kept);
            }
            match (is_kept, is_expected) {
                (true, false) => wrong.push(format!("`{term}` is seen through `{}` now: say so", way.name)),
                (false, true) => wrong.push(format!("`{term}` is missed under `{}`: {:?}", way.name, came.0)),
                (true, true) | (false, false) => {}
            }
        }
        if n_own < 12 || !misses.is_empty() {
            wrong.push(format!("`{}` is tried on {n_own} terms, and never on {misses:?}", way.name));
        }
    }
    for (term, plain) in table.terms.iter().zip(&plain) {
        if plain.0 < Level::Review || *plain == nothing {
            wrong.push(format!("`{term}` itself comes to {:?}", plain.0));
        }
    }
    assert!(wrong.is_empty(), "{} wrong, {n_kept} of {n_cells} kept\n{}", wrong.len(), wrong.join("\n"));
    assert!(n_kept * 100 >= n_cells * 99, "{n_kept} of {n_cells} cells are as the plain text");
}

#[test]
fn an_ordinary_sentence_stays_ordinary_however_it_is_disguised() {
    let table = Table::read();
    let host = host(&table);
    let ordinary = outcome(&host, &about("天气"));
    let mut wrong = Vec::new();
    for sentence in &table.benign {
        let plain = outcome(&host, sentence);
        if plain != ordinary {
            wrong.push(format!("`{sentence}` itself: {plain:?}"));
        }
        for way in &table.transformations {
            let Some(text) = way.of(sentence) else { continue };
            let came = outcome(&host, &text);
            // What nobody promises to see through may be noted for itself, such as a run of characters that show nothing.
            if came.0 != ordinary.0 || (way.beyond.is_none() && !way.at_least && came != ordinary) {
                let duties: Vec<_> = came.1.iter().filter(|(duty, on)| ordinary.1.get(*duty) != Some(on)).collect();
                wrong.push(format!("`{sentence}` under `{}`: {duties:?}", way.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_table_is_as_large_as_it_says() {
    let table = Table::read();
    let lexicon = specialis_text::Lexicon::parse("evasion", table.lexicon.as_bytes()).expect("it was read");
    let categories: BTreeSet<_> = lexicon.terms.iter().map(|term| term.category.as_str()).collect();
    let count = |shape| table.terms.iter().filter(|term| Shape::of(term) == shape).count();
    assert!(table.terms.len() >= 60 && categories.len() >= 8, "{} terms, {categories:?}", table.terms.len());
    assert!(count(Shape::Han) >= 20 && count(Shape::Latin) >= 12 && count(Shape::Mixed) >= 8);
    assert!(table.terms.iter().all(|term| (2..=6).contains(&term.chars().count())));
    let everywhere = |way: &&specialis_tests::evasion::Transformation| {
        way.beyond.is_none() && table.terms.iter().all(|term| way.of(term).is_some())
    };
    assert!(table.transformations.iter().filter(everywhere).count() >= 14, "ways that change every term");
    let distinct: BTreeSet<_> = table.benign.iter().collect();
    assert!(distinct.len() >= 200 && distinct.len() == table.benign.len(), "{} sentences", distinct.len());
    let reasons =
        table.transformations.iter().flat_map(|way| way.misses.iter().map(|miss| &miss.why).chain(&way.beyond));
    assert!(reasons.into_iter().all(|why| why.split_whitespace().count() >= 4), "every exception says why");
}
