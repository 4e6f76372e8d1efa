//! What a training prints.

use std::collections::BTreeMap;

use specialis_scorer::Thresholds;

use super::calibrate::Scored;

/// How many rows of each source are held, of those that set no thresholds. A model that was not trained on them scored them.
pub(super) fn by_source(scored: &[Scored<'_>], thresholds: &Thresholds) {
    println!("thresholds (review, review with a term, note): {thresholds:?}");
    println!("{:<8} {:<8} {:<24} {:>6} {:>9} {:>11}", "kind", "label", "source", "rows", "held", "with a term");
    let mut groups: BTreeMap<(bool, bool, String), Vec<&Scored<'_>>> = BTreeMap::new();
    for one in scored.iter().filter(|one| !one.row.sets_thresholds()) {
        let (is_risky, is_output) = (one.row.is_risky, one.row.is_output);
        groups.entry((is_risky, is_output, one.row.source.clone())).or_default().push(one);
        if let Some(family) = one.row.family.filter(|_| is_risky) {
            let name = format!("{} a{family}", one.row.source);
            groups.entry((is_risky, is_output, name)).or_default().push(one);
        }
        if !one.row.is_own() {
            groups.entry((is_risky, is_output, "~ all of others".to_owned())).or_default().push(one);
        }
    }
    for ((is_risky, is_output, source), rows) in groups {
        print(is_risky, is_output, &source, &rows, thresholds);
    }
}

/// How many rows of each source are held by a model that was trained without the source.
pub(super) fn left_out(scored: &[Scored<'_>], thresholds: &Thresholds) {
    let mut groups: BTreeMap<(bool, bool, &str), Vec<&Scored<'_>>> = BTreeMap::new();
    for one in scored {
        groups.entry((one.row.is_risky, one.row.is_output, &one.row.source)).or_default().push(one);
    }
    for ((is_risky, is_output, source), rows) in groups {
        print(is_risky, is_output, &format!("{source}, left out"), &rows, thresholds);
    }
}

/// What other thresholds for review would hold of prompts: of benign sources at most and all together, and of risky sources that the
/// model has not seen.
pub(super) fn sweep(scored: &[Scored<'_>], left_out: &[Scored<'_>]) {
    println!("prompts held at a threshold: benign, all of others and the source with most; risky sources left out");
    for threshold in (500..=640).step_by(10) {
        let benign = scored.iter().filter(|one| !one.row.is_risky && !one.row.is_output && !one.row.is_own());
        let mut by_source: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
        for one in benign {
            let (n, held) = by_source.entry(&one.row.source).or_default();
            *n += 1;
            *held += u32::from(one.end >= threshold);
        }
        let all = by_source.values().fold((0, 0), |(n, held), (m, more)| (n + m, held + more));
        let percent = |(n, held): (u32, u32)| f64::from(held) / f64::from(n.max(1)) * 100.0;
        print!("{threshold}  {:.2}%", percent(all));
        for (source, counts) in &by_source {
            print!("  {source} {:.2}%", percent(*counts));
        }
        for source in super::LEFT_OUT {
            let of_source =
                left_out.iter().filter(|one| one.row.is_risky && !one.row.is_output && one.row.source == source);
            let counts = of_source.fold((0, 0), |(n, held), one| (n + 1, held + u32::from(one.end >= threshold)));
            print!("  {source} {:.1}%", percent(counts));
        }
        println!();
    }
}

fn print(is_risky: bool, is_output: bool, source: &str, rows: &[&Scored<'_>], thresholds: &Thresholds) {
    let share = |is_held: &dyn Fn(&Scored<'_>) -> bool| {
        let n_held = u32::try_from(rows.iter().filter(|one| is_held(one)).count()).unwrap_or(u32::MAX);
        f64::from(n_held) / f64::from(u32::try_from(rows.len().max(1)).unwrap_or(u32::MAX)) * 100.0
    };
    println!(
        "{:<8} {:<8} {source:<24} {:>6} {:>8.2}% {:>10.2}%",
        if is_output { "output" } else { "prompt" },
        if is_risky { "risky" } else { "benign" },
        rows.len(),
        share(&|one| one.is_held(thresholds)),
        share(&|one| one.is_held_with_term(thresholds)),
    );
}
