//! Plots over the days of an audit, as SVG.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::{Span, civil};
use specialis_core::{Date, Level};

use super::numbers::AuditRange;
use super::page::{COLORS, Lang};
use super::tally::Tally;

/// The most bars of a plot. Longer ranges have bars of several days.
const MAX_BARS: u64 = 62;
/// The size of the plot, without its words.
const PLOT: (u64, u64) = (900, 160);
/// The size of a plot in a line.
const LINE: (u64, u64) = (124, 18);

/// Days of a range in bars of the same length.
pub(super) struct Bars {
    from: civil::Date,
    days_each: u64,
    n: u64,
}

impl Bars {
    /// The bars of a range.
    pub(super) fn of(range: AuditRange) -> Self {
        let civil = |day: Date| civil::Date::new(day.year(), day.month().cast_signed(), day.day().cast_signed());
        let from = civil(range.from).unwrap_or(civil::Date::MIN);
        let until = civil(range.to).unwrap_or(civil::Date::MAX);
        let n_days = u64::try_from((until - from).get_days()).unwrap_or(0).saturating_add(1);
        let days_each = n_days.div_ceil(MAX_BARS).max(1);
        Self { from, days_each, n: n_days.div_ceil(days_each) }
    }

    /// How many days a bar has.
    pub(super) fn days_each(&self) -> u64 {
        self.days_each
    }

    /// The bar of a day.
    fn at(&self, day: Date) -> u64 {
        let civil = civil::Date::new(day.year(), day.month().cast_signed(), day.day().cast_signed());
        let days = civil.map_or(0, |civil| (civil - self.from).get_days());
        (u64::try_from(days).unwrap_or(0) / self.days_each).min(self.n.saturating_sub(1))
    }

    /// The first day of a bar.
    fn day(&self, bar: u64) -> String {
        let days = i64::try_from(bar.saturating_mul(self.days_each)).unwrap_or(0);
        self.from.checked_add(Span::new().days(days)).unwrap_or(self.from).to_string()
    }
}

/// The decisions of the days, a bar for one or several of them, its parts by verdict; with an axis and a legend.
pub(super) fn decisions(out: &mut String, bars: &Bars, days: &BTreeMap<Date, Tally>, lang: Lang) {
    let mut sums: BTreeMap<u64, Tally> = BTreeMap::new();
    for (day, tally) in days {
        let sum = sums.entry(bars.at(*day)).or_default();
        tally.0.iter().for_each(|(level, n)| sum.add_many(*level, *n));
    }
    let highest = sums.values().map(Tally::total).max().unwrap_or(0).max(1);
    let width = PLOT.0 / bars.n.max(1);
    let (left, bottom) = (60, PLOT.1.saturating_add(20));
    let _ = writeln!(
        out,
        "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\" font-size=\"12\">",
        PLOT.0.saturating_add(left),
        bottom.saturating_add(24),
        lang.of("Decisions over time, by verdict", "各时段的决定，按结论")
    );
    let end = left.saturating_add(width.saturating_mul(bars.n));
    let _ = writeln!(
        out,
        "<path d=\"M{left} 4V{0}H{end}\" fill=\"none\" stroke=\"#888\"/><text x=\"{1}\" y=\"14\" text-anchor=\"end\">{highest}</text>\
         <text x=\"{1}\" y=\"{0}\" text-anchor=\"end\">0</text><text x=\"{left}\" y=\"{bottom}\">{2}</text>\
         <text x=\"{end}\" y=\"{bottom}\" text-anchor=\"end\">{3}</text>",
        PLOT.1,
        left - 6,
        bars.day(0),
        bars.day(bars.n.saturating_sub(1)),
    );
    for (bar, tally) in &sums {
        let mut top = PLOT.1;
        for (color, level) in COLORS {
            let n = tally.0.get(&level).copied().unwrap_or(0);
            let height = n.saturating_mul(PLOT.1.saturating_sub(4)) / highest;
            top = top.saturating_sub(height);
            if n > 0 {
                let _ = writeln!(
                    out,
                    "<rect x=\"{}\" y=\"{top}\" width=\"{}\" height=\"{height}\" fill=\"{color}\"><title>{} {} {n}</title></rect>",
                    left.saturating_add(bar.saturating_mul(width)),
                    width.saturating_sub(1).max(1),
                    bars.day(*bar),
                    lang.level(level)
                );
            }
        }
    }
    legend(out, left, bottom.saturating_add(18), lang);
    out.push_str("</svg>\n");
}

fn legend(out: &mut String, left: u64, at: u64, lang: Lang) {
    for (place, (color, level)) in (0_u64..).zip(COLORS) {
        let x = left.saturating_add(place.saturating_mul(140));
        let _ = writeln!(
            out,
            "<rect x=\"{x}\" y=\"{}\" width=\"10\" height=\"10\" fill=\"{color}\"/><text x=\"{}\" y=\"{at}\">{}</text>",
            at.saturating_sub(10),
            x.saturating_add(16),
            lang.level(level)
        );
    }
}

/// How often something was above `pass` on the days, in a line of a table.
pub(super) fn line(out: &mut String, bars: &Bars, days: Option<&BTreeMap<Date, Tally>>) {
    let mut sums: BTreeMap<u64, u64> = BTreeMap::new();
    for (day, tally) in days.into_iter().flatten() {
        let above = tally.0.iter().filter(|(level, _)| **level > Level::Pass).map(|(_, n)| *n);
        let sum = sums.entry(bars.at(*day)).or_default();
        *sum = above.fold(*sum, u64::saturating_add);
    }
    let highest = sums.values().copied().max().unwrap_or(0).max(1);
    let width = (LINE.0 / bars.n.max(1)).max(1);
    let _ = write!(
        out,
        "<svg class=\"line\" viewBox=\"0 0 {} {}\" width=\"{}\" height=\"{1}\">",
        width.saturating_mul(bars.n),
        LINE.1,
        LINE.0
    );
    for (bar, n) in sums.into_iter().filter(|(_, n)| *n > 0) {
        let height = (n.saturating_mul(LINE.1) / highest).max(1);
        let _ = write!(
            out,
            "<rect x=\"{}\" y=\"{}\" width=\"{width}\" height=\"{height}\"><title>{} {n}</title></rect>",
            bar.saturating_mul(width),
            LINE.1.saturating_sub(height),
            bars.day(bar)
        );
    }
    out.push_str("</svg>");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bars(from: &str, to: &str) -> Bars {
        let day = |text: &str| text.parse().unwrap();
        Bars::of(AuditRange { from: day(from), to: day(to), today: day(to) })
    }

    #[test]
    fn long_range_has_bars_of_several_days_and_every_day_has_its_bar() {
        let month = bars("2026-11-01", "2026-11-30");
        assert_eq!((month.n, month.days_each), (30, 1));
        let year = bars("2026-01-01", "2026-12-31");
        assert_eq!((year.n, year.days_each), (61, 6));
        assert_eq!((year.at("2026-01-06".parse().unwrap()), year.at("2026-01-07".parse().unwrap())), (0, 1));
        assert_eq!((year.at("2026-12-31".parse().unwrap()), year.day(60)), (60, "2026-12-27".to_owned()));
    }
}
