//! Instruments in time: every one is walked over its first and its last day, with the day before and the day after, on events that
//! make a rule cite it.

use std::collections::{BTreeMap, BTreeSet};

use specialis::Host;
use specialis_bundle::{Bundle, Vector, parse_vectors};
use specialis_core::{Date, Decision, Disposition, InstrumentId, Origin, ResolvedFinding, Status};
use specialis_tests::hosts;

/// How many vectors are tried for each instrument.
const TRIED: usize = 6;

/// Instruments that no vector makes a rule cite: earlier versions, which apply through the later ones, and those that stand
/// beside the cited ones of a duty.
const UNCITED: [&str; 9] =
    ["AV", "CIVIL", "CSL-2017", "DSL", "ECOLOGY", "NRTA-DRAMA", "NRTA-MINORS", "PLATFORM-WRITING", "TC260-003"];

#[test]
fn every_instrument_holds_from_its_first_day_to_its_last_and_on_no_other() {
    let host = hosts::host(hosts::built_in());
    let registry = hosts::registry();
    let citing = citing(&host);
    let mut uncited = BTreeSet::new();
    for (id, instrument) in &registry.instruments {
        let Some(vectors) = citing.get(id) else {
            uncited.insert(id.as_str());
            continue;
        };
        let on = |day: Date| Walked::on(&host, vectors, id, day);
        let first = on(instrument.from);
        assert!(first.n_cited == 0 || first.n_counted > 0, "{id} counts on its first day, {}", instrument.from);
        let before = on(next(instrument.from, -1));
        assert_eq!(before.n_counted_as_itself, 0, "{id} counts on {}, before its first day", before.day);
        if let Some(until) = instrument.until {
            let last = on(until);
            assert!(last.n_cited == 0 || last.n_counted > 0, "{id} counts on its last day, {until}");
            let after = on(next(until, 1));
            assert_eq!(after.n_counted_as_itself, 0, "{id} counts on {}, after its last day", after.day);
        }
    }
    assert_eq!(uncited, BTreeSet::from(UNCITED), "instruments without a vector that makes a rule cite them");
}

#[test]
fn earlier_version_applies_until_the_day_before_the_later_one() {
    let host = hosts::host(hosts::built_in());
    let citing = citing(&host);
    let registry = hosts::registry();
    let with_earlier = registry.instruments.iter().filter_map(|(id, later)| Some((id, later, later.earlier.as_ref()?)));
    let mut n = 0;
    for (id, later, earlier) in with_earlier {
        let vectors = citing.get(id).unwrap_or_else(|| panic!("a vector makes a rule cite {id}"));
        let day = next(later.from, -1);
        let named = vectors.iter().flat_map(|one| findings(&decision(&host, one, day), id));
        let named: BTreeSet<InstrumentId> = named.filter_map(|finding| finding.earlier).collect();
        // The earlier version may be one with an end of its own, or have an earlier one in turn.
        assert!(named.is_empty() || named.contains(earlier), "{id} on {day} stands under {named:?}");
        n += usize::from(!named.is_empty());
    }
    assert!(n > 0, "some later version is cited on a day of the earlier one");
}

/// A vector with the sector of its policy.
struct Placed {
    vector: Vector,
    origin: Origin,
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
    fn on(host: &Host, vectors: &[&Placed], id: &InstrumentId, day: Date) -> Self {
        let mut walked = Self { day, n_cited: 0, n_counted: 0, n_counted_as_itself: 0 };
        for finding in vectors.iter().flat_map(|one| findings(&decision(host, one, day), id)) {
            walked.n_cited += 1;
            walked.n_counted += usize::from(finding.disposition != Disposition::NotInForce);
            let is_itself = finding.counts() && finding.earlier.is_none();
            walked.n_counted_as_itself += usize::from(is_itself);
        }
        walked
    }
}

/// For each instrument the first vectors of built-in policies whose decision has a finding that cites it.
fn citing(host: &Host) -> BTreeMap<InstrumentId, Vec<&'static Placed>> {
    let mut citing: BTreeMap<InstrumentId, Vec<&Placed>> = BTreeMap::new();
    for placed in vectors() {
        let decision = decision(host, placed, placed.vector.as_of);
        let found =
            decision.duties.iter().flat_map(|duty| &duty.findings).filter_map(|finding| finding.answer.demand());
        let ids: BTreeSet<InstrumentId> = found.map(|demand| demand.citation.instrument.clone()).collect();
        for id in ids {
            let known = citing.entry(id).or_default();
            if known.len() < TRIED {
                known.push(placed);
            }
        }
    }
    citing
}

fn vectors() -> &'static [Placed] {
    static VECTORS: std::sync::LazyLock<Vec<Placed>> = std::sync::LazyLock::new(|| {
        let files = specialis_artifacts::POLICIES.iter().map(|(_, bytes)| Bundle::parse(bytes).unwrap());
        let of_file = |bundle: Bundle| {
            let origin = bundle.manifest.origin.clone();
            let sections = bundle.vectors.clone().into_iter();
            let vectors =
                sections.flat_map(|one| parse_vectors(&one.name, std::str::from_utf8(&one.data).unwrap()).unwrap());
            vectors.map(|vector| Placed { vector, origin: origin.clone() }).collect::<Vec<_>>()
        };
        files.flat_map(of_file).collect()
    });
    &VECTORS
}

fn decision(host: &Host, placed: &Placed, day: Date) -> Decision {
    let mut session = host.open_as_of("walk", placed.vector.context.clone(), day);
    if let Origin::Sector(sector) = &placed.origin {
        session.set_sector(sector.clone(), Status::Yes, "platform".into());
    }
    session.submit(placed.vector.event.clone()).decision
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
