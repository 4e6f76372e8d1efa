//! Instruments in time: every one is walked over its first and its last day, with the day before and the day after, on events that
//! make a rule cite it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use specialis::{Host, config};
use specialis_bundle::{Bundle, Vector, parse_vectors};
use specialis_core::{Date, Decision, Disposition, InstrumentId, Origin, ResolvedFinding, Status};
use specialis_tests::hosts;

/// How many citations are looked at for each instrument and day.
const TRIED: usize = 6;

/// Instruments that no built-in rule cites; a sector policy may.
const UNCITED: [&str; 4] = ["AV", "DSL", "ECOLOGY", "NRTA-MINORS"];

#[test]
fn every_instrument_holds_from_its_first_day_to_its_last_and_on_no_other() {
    let registry = hosts::registry();
    let citing = citing();
    let mut uncited = BTreeSet::new();
    let mut wrong = Vec::new();
    for (id, instrument) in &registry.instruments {
        let Some(vectors) = citing.get(id) else {
            let is_earlier = registry.instruments.values().any(|later| later.earlier.as_ref() == Some(id));
            if !is_earlier {
                uncited.insert(id.as_str());
            }
            continue;
        };
        let on = |day: Date| Walked::on(vectors, id, day);
        let mut holds = |walked: &Walked, what: &str| {
            if walked.n_cited == 0 || walked.n_counted == 0 {
                let (cited, counted) = (walked.n_cited, walked.n_counted);
                wrong.push(format!(
                    "{id} on its {what} day, {}: cited {cited} times, counts {counted} times",
                    walked.day
                ));
            }
        };
        holds(&on(instrument.from), "first");
        let before = on(next(instrument.from, -1));
        assert_eq!(before.n_counted_as_itself, 0, "{id} counts on {}, before its first day", before.day);
        if let Some(until) = instrument.until {
            holds(&on(until), "last");
            let after = on(next(until, 1));
            assert_eq!(after.n_counted_as_itself, 0, "{id} counts on {}, after its last day", after.day);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(uncited, BTreeSet::from(UNCITED), "instruments without a vector that makes a rule cite them");
}

/// Earlier versions apply through citations of the later ones: from their own first day to their last, or to the day before the later
/// one's first.
#[test]
fn an_earlier_version_holds_from_its_first_day_until_the_later_one_begins() {
    let citing = citing();
    let registry = hosts::registry();
    let pairs = registry.instruments.iter().filter_map(|(id, later)| Some((id, later, later.earlier.as_ref()?)));
    for (id, later, earlier) in pairs {
        let version = registry.instruments.get(earlier).unwrap_or_else(|| panic!("{earlier} is registered"));
        let vectors = citing.get(id).unwrap_or_else(|| panic!("a vector makes a rule cite {id}"));
        let applied = |day: Date| {
            let found = vectors.iter().flat_map(|one| findings(&decision(one, day), id));
            let counting: Vec<ResolvedFinding> = found.filter(ResolvedFinding::counts).collect();
            let named: BTreeSet<InstrumentId> = counting.iter().filter_map(|finding| finding.earlier.clone()).collect();
            (counting.len(), named)
        };
        let last = version.until.unwrap_or_else(|| next(later.from, -1));
        for day in [version.from, last, next(later.from, -1)] {
            let (n_counting, named) = applied(day);
            let holds = day <= last;
            assert_eq!(named.contains(earlier), holds, "{id} on {day} stands under {named:?}");
            assert!(holds || n_counting == 0, "{id} counts on {day}, when no version holds");
        }
        let before = next(version.from, -1);
        assert!(!applied(before).1.contains(earlier), "{earlier} counts on {before}, before its first day");
    }
}

/// What the registry says of a duty, who says so, is what its rules cite.
#[test]
fn a_duty_names_the_instruments_that_its_rules_cite() {
    let registry = hosts::registry();
    let mut cited: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut note = |duty: &str, instrument: &str| {
        cited.entry(duty.to_owned()).or_default().insert(instrument.to_owned());
    };
    for (_, bytes) in specialis_artifacts::POLICIES {
        for rule in Bundle::parse(bytes).unwrap().manifest.rules.values() {
            // Of a rule on several duties the vectors tell which instrument stands for which.
            if let [duty] = rule.duties.iter().collect::<Vec<_>>().as_slice() {
                rule.cites.keys().for_each(|instrument| note(duty.as_str(), instrument.as_str()));
            }
        }
    }
    for placed in vectors() {
        for expected in decision(placed, placed.vector.as_of).duties {
            let answers = expected.findings.iter().filter_map(|finding| finding.answer.citation());
            answers.for_each(|citation| note(expected.duty.as_str(), citation.instrument.as_str()));
        }
    }
    let mut wrong = Vec::new();
    for (id, duty) in &registry.duties {
        let named: BTreeSet<String> = duty.instruments.iter().map(|id| id.as_str().to_owned()).collect();
        // A duty that no rule carries is told by `coverage`.
        if let Some(cited) = cited.get(id.as_str()).filter(|cited| **cited != named) {
            wrong.push(format!("{id}: named {named:?}, cited {cited:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Tables whose rows hold from a day on: on each such day something is judged in another way than the day before.
#[test]
fn every_day_of_a_dated_table_changes_what_it_decides() {
    let mut n_days = 0;
    for (_, bytes) in specialis_artifacts::POLICIES {
        let manifest = Bundle::parse(bytes).unwrap().manifest;
        for (name, setting) in &manifest.settings {
            let default = serde_json::to_value(&setting.default).unwrap();
            let rows = default.as_array().into_iter().flatten().filter_map(|row| row.as_str());
            let rows: Vec<&str> = rows.filter(|row| row.contains('@')).collect();
            let day_of = |row: &&str| row.split_once('@')?.1.split_once('/')?.0.parse::<Date>().ok();
            let days: BTreeSet<Date> = rows.iter().filter_map(day_of).collect();
            for day in days {
                assert_eq!((manifest.id.as_str(), name.as_str()), ("film", "tier-budgets"), "a table without a walk");
                let of_day = rows.iter().filter(|row| day_of(row) == Some(day));
                let yuan = of_day.filter_map(|row| row.rsplit_once('=')?.1.parse::<u64>().ok());
                let around: BTreeSet<u64> = yuan.flat_map(|yuan| [yuan, yuan.saturating_sub(1)]).collect();
                let tells = |yuan: &u64| tier(*yuan, day) != tier(*yuan, next(day, -1));
                assert!(around.iter().any(tells), "{name} decides the same on {day} and the day before");
                n_days += 1;
            }
        }
    }
    assert!(n_days >= 2, "{n_days}");
}

/// What a micro-drama that AI made for so much is to be filed as on a day.
fn tier(yuan: u64, day: Date) -> Vec<String> {
    let event = serde_json::json!({
        "kind": "publication",
        "facts": { "action": "publish", "form": "micro-drama", "ai-made": true, "themes": ["other"], "budget-yuan": yuan },
    });
    let live = serde_json::json!({
        "kind": "publication",
        "facts": { "action": "publish", "form": "micro-drama", "ai-made": false, "themes": ["other"], "budget-yuan": yuan },
    });
    let of_event = |event: serde_json::Value| {
        let mut session = host("").open_as_of("tier", specialis_core::Context::default(), day);
        session.set_sector("film".into(), Status::Yes, "platform".into());
        let decision = session.submit(serde_json::from_value(event).unwrap()).decision;
        decision.duty("film.tier").map_or_else(Vec::new, |duty| duty.obligations.clone())
    };
    [event, live].into_iter().flat_map(of_event).map(|obligation| format!("{obligation:?}")).collect()
}

/// A vector with the sector of its policy, and its settings as a table of its policy.
struct Placed {
    vector: Vector,
    origin: Origin,
    settings: String,
}

/// What became of one instrument on one day.
struct Walked {
    day: Date,
    /// Findings that cite it.
    n_cited: usize,
    /// Those that count.
    n_counted: usize,
    /// Those that count under it and not under an earlier version.
    n_counted_as_itself: usize,
}

impl Walked {
    /// Judges vectors on a day until enough findings cite the instrument.
    fn on(vectors: &[&Placed], id: &InstrumentId, day: Date) -> Self {
        let mut walked = Self { day, n_cited: 0, n_counted: 0, n_counted_as_itself: 0 };
        for one in vectors {
            for finding in findings(&decision(one, day), id) {
                walked.n_cited += 1;
                walked.n_counted += usize::from(finding.disposition != Disposition::NotInForce);
                let is_itself = finding.counts() && finding.earlier.is_none();
                walked.n_counted_as_itself += usize::from(is_itself);
            }
            if walked.n_cited >= TRIED {
                break;
            }
        }
        walked
    }
}

/// For each instrument the vectors of built-in policies whose decision has a finding that cites it.
fn citing() -> &'static BTreeMap<InstrumentId, Vec<&'static Placed>> {
    static CITING: LazyLock<BTreeMap<InstrumentId, Vec<&'static Placed>>> = LazyLock::new(|| {
        let mut citing: BTreeMap<InstrumentId, Vec<&Placed>> = BTreeMap::new();
        for placed in vectors() {
            let decision = decision(placed, placed.vector.as_of);
            let found =
                decision.duties.iter().flat_map(|duty| &duty.findings).filter_map(|finding| finding.answer.demand());
            let ids: BTreeSet<InstrumentId> = found.map(|demand| demand.citation.instrument.clone()).collect();
            for id in ids {
                citing.entry(id).or_default().push(placed);
            }
        }
        citing
    });
    &CITING
}

fn vectors() -> &'static [Placed] {
    static VECTORS: LazyLock<Vec<Placed>> = LazyLock::new(|| {
        let files = specialis_artifacts::POLICIES.iter().map(|(_, bytes)| Bundle::parse(bytes).unwrap());
        let of_file = |bundle: Bundle| {
            let (id, origin) = (bundle.manifest.id.clone(), bundle.manifest.origin.clone());
            let sections = bundle.vectors.clone().into_iter();
            let vectors =
                sections.flat_map(|one| parse_vectors(&one.name, std::str::from_utf8(&one.data).unwrap()).unwrap());
            let place = |vector: Vector| {
                let rows = vector.settings.iter().map(|(name, value)| format!("{name} = {value}\n"));
                let rows: String = rows.collect();
                let settings = if rows.is_empty() { rows } else { format!("[{id}]\n{rows}") };
                Placed { vector, origin: origin.clone(), settings }
            };
            vectors.map(place).collect::<Vec<_>>()
        };
        files.flat_map(of_file).collect()
    });
    &VECTORS
}

/// The host of the built-in edition under these settings.
fn host(settings: &str) -> Host {
    static HOSTS: LazyLock<std::sync::Mutex<BTreeMap<String, Host>>> = LazyLock::new(Default::default);
    let mut hosts = HOSTS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let make = || hosts::host(hosts::built_in().settings(config::settings(settings).unwrap()));
    hosts.entry(settings.to_owned()).or_insert_with(make).clone()
}

fn decision(placed: &Placed, day: Date) -> Decision {
    let mut session = host(&placed.settings).open_as_of("walk", placed.vector.context.clone(), day);
    if let Origin::Sector(sector) = &placed.origin {
        session.set_sector(sector.clone(), Status::Yes, "platform".into());
    }
    session.submit(placed.vector.events[0].event.clone()).decision
}

fn findings(decision: &Decision, id: &InstrumentId) -> Vec<ResolvedFinding> {
    let all = decision.duties.iter().flat_map(|duty| &duty.findings);
    let cites =
        |finding: &&ResolvedFinding| finding.answer.demand().is_some_and(|demand| demand.citation.instrument == *id);
    all.filter(cites).cloned().collect()
}

/// The day so many days later.
fn next(day: Date, days: i64) -> Date {
    use jiff::ToSpan;
    let day = jiff::civil::date(day.year(), day.month().try_into().unwrap(), day.day().try_into().unwrap());
    day.checked_add(days.days()).unwrap().to_string().parse().unwrap()
}
