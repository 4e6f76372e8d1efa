//! Deliberate mistakes, one for each rule of precedence, that unit tests switch on to show that a property catches them.
//!
//! Outside the unit tests [`is_on`] is the constant `false`, so that production code carries none of them.

/// A named mistake in the resolver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mutant {
    /// R1: a sector that says nothing on a duty displaces it all the same.
    SilenceDisplaces,
    /// R2: what a sector adds without a grant is dropped.
    AdditionsNeedAGrant,
    /// R3: no grant is needed.
    NoGrantNeeded,
    /// R3: a grant is enough; what the manifest asks for does not matter.
    AskIgnored,
    /// R4: a floor duty can be displaced.
    FloorDisplaced,
    /// R4: what does not yield falls too.
    UnyieldingFalls,
    /// R4: a soft instrument loosens.
    SoftDisplaces,
    /// R5: one sector's relaxation overrides another sector's keeping.
    AnySectorMayDisplace,
    /// R6: a policy that failed is skipped.
    FaultsSkipped,
    /// R6: a failed policy without a sector is displaced.
    FailedGeneralDisplaced,
    /// R6: a failed sector still displaces.
    FailedSectorDisplaces,
    /// R7: a sector in doubt displaces.
    DoubtDisplaces,
    /// R8: incompatible obligations stand side by side.
    ConflictsIgnored,
    /// R9: a monitored policy counts.
    MonitorCounts,
    /// A policy counts on duties that it does not govern.
    UngovernedCounts,
    /// An instrument counts outside its dates.
    DatesIgnored,
}

#[cfg(test)]
thread_local! {
    static ON: std::cell::Cell<Option<Mutant>> = const { std::cell::Cell::new(None) };
}

/// Whether this mistake is being made.
#[cfg(test)]
pub(crate) fn is_on(mutant: Mutant) -> bool {
    ON.get() == Some(mutant)
}

/// Whether this mistake is being made: never.
#[cfg(not(test))]
pub(crate) const fn is_on(_: Mutant) -> bool {
    false
}

/// Runs `body` with one mistake being made on this thread.
#[cfg(test)]
pub(crate) fn with<T>(mutant: Mutant, body: impl FnOnce() -> T) -> T {
    ON.set(Some(mutant));
    let result = body();
    ON.set(None);
    result
}
