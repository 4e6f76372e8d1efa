//! One policy, whatever version of the contract it was built against. A version that only adds functions is served by the
//! module of the version that it adds to. Any other is a module beside `v0_1_0` with the same three functions, and one more arm
//! in each `match` here; nothing else of the host knows that there is more than one.

use specialis_bundle::WitVersion;
use wasmtime::Store;
use wasmtime::component::{Component, Instance};

use super::{CallState, RawAnswer, v0_1_0};
use crate::runtime::limits::LimitReached;
use specialis_core::FaultKind;

/// A compiled policy, linked and checked, cheap to instantiate.
#[derive(Clone)]
pub(crate) enum PolicyPre {
    V0_1_0(v0_1_0::PolicyPre),
}

/// An instance that is ready for its one call.
pub(crate) enum PolicyInstance {
    V0_1_0(v0_1_0::PolicyInstance),
}

impl PolicyPre {
    pub(crate) fn new(version: WitVersion, component: &Component) -> wasmtime::Result<Self> {
        match version {
            WitVersion::V0_1_0 | WitVersion::V0_1_1 => v0_1_0::PolicyPre::new(component).map(Self::V0_1_0),
            // A version that the bundle crate knows and this host does not.
            _ => Err(LimitReached(FaultKind::Configure).into()),
        }
    }

    /// Instantiates and configures: what stands before every first call, and what a snapshot saves.
    pub(crate) fn start(
        &self,
        store: &mut Store<CallState>,
        configure: bool,
    ) -> wasmtime::Result<Result<PolicyInstance, Vec<String>>> {
        match self {
            Self::V0_1_0(pre) => pre.start(store, configure).map(|instance| instance.map(PolicyInstance::V0_1_0)),
        }
    }

    /// Instantiates for a snapshot, which needs the untyped instance.
    pub(crate) fn instance(&self, store: &mut Store<CallState>) -> wasmtime::Result<Instance> {
        match self {
            Self::V0_1_0(pre) => pre.instance(store),
        }
    }
}

impl PolicyInstance {
    pub(crate) fn judge(&self, store: &mut Store<CallState>, state: &[u8]) -> wasmtime::Result<RawAnswer> {
        match self {
            Self::V0_1_0(instance) => instance.judge(store, state),
        }
    }
}
