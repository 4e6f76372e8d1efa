//! What counsel corrected in the law, line by line, with the run or the vector that shows it.

use std::collections::BTreeSet;

use specialis_bundle::{Bundle, parse_vectors};
use specialis_tests::case::Case;

/// The section and the line, then the case and its run.
const RUNS: [(&str, &str, &str); 88] = [
    (
        "1: DSP, LM and ALGO have a scope of their own: in house no label is owed",
        "corrections 1",
        "an in-house tool on an intranet: no label is owed",
    ),
    (
        "1: personal information, minors and heroes go on in house",
        "corrections 1",
        "personal information and heroes go on in house",
    ),
    ("1: minors go on in house", "15", "a child of thirteen"),
    ("1: whatever the nature of the body", "corrections 1", "a public authority's own tool is exempt too"),
    (
        "1: the word internal does not switch off a notice",
        "corrections 1",
        "the word internal does not switch off an authority's notice: a person decides",
    ),
    (
        "1: nor does being overseas",
        "corrections 1",
        "a notice against a service that is overseas with its users: a person decides",
    ),
    ("1: a pure propagator owes LM 6", "corrections 1", "a pure propagator owes Art. 6 and not the provider's label"),
    (
        "1: and not what a provider owes",
        "corrections 1",
        "a pure propagator shows a medium without an agreement, a filing or a label of its own",
    ),
    (
        "1: works online come under the provisions on programs there",
        "corrections 6",
        "a drama online comes under the provisions on programs there",
    ),
    (
        "1: RTV 33 binds stations",
        "corrections 6",
        "a drama that a station broadcasts comes under the regulations on stations",
    ),
    (
        "1: human-written text is NEWS 16 or nothing",
        "corrections 1",
        "human-written news that is still open is no synthetic news",
    ),
    (
        "1: human-written text that is unlawful",
        "corrections 1",
        "false news that people wrote is unlawful content of a news service, and no synthetic news",
    ),
    ("1: open to the public, the labels are owed", "corrections 1", "open to the public: the labels are owed"),
    ("1: a notice against a public service", "corrections 1", "a notice against a public service stops it"),
    (
        "1: unlawful content that is spread",
        "corrections 1",
        "unlawful content that a pure propagator spreads is stopped, and no model is corrected",
    ),
    (
        "2: a complete waiver fulfils IM 12 and DSP 17",
        "corrections 2",
        "a complete waiver fulfils IM 12 too, and a record remains",
    ),
    ("2: the implicit label remains", "corrections 2", "the implicit label remains owed"),
    ("2: six months are 181 to 184 days", "corrections 2", "six months from 2 March are 184 days"),
    ("2: never 180 days", "corrections 2", "180 days are no six months"),
    ("3: IM 14(2): records and reports of measures against users", "corrections 3", "confirmed doxxing is reported"),
    ("3: every unlawful activity is reported", "corrections 3", "confirmed piracy is reported"),
    (
        "3: 14(1) has no record duty; ALGO 9(2) has one",
        "corrections 3",
        "what is stopped by Art. 14(1) has no record duty of its own; algorithms have one, without a period",
    ),
    ("3: CSL: network logs for six months", "corrections 3", "network logs are kept for six calendar months"),
    ("3: CSL 49", "corrections 3", "what users publish: Art. 49 of the amended law"),
    ("3: CSL 47 of 2017", "corrections 3", "what users published in 2025: Art. 47 of the 2017 text"),
    (
        "3: LM 9: the record of whom it went to",
        "corrections 2",
        "a complete waiver fulfils IM 12 too, and a record remains",
    ),
    ("3: IISM 14: news", "corrections 3", "news is kept for 60 days"),
    ("3: IISM 14: publishing", "corrections 3", "what is published online is kept for 60 days"),
    (
        "3: MINORS 29: records of stops",
        "corrections 5",
        "what harms minors is stopped by the ban, the sending and what follows",
    ),
    ("3: MINORS 36: access of staff", "corrections 3", "staff look into minors' data with approval and a log"),
    ("3: PIPL 55, 56: three years", "corrections 3", "an impact assessment and its record for three years"),
    (
        "3: PIPL 47(2): only stored",
        "corrections 3",
        "while a statutory period runs, what the purpose no longer needs is only stored",
    ),
    (
        "3: PIPL 47(2): the copy that law has kept",
        "corrections 3",
        "personal information in published news: the copy is kept by law, and the rest deleted",
    ),
    (
        "3: what is stopped is deleted, and no copy kept",
        "corrections 3",
        "an unlawful work is deleted, and no copy of it is asked for",
    ),
    ("3: NDSR 12: three years", "corrections 3", "a processor is entrusted: a record for three years"),
    ("3: one stop is reported once", "corrections 3", "one stop in a sector is reported once"),
    (
        "3: to the authority that the profile names",
        "corrections 5",
        "heroes distorted in a work are reported once, to the authority that the profile names",
    ),
    ("3: IM 19 supplies material", "corrections 3", "an inspection is supplied with what is missing, and not reported"),
    ("3: IM 13 holds no notice", "corrections 3", "Art. 13 holds neither a notice nor a number of days"),
    ("4: unfiled at every open", "corrections 4", "in use and unfiled"),
    ("4: ten working days", "corrections 4", "ten working days without the holidays of October: the day after"),
    ("4: ten working days, the last", "corrections 4", "ten working days without the holidays of October: the last"),
    ("4: licences at every open", "corrections 4", "a licence that has expired"),
    ("4: the shown model", "corrections 4", "the filed model is not shown"),
    ("4: the shown number of the algorithm", "corrections 4", "the algorithm's number is not shown"),
    ("4: a visitor without an account", "corrections 4", "a visitor without an account is not stopped"),
    ("4: an agreement, not the newest", "corrections 4", "an older agreement is an agreement"),
    ("4: receipt is not fulfilment", "corrections 4", "a request that was received is not answered"),
    ("4: a late answer is not timely", "corrections 4", "a late answer is not timely"),
    (
        "4: the published limit decides",
        "corrections 4",
        "an answer after the operator's habit and within the published limit is timely",
    ),
    ("4: without a published limit", "corrections 4", "no limit for requests is published"),
    (
        "4: retention by purpose",
        "corrections 4",
        "kept within the provider's own limit and longer than the purpose needs",
    ),
    ("4: sensitive training data", "corrections 4", "faces in training data need a separate consent"),
    (
        "4: whatever else is said of the batch",
        "corrections 4",
        "faces are sensitive whatever else is said of the batch",
    ),
    (
        "4: children's training data",
        "corrections 4",
        "children's data need the guardian, whatever else is said of the batch",
    ),
    ("4: foreign investment", "corrections 4", "an investment from abroad that was not reported"),
    ("5: the push ban before 2026", "corrections 5", "the push ban the day before the measures on the classes"),
    ("5: the push ban since 2026", "corrections 5", "the push ban on their first day"),
    (
        "5: E8: MINORS 22 with 25",
        "corrections 5",
        "what harms minors is stopped by the ban, the sending and what follows",
    ),
    (
        "5: unmarked content: MINORS 29(2)",
        "corrections 5",
        "content that may affect minors and is not marked: Art. 29, para. 2",
    ),
    ("5: E4: teachers too", "corrections 5", "a teacher enters the heading of a national paper"),
    ("5: the headings of national papers", "corrections 5", "the heading of a national paper by its number"),
    ("5: E15 is practice", "corrections 5", "a photo question during an examination is warned of, by practice"),
    ("5: cruelty for children under 14", "corrections 5", "cruelty for a child under 14"),
    ("6: thresholds until 2025", "corrections 6", "until 31 December 2025: key from 1,000,000 yuan"),
    ("6: thresholds from 2026", "corrections 6", "from 1 January 2026: key from 3,000,000 yuan"),
    ("6: AI dramas by the general tiers", "corrections 6", "AI dramas until 30 June 2026: the general tiers"),
    ("6: AI dramas by their own", "corrections 6", "AI dramas from 1 July 2026: their own"),
    (
        "6: what people made keeps the general tiers",
        "corrections 6",
        "a drama that people made keeps the general tiers on 1 July 2026",
    ),
    ("6: F5 by its paper", "corrections 6", "a tainted face on its first day"),
    ("6: F5 the day before", "corrections 6", "a tainted face the day before the paper of 8 November 2025"),
    (
        "6: F12 by its paper, animation however made",
        "corrections 6",
        "animation for children on its first day, made by hand as by AI",
    ),
    ("6: F12 the day before", "corrections 6", "animation for children the day before the paper of 8 November 2025"),
    ("6: F3: the one filing", "corrections 6", "the one filing of the work's tier"),
    (
        "6: a drama's licence has a basis of its own",
        "corrections 6",
        "the licence of a drama that goes online rests on the provisions on programs there",
    ),
    ("7: FR1: FACE 8", "corrections 7", "faces: FACE 8"),
    (
        "7: the algorithm filed late: ALGO 24",
        "corrections 4",
        "ten working days without the holidays of October: the day after",
    ),
    (
        "7: IM7: the standard",
        "corrections 7",
        "collection without a record and a base model without a filing: a standard that does not bind",
    ),
    (
        "7: IM7: five hundredths",
        "corrections 4",
        "201 of 4,000 are over five hundredths, by a standard that does not bind",
    ),
    (
        "7: IM8: the standard",
        "corrections 7",
        "labels that are 94 in 100 right, reviewed by whoever labelled and stored with the rest: a standard that does not bind",
    ),
    ("7: IM8: before, TC260-003", "corrections 7", "before the standard of 2025 it was the guide of 2024"),
    ("7: PI1 in a private answer", "corrections 7", "personal information in a private answer: IM 4(4) and PIPL 10"),
    ("7: PI1 in publications", "corrections 7", "personal information that is published: PIPL 25"),
    ("7: CS1 in 2025", "corrections 7", "network logs in 2025: the 2017 text"),
    ("7: P5: ONLINE-PUB 7", "corrections 7", "a novel without a licence: the rules on online publishing"),
    ("7: P5: PUBLISH 12, 15", "corrections 7", "a publisher without a licence: the regulations on publication"),
    ("7: N6: NEWS 12", "corrections 7", "the editor's sign-off: NEWS 12"),
    ("7: GB5: chapter 5", "corrections 7", "the form of a label: GB 45438, chapter 5"),
];

/// The section and the line, then the rule and its vector.
const VECTORS: [(&str, &str, &str); 10] = [
    (
        "1: wording for a single reader speaks of no public",
        "LM4",
        "for one reader alone the words do not speak of the public",
    ),
    (
        "1: wording for a single reader, on deep synthesis",
        "DS17",
        "for one reader alone the words do not speak of the public",
    ),
    ("2: the end of a month", "LM9", "six months from the end of August end with February: 180 days are too few"),
    ("4: entrusting is no disclosure", "IM11", "a processor is entrusted under a contract"),
    (
        "3: PIPL 47: storing alone while a statutory period runs",
        "PI4",
        "a statutory period runs to this day: only stored",
    ),
    (
        "3: false news is deleted, and no copy of it is asked for",
        "N12",
        "what is stopped as unlawful is not published, and the rule on it has the record",
    ),
    ("7: P5: the licence of a publisher", "P5", "a publisher with its own licence"),
    ("7: N1: a licence of another trade", "N1", "a licence of another trade is no news licence"),
    ("7: N1R: NEWS 12", "N1R", "licensed reporting quotes a rumor"),
    ("7: shares are counts", "IM7", "201 of 4,000 are over 5 hundredths"),
];

/// The section and the line, then the law and the article of `coverage.toml` that says why no rule carries it.
const REASONS: [(&str, &str, &str); 7] = [
    ("3: ALGO 28(2): network logs by law, without a number", "ALGO", "28(2)"),
    ("3: CSL 50: what users send", "CSL", "50"),
    ("3: CSL 52: what authorities ask to be stopped", "CSL", "52"),
    ("3: MINORS 37: a yearly audit", "MINORS", "37"),
    ("3: IISM 14: bulletin boards", "IISM", "14 (boards)"),
    ("4: IM 9, para. 1: responsibility as producer", "IM", "9(1)"),
    ("4: IM 10: guidance of users", "IM", "10 (guidance)"),
];

#[test]
fn every_line_that_no_rule_can_carry_says_why() {
    let text = include_str!("../../../guest-policies/registry/coverage.toml");
    let coverage: toml::Table = text.parse().unwrap();
    for (line, law, article) in REASONS {
        let said = coverage.get(law).and_then(|law| law.get(article));
        assert!(said.is_some_and(|said| said.as_str().is_some_and(|said| said.len() > 20)), "{line}: {said:?}");
    }
}

/// The corrections call the basis of relaxed reporting the weakest of three; whoever reads the grant is told.
#[test]
fn the_grant_of_licensed_reporting_says_how_weak_it_is() {
    let trust = specialis_tests::hosts::built_in_trust();
    let grant = trust.grants.iter().find(|grant| grant.id.as_str() == "news#1").expect("the grant of N1R");
    assert!(grant.note.contains("the weakest of the three"), "{}", grant.note);
}

#[test]
fn every_line_of_the_corrections_has_its_run_or_its_vector() {
    let cases = Case::all();
    let runs = cases.iter().flat_map(|case| case.runs.iter().map(|run| (case.case.as_str(), run.name.as_str())));
    let runs: BTreeSet<(&str, &str)> = runs.collect();
    let mut vectors = BTreeSet::new();
    for (_, bytes) in specialis_artifacts::POLICIES {
        for section in Bundle::parse(bytes).unwrap().vectors {
            let text = std::str::from_utf8(&section.data).unwrap();
            vectors.extend(
                parse_vectors(&section.name, text).unwrap().into_iter().map(|one| (one.rule.to_string(), one.name)),
            );
        }
    }
    let missing_runs = RUNS.iter().filter(|(_, case, run)| !runs.contains(&(*case, *run)));
    let is_there = |rule: &str, name: &str| vectors.contains(&(rule.to_owned(), name.to_owned()));
    let missing_vectors = VECTORS.iter().filter(|(_, rule, name)| !is_there(rule, name));
    let missing: Vec<_> = missing_runs.chain(missing_vectors).collect();
    assert!(missing.is_empty(), "lines without what shows them: {missing:#?}");
}

#[test]
fn every_run_of_the_corrections_stands_for_a_line() {
    let cases = Case::all();
    let of_corrections = cases.iter().filter(|case| case.case.starts_with("corrections "));
    let runs = of_corrections.flat_map(|case| case.runs.iter().map(|run| (case.case.as_str(), run.name.as_str())));
    let stray: Vec<_> = runs.filter(|run| !RUNS.iter().any(|(_, case, name)| (*case, *name) == *run)).collect();
    assert!(stray.is_empty(), "runs that stand for no line: {stray:#?}");
}
