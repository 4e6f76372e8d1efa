//! What a component needs, against what the sandbox has: checked before anything is compiled, with the limit named.

use specialis_bundle::Bundle;
use specialis_core::TrustLimits;

use crate::control::error::StageCause;
use crate::runtime::{Limits, MODULES_PER_COMPONENT};

pub(super) fn check(bundle: &Bundle, limits: &Limits, trust: &TrustLimits) -> Result<(), StageCause> {
    let needs = &bundle.needs;
    let size = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let each = u64::from(MODULES_PER_COMPONENT);
    let rows = [
        ("functions", needs.functions, "limits.functions", trust.functions),
        ("bytes of code", needs.code, "limits.code-bytes", trust.code_bytes),
        ("bytes of code in one function", needs.function, "limits.function-bytes", trust.function_bytes),
        ("locals of one function", needs.locals, "limits.locals", trust.locals),
        ("branches of one function", needs.branches, "limits.branches", trust.branches),
        ("values of calls and blocks of one function", needs.values, "limits.values", trust.values),
        ("branches times instructions", needs.work, "limits.compile-work", trust.compile_work),
        ("instances of modules", needs.core_instances, "the pool's core instances", each),
        ("memories", needs.memories, "the pool's memories", each),
        ("tables", needs.tables, "the pool's tables", each),
        ("bytes of memory", needs.memory, "Limits::memory", size(limits.memory)),
        ("table elements", needs.table, "Limits::table", size(limits.table)),
    ];
    match rows.into_iter().find(|(_, needed, _, allowed)| needed > allowed) {
        None => Ok(()),
        Some((what, needed, limit, allowed)) => Err(StageCause::Needs { what, needed, limit, allowed }),
    }
}
