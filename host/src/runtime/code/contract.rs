//! Where a component does not fit the contract: the first difference, in words of the contract.
//!
//! Called for components that were refused alone, so it need not be quick. It compiles nothing.

use specialis_bundle::{Bundle, WitVersion};
use specialis_core::counted;
use wit_parser::decoding::{DecodedWasm, decode};
use wit_parser::{Function, Resolve, SourceMap, Type, TypeDefKind, TypeId, World, WorldItem};

/// The contract of each version, as in `wit/`. A version that only added is told by the newest text of its folder.
fn contract(version: WitVersion) -> Option<Resolve> {
    macro_rules! files {
        ($folder:literal: $($file:literal),+) => {
            [$(($file, include_str!(concat!("../../../wit/", $folder, "/", $file)))),+]
        };
    }
    let files = match version {
        WitVersion::V0_1_0 | WitVersion::V0_1_1 => files!(
            "since-v0.1.0":
            "types.wit", "context.wit", "event.wit", "facts.wit", "text.wit", "settings.wit", "log.wit", "policy.wit"
        ),
        _ => return None,
    };
    let mut map = SourceMap::default();
    for (name, text) in files {
        map.push_str(name, text);
    }
    let mut resolve = Resolve::default();
    resolve.push_group(map.parse().ok()?).ok()?;
    Some(resolve)
}

/// The first difference between what a component was built against and the contract of the version it names.
pub(crate) fn difference(bundle: &Bundle) -> Option<String> {
    let ours = contract(bundle.wit)?;
    let DecodedWasm::Component(theirs, world) = decode(bundle.content()).ok()? else { return None };
    let world = theirs.worlds.get(world)?;
    imports(&ours, &theirs, world).or_else(|| exports(&ours, &theirs, world))
}

fn imports(ours: &Resolve, theirs: &Resolve, world: &World) -> Option<String> {
    for item in world.imports.values() {
        let WorldItem::Interface { id, .. } = item else { continue };
        let interface = theirs.interfaces.get(*id)?;
        let name = interface.name.as_deref().unwrap_or_default();
        let Some((_, own)) = ours.interfaces.iter().find(|(_, own)| own.name.as_deref() == Some(name)) else {
            return Some(format!("it imports the interface `{name}`, which is not there"));
        };
        for (function, wanted) in &interface.functions {
            let Some(there) = own.functions.get(function) else {
                return Some(format!("it imports `{name}.{function}`, which is not there"));
            };
            if let Some(found) = of_functions(ours, there, theirs, wanted) {
                return Some(format!("`{name}.{function}`: {found}"));
            }
        }
    }
    None
}

fn exports(ours: &Resolve, theirs: &Resolve, world: &World) -> Option<String> {
    let (_, own) = ours.worlds.iter().find(|(_, world)| world.name == "policy")?;
    for (key, item) in &own.exports {
        let WorldItem::Function(wanted) = item else { continue };
        let name = &wanted.name;
        let there = world.exports.iter().find(|(other, _)| *other == key).map(|(_, item)| item);
        let Some(WorldItem::Function(there)) = there else {
            return Some(format!("it does not export `{name}`"));
        };
        if let Some(found) = of_functions(ours, wanted, theirs, there) {
            return Some(format!("`{name}`: {found}"));
        }
    }
    None
}

/// How a function of the component differs from ours.
fn of_functions(ours: &Resolve, own: &Function, theirs: &Resolve, other: &Function) -> Option<String> {
    if own.params.len() != other.params.len() {
        let parameters = counted(other.params.len(), "parameter", "parameters");
        return Some(format!("it has {parameters}, the contract {}", own.params.len()));
    }
    let params = own.params.iter().zip(&other.params).map(|(own, other)| {
        let place = format!("parameter `{}`", own.name);
        (place, Some(own.ty), Some(other.ty))
    });
    let result = [("result".to_owned(), own.result, other.result)];
    params.chain(result).find_map(|(place, own, other)| of_types(ours, own, theirs, other, &place, 0))
}

/// How two types differ, down to the first field.
fn of_types(
    ours: &Resolve,
    own: Option<Type>,
    theirs: &Resolve,
    other: Option<Type>,
    place: &str,
    depth: usize,
) -> Option<String> {
    // The types of the contract are not this deep, so neither are those that fit it.
    if depth > 64 {
        return Some(format!("{place} is nested too deeply"));
    }
    let next = |own, other, place: &str| of_types(ours, own, theirs, other, place, depth.saturating_add(1));
    let (own, other) = (own.map(|ty| bare(ours, ty)), other.map(|ty| bare(theirs, ty)));
    let differ = || Some(format!("{place} is {}, in the contract {}", word(theirs, other), word(ours, own)));
    let (Some(Type::Id(one)), Some(Type::Id(two))) = (own, other) else {
        return if own == other { None } else { differ() };
    };
    let (one, two) = (&ours.types.get(one)?.kind, &theirs.types.get(two)?.kind);
    match (one, two) {
        (TypeDefKind::Record(one), TypeDefKind::Record(two)) => {
            let fields = |record: &wit_parser::Record| -> Vec<(String, Option<Type>)> {
                record.fields.iter().map(|field| (field.name.clone(), Some(field.ty))).collect()
            };
            members(&fields(one), &fields(two), place, "field", next)
        }
        (TypeDefKind::Variant(one), TypeDefKind::Variant(two)) => {
            let cases = |variant: &wit_parser::Variant| -> Vec<(String, Option<Type>)> {
                variant.cases.iter().map(|case| (case.name.clone(), case.ty)).collect()
            };
            members(&cases(one), &cases(two), place, "case", next)
        }
        (TypeDefKind::Enum(one), TypeDefKind::Enum(two)) => {
            let cases = |of: &wit_parser::Enum| -> Vec<(String, Option<Type>)> {
                of.cases.iter().map(|case| (case.name.clone(), None)).collect()
            };
            members(&cases(one), &cases(two), place, "case", next)
        }
        (TypeDefKind::Option(one), TypeDefKind::Option(two)) | (TypeDefKind::List(one), TypeDefKind::List(two)) => {
            next(Some(*one), Some(*two), place)
        }
        (TypeDefKind::Tuple(one), TypeDefKind::Tuple(two)) if one.types.len() == two.types.len() => {
            one.types.iter().zip(&two.types).find_map(|(one, two)| next(Some(*one), Some(*two), place))
        }
        (TypeDefKind::Result(one), TypeDefKind::Result(two)) => {
            next(one.ok, two.ok, place).or_else(|| next(one.err, two.err, place))
        }
        _ if one.as_str() == two.as_str() && matches!(one, TypeDefKind::Flags(_)) => None,
        _ => differ(),
    }
}

/// How two lists of fields or cases differ.
fn members(
    own: &[(String, Option<Type>)],
    other: &[(String, Option<Type>)],
    place: &str,
    what: &str,
    next: impl Fn(Option<Type>, Option<Type>, &str) -> Option<String>,
) -> Option<String> {
    for (own, other) in own.iter().zip(other) {
        if own.0 != other.0 {
            return Some(format!("{place} has the {what} `{}` where the contract has `{}`", other.0, own.0));
        }
        if let Some(found) = next(own.1, other.1, &format!("{place}, {what} `{}`", own.0)) {
            return Some(found);
        }
    }
    match (own.get(other.len()), other.get(own.len())) {
        (Some((name, _)), _) => Some(format!("{place} has no {what} `{name}`")),
        (None, Some((name, _))) => Some(format!("{place} has the {what} `{name}`, which the contract has not")),
        (None, None) => None,
    }
}

/// A type without its other names.
fn bare(resolve: &Resolve, ty: Type) -> Type {
    let named = |id: TypeId| match resolve.types.get(id).map(|def| &def.kind) {
        Some(TypeDefKind::Type(next)) => Some(*next),
        Some(_) | None => None,
    };
    let mut ty = ty;
    while let Type::Id(id) = ty
        && let Some(next) = named(id)
    {
        ty = next;
    }
    ty
}

fn word(resolve: &Resolve, ty: Option<Type>) -> String {
    match ty {
        None => "nothing".to_owned(),
        Some(Type::Id(id)) => resolve.types.get(id).map_or("unknown".to_owned(), |def| {
            let kind = def.kind.as_str();
            def.name.as_ref().map_or_else(|| kind.to_owned(), |name| format!("the {kind} `{name}`"))
        }),
        Some(other) => format!("`{other:?}`").to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_has_its_contract() {
        for version in WitVersion::ALL {
            let resolve = contract(*version).unwrap_or_else(|| panic!("no contract for {}", version.as_str()));
            assert!(resolve.worlds.iter().any(|(_, world)| world.name == "policy"));
        }
    }
}
