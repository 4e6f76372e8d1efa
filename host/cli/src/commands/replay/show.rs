//! The figures as tables for a person.

use std::io::{self, Write};

use specialis_core::{Level, counted};

use super::report::{Counted, Report, Share};
use crate::output::{self, share};

/// Writes all tables.
pub(super) fn tables(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if report.rows > 0 {
        by_group(&report.labels, false, out)?;
        writeln!(out)?;
        by_group(&report.categories, true, out)?;
        writeln!(out)?;
    }
    if !report.blocked_by.is_empty() {
        let mut table = output::table(["review or stop by", "policy", "label", "rows"]);
        for by in &report.blocked_by {
            table.add_row([&by.duty, &by.policy, &by.label, &by.rows.to_string()]);
        }
        output::write_table(out, &table)?;
        writeln!(out)?;
    }
    let calls: Vec<String> = report.calls.iter().map(|(policy, n)| format!("{policy} {n}")).collect();
    let rows = |n| counted(n, "row", "rows");
    let faults = report.faults.iter().map(|fault| format!("{} {} on {}", fault.policy, fault.fault, rows(fault.rows)));
    let faults: Vec<String> = faults.collect();
    let faults = if faults.is_empty() { "none".to_owned() } else { faults.join(", ") };
    writeln!(out, "rows           {}, not judged {}", report.rows, report.not_judged)?;
    writeln!(out, "calls          on rows: {}", calls.join(", "))?;
    writeln!(out, "faults         {faults}")?;
    writeln!(out, "over-blocking  {}", of_rows(report.over_blocking, report.benign_with_hits, "benign"))?;
    writeln!(out, "detection      {}", of_rows(report.detection, report.risky_with_hits, "risky"))
}

fn of_rows(blocked: Share, with_hits: Share, what: &str) -> String {
    let Share { n, of, .. } = blocked;
    let hits = share(with_hits.n, with_hits.of);
    let rows = counted(of, &format!("{what} row comes"), &format!("{what} rows come"));
    format!("{} ({n} of {rows} to review or stop); hits in {hits}", share(n, of))
}

/// One line for each group of rows: how many came to which level.
fn by_group(groups: &[Counted], has_category: bool, out: &mut dyn Write) -> io::Result<()> {
    let levels = Level::ALL.iter().map(|level| level.as_str());
    let names = ["label", "source", "category"].into_iter().filter(|name| has_category || *name != "category");
    let heads: Vec<&str> = names.chain(["rows"]).chain(levels).chain(["review or stop", "hits"]).collect();
    let mut table = output::table_of(&heads);
    for group in groups {
        let known = |name: &Option<String>| name.clone().unwrap_or_else(|| "-".to_owned());
        let mut row = vec![group.label.clone(), known(&group.source)];
        if has_category {
            row.push(known(&group.category));
        }
        row.push(group.blocked.of.to_string());
        let count = |level: &Level| group.verdicts.get(level.as_str()).copied().unwrap_or(0).to_string();
        row.extend(Level::ALL.iter().map(count));
        row.push(share(group.blocked.n, group.blocked.of));
        row.push(share(group.with_hits.n, group.with_hits.of));
        table.add_row(row);
    }
    output::write_table(out, &table)
}
