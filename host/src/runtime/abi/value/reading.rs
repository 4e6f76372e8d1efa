//! Reading what a stranger wrote: whatever the bytes are, no more is held than they are long, and nothing is skipped silently.

use minicbor::Decoder;
use specialis_core::{FaultKind, FormProblem};

/// Why bytes are not what the contract says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Misread {
    pub(crate) kind: FaultKind,
    /// What their form breaks, where it is the form.
    pub(crate) form: Option<FormProblem>,
}

impl Misread {
    /// The bytes have another form than the contract.
    pub(super) const fn form(problem: FormProblem) -> Self {
        Self { kind: FaultKind::AnswerForm, form: Some(problem) }
    }

    /// The bytes have the form of the contract, and say what no later check could see any more.
    pub(super) const fn said(kind: FaultKind) -> Self {
        Self { kind, form: None }
    }
}

impl From<minicbor::decode::Error> for Misread {
    fn from(error: minicbor::decode::Error) -> Self {
        Self::form(if error.is_end_of_input() { FormProblem::CutShort } else { FormProblem::OtherType })
    }
}

/// Something that has to be there is not.
pub(super) const MISSING: Misread = Misread::form(FormProblem::MissingPlace);
/// A place that the record does not have.
pub(super) const UNKNOWN_PLACE: Misread = Misread::form(FormProblem::UnknownPlace);
/// A case that the enum or variant does not have.
pub(super) const UNKNOWN_CASE: Misread = Misread::form(FormProblem::UnknownCase);
/// Something else than the contract has there.
pub(super) const OTHER_TYPE: Misread = Misread::form(FormProblem::OtherType);
const CUT_SHORT: Misread = Misread::form(FormProblem::CutShort);

// The kinds of values, in the upper three bits of their heads.
const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const LIST: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;

/// The head of a value: its kind, and the number or length that it carries.
struct Head {
    kind: u8,
    number: u64,
}

/// Goes over values head by head, and holds them to the one form that the contract has for what they say: lengths are given, and
/// every head is the shortest (RFC 8949, 4.2.1).
pub(super) struct Heads<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Heads<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Begins a list, and returns how many elements it says that it has.
    pub(super) fn list(&mut self) -> Result<u64, Misread> {
        match self.head()? {
            Head { kind: LIST, number } => Ok(number),
            Head { .. } => Err(OTHER_TYPE),
        }
    }

    /// Passes over one value, and returns its bytes.
    pub(super) fn value(&mut self) -> Result<&'b [u8], Misread> {
        let start = self.at;
        // INVARIANT: each value to come has a byte at least, so that this ends with the bytes, however many values they claim.
        let mut n_to_come = 1_u64;
        while let Some(n_others) = n_to_come.checked_sub(1) {
            let Head { kind, number } = self.head()?;
            let n_inside = match kind {
                UNSIGNED | NEGATIVE => 0,
                BYTES => self.take(number).map(|_| 0)?,
                TEXT => {
                    str::from_utf8(self.take(number)?).map_err(|_| Misread::form(FormProblem::NotUtf8))?;
                    0
                }
                LIST => number,
                MAP => number.checked_mul(2).ok_or(CUT_SHORT)?,
                TAG => return Err(Misread::form(FormProblem::Tag)),
                _ => return Err(OTHER_TYPE),
            };
            n_to_come = n_others.checked_add(n_inside).ok_or(CUT_SHORT)?;
        }
        self.bytes.get(start..self.at).ok_or(CUT_SHORT)
    }

    /// Fails unless all bytes have been read.
    pub(super) fn end(&self) -> Result<(), Misread> {
        if self.at == self.bytes.len() { Ok(()) } else { Err(Misread::form(FormProblem::TrailingBytes)) }
    }

    fn head(&mut self) -> Result<Head, Misread> {
        let &[first] = self.take(1)? else { return Err(CUT_SHORT) };
        let kind = first >> 5;
        let (n_bytes, least) = match first & 0x1f {
            number @ 0..24 => return Ok(Head { kind, number: number.into() }),
            24 => (1, 24),
            25 => (2, 0x100),
            26 => (4, 0x1_0000),
            27 => (8, 0x1_0000_0000),
            31 => return Err(Misread::form(FormProblem::OpenLength)),
            _ => return Err(OTHER_TYPE),
        };
        let number = self.take(n_bytes)?.iter().fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
        if number < least {
            return Err(Misread::form(FormProblem::LongHead));
        }
        Ok(Head { kind, number })
    }

    fn take(&mut self, n_bytes: u64) -> Result<&'b [u8], Misread> {
        let end = usize::try_from(n_bytes).ok().and_then(|n_bytes| self.at.checked_add(n_bytes)).ok_or(CUT_SHORT)?;
        let taken = self.bytes.get(self.at..end).ok_or(CUT_SHORT)?;
        self.at = end;
        Ok(taken)
    }
}

/// Reads a record: each field once, in the order of the contract. `field` reads the one at a place, and refuses places that it
/// does not know.
pub(super) fn record<'b>(
    from: &mut Decoder<'b>,
    mut field: impl FnMut(u32, &mut Decoder<'b>) -> Result<(), Misread>,
) -> Result<(), Misread> {
    let n_fields = from.map()?.ok_or(OTHER_TYPE)?;
    let mut last = None;
    for _ in 0..n_fields {
        let place = from.u32()?;
        match last {
            Some(last) if place == last => return Err(Misread::form(FormProblem::RepeatedPlace)),
            Some(last) if place < last => return Err(Misread::form(FormProblem::PlaceOutOfOrder)),
            Some(_) | None => last = Some(place),
        }
        field(place, from)?;
    }
    Ok(())
}

/// Reads a list, element by element.
pub(super) fn list<'b, T>(
    from: &mut Decoder<'b>,
    mut element: impl FnMut(&mut Decoder<'b>) -> Result<T, Misread>,
) -> Result<Vec<T>, Misread> {
    let n_elements = from.array()?.ok_or(OTHER_TYPE)?;
    // An element has a byte at least. So nothing is set aside for elements that are not there.
    (0..n_elements).map(|_| element(from)).collect()
}

/// Reads the case of a variant that carries a value.
pub(super) fn case(from: &mut Decoder<'_>) -> Result<u32, Misread> {
    match from.array()? {
        Some(2) => Ok(from.u32()?),
        Some(_) | None => Err(OTHER_TYPE),
    }
}
