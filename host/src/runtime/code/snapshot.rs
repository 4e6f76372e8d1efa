//! Snapshots: the memory that `configure` leaves, saved once, so that calls start from there.
//!
//! A guest cannot tell: the same exports answer the same from the same memory. Where a snapshot cannot be made the policy
//! is configured before each call instead.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Poll, Waker};

use specialis_bundle::WitVersion;
use wasmtime::component::{Component, ComponentNamedList, Instance, Lift, WasmList};
use wasmtime::{AsContextMut, Store};
use wasmtime_wizer::{ComponentInstanceState, Wizer};

use crate::runtime::abi::{CallState, PolicyPre};
use crate::runtime::limits::{Allowance, Limits};

/// Components larger than this take seconds to snapshot (interpreters), so they are configured before each call.
const QUICK: usize = 2 << 20;

/// The component as it is after `configure`, or none where that is not quick or not possible. It is compiled once for that.
pub(crate) fn snapshot(
    compile: &dyn Fn(&[u8]) -> Option<Component>,
    bytes: &[u8],
    wit: WitVersion,
    (limits, allowance): (&Limits, Allowance),
    state: CallState,
) -> Option<Vec<u8>> {
    if bytes.len() > QUICK {
        return None;
    }
    // The rewriting is for well-formed input and asserts; a stranger's component must not bring the host down.
    catch_unwind(AssertUnwindSafe(|| try_snapshot(compile, bytes, wit, (limits, allowance), state))).ok().flatten()
}

fn try_snapshot(
    compile: &dyn Fn(&[u8]) -> Option<Component>,
    bytes: &[u8],
    wit: WitVersion,
    (limits, allowance): (&Limits, Allowance),
    state: CallState,
) -> Option<Vec<u8>> {
    let wizer = Wizer::new();
    let (context, instrumented) = wizer.instrument_component(bytes).ok()?;
    let component = compile(&instrumented)?;
    let mut store = limits.store(component.engine(), state, allowance).ok()?;
    let instance = PolicyPre::new(wit, &component).ok()?.instance(&mut store).ok()?;
    // Reading a memory out is the host's own work, not the policy's.
    store.set_fuel(u64::MAX).ok()?;
    store.set_hostcall_fuel(usize::MAX);
    store.set_epoch_deadline(u64::MAX >> 1);
    let mut reader = Reader { store: &mut store, instance, failed: false };
    let bytes = ready(wizer.snapshot_component(&context, &mut reader))?.ok()?;
    (!reader.failed).then_some(bytes)
}

/// The result of a future that never waits.
fn ready<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut std::task::Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

/// Reads globals and memories of an instance through the functions that the instrumentation added.
struct Reader<'a> {
    store: &'a mut Store<CallState>,
    instance: Instance,
    failed: bool,
}

impl Reader<'_> {
    fn call<R: Lift + Send + Sync + 'static>(&mut self, instance: &str, func: &str) -> Option<R>
    where
        (R,): ComponentNamedList + Lift,
    {
        let mut read = || {
            let (_, parent) = self.instance.get_export(self.store.as_context_mut(), None, instance)?;
            let (_, index) = self.instance.get_export(self.store.as_context_mut(), Some(&parent), func)?;
            let func = self.instance.get_typed_func::<(), (R,)>(self.store.as_context_mut(), index).ok()?;
            Some(func.call(self.store.as_context_mut(), ()).ok()?.0)
        };
        let value = read();
        self.failed |= value.is_none();
        value
    }
}

impl ComponentInstanceState for Reader<'_> {
    async fn call_func_ret_list_u8(&mut self, instance: &str, func: &str, contents: impl FnOnce(&[u8]) + Send) {
        if let Some(list) = self.call::<WasmList<u8>>(instance, func) {
            contents(list.as_le_slice(&*self.store));
        }
    }

    async fn call_func_ret_s32(&mut self, instance: &str, func: &str) -> i32 {
        self.call(instance, func).unwrap_or_default()
    }

    async fn call_func_ret_s64(&mut self, instance: &str, func: &str) -> i64 {
        self.call(instance, func).unwrap_or_default()
    }

    async fn call_func_ret_f32(&mut self, instance: &str, func: &str) -> u32 {
        self.call::<f32>(instance, func).unwrap_or_default().to_bits()
    }

    async fn call_func_ret_f64(&mut self, instance: &str, func: &str) -> u64 {
        self.call::<f64>(instance, func).unwrap_or_default().to_bits()
    }
}
