//! `records`: the table of the contract's records is what `cargo xtask records` would write.

use super::Violation;
use super::tree::Tree;
use crate::records::{TABLE, make};

/// A table that is not up to date.
pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    match make(tree) {
        Ok(text) if tree.text(TABLE) == Some(text.as_str()) => Vec::new(),
        Ok(_) => vec![Violation::new(TABLE, 0, "not up to date; run `cargo xtask records`")],
        Err(error) => vec![Violation::new(TABLE, 0, format!("{error:#}"))],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_is_not_of_the_contract_is_found() {
        let contract = |fields| format!("package a:b@0.1.0;\ninterface some {{ record row {{ {fields} }} }}");
        let (one, two) = (contract("a: u8, b: u8"), contract("b: u8, a: u8"));
        let file = "wit/since-v0.1.0/a.wit";
        let table = make(&Tree::of(&[(file, &one)])).unwrap_or_default();
        assert_eq!(check(&Tree::of(&[(file, &one), (TABLE, &table)])), []);
        assert_eq!(check(&Tree::of(&[(file, &two), (TABLE, &table)])).len(), 1);
    }
}
