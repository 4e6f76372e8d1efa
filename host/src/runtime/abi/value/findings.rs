//! Findings from bytes.

use std::collections::BTreeMap;

use minicbor::Decoder;
use specialis_core::{
    Answer, Citation, Date, Demand, DutyId, FaultKind, Finding, Level, Measure, Obligation, ParamValue, ReasonId,
    RuleId, Span,
};

use super::reading::{MALFORMED, Misread, case, end, list, record};
use crate::runtime::limits::LimitReached;

/// Splits an answer into its findings, each still as bytes, where it has no more than `most`.
pub(crate) fn split(bytes: &[u8], most: usize) -> Result<Vec<&[u8]>, LimitReached> {
    let mut from = Decoder::new(bytes);
    let n_findings = from.array().map_err(Misread::from)?.ok_or(MALFORMED)?;
    if usize::try_from(n_findings).map_or(true, |n| n > most) {
        return Err(LimitReached(FaultKind::FindingCount));
    }
    let next = |_| {
        let start = from.position();
        from.skip()?;
        bytes.get(start..from.position()).ok_or(MALFORMED)
    };
    let findings = (0..n_findings).map(next).collect::<Result<_, Misread>>()?;
    end(&from)?;
    Ok(findings)
}

/// Reads one finding.
///
/// # Errors
/// Where the bytes have another form than the contract, or hold something that no later check could see any more.
pub(crate) fn finding(bytes: &[u8]) -> Result<Finding, LimitReached> {
    let mut from = Decoder::new(bytes);
    let finding = finding_in(&mut from)?;
    end(&from)?;
    Ok(finding)
}

fn finding_in(from: &mut Decoder<'_>) -> Result<Finding, Misread> {
    let (mut duty, mut rule, mut said, mut kinds) = (None, None, None, Vec::new());
    record(from, |place, from| {
        match place {
            0 => duty = Some(DutyId::from(from.str()?)),
            1 => rule = Some(RuleId::from(from.str()?)),
            2 => said = Some(answer(from)?),
            3 => kinds = list(from, |from| Ok(from.str()?.to_owned()))?,
            4 => return Err(Misread(FaultKind::UnknownExtra)),
            _ => return Err(MALFORMED),
        }
        Ok(())
    })?;
    let (Some(duty), Some(rule), Some(answer)) = (duty, rule, said) else { return Err(MALFORMED) };
    Ok(Finding { duty, rule, answer, kinds })
}

fn answer(from: &mut Decoder<'_>) -> Result<Answer, Misread> {
    Ok(match case(from)? {
        0 => Answer::NotApplicable(ReasonId::from(from.str()?)),
        1 => Answer::Met(citation(from)?),
        2 => Answer::Require(demand(from)?.into()),
        3 => Answer::InsteadOf(demand(from)?.into()),
        4 => Answer::Unknown(ReasonId::from(from.str()?)),
        _ => return Err(MALFORMED),
    })
}

fn citation(from: &mut Decoder<'_>) -> Result<Citation, Misread> {
    let (mut instrument, mut article) = (None, None);
    record(from, |place, from| {
        match place {
            0 => instrument = Some(from.str()?.into()),
            1 => article = Some(from.str()?.to_owned()),
            _ => return Err(MALFORMED),
        }
        Ok(())
    })?;
    let (Some(instrument), Some(article)) = (instrument, article) else { return Err(MALFORMED) };
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
            _ => return Err(MALFORMED),
        }
        Ok(())
    })?;
    let (Some(level), Some(citation), Some(reason)) = (level, cite, reason) else { return Err(MALFORMED) };
    Ok(Demand { level, obligations, spans, more_spans: 0, citation, reason })
}

fn level_of(place: u32) -> Result<Level, Misread> {
    let level = usize::try_from(place).ok().and_then(|place| Level::ALL.get(place));
    level.copied().ok_or(MALFORMED)
}

fn obligation(from: &mut Decoder<'_>) -> Result<Obligation, Misread> {
    match from.array()? {
        Some(1) if from.u32()? == 3 => return Ok(Obligation::Stop),
        Some(2) => {}
        Some(_) | None => return Err(MALFORMED),
    }
    Ok(match from.u32()? {
        0 => Obligation::Redact(span(from)?),
        1 => Obligation::Replace(from.str()?.into()),
        2 => Obligation::Append(from.str()?.into()),
        4 => Obligation::Measure(measure(from)?),
        _ => return Err(MALFORMED),
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
                        return Err(Misread(FaultKind::UnregisteredParameter));
                    }
                }
            }
            _ => return Err(MALFORMED),
        }
        Ok(())
    })?;
    Ok(Measure { id: id.ok_or(MALFORMED)?, params: params.into() })
}

fn param(from: &mut Decoder<'_>) -> Result<(String, ParamValue), Misread> {
    let (mut name, mut value) = (None, None);
    record(from, |place, from| {
        match place {
            0 => name = Some(from.str()?.to_owned()),
            1 => value = Some(param_value(from)?),
            _ => return Err(MALFORMED),
        }
        Ok(())
    })?;
    name.zip(value).ok_or(MALFORMED)
}

fn param_value(from: &mut Decoder<'_>) -> Result<ParamValue, Misread> {
    Ok(match case(from)? {
        0 => ParamValue::Number(from.i64()?),
        1 => ParamValue::Date(date(from)?),
        2 => ParamValue::Seconds(from.u64()?),
        3 => ParamValue::Id(from.str()?.to_owned()),
        _ => return Err(MALFORMED),
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
            _ => return Err(MALFORMED),
        }
        Ok(())
    })?;
    let (Some(part), Some(start), Some(end)) = (part, start, end) else { return Err(MALFORMED) };
    Ok(Span { part, start, end })
}

fn date(from: &mut Decoder<'_>) -> Result<Date, Misread> {
    let (mut year, mut month, mut day) = (None, None, None);
    record(from, |place, from| {
        match place {
            0 => year = Some(from.i16()?),
            1 => month = Some(from.u8()?),
            2 => day = Some(from.u8()?),
            _ => return Err(MALFORMED),
        }
        Ok(())
    })?;
    let (Some(year), Some(month), Some(day)) = (year, month, day) else { return Err(MALFORMED) };
    Date::new(year, month, day).ok_or(Misread(FaultKind::UnregisteredValue))
}
