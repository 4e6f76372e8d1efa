//! A process that compiles: what it compiles is what the host would, and one that costs too much is ended.

#![cfg(unix)]

use std::time::Duration;

use specialis::{CompilerProcess, Host, SandboxError, StageCause, StageError};
use specialis_tests::{Guest, Manifest, events, hosts};

fn program() -> CompilerProcess {
    CompilerProcess::new(env!("CARGO_BIN_EXE_specialis")).args(["compile-code"])
}

fn host(compiler: Option<CompilerProcess>) -> Result<Host, StageError> {
    let builder = Host::builder(
        hosts::candidate().policy("witness", Guest::from_file("witness").under(Manifest::witness()).pack()),
    );
    let builder = builder.id_key(hosts::id_key(7));
    match compiler {
        Some(compiler) => builder.compiler(compiler).build(),
        None => builder.build(),
    }
}

/// Why a host does not start with this compiler.
fn refused(compiler: CompilerProcess) -> String {
    let error = host(Some(compiler)).err().expect("it does not start");
    let is_of_compiler = matches!(
        error.cause(),
        StageCause::Sandbox(SandboxError::CompilerStopped { .. } | SandboxError::CompilerStart { .. })
    );
    let said = hosts::chain(&error);
    assert!(is_of_compiler, "{said}");
    said
}

#[test]
fn what_another_process_compiles_decides_as_what_this_one_does() {
    let (own, other) = (host(None).unwrap(), host(Some(program())).unwrap());
    for n in 0..4 {
        let decide = |host: &Host| hosts::decide(host, "s", &events::context(), &events::ordinary(n));
        assert_eq!(decide(&own), decide(&other));
    }
}

#[test]
fn a_compilation_that_takes_too_long_or_too_much_is_ended_and_says_so() {
    let sleeping = CompilerProcess::new("/bin/sleep").args(["1000"]).deadline(Duration::from_millis(50));
    assert!(refused(sleeping).contains("or ended the compiler"));
    let small = refused(program().memory(1 << 20));
    assert!(small.contains("more than 60 s or 1 MiB"), "{small}");
}

#[test]
fn a_program_that_is_no_compiler_is_refused() {
    for (program, args) in [("/bin/echo", "hello"), ("/bin/true", ""), ("/bin/cat", "-")] {
        let said = refused(CompilerProcess::new(program).args([args]));
        assert!(said.contains("or ended the compiler"), "{program}: {said}");
    }
    let missing = refused(CompilerProcess::new("/nowhere/compiler"));
    assert!(missing.contains("the compiler `/nowhere/compiler` does not start"), "{missing}");
}
