//! Findings from bytes.

use std::collections::BTreeMap;

use minicbor::Decoder;
use specialis_core::{
    Answer, Citation, Date, Demand, DutyId, FaultKind, Finding, Level, Measure, Obligation, ParamValue, ReasonId,
    RuleId, Span,
};

use super::reading::{Heads, MISSING, Misread, OTHER_TYPE, UNKNOWN_CASE, UNKNOWN_PLACE, case, list, record};

/// Splits an answer into its findings, each still as bytes, where it has no more than `most`. Lengths, heads and texts are then what
/// the contract says.
///
/// # Errors
/// Where they are not.
pub(crate) fn split(bytes: &[u8], most: usize) -> Result<Vec<&[u8]>, Misread> {
    let mut from = Heads::new(bytes);
    let n_findings = from.list()?;
    if usize::try_from(n_findings).map_or(true, |n| n > most) {
        return Err(Misread::said(FaultKind::FindingCount));
    }
    let findings = (0..n_findings).map(|_| from.value()).collect::<Result<_, Misread>>()?;
    from.end()?;
    Ok(findings)
}

/// Reads one finding of [`split`].
///
/// # Errors
/// Where the bytes have another form than the contract, or hold something that no later check could see any more.
pub(crate) fn finding(bytes: &[u8]) -> Result<Finding, Misread> {
    finding_in(&mut Decoder::new(bytes))
}

fn finding_in(from: &mut Decoder<'_>) -> Result<Finding, Misread> {
    let (mut duty, mut rule, mut said, mut kinds) = (None, None, None, Vec::new());
    record(from, |place, from| {
        match place {
            0 => duty = Some(DutyId::from(from.str()?)),
            1 => rule = Some(RuleId::from(from.str()?)),
            2 => said = Some(answer(from)?),
            3 => kinds = list(from, |from| Ok(from.str()?.to_owned()))?,
            4 => return Err(Misread::said(FaultKind::UnknownExtra)),
            _ => return Err(UNKNOWN_PLACE),
        }
        Ok(())
    })?;
    let (Some(duty), Some(rule), Some(answer)) = (duty, rule, said) else { return Err(MISSING) };
    Ok(Finding { duty, rule, answer, kinds })
}

fn answer(from: &mut Decoder<'_>) -> Result<Answer, Misread> {
    Ok(match case(from)? {
        0 => Answer::NotApplicable(ReasonId::from(from.str()?)),
        1 => Answer::Met(citation(from)?),
        2 => Answer::Require(demand(from)?.into()),
        3 => Answer::InsteadOf(demand(from)?.into()),
        4 => Answer::Unknown(ReasonId::from(from.str()?)),
        _ => return Err(UNKNOWN_CASE),
    })
}

fn citation(from: &mut Decoder<'_>) -> Result<Citation, Misread> {
    let (mut instrument, mut article) = (None, None);
    record(from, |place, from| {
        match place {
            0 => instrument = Some(from.str()?.into()),
            1 => article = Some(from.str()?.to_owned()),
            _ => return Err(UNKNOWN_PLACE),
        }
        Ok(())
    })?;
    let (Some(instrument), Some(article)) = (instrument, article) else { return Err(MISSING) };
    Ok(Citation { instrument, article })
}

fn demand(from: &mut Decoder<'_>) -> Result<Demand, Misread> {
    let (mut level, mut cite, mut reason) = (None, None, None);
    let (mut obligations, mut spans) = (Vec::new(), Vec::new());
    record(from, |place, from| {
        match place {
            0 => level = Some(level_of(from.u32()?)?),
            1 => obligations = list(from, obligation)?,
            2 => spans = list(from, span)?,
            3 => cite = Some(citation(from)?),
            4 => reason = Some(ReasonId::from(from.str()?)),
            _ => return Err(UNKNOWN_PLACE),
        }
        Ok(())
    })?;
    let (Some(level), Some(citation), Some(reason)) = (level, cite, reason) else { return Err(MISSING) };
    Ok(Demand { level, obligations, spans, more_spans: 0, citation, reason })
}

fn level_of(place: u32) -> Result<Level, Misread> {
    let level = usize::try_from(place).ok().and_then(|place| Level::ALL.get(place));
    level.copied().ok_or(UNKNOWN_CASE)
}

fn obligation(from: &mut Decoder<'_>) -> Result<Obligation, Misread> {
    match from.array()? {
        // `stop` carries nothing, and the others do.
        Some(1) => {
            return match from.u32()? {
                3 => Ok(Obligation::Stop),
                0..3 | 4 => Err(OTHER_TYPE),
                _ => Err(UNKNOWN_CASE),
            };
        }
        Some(2) => {}
        Some(_) | None => return Err(OTHER_TYPE),
    }
    Ok(match from.u32()? {
        0 => Obligation::Redact(span(from)?),
        1 => Obligation::Replace(from.str()?.into()),
        2 => Obligation::Append(from.str()?.into()),
        3 => return Err(OTHER_TYPE),
        4 => Obligation::Measure(measure(from)?),
        _ => return Err(UNKNOWN_CASE),
    })
}

fn measure(from: &mut Decoder<'_>) -> Result<Measure, Misread> {
    let (mut id, mut params) = (None, BTreeMap::new());
    record(from, |place, from| {
        match place {
            0 => id = Some(from.str()?.into()),
            1 => {
                for (name, value) in list(from, param)? {
                    if params.insert(name, value).is_some() {
                        return Err(Misread::said(FaultKind::UnregisteredParameter));
                    }
                }
            }
            _ => return Err(UNKNOWN_PLACE),
        }
        Ok(())
    })?;
    Ok(Measure { id: id.ok_or(MISSING)?, params: params.into() })
}

fn param(from: &mut Decoder<'_>) -> Result<(String, ParamValue), Misread> {
    let (mut name, mut value) = (None, None);
    record(from, |place, from| {
        match place {
            0 => name = Some(from.str()?.to_owned()),
            1 => value = Some(param_value(from)?),
            _ => return Err(UNKNOWN_PLACE),
        }
        Ok(())
    })?;
    name.zip(value).ok_or(MISSING)
}

fn param_value(from: &mut Decoder<'_>) -> Result<ParamValue, Misread> {
    Ok(match case(from)? {
        0 => ParamValue::Number(from.i64()?),
        1 => ParamValue::Date(date(from)?),
        2 => ParamValue::Seconds(from.u64()?),
        3 => ParamValue::Id(from.str()?.to_owned()),
        _ => return Err(UNKNOWN_CASE),
    })
}

fn span(from: &mut Decoder<'_>) -> Result<Span, Misread> {
    let [mut part, mut start, mut end] = [None; 3];
    record(from, |place, from| {
        let number = Some(from.u32()?);
        match place {
            0 => part = number,
            1 => start = number,
            2 => end = number,
            _ => return Err(UNKNOWN_PLACE),
        }
        Ok(())
    })?;
    let (Some(part), Some(start), Some(end)) = (part, start, end) else { return Err(MISSING) };
    Ok(Span { part, start, end })
}

fn date(from: &mut Decoder<'_>) -> Result<Date, Misread> {
    let (mut year, mut month, mut day) = (None, None, None);
    record(from, |place, from| {
        match place {
            0 => year = Some(from.i16()?),
            1 => month = Some(from.u8()?),
            2 => day = Some(from.u8()?),
            _ => return Err(UNKNOWN_PLACE),
        }
        Ok(())
    })?;
    let (Some(year), Some(month), Some(day)) = (year, month, day) else { return Err(MISSING) };
    Date::new(year, month, day).ok_or(Misread::said(FaultKind::UnregisteredValue))
}

#[cfg(test)]
mod tests {
    use specialis_core::FormProblem;

    use super::*;

    /// A finding of a silent answer; other fields of it are in the tests that need them.
    const SILENT: &[u8] = b"\xa3\x00\x61d\x01\x61r\x02\x82\x00\x61w";

    fn read(bytes: &[u8]) -> Result<Vec<Finding>, Misread> {
        split(bytes, 256)?.into_iter().map(finding).collect()
    }

    fn problem(bytes: &[u8]) -> Option<FormProblem> {
        let misread = read(bytes).err()?;
        assert_eq!(misread.kind, FaultKind::AnswerForm, "{misread:?}");
        misread.form
    }

    /// A list of one finding, of which these bytes are all but the head of the list.
    fn alone(finding: &[u8]) -> Vec<u8> {
        [b"\x81", finding].concat()
    }

    /// The silent finding with other bytes for those that stand in it once.
    fn changed(from: &[u8], to: &[u8]) -> Vec<u8> {
        let at: Vec<usize> =
            (0..SILENT.len()).filter(|at| SILENT.get(*at..).is_some_and(|rest| rest.starts_with(from))).collect();
        let [at] = at[..] else { panic!("{from:?} stands there {} times", at.len()) };
        alone(&[&SILENT[..at], to, &SILENT[at + from.len()..]].concat())
    }

    /// An answer with one demand, of which these are the bytes.
    fn demanding(demand: &[u8]) -> Vec<u8> {
        changed(b"\x82\x00\x61w", &[b"\x82\x02", demand].concat())
    }

    #[test]
    fn what_the_contract_says_is_read() {
        assert_eq!(read(&alone(SILENT)).map(|all| all.len()), Ok(1));
        assert_eq!(read(b"\x80").map(|all| all.len()), Ok(0));
        let demand = b"\xa3\x00\x05\x03\xa2\x00\x61i\x01\x61a\x04\x61w";
        assert_eq!(read(&demanding(demand)).map(|all| all.len()), Ok(1));
    }

    #[test]
    fn every_head_is_the_shortest() {
        // The heads of the list, of the map, of a place, of a text, of a variant and of its case, each as an equal longer one.
        let longer: [Vec<u8>; 7] = [
            [b"\x98\x01", SILENT].concat(),
            changed(b"\xa3", b"\xb8\x03"),
            changed(b"\x01\x61r", b"\x18\x01\x61r"),
            changed(b"\x61d", b"\x78\x01d"),
            changed(b"\x61d", b"\x7b\x00\x00\x00\x00\x00\x00\x00\x01d"),
            changed(b"\x82", b"\x99\x00\x02"),
            changed(b"\x82\x00", b"\x82\x1a\x00\x00\x00\x00"),
        ];
        for bytes in longer {
            assert_eq!(problem(&bytes), Some(FormProblem::LongHead), "{bytes:02x?}");
        }
        // On both sides of each border between the forms.
        let numbers: [(&[u8], bool); 14] = [
            (b"\x17", true),
            (b"\x18\x17", false),
            (b"\x18\x18", true),
            (b"\x18\xff", true),
            (b"\x19\x00\xff", false),
            (b"\x19\x01\x00", true),
            (b"\x19\xff\xff", true),
            (b"\x1a\x00\x00\xff\xff", false),
            (b"\x1a\x00\x01\x00\x00", true),
            (b"\x1a\xff\xff\xff\xff", true),
            (b"\x1b\x00\x00\x00\x00\xff\xff\xff\xff", false),
            (b"\x1b\x00\x00\x00\x01\x00\x00\x00\x00", true),
            (b"\x38\x17", false),
            (b"\x38\x18", true),
        ];
        for (number, is_shortest) in numbers {
            let mut from = Heads::new(number);
            let expected = if is_shortest { Ok(number) } else { Err(Misread::form(FormProblem::LongHead)) };
            assert_eq!(from.value(), expected, "{number:02x?}");
        }
    }

    #[test]
    fn places_come_once_in_their_order_and_are_known() {
        let same_twice = b"\xa4\x00\x61d\x00\x61d\x01\x61r\x02\x82\x00\x61w";
        assert_eq!(problem(&alone(same_twice)), Some(FormProblem::RepeatedPlace));
        let back = b"\xa3\x01\x61r\x00\x61d\x02\x82\x00\x61w";
        assert_eq!(problem(&alone(back)), Some(FormProblem::PlaceOutOfOrder));
        let unknown = b"\xa4\x00\x61d\x01\x61r\x02\x82\x00\x61w\x05\x00";
        assert_eq!(problem(&alone(unknown)), Some(FormProblem::UnknownPlace));
        let missing = b"\xa2\x00\x61d\x02\x82\x00\x61w";
        assert_eq!(problem(&alone(missing)), Some(FormProblem::MissingPlace));
        // Inside a record of a record.
        assert_eq!(
            problem(&demanding(b"\xa3\x00\x05\x03\xa2\x00\x61i\x00\x61a\x04\x61w")),
            Some(FormProblem::RepeatedPlace)
        );
        assert_eq!(
            problem(&demanding(b"\xa3\x03\xa2\x00\x61i\x01\x61a\x00\x05\x04\x61w")),
            Some(FormProblem::PlaceOutOfOrder)
        );
        assert_eq!(problem(&demanding(b"\xa2\x00\x05\x04\x61w")), Some(FormProblem::MissingPlace));
    }

    #[test]
    fn unknown_cases_and_other_types_are_told_apart() {
        assert_eq!(problem(&changed(b"\x82\x00", b"\x82\x05")), Some(FormProblem::UnknownCase));
        let cite = b"\x03\xa2\x00\x61i\x01\x61a\x04\x61w";
        let with = |head: &[u8]| demanding(&[head, cite].concat());
        assert_eq!(problem(&with(b"\xa3\x00\x06")), Some(FormProblem::UnknownCase), "a level");
        assert_eq!(problem(&with(b"\xa4\x00\x05\x01\x81\x81\x05")), Some(FormProblem::UnknownCase), "an obligation");
        assert_eq!(problem(&with(b"\xa4\x00\x05\x01\x81\x81\x00")), Some(FormProblem::OtherType), "a mask of nothing");
        assert_eq!(
            problem(&with(b"\xa4\x00\x05\x01\x81\x82\x03\x00")),
            Some(FormProblem::OtherType),
            "a stop of something"
        );
        assert_eq!(problem(&with(b"\xa5\x00\x05\x01\x80\x02\x00")), Some(FormProblem::OtherType), "no list of spans");
        assert_eq!(problem(&changed(b"\x61d", b"\x41d")), Some(FormProblem::OtherType), "bytes for a text");
        assert_eq!(problem(&changed(b"\x61d", b"\x07")), Some(FormProblem::OtherType), "a number for a text");
        assert_eq!(problem(&changed(b"\x61d", b"\xf6")), Some(FormProblem::OtherType), "nothing for a text");
        assert_eq!(problem(&changed(b"\x61d", b"\xf9\x3c\x00")), Some(FormProblem::OtherType), "half a number");
        assert_eq!(problem(SILENT), Some(FormProblem::OtherType), "no list");
        let far = b"\x1b\x00\x00\x00\x01\x00\x00\x00\x00";
        assert_eq!(
            problem(&changed(b"\x01\x61r", &[&far[..], b"\x61r"].concat())),
            Some(FormProblem::OtherType),
            "a place"
        );
        assert_eq!(problem(&changed(b"\x01\x61r", b"\x20\x61r")), Some(FormProblem::OtherType), "a place below zero");
    }

    #[test]
    fn lengths_are_given_and_true() {
        for open in [&b"\x9f\xff"[..], b"\xbf\xff", b"\x5f\xff", b"\x7f\xff", b"\xff"] {
            assert_eq!(problem(&alone(open)), Some(FormProblem::OpenLength), "{open:02x?}");
        }
        assert_eq!(problem(b"\x9f\xff"), Some(FormProblem::OpenLength));
        for reserved in [b"\x1c", b"\x9d", b"\xbe"] {
            assert_eq!(problem(&alone(reserved)), Some(FormProblem::OtherType), "{reserved:02x?}");
        }
        assert_eq!(problem(&[&alone(SILENT)[..], b"\x00"].concat()), Some(FormProblem::TrailingBytes));
        // However a value is cut, it is short.
        let whole = alone(SILENT);
        for n in 0..whole.len() {
            assert_eq!(problem(&whole[..n]), Some(FormProblem::CutShort), "{n} bytes");
        }
        // Lengths of everything that has one, up to the largest: nothing is set aside for them.
        for kind in [0x5b, 0x7b, 0x9b, 0xbb_u8] {
            for byte in [0x00_u8, 0x7f, 0x80, 0xff] {
                let huge = [kind, byte.max(1), byte, byte, byte, byte, byte, byte, byte];
                assert_eq!(problem(&alone(&huge)), Some(FormProblem::CutShort), "{huge:02x?}");
            }
        }
        let many = b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff";
        assert_eq!(split(many, 256).err(), Some(Misread::said(FaultKind::FindingCount)));
        let nested = [&b"\x81\xa1"[..], &many[..], &many[..]].concat();
        assert_eq!(problem(&nested), Some(FormProblem::CutShort), "lengths whose sum is too large");
    }

    #[test]
    fn no_depth_takes_more_than_its_bytes() {
        let mut lists = vec![0x81; 250_000];
        assert_eq!(problem(&lists), Some(FormProblem::CutShort));
        lists.push(0);
        assert_eq!(problem(&lists), Some(FormProblem::OtherType));
        lists.push(0);
        assert_eq!(problem(&lists), Some(FormProblem::TrailingBytes));
        // Each map is the key of the one around it, and a value stands behind each.
        let mut maps = alone(&vec![0xa1; 250_000]);
        assert_eq!(problem(&maps), Some(FormProblem::CutShort));
        maps.extend(std::iter::repeat_n(0, 250_001));
        assert_eq!(problem(&maps), Some(FormProblem::OtherType));
    }

    #[test]
    fn texts_are_utf_8() {
        for wrong in [&b"\x61\xff"[..], b"\x62\xc0\x80", b"\x63\xed\xa0\x80", b"\x62\xe4\xb8"] {
            assert_eq!(problem(&changed(b"\x61d", wrong)), Some(FormProblem::NotUtf8), "{wrong:02x?}");
        }
        assert_eq!(read(&changed(b"\x61d", b"\x63\xe4\xb8\xad")).map(|all| all.len()), Ok(1));
    }

    #[test]
    fn tags_are_refused_wherever_they_stand() {
        let tagged: [Vec<u8>; 4] = [
            alone(&[b"\xc0", SILENT].concat()),
            changed(b"\x61d", b"\xc0\x61d"),
            changed(b"\x61d", b"\xd9\xd9\xf7\x61d"),
            changed(b"\x01\x61r", b"\xc1\x01\x61r"),
        ];
        for bytes in tagged {
            assert_eq!(problem(&bytes), Some(FormProblem::Tag), "{bytes:02x?}");
        }
        // Before the list itself stands what is no list.
        assert_eq!(problem(&[b"\xc0", &alone(SILENT)[..]].concat()), Some(FormProblem::OtherType));
    }
}
