//! A policy for tests.

use specialis_bundle::Manifest;

/// The manifest of a policy `p` with a rule `R1` on the duty `d`: its origin, and what stands below the rule's `cites`.
pub(crate) fn manifest(origin: &str, more: &str) -> Manifest {
    let text = format!(
        "id = \"p\"\nversion = \"1.0.0\"\ntitle = {{ zh = \"p\", en = \"p\" }}\norigin = {origin}\ngoverns = [\"d\"]\n\
         [rules.R1]\nzh = \"r\"\nen = \"r\"\nduties = [\"d\"]\ncites = {{ I = [\"1\"] }}\n{more}"
    );
    Manifest::parse(&text).unwrap()
}
