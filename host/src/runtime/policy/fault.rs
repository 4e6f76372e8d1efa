//! Classification of faults: by the type of the error, never by its words.

use specialis_core::FaultKind;
use wasmtime::Trap;

use crate::runtime::limits::LimitReached;

/// What kind of fault an error from a call is.
pub(super) fn classify(error: &wasmtime::Error) -> FaultKind {
    if let Some(LimitReached(kind)) = error.downcast_ref::<LimitReached>() {
        return *kind;
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => FaultKind::Fuel,
        Some(Trap::Interrupt) => FaultKind::Deadline,
        Some(Trap::StackOverflow) => FaultKind::Stack,
        Some(_) | None => FaultKind::Trap,
    }
}
