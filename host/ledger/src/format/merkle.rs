//! The Merkle tree of RFC 6962: hashes, roots, and the two proofs.
//!
//! A node is named by its level and its index there: node `n` of level `l` covers the leaves from `n << l` to `(n + 1) << l`. Whoever
//! reads nodes gives only complete ones, as they stand in tiles.

use std::fmt;

use data_encoding::{BASE64, HEXLOWER};
use sha2::{Digest, Sha256};

/// A SHA-256 hash.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// The hash of bytes, without any prefix.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// In lower-case hexadecimal digits.
    pub fn hex(&self) -> String {
        HEXLOWER.encode(&self.0)
    }

    /// In base64, as checkpoints and proofs write it.
    pub fn base64(&self) -> String {
        BASE64.encode(&self.0)
    }

    pub(crate) fn from_base64(text: &str) -> Option<Self> {
        BASE64.decode(text.as_bytes()).ok()?.try_into().ok().map(Self)
    }

    pub(crate) fn from_hex(text: &str) -> Option<Self> {
        HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok().map(Self)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hex())
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

/// The hash of a leaf.
pub(crate) fn leaf_hash(leaf: &[u8]) -> Hash {
    Hash(Sha256::new().chain_update([0]).chain_update(leaf).finalize().into())
}

/// The hash of a node with two children.
pub(crate) fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Hash(Sha256::new().chain_update([1]).chain_update(left.0).chain_update(right.0).finalize().into())
}

/// The root of a tree without leaves.
pub(crate) fn empty_root() -> Hash {
    Hash::of(&[])
}

/// Gives the hash of a complete node.
pub(crate) trait Nodes {
    /// Why a node cannot be given.
    type Error;

    /// The hash of node `index` of `level`.
    fn node(&mut self, level: u8, index: u64) -> Result<Hash, Self::Error>;
}

/// The largest power of two below `n`, where `n` is at least 2.
fn split(n: u64) -> u64 {
    let below = n.saturating_sub(1).max(1);
    1 << (63_u32.saturating_sub(below.leading_zeros()))
}

/// The root of the leaves from `start` to `end`, which are a subtree of RFC 6962 and at least one.
fn subtree<N: Nodes>(nodes: &mut N, start: u64, end: u64) -> Result<Hash, N::Error> {
    let width = end.saturating_sub(start);
    if width.is_power_of_two() {
        let level = width.trailing_zeros();
        return nodes.node(u8::try_from(level).unwrap_or(u8::MAX), start >> level);
    }
    let middle = start.saturating_add(split(width));
    Ok(node_hash(&subtree(nodes, start, middle)?, &subtree(nodes, middle, end)?))
}

/// The root of the first `size` leaves.
pub(crate) fn root<N: Nodes>(nodes: &mut N, size: u64) -> Result<Hash, N::Error> {
    if size == 0 { Ok(empty_root()) } else { subtree(nodes, 0, size) }
}

/// The proof that leaf `index` stands in the tree of `size` leaves, from the leaf up. `index` is below `size`.
pub(crate) fn inclusion<N: Nodes>(nodes: &mut N, index: u64, size: u64) -> Result<Vec<Hash>, N::Error> {
    let (mut start, mut end) = (0_u64, size);
    let mut path = Vec::new();
    while end.saturating_sub(start) > 1 {
        let middle = start.saturating_add(split(end.saturating_sub(start)));
        if index < middle {
            path.push(subtree(nodes, middle, end)?);
            end = middle;
        } else {
            path.push(subtree(nodes, start, middle)?);
            start = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// The proof that the tree of `size` leaves begins with the tree of `old` leaves. Empty where either is the other, or `old` is 0.
pub(crate) fn consistency<N: Nodes>(nodes: &mut N, old: u64, size: u64) -> Result<Vec<Hash>, N::Error> {
    if old == 0 || old >= size {
        return Ok(Vec::new());
    }
    let (mut start, mut end) = (0_u64, size);
    // Whether the old tree still is a whole subtree that the verifier knows.
    let mut is_known = true;
    let mut path = Vec::new();
    while end != old {
        let middle = start.saturating_add(split(end.saturating_sub(start)));
        if old <= middle {
            path.push(subtree(nodes, middle, end)?);
            end = middle;
        } else {
            path.push(subtree(nodes, start, middle)?);
            start = middle;
            is_known = false;
        }
    }
    if !is_known {
        path.push(subtree(nodes, start, end)?);
    }
    path.reverse();
    Ok(path)
}

/// The root that a proof of inclusion leads to; nothing where the proof has another length than it must have.
pub(crate) fn root_of_inclusion(leaf: Hash, index: u64, size: u64, proof: &[Hash]) -> Option<Hash> {
    if index >= size {
        return None;
    }
    let (mut node, mut last) = (index, size.checked_sub(1)?);
    let mut hash = leaf;
    for sibling in proof {
        if last == 0 {
            return None;
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    (last == 0).then_some(hash)
}

/// Whether a proof shows that a tree begins with another.
pub(crate) fn is_consistent(old: (u64, Hash), new: (u64, Hash), proof: &[Hash]) -> bool {
    if old.0 == 0 || old.0 == new.0 {
        return proof.is_empty() && (old.0 == 0 || old.1 == new.1);
    }
    consistent_roots(old, new.0, proof) == Some((old.1, new.1))
}

/// The two roots that a proof of consistency leads to.
fn consistent_roots(old: (u64, Hash), size: u64, proof: &[Hash]) -> Option<(Hash, Hash)> {
    let (mut node, mut last) = (old.0.checked_sub(1)?, size.checked_sub(1)?);
    if old.0 >= size {
        return None;
    }
    while node & 1 == 1 {
        node >>= 1;
        last >>= 1;
    }
    let (first, rest) = if old.0.is_power_of_two() {
        (old.1, proof)
    } else {
        proof.split_first().map(|(first, rest)| (*first, rest))?
    };
    let (mut old_root, mut new_root) = (first, first);
    for sibling in rest {
        if last == 0 {
            return None;
        }
        if node & 1 == 1 || node == last {
            old_root = node_hash(sibling, &old_root);
            new_root = node_hash(sibling, &new_root);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            new_root = node_hash(&new_root, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    (last == 0).then_some((old_root, new_root))
}

/// The right edge of a growing tree: one hash for each complete subtree, the largest first. It gives the root without any other node.
#[derive(Clone, Debug, Default)]
pub(crate) struct Edge {
    size: u64,
    /// The roots of the complete subtrees, from the left.
    peaks: Vec<Hash>,
}

impl Edge {
    /// The edge of a tree that is there already.
    pub(crate) fn read<N: Nodes>(nodes: &mut N, size: u64) -> Result<Self, N::Error> {
        let mut peaks = Vec::new();
        let mut start = 0_u64;
        for level in (0..64_u8).rev() {
            let width = 1_u64 << level;
            if size & width != 0 {
                peaks.push(nodes.node(level, start >> level)?);
                start = start.saturating_add(width);
            }
        }
        Ok(Self { size, peaks })
    }

    /// Adds a leaf.
    pub(crate) fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        let mut rest = self.size;
        while rest & 1 == 1 {
            if let Some(left) = self.peaks.pop() {
                hash = node_hash(&left, &hash);
            }
            rest >>= 1;
        }
        self.peaks.push(hash);
        self.size = self.size.saturating_add(1);
    }

    /// How many leaves there are.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// The root.
    pub(crate) fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else { return empty_root() };
        peaks.fold(*last, |right, left| node_hash(left, &right))
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use ct_merkle::mem_backed_tree::MemoryBackedTree;
    use proptest::prelude::*;

    use super::*;

    /// All leaves, as the reference that a test reads nodes from.
    pub(crate) struct Leaves(pub(crate) Vec<Hash>);

    impl Nodes for Leaves {
        type Error = Infallible;

        fn node(&mut self, level: u8, index: u64) -> Result<Hash, Infallible> {
            if level == 0 {
                return Ok(self.0[usize::try_from(index).unwrap()]);
            }
            let left = self.node(level - 1, index * 2)?;
            Ok(node_hash(&left, &self.node(level - 1, index * 2 + 1)?))
        }
    }

    fn leaves(n: u64) -> Leaves {
        Leaves((0..n).map(|i| leaf_hash(&i.to_be_bytes())).collect())
    }

    /// The leaves and the roots of the reference implementation of Certificate Transparency.
    #[test]
    fn roots_are_those_of_the_test_vectors_of_certificate_transparency() {
        let leaves =
            ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let mut edge = Edge::default();
        assert_eq!(edge.root().hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        for (leaf, root) in leaves.iter().zip(roots) {
            edge.push(leaf_hash(&HEXLOWER.decode(leaf.as_bytes()).unwrap()));
            assert_eq!(edge.root().hex(), root);
        }
    }

    #[test]
    fn roots_and_proofs_are_those_of_another_implementation() {
        let mut other = MemoryBackedTree::<Sha256, Vec<u8>>::new();
        let mut edge = Edge::default();
        for size in 1..=70_u64 {
            let leaf = (size - 1).to_be_bytes();
            other.push(leaf.to_vec());
            edge.push(leaf_hash(&leaf));
            let mut nodes = leaves(size);
            let Ok(own) = root(&mut nodes, size);
            assert_eq!(own.0.as_slice(), other.root().as_bytes().as_slice(), "{size}");
            assert_eq!(own, edge.root(), "{size}");
            for index in 0..size {
                let Ok(proof) = inclusion(&mut nodes, index, size);
                let theirs = other.prove_inclusion(usize::try_from(index).unwrap());
                let bytes: Vec<u8> = proof.iter().flat_map(|hash| hash.0).collect();
                assert_eq!(bytes, theirs.as_bytes(), "{index} of {size}");
            }
            for added in 1..size {
                let Ok(proof) = consistency(&mut nodes, size - added, size);
                let theirs = other.prove_consistency(usize::try_from(added).unwrap());
                let bytes: Vec<u8> = proof.iter().flat_map(|hash| hash.0).collect();
                assert_eq!(bytes, theirs.as_bytes(), "{added} to {size}");
            }
        }
    }

    proptest! {
        #[test]
        fn proofs_hold_for_what_they_prove_and_for_nothing_else(size in 1_u64..400, at in any::<u64>(), old in any::<u64>()) {
            let mut nodes = leaves(size);
            let Ok(all) = root(&mut nodes, size);
            let index = at % size;
            let leaf = leaf_hash(&index.to_be_bytes());
            let Ok(proof) = inclusion(&mut nodes, index, size);
            prop_assert_eq!(root_of_inclusion(leaf, index, size, &proof), Some(all));
            prop_assert_ne!(root_of_inclusion(leaf_hash(b"other"), index, size, &proof), Some(all));
            if size > 1 {
                prop_assert_ne!(root_of_inclusion(leaf, (index + 1) % size, size, &proof), Some(all));
                prop_assert_ne!(root_of_inclusion(leaf, index, size, &proof[1..]), Some(all));
            }
            let old = 1 + old % size;
            let Ok(old_root) = root(&mut nodes, old);
            let Ok(proof) = consistency(&mut nodes, old, size);
            prop_assert!(is_consistent((old, old_root), (size, all), &proof));
            prop_assert!(!is_consistent((old, leaf_hash(b"other")), (size, all), &proof));
            if old < size {
                prop_assert!(!is_consistent((old, old_root), (size, leaf_hash(b"other")), &proof));
                let Ok(edge) = Edge::read(&mut nodes, old);
                prop_assert_eq!(edge.root(), old_root);
            }
        }
    }
}
