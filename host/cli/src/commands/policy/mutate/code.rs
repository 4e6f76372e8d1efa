//! Mutants of compiled code: the conditions of the functions that an author wrote.

use std::collections::BTreeMap;
use std::ops::Range;

use anyhow::{Context as _, Result, bail};
use specialis_bundle::Bundle;
use wasmparser::{
    BinaryReader, BinaryReaderError, FunctionBody, ImportSectionReader, Name, NameSectionReader, Parser, TypeRef,
};

use super::operator::{Change, changes};
use super::splice::{Length, replaced};
use super::{Choice, Mutant, spread};

/// The most bytes of code that an author is taken to have written: more is an interpreter, whose conditions are not the policy's.
const MAX_CODE: usize = 4 << 20;

/// How deep components stand in components.
const MAX_DEPTH: usize = 4;

/// The first parts of names of functions that belong to no author.
const LIBRARIES: [&str; 12] = [
    "alloc", "compiler_builtins", "core", "dlmalloc", "hashbrown", "minicbor", "rustc_demangle", "specialis_policy",
    "std", "wit_bindgen", "wit_bindgen_rt", "memchr",
];

/// The numbers of sections.
mod section {
    pub(super) const CUSTOM: u8 = 0;
    /// In a component.
    pub(super) const CORE_MODULE: u8 = 1;
    pub(super) const COMPONENT: u8 = 4;
    /// In a module.
    pub(super) const IMPORT: u8 = 2;
    pub(super) const CODE: u8 = 10;
}

/// A function with a body.
struct Function {
    /// What it is called in messages.
    name: String,
    is_of_author: bool,
    body: Range<usize>,
    /// The lengths that count its body, the outermost first.
    around: Vec<Length>,
}

/// The mutants of a component.
pub(super) fn choice(bundle: &Bundle, all: bool, max: usize) -> Result<Choice> {
    let bytes = bundle.content();
    let id = &bundle.manifest.id;
    let unreadable = || format!("the code of `{id}` cannot be read");
    let mut functions = largest_module(bytes).with_context(unreadable)?;
    let n_bytes: usize = functions.iter().map(|function| function.body.len()).sum();
    if n_bytes > MAX_CODE {
        bail!("`{id}` carries an interpreter; change its source instead, and see what `specialis policy test` says");
    }
    if !all {
        functions.retain(|function| function.is_of_author);
        if functions.is_empty() {
            bail!("no function of `{id}` has a name that is its author's; give the folder of its crate, or `--all`");
        }
    }
    let mut found: Vec<(&Function, Change)> = Vec::new();
    for function in &functions {
        let reader = BinaryReader::new(bytes.get(function.body.clone()).unwrap_or_default(), function.body.start);
        let changes = changes(&FunctionBody::new(reader), bytes).with_context(unreadable)?;
        found.extend(changes.into_iter().map(|change| (function, change)));
    }
    let chosen = spread(found.len(), max).filter_map(|at| found.get(at));
    let mutants = chosen.map(|(function, change)| Mutant {
        place: function.name.clone(),
        what: format!("{}, byte {}", change.what, change.at.start),
        rule: None,
        bytes: replaced(bytes, &function.around, change.at.clone(), &change.with),
    });
    Ok(Choice { n_all: found.len(), mutants: mutants.collect() })
}

/// One section.
struct Section {
    id: u8,
    length: Length,
    body: Range<usize>,
}

/// What is read of bytes at a place.
fn reader<'a>(bytes: &'a [u8], at: &Range<usize>) -> BinaryReader<'a> {
    BinaryReader::new(bytes.get(at.clone()).unwrap_or_default(), at.start)
}

/// Reads a length and what it counts.
fn counted(reader: &mut BinaryReader<'_>) -> Result<(Length, Range<usize>), BinaryReaderError> {
    let start = reader.original_position();
    let value = usize::try_from(reader.read_var_u32()?).unwrap_or(usize::MAX);
    let body = reader.original_position();
    reader.read_bytes(value)?;
    Ok((Length { at: start..body, value }, body..reader.original_position()))
}

/// The sections of a module or a component.
fn sections(bytes: &[u8], at: &Range<usize>) -> Result<Vec<Section>, BinaryReaderError> {
    let mut reader = reader(bytes, at);
    reader.read_bytes(8)?;
    let mut all = Vec::new();
    while !reader.eof() {
        let id = reader.read_u8()?;
        let (length, body) = counted(&mut reader)?;
        all.push(Section { id, length, body });
    }
    Ok(all)
}

/// The functions of the module with the most code: the others of a component tie it to its host.
fn largest_module(bytes: &[u8]) -> Result<Vec<Function>, BinaryReaderError> {
    let mut largest = (0_usize, Vec::new());
    // What is still to be looked at: a component, the lengths around it, and how deep it stands.
    let mut waiting = vec![(0..bytes.len(), Vec::<Length>::new(), 0_usize)];
    while let Some((component, around, depth)) = waiting.pop() {
        for Section { id, length, body } in sections(bytes, &component)? {
            let around: Vec<Length> = around.iter().cloned().chain([length]).collect();
            match id {
                section::CORE_MODULE => {
                    let functions = functions(bytes, &body, &around)?;
                    let n_bytes: usize = functions.iter().map(|function| function.body.len()).sum();
                    if n_bytes > largest.0 {
                        largest = (n_bytes, functions);
                    }
                }
                section::COMPONENT
                    if depth < MAX_DEPTH && bytes.get(body.clone()).is_some_and(Parser::is_component) =>
                {
                    waiting.push((body, around, depth.saturating_add(1)));
                }
                _ => {}
            }
        }
    }
    Ok(largest.1)
}

/// The functions of a module.
fn functions(bytes: &[u8], module: &Range<usize>, around: &[Length]) -> Result<Vec<Function>, BinaryReaderError> {
    let mut bodies = Vec::new();
    let mut n_imported = 0_u32;
    let mut names = BTreeMap::new();
    for Section { id, length, body } in sections(bytes, module)? {
        match id {
            section::IMPORT => {
                for import in ImportSectionReader::new(reader(bytes, &body))?.into_imports() {
                    if matches!(import?.ty, TypeRef::Func(_) | TypeRef::FuncExact(_)) {
                        n_imported = n_imported.saturating_add(1);
                    }
                }
            }
            section::CODE => {
                let around: Vec<Length> = around.iter().cloned().chain([length]).collect();
                let mut reader = reader(bytes, &body);
                for _ in 0..reader.read_var_u32()? {
                    let (length, body) = counted(&mut reader)?;
                    bodies.push((body, around.iter().cloned().chain([length]).collect::<Vec<_>>()));
                }
            }
            section::CUSTOM => {
                let mut reader = reader(bytes, &body);
                if reader.read_string()? == "name" {
                    names = names_of(reader)?;
                }
            }
            _ => {}
        }
    }
    let named = (n_imported..).zip(bodies).map(|(index, (body, around))| {
        let name = names.get(&index);
        let is_of_author = name.is_some_and(|name| is_of_author(name));
        Function { name: name.cloned().unwrap_or_else(|| format!("function {index}")), is_of_author, body, around }
    });
    Ok(named.collect())
}

/// The names of functions, as people write them.
fn names_of(section: BinaryReader<'_>) -> Result<BTreeMap<u32, String>, BinaryReaderError> {
    let mut names = BTreeMap::new();
    for part in NameSectionReader::new(section) {
        if let Name::Function(map) = part? {
            for naming in map {
                let naming = naming?;
                names.insert(naming.index, format!("{:#}", rustc_demangle::demangle(naming.name)));
            }
        }
    }
    Ok(names)
}

/// Whether a function is neither of a library nor made by a compiler. One that a library has for a type of the author, such as an
/// iterator over what a closure answers, is the author's.
fn is_of_author(name: &str) -> bool {
    let is_letter = |char: char| char.is_ascii_alphanumeric() || char == '_';
    let Some((before, _)) = name.split_once("::") else {
        // What a guest exports has a bare name, and so has what a compiler adds.
        return matches!(name, "judge" | "configure");
    };
    let root = before.rsplit(|char: char| !is_letter(char)).next().unwrap_or_default();
    if !LIBRARIES.contains(&root) {
        return true;
    }
    // `as` is followed by the trait, and what stands behind `<` or `,` is an argument.
    let arguments = name.split(['<', ',', '(', '&']).skip(1).map(str::trim_start);
    arguments
        .filter_map(|argument| argument.split_once("::"))
        .any(|(root, _)| root.chars().all(is_letter) && !root.is_empty() && !LIBRARIES.contains(&root))
}

#[cfg(test)]
mod tests {
    use specialis_bundle::Bundle;

    use super::*;

    #[test]
    fn functions_of_libraries_are_told_from_those_of_the_author() {
        let own = [
            "policy_recipes::methods",
            "<policy_recipes::Recipes as specialis_policy::Policy>::judge",
            "<core::iter::adapters::map::Map<I, policy_recipes::methods::{closure#0}> as core::iter::Iterator>::next",
            "judge",
        ];
        assert_eq!(own.map(is_of_author), [true; 4]);
        let others = [
            "core::str::converts::from_utf8",
            "<alloc::vec::Vec<u8> as core::clone::Clone>::clone",
            "<&core::fmt::Arguments as core::fmt::Debug>::fmt",
            "specialis_policy::case::Case::hits",
            "memcpy",
            "cabi_realloc",
        ];
        assert_eq!(others.map(is_of_author), [false; 6]);
    }

    #[test]
    fn every_mutant_of_a_component_is_a_component_of_the_same_form() {
        let (_, film) = specialis_artifacts::POLICIES.iter().find(|(id, _)| *id == "film").unwrap();
        let bundle = Bundle::parse(film).unwrap();
        let choice = choice(&bundle, true, 60).unwrap();
        assert!(choice.mutants.len() == 60 && choice.n_all > 1_000, "{}", choice.n_all);
        for mutant in &choice.mutants {
            let bytes = &mutant.bytes;
            assert!(bytes != bundle.content(), "{}", mutant.what);
            wasmparser::validate(bytes).unwrap_or_else(|e| panic!("{}: {}: {e}", mutant.place, mutant.what));
            assert_eq!(Bundle::parse(bytes).unwrap().manifest, bundle.manifest);
        }
    }
}
