//! What an instruction can become.

use std::ops::Range;

use wasmparser::{BinaryReaderError, FunctionBody, Operator};

use super::splice::signed_leb;

/// One change of a function.
pub(super) struct Change {
    /// Which bytes go.
    pub(super) at: Range<usize>,
    /// Which come.
    pub(super) with: Vec<u8>,
    /// What that does.
    pub(super) what: String,
}

/// The instruction that turns a condition round.
const I32_EQZ: u8 = 0x45;

/// The first comparisons of whole numbers; the others follow in the order of their names.
const OF_I32: u8 = 0x46;
const OF_I64: u8 = 0x51;
const NAMES: [&str; 10] = ["eq", "ne", "lt_s", "lt_u", "gt_s", "gt_u", "le_s", "le_u", "ge_s", "ge_u"];

/// What a comparison becomes: its contrary, and one with the boundary on the other side.
const OTHERS: [&[u8]; 10] = [&[1], &[0], &[8, 6], &[9, 7], &[6, 8], &[7, 9], &[4, 2], &[5, 3], &[2, 4], &[3, 5]];

/// A comparison: the first of its type, and its place behind that.
fn comparison(code: u8) -> Option<(&'static str, u8, u8)> {
    let of = |ty: &'static str, first: u8| {
        let place = code.checked_sub(first).filter(|place| usize::from(*place) < NAMES.len());
        place.map(|place| (ty, first, place))
    };
    of("i32", OF_I32).or_else(|| of("i64", OF_I64))
}

/// Every change of a function, in the order of its instructions.
pub(super) fn changes(body: &FunctionBody<'_>, bytes: &[u8]) -> Result<Vec<Change>, BinaryReaderError> {
    let mut operators = body.get_operators_reader()?;
    let mut all = Vec::new();
    // The instruction before, and the code of each.
    let mut before: Option<(Range<usize>, Constant)> = None;
    let mut code_before = 0_u8;
    while !operators.eof() {
        let (operator, start) = operators.read_with_offset()?;
        let at = start..operators.original_position();
        let code = bytes.get(start).copied().unwrap_or(0);
        if let Some((ty, first, place)) = comparison(code) {
            if let Some((at, constant)) = &before {
                all.extend(constant.beside(at));
            }
            all.extend(compared(ty, first, place, start));
        } else if let Some(name) = decides(&operator).filter(|_| comparison(code_before).is_none()) {
            let what = format!("the condition of a `{name}` is turned round");
            all.push(Change { at: start..start, with: vec![I32_EQZ], what });
        }
        before = Constant::of(&operator).map(|constant| (at, constant));
        code_before = code;
    }
    Ok(all)
}

/// Other comparisons in place of one.
fn compared(ty: &'static str, first: u8, place: u8, start: usize) -> impl Iterator<Item = Change> {
    let name = |place: u8| NAMES.get(usize::from(place)).copied().unwrap_or("eq");
    let others = OTHERS.get(usize::from(place)).copied().unwrap_or_default();
    others.iter().map(move |other| Change {
        at: start..start.saturating_add(1),
        with: vec![first.saturating_add(*other)],
        what: format!("`{ty}.{}` in place of `{ty}.{}`", name(*other), name(place)),
    })
}

/// The name of an instruction that does one thing or another.
fn decides(operator: &Operator<'_>) -> Option<&'static str> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the other instructions decide nothing")]
    match operator {
        Operator::BrIf { .. } => Some("br_if"),
        Operator::If { .. } => Some("if"),
        Operator::Select | Operator::TypedSelect { .. } => Some("select"),
        _ => None,
    }
}

/// A constant: of 32 bits, or of 64.
#[derive(Clone, Copy)]
enum Constant {
    I32(i32),
    I64(i64),
}

impl Constant {
    fn of(operator: &Operator<'_>) -> Option<Self> {
        #[expect(clippy::wildcard_enum_match_arm, reason = "the other instructions are no constants")]
        match operator {
            Operator::I32Const { value } => Some(Self::I32(*value)),
            Operator::I64Const { value } => Some(Self::I64(*value)),
            _ => None,
        }
    }

    /// The numbers beside it.
    fn beside(self, at: &Range<usize>) -> Vec<Change> {
        let (code, value, others) = match self {
            Self::I32(value) => {
                let others = [value.checked_sub(1), value.checked_add(1)];
                (0x41, i64::from(value), others.map(|other| other.map(i64::from)))
            }
            Self::I64(value) => (0x42, value, [value.checked_sub(1), value.checked_add(1)]),
        };
        let change = |other: i64| Change {
            at: at.clone(),
            with: [vec![code], signed_leb(other)].concat(),
            what: format!("compared with `{other}` in place of `{value}`"),
        };
        others.into_iter().flatten().map(change).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comparison_becomes_its_contrary_and_moves_its_boundary() {
        let named = |code: u8| {
            let (ty, first, place) = comparison(code)?;
            Some(compared(ty, first, place, 0).map(|change| (change.what, change.with)).collect::<Vec<_>>())
        };
        let said = |what: &str, with: u8| (what.to_owned(), vec![with]);
        assert_eq!(named(0x46), Some(vec![said("`i32.ne` in place of `i32.eq`", 0x47)]));
        let of_i64 = [said("`i64.ge_s` in place of `i64.lt_s`", 0x59), said("`i64.le_s` in place of `i64.lt_s`", 0x57)];
        assert_eq!(named(0x53), Some(of_i64.to_vec()));
        assert_eq!((named(0x45), named(0x50), named(0x5b)), (None, None, None));
        // Each is its own contrary's contrary.
        for place in 0..10_u8 {
            let contrary = OTHERS[usize::from(place)][0];
            assert_eq!(OTHERS[usize::from(contrary)][0], place, "{}", NAMES[usize::from(place)]);
        }
    }
}
