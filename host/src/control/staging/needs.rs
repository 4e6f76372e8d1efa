//! What a component needs, against what the sandbox has: checked before anything is compiled, with the limit named.

use specialis_bundle::Needs;
use specialis_core::{SignerId, Trust, TrustLimits};

use crate::control::error::StageCause;
use crate::runtime::{CORE_INSTANCES_PER_COMPONENT, Limits, MODULES_PER_COMPONENT};

/// What is counted, how much of it there is, the limit, and what it allows.
type Row = (&'static str, u64, &'static str, u64);

/// What to do about most limits.
pub(super) const SMALLER: &str = "make it smaller or raise the limit";
/// What to do where an interpreter would be allowed.
const INTERPRETER: &str = "make it smaller or raise the limit; if it carries an interpreter, name its signer under \
                           `interpreters` of the trust policy";

/// Refuses a policy that needs more than there is, or than the trust policy allows its signer.
pub(super) fn check(needs: &Needs, limits: &Limits, trust: &Trust, signer: &SignerId) -> Result<(), StageCause> {
    let mut rows = of_trust(needs, &trust.limits_of(signer)).into_iter().chain(of_pool(needs, limits));
    match rows.find(is_beyond) {
        None => Ok(()),
        Some((what, needed, limit, allowed)) => {
            let would_help = !trust.may_interpret(signer) && is_for_interpreters(needs, trust);
            let way_out = if would_help { INTERPRETER } else { SMALLER };
            Err(StageCause::Needs { what, needed, limit, allowed, way_out })
        }
    }
}

/// Whether a policy needs more than others, and no more than the policies of a signer who may bring an interpreter.
pub(super) fn is_for_interpreters(needs: &Needs, trust: &Trust) -> bool {
    let is_within = |limits: &TrustLimits| !of_trust(needs, limits).iter().any(is_beyond);
    !is_within(&trust.limits) && is_within(&trust.limits.with_interpreter())
}

fn is_beyond(&(_, needed, _, allowed): &Row) -> bool {
    needed > allowed
}

fn of_trust(needs: &Needs, trust: &TrustLimits) -> [Row; 8] {
    [
        ("functions", needs.functions, "limits.functions", trust.functions),
        ("bytes of code", needs.code, "limits.code-bytes", trust.code_bytes),
        ("bytes of code in one function", needs.function, "limits.function-bytes", trust.function_bytes),
        ("locals of one function", needs.locals, "limits.locals", trust.locals),
        ("branches of one function", needs.branches, "limits.branches", trust.branches),
        ("values of calls and blocks of one function", needs.values, "limits.values", trust.values),
        ("branches times instructions", needs.work, "limits.compile-work", trust.compile_work),
        ("instances of modules", needs.core_instances, "limits.core-instances", trust.core_instances),
    ]
}

fn of_pool(needs: &Needs, limits: &Limits) -> [Row; 5] {
    let size = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let (each, instances) = (u64::from(MODULES_PER_COMPONENT), u64::from(CORE_INSTANCES_PER_COMPONENT));
    [
        ("instances of modules", needs.core_instances, "the pool's core instances", instances),
        ("memories", needs.memories, "the pool's memories", each),
        ("tables", needs.tables, "the pool's tables", each),
        ("bytes of memory", needs.memory, "Limits::memory", size(limits.memory)),
        ("table elements", needs.table, "Limits::table", size(limits.table)),
    ]
}

#[cfg(test)]
mod tests {
    use specialis_core::Interpreter;

    use super::*;

    /// What policies in JavaScript and in Python need.
    fn of_interpreters() -> [Needs; 2] {
        let (memories, tables) = (1, 2);
        [
            Needs { core_instances: 11, work: 73_000_000, memories: 3, tables: 3, ..Needs::default() },
            Needs { core_instances: 38, function: 426_843, work: 1_447_434_253, memories, tables, ..Needs::default() },
        ]
    }

    #[test]
    fn an_interpreter_is_refused_unless_its_signer_may_bring_one() {
        let (limits, kitchen) = (Limits::default(), SignerId::from("kitchen"));
        let named = Trust { interpreters: vec![Interpreter { signer: kitchen.clone() }], ..Trust::default() };
        for needs in of_interpreters() {
            assert!(is_for_interpreters(&needs, &named));
            let error = check(&needs, &limits, &Trust::default(), &kitchen).unwrap_err().to_string();
            assert!(error.contains("name its signer under `interpreters`"), "{error}");
            assert!(check(&needs, &limits, &named, &SignerId::from("studio")).is_err());
            assert!(check(&needs, &limits, &named, &kitchen).is_ok(), "{needs:?}");
        }
    }

    #[test]
    fn nobody_has_more_than_the_pool() {
        let (limits, kitchen) = (Limits::default(), SignerId::from("kitchen"));
        let named = Trust { interpreters: vec![Interpreter { signer: kitchen.clone() }], ..Trust::default() };
        let most = Needs { core_instances: 64, ..Needs::default() };
        assert!(check(&most, &limits, &named, &kitchen).is_ok());
        for needs in [
            Needs { core_instances: 65, ..most },
            Needs { memories: 9, ..most },
            Needs { memory: (16 << 20) + 1, ..most },
        ] {
            let error = check(&needs, &limits, &named, &kitchen).unwrap_err().to_string();
            assert!(!error.contains("interpreters"), "{error}");
        }
    }
}
