//! Units of numbers: of facts, by their table, and of settings, by the end of their names.

use super::Lang;

/// How many thousandths a whole has.
const THOUSAND: i64 = 1_000;

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// No unit is known.
    Plain,
    Days,
    WorkingDays,
    Months,
    Minutes,
    Milliseconds,
    Yuan,
    /// Hundredths of a yuan, said in yuan.
    Fen,
    /// Thousandths of a whole, said in per cent.
    Permille,
    Items,
    Times,
    Persons,
    Bytes,
}

impl Unit {
    /// The unit of a setting, by the words of its name: `-working-days`, `-days`, `-months`, `-minutes`, `-ms`, `-yuan`, `-fen`,
    /// `-permille`, `-items`.
    pub(super) fn of_setting(name: &str) -> Self {
        if name.contains("working-days") {
            return Self::WorkingDays;
        }
        let known = |word: &str| {
            Some(match word {
                "days" => Self::Days,
                "months" => Self::Months,
                "minutes" => Self::Minutes,
                "ms" => Self::Milliseconds,
                "yuan" => Self::Yuan,
                "fen" => Self::Fen,
                "permille" => Self::Permille,
                "items" => Self::Items,
                _ => return None,
            })
        };
        name.split('-').find_map(known).unwrap_or(Self::Plain)
    }

    /// A number with its unit: `900,000 yuan`, `15日`, `90.5%`.
    pub(super) fn say(self, number: i64, lang: Lang) -> String {
        let (one, many, zh) = match self {
            Self::Plain => return grouped(number),
            Self::Permille => return format!("{}%", shortened(number, 10, 1)),
            Self::Fen => {
                let yuan = shortened(number, 100, 2);
                return format!("{yuan}{}", lang.pick(" yuan", "元"));
            }
            Self::Days => ("day", "days", "日"),
            Self::WorkingDays => ("working day", "working days", "个工作日"),
            Self::Months => ("month", "months", "个月"),
            Self::Minutes => ("minute", "minutes", "分钟"),
            Self::Milliseconds => ("ms", "ms", "毫秒"),
            Self::Yuan => ("yuan", "yuan", "元"),
            Self::Items => ("item", "items", "条"),
            Self::Times => ("time", "times", "次"),
            Self::Persons => ("person", "persons", "人"),
            Self::Bytes => ("byte", "bytes", "字节"),
        };
        let said = grouped(number);
        match lang {
            Lang::En => format!("{said} {}", if number == 1 { one } else { many }),
            Lang::Zh => format!("{said}{zh}"),
        }
    }
}

/// A number of parts as a decimal fraction with so many digits, or without a fraction where it is whole.
fn shortened(number: i64, parts: i64, digits: usize) -> String {
    let sign = if number < 0 { "-" } else { "" };
    let (number, parts) = (number.unsigned_abs(), parts.unsigned_abs());
    let (whole, part) = (number.checked_div(parts).unwrap_or(0), number.checked_rem(parts).unwrap_or(0));
    let whole = grouped(i64::try_from(whole).unwrap_or(i64::MAX));
    if part == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part:0digits$}") }
}

/// Thousandths as a decimal fraction with two places, or with three where there are so many: `0.90`, `0.905`.
pub(super) fn decimal(permille: i64) -> String {
    let (whole, part) = (permille.div_euclid(THOUSAND), permille.rem_euclid(THOUSAND));
    let said = format!("{whole}.{part:03}");
    said.strip_suffix('0').map_or_else(|| said.clone(), str::to_owned)
}

/// A number with a comma between groups of three digits: `900,000`.
pub(super) fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut grouped = if number < 0 { "-".to_owned() } else { String::new() };
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && digits.len().saturating_sub(at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_scores_have_two_places_or_three() {
        assert_eq!([0, 999, 1_000, 900_000, -1_234_567].map(grouped), ["0", "999", "1,000", "900,000", "-1,234,567"]);
        assert_eq!([0, 5, 900, 905, 910, 1_000].map(decimal), ["0.00", "0.005", "0.90", "0.905", "0.91", "1.00"]);
    }

    #[test]
    fn a_number_is_said_with_its_unit() {
        let said = |unit: Unit, number| (unit.say(number, Lang::En), unit.say(number, Lang::Zh));
        let pair = |en: &str, zh: &str| (en.to_owned(), zh.to_owned());
        assert_eq!(said(Unit::Days, 1), pair("1 day", "1日"));
        assert_eq!(said(Unit::Months, 6), pair("6 months", "6个月"));
        assert_eq!(said(Unit::WorkingDays, 10), pair("10 working days", "10个工作日"));
        assert_eq!(said(Unit::Yuan, 900_000), pair("900,000 yuan", "900,000元"));
        assert_eq!(said(Unit::Fen, 5_000), pair("50 yuan", "50元"));
        assert_eq!(said(Unit::Fen, 123_405), pair("1,234.05 yuan", "1,234.05元"));
        assert_eq!(said(Unit::Permille, 50), pair("5%", "5%"));
        assert_eq!(said(Unit::Permille, 905), pair("90.5%", "90.5%"));
        assert_eq!(said(Unit::Plain, 3), pair("3", "3"));
    }

    #[test]
    fn the_name_of_a_setting_says_its_unit() {
        for (name, unit) in [
            ("log-months", Unit::Months),
            ("filing-working-days", Unit::WorkingDays),
            ("item-fen-under-14", Unit::Fen),
            ("label-height-permille", Unit::Permille),
            ("breaches-in-a-row", Unit::Plain),
        ] {
            assert_eq!(Unit::of_setting(name), unit, "{name}");
        }
    }
}
