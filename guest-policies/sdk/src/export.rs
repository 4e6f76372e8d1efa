//! The trait an author implements, and the one macro that makes it a component.

use std::marker::PhantomData;
use std::mem::ManuallyDrop;

use crate::bindings::Guest;
use crate::bindings::specialis::policy::types::Outcome;
use crate::{Case, Finding, Settings};

/// A policy: a pure function of its state and of what it asks the host.
///
/// Every call runs in a fresh instance: statics do not survive it. A panic is a fault, which tightens the duties that the
/// policy governs.
pub trait Policy {
    /// Checks the settings when the policy is loaded.
    ///
    /// # Errors
    /// Words for the operator; the policy is then not loaded.
    fn configure(_settings: &Settings) -> Result<(), Vec<String>> {
        Ok(())
    }

    /// Judges the event at one judging point. `state` is what the previous call of the same session left in it, empty at
    /// first; what it holds on return is handed to the next one.
    fn judge(case: &Case, state: &mut Vec<u8>) -> Vec<Finding>;
}

/// The generated trait, for any [`Policy`].
#[derive(Debug)]
pub struct Exported<P>(PhantomData<P>);

impl<P: Policy> Guest for Exported<P> {
    fn configure() -> Result<(), Vec<String>> {
        report_panics();
        P::configure(&Settings::of_host())
    }

    fn judge(mut state: Vec<u8>) -> Outcome {
        report_panics();
        // The instance ends with the call: taking values apart first would be work for nothing.
        let case = ManuallyDrop::new(Case::of_host());
        let findings = ManuallyDrop::new(P::judge(&case, &mut state));
        hand_over(&findings);
        Outcome { findings: Vec::new(), state, extra: Vec::new() }
    }
}

/// Hands the findings over as one value.
#[cfg(target_family = "wasm")]
fn hand_over(findings: &[Finding]) {
    if !findings.is_empty() {
        crate::bindings::specialis::policy::event::answer(&crate::value::encoded(findings));
    }
}

#[cfg(not(target_family = "wasm"))]
fn hand_over(_: &[Finding]) {}

/// Sends the text of a panic to the host's log before the trap: `policy test` shows it; in enforce mode it reaches nobody.
#[cfg(target_family = "wasm")]
fn report_panics() {
    use std::sync::atomic::{AtomicBool, Ordering};
    static SET: AtomicBool = AtomicBool::new(false);
    if !SET.swap(true, Ordering::Relaxed) {
        std::panic::set_hook(Box::new(|info| {
            let mut line = info.to_string().replace(":\n", ": ");
            // The standard library has no clock to read here, and can only say that.
            if line.contains("time not implemented on this platform") {
                line.push_str("; a policy reads no clock, take the day from `case.as_of()`");
            }
            crate::log(&line);
        }));
    }
}

#[cfg(not(target_family = "wasm"))]
fn report_panics() {}

/// Makes a type that implements [`Policy`] the component's policy. Write it once, in `lib.rs`.
///
/// Outside WebAssembly it exports nothing, so the same crate links natively and its rules run under `cargo test`.
#[macro_export]
macro_rules! export {
    ($policy:ty) => {
        #[cfg(target_family = "wasm")]
        #[allow(unsafe_code, clippy::allow_attributes, reason = "the component's exports are generated")]
        const _: () = {
            type Exported = $crate::__private::Exported<$policy>;
    $crate::bindings::__export_bindings!(Exported with_types_in $crate::bindings);
        };
    };
}
