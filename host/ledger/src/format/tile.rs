//! Tiles as C2SP `tlog-tiles` lays them out: 256 hashes of one level in a file, and 256 entries in a file.

use super::merkle::{Hash, node_hash};
use super::reader::Bytes;

/// How many hashes or entries a full tile has.
pub(crate) const WIDTH: u64 = 256;
/// The levels of the tree that one level of tiles spans.
pub(crate) const HEIGHT: u8 = 8;

/// The file of a tile of hashes: of level `level` of tiles, number `index`, with `width` hashes.
pub(crate) fn hash_tile(level: u8, index: u64, width: u64) -> String {
    format!("tile/{level}/{}", numbered(index, width))
}

/// The file of a tile of entries.
pub(crate) fn entry_tile(index: u64, width: u64) -> String {
    format!("tile/entries/{}", numbered(index, width))
}

/// The folder of the unfinished states of a tile.
pub(crate) fn partial_folder(full: &str) -> String {
    format!("{full}.p")
}

/// A number in groups of three digits, all but the last with an `x` before it; then the width, where it is not full.
fn numbered(index: u64, width: u64) -> String {
    let mut path = format!("{:03}", index % 1_000);
    let mut rest = index / 1_000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1_000);
        rest /= 1_000;
    }
    if width < WIDTH { format!("{path}.p/{width}") } else { path }
}

/// How many hashes the tile `index` of level `level` has in a tree of `size` leaves.
pub(crate) fn width_of(level: u8, index: u64, size: u64) -> u64 {
    let n_nodes = size.checked_shr(u32::from(level).saturating_mul(u32::from(HEIGHT))).unwrap_or(0);
    n_nodes.saturating_sub(index.saturating_mul(WIDTH)).min(WIDTH)
}

/// Hashes one after the other.
pub(crate) fn hashes_to_bytes(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

/// The hashes of a tile; nothing where it has another number of them.
pub(crate) fn hashes_from_bytes(bytes: &[u8], width: u64) -> Option<Vec<Hash>> {
    let (hashes, rest) = bytes.as_chunks::<32>();
    let is_whole = rest.is_empty() && u64::try_from(hashes.len()) == Ok(width);
    is_whole.then(|| hashes.iter().map(|hash| Hash(*hash)).collect())
}

/// The root of a full tile, or of an aligned part of one whose width is a power of two.
pub(crate) fn root_of(hashes: &[Hash]) -> Option<Hash> {
    let mut row = hashes.to_vec();
    while row.len() > 1 {
        let (pairs, rest) = row.as_chunks::<2>();
        if !rest.is_empty() {
            return None;
        }
        row = pairs.iter().map(|[left, right]| node_hash(left, right)).collect();
    }
    row.first().copied()
}

/// Entries, each after its length in two bytes.
pub(crate) fn entries_to_bytes<'a>(entries: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in entries {
        let length = u16::try_from(entry.len()).unwrap_or(u16::MAX);
        bytes.extend(length.to_be_bytes());
        bytes.extend_from_slice(entry);
    }
    bytes
}

/// The entries of a tile; nothing where it has another number of them.
pub(crate) fn entries_from_bytes(bytes: &[u8], width: u64) -> Option<Vec<Vec<u8>>> {
    let mut rest = Bytes(bytes);
    let mut entries = Vec::new();
    for _ in 0..width {
        let length = rest.u16_be()?;
        entries.push(rest.take(usize::from(length))?.to_vec());
    }
    rest.0.is_empty().then_some(entries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::merkle::leaf_hash;

    #[test]
    fn paths_are_those_of_the_specification() {
        assert_eq!(hash_tile(0, 0, 256), "tile/0/000");
        assert_eq!(hash_tile(0, 273, 112), "tile/0/273.p/112");
        assert_eq!(entry_tile(1_234_067, 256), "tile/entries/x001/x234/067");
        assert_eq!(hash_tile(1, 1_000, 256), "tile/1/x001/000");
    }

    #[test]
    fn widths_follow_from_the_size() {
        assert_eq!([width_of(0, 0, 70_000), width_of(0, 273, 70_000), width_of(0, 274, 70_000)], [256, 112, 0]);
        assert_eq!([width_of(1, 1, 70_000), width_of(2, 0, 70_000), width_of(9, 0, 70_000)], [17, 1, 0]);
    }

    #[test]
    fn tiles_that_are_too_short_or_too_long_are_refused() {
        let hashes: Vec<Hash> = (0..3_u8).map(|i| leaf_hash(&[i])).collect();
        let bytes = hashes_to_bytes(&hashes);
        assert_eq!(hashes_from_bytes(&bytes, 3), Some(hashes.clone()));
        assert_eq!((hashes_from_bytes(&bytes, 2), hashes_from_bytes(&bytes[1..], 3)), (None, None));
        let entries = vec![b"one".to_vec(), Vec::new(), b"three".to_vec()];
        let bytes = entries_to_bytes(entries.iter().map(Vec::as_slice));
        assert_eq!(entries_from_bytes(&bytes, 3), Some(entries));
        assert_eq!((entries_from_bytes(&bytes, 2), entries_from_bytes(&bytes[..9], 3)), (None, None));
        assert_eq!(root_of(&hashes), None);
        assert_eq!(root_of(&hashes[..2]), Some(node_hash(&hashes[0], &hashes[1])));
    }
}
