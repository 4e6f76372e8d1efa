//! Code that is small and costs a compiler much: refused before anything is compiled.

use std::fmt::Write as _;

use specialis::{StageCause, StageStep};
use specialis_tests::{Guest, Manifest, hosts};

/// A policy with one more function.
fn with_function(declared: &str, signature: &str, locals: usize, body: &str) -> Guest {
    let locals = format!("(local{})", " i32".repeat(locals));
    Guest::from_text(
        "compile",
        &format!(
            "(module {{{{runtime}}}} {declared} (func $f {signature} {locals} {body})
             (func (export \"judge\") (param i32 i32) (result i32) (unreachable)))"
        ),
    )
}

fn repeated(n: usize, piece: impl Fn(usize) -> String) -> String {
    (0..n).fold(String::new(), |mut all, k| {
        _ = write!(all, "{}", piece(k));
        all
    })
}

/// Shapes of code that cost more than their length, each `scale` times as large as the smallest.
fn shapes(scale: usize) -> Vec<(&'static str, Guest)> {
    let one = |_| "(block (br_if 0 (local.get 0)))".to_owned();
    let joins = |n| repeated(n, |k| format!("(block (br_if 0 (local.get 0)) (local.set {} (i32.const {k})))", k % 100));
    let table = format!("(br_table{} 0 (local.get 0))", " 0".repeat(1_000));
    let tables = repeated(20 * scale, |_| format!("(block {table})"));
    // Flat, because the reader of text allows few brackets inside each other.
    let n = 1_000 * scale;
    let depths = repeated(n, |k| format!(" {k}"));
    let nested = format!("{} local.get 0 br_table{depths} {}", "block ".repeat(n), "end ".repeat(n));
    let alive = |n, m| {
        let pushed = "(memory.size)".repeat(n);
        format!("{pushed}{}{}", repeated(m, one), "(drop)".repeat(n))
    };
    let reads = |n| repeated(n, |k| format!("(drop (local.get {k}))"));
    let sets = repeated(100, |k| format!("(local.set {k} (i32.add (local.get {k}) (local.get 0))) "));
    let loops = |n| format!("{}{}", format!("loop {sets}").repeat(n), "local.get 0 br_if 0 end ".repeat(n));
    let wide = " i32".repeat(1_000);
    let wide_type = format!("(type $w (func (param{wide}) (result{wide})))");
    let pushed = "(i32.const 1)".repeat(1_000);
    let dropped = "(drop)".repeat(1_000);
    let wide_blocks = format!("{pushed}{}{dropped}", "(block (type $w)) ".repeat(100 * scale));
    let wide_calls = format!("{pushed}{}{dropped}", "(call $w) ".repeat(100 * scale));
    let wide_function = format!("{wide_type} (func $w (type $w) {})", repeated(1_000, |k| format!("(local.get {k})")));
    let plain = |n| repeated(n, |k| format!("(local.set 0 (i32.add (local.get 0) (i32.const {k})))"));
    vec![
        ("blocks one after another", with_function("", "(param i32)", 1, &repeated(2_000 * scale, one))),
        ("joins of many locals", with_function("", "(param i32)", 100, &joins(2_000 * scale))),
        ("tables of branches", with_function("", "(param i32)", 1, &tables)),
        ("a table out of nested blocks", with_function("", "(param i32)", 1, &nested)),
        ("values alive over blocks", with_function("", "(param i32)", 1, &alive(2_000 * scale, 1_000 * scale))),
        (
            "locals read behind blocks",
            with_function("", "(param i32)", 2_000 * scale, &(joins(1_000 * scale) + &reads(2_000 * scale))),
        ),
        ("loops in loops", with_function("", "(param i32)", 100, &loops(200 * scale))),
        ("blocks of a thousand values", with_function(&wide_type, "(param i32)", 1, &wide_blocks)),
        ("calls of a thousand values", with_function(&wide_function, "(param i32)", 1, &wide_calls)),
        ("one long block", with_function("", "(param i32)", 1, &plain(5_000 * scale))),
    ]
}

#[test]
fn small_code_that_costs_a_compiler_much_is_refused_before_it_is_compiled() {
    for (name, guest) in shapes(10) {
        let error = hosts::builder(hosts::candidate().policy("hostile", guest.pack())).build();
        let error = error.err().unwrap_or_else(|| panic!("`{name}` was compiled"));
        assert_eq!(error.step(), StageStep::Imports, "{name}");
        assert!(matches!(error.cause(), StageCause::Needs { .. }), "{name}: {error:?}");
    }
}

#[test]
fn many_functions_that_cost_a_compiler_much_together_are_refused() {
    let body = repeated(2_000, |_| "(block (br_if 0 (local.get 0)))".to_owned());
    let of = |n| {
        let functions = repeated(n, |_| format!("(func (param i32) {body})"));
        let guest = with_function(&functions, "(param i32)", 1, "");
        hosts::builder(hosts::candidate().policy("hostile", guest.pack())).build().err()
    };
    let error = of(8).expect("it is refused");
    assert!(hosts::chain(&error).contains("`limits.compile-work`"), "{}", hosts::chain(&error));
}

#[test]
fn many_policies_with_many_patterns_are_refused_together() {
    let of = |n_policies: usize| {
        let candidate = (0..n_policies).fold(hosts::candidate(), |candidate, at| {
            let pattern = |n: usize| {
                format!("p{n} = {{ category = \"a1.violence\", regex = \"样例{at}第{n}号\", max-chars = 12 }}")
            };
            let patterns: Vec<String> = (0..64).map(pattern).collect();
            let more = format!("patterns = {{ {} }}", patterns.join(", "));
            let manifest = Manifest { more, ..Manifest::witness().called(&format!("witness-{at}")) };
            candidate.policy(format!("witness-{at}"), Guest::from_file("witness").under(manifest).pack())
        });
        candidate.content(hosts::today()).err()
    };
    assert!(of(4).is_none(), "{:?}", of(4).map(|error| hosts::chain(&error)));
    let error = of(5).expect("it is refused");
    assert!(hosts::chain(&error).contains("`limits.patterns`"), "{}", hosts::chain(&error));
}

#[test]
fn built_in_policies_need_a_small_part_of_what_is_allowed() {
    let limits = specialis_core::TrustLimits::default();
    for (name, bytes) in specialis_artifacts::POLICIES {
        let needs = specialis_bundle::Bundle::parse(bytes).expect("a policy").needs;
        for (needed, allowed) in [
            (needs.function, limits.function_bytes),
            (needs.locals, limits.locals),
            (needs.branches, limits.branches),
            (needs.values, limits.values),
            (needs.work, limits.compile_work),
        ] {
            assert!(4 * needed <= allowed, "{name}: {needed} of {allowed}, {needs:?}");
        }
    }
}
