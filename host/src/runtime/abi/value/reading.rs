//! Reading what a stranger wrote: whatever the bytes are, no more is held than they are long, and nothing is skipped silently.

use minicbor::Decoder;
use specialis_core::FaultKind;

use crate::runtime::limits::LimitReached;

/// Why bytes are not what the contract says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Misread(pub(super) FaultKind);

impl From<minicbor::decode::Error> for Misread {
    fn from(_: minicbor::decode::Error) -> Self {
        Self(FaultKind::AnswerForm)
    }
}

impl From<Misread> for LimitReached {
    fn from(Misread(kind): Misread) -> Self {
        Self(kind)
    }
}

/// The bytes have another form than the contract.
pub(super) const MALFORMED: Misread = Misread(FaultKind::AnswerForm);

/// Reads a record: each field once, in the order of the contract. `field` reads the one at a place, and refuses places that it
/// does not know.
pub(super) fn record<'b>(
    from: &mut Decoder<'b>,
    mut field: impl FnMut(u32, &mut Decoder<'b>) -> Result<(), Misread>,
) -> Result<(), Misread> {
    let n_fields = from.map()?.ok_or(MALFORMED)?;
    let mut least = 0;
    for _ in 0..n_fields {
        let place = from.u32()?;
        if place < least {
            return Err(MALFORMED);
        }
        least = place.checked_add(1).ok_or(MALFORMED)?;
        field(place, from)?;
    }
    Ok(())
}

/// Reads a list, element by element.
pub(super) fn list<'b, T>(
    from: &mut Decoder<'b>,
    mut element: impl FnMut(&mut Decoder<'b>) -> Result<T, Misread>,
) -> Result<Vec<T>, Misread> {
    let n_elements = from.array()?.ok_or(MALFORMED)?;
    // An element has a byte at least. So nothing is set aside for elements that are not there.
    (0..n_elements).map(|_| element(from)).collect()
}

/// Reads the case of a variant that carries a value.
pub(super) fn case(from: &mut Decoder<'_>) -> Result<u32, Misread> {
    match from.array()? {
        Some(2) => Ok(from.u32()?),
        Some(_) | None => Err(MALFORMED),
    }
}

/// Whether all bytes have been read.
pub(super) fn end(from: &Decoder<'_>) -> Result<(), Misread> {
    if from.position() == from.input().len() { Ok(()) } else { Err(MALFORMED) }
}
