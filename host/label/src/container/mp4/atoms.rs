//! Boxes within a box that is held in memory.

use crate::limits::MAX_PIECES;
use crate::source::{be32, be64};

/// Where boxes are not as the format asks.
pub(in crate::container) struct Problem {
    /// In bytes of the content of `moov`.
    pub(in crate::container) at: u64,
    pub(in crate::container) what: String,
}

/// A box inside another: places in the bytes of that one.
pub(in crate::container) struct Child {
    pub(in crate::container) kind: [u8; 4],
    pub(in crate::container) from: usize,
    body: usize,
    pub(in crate::container) to: usize,
}

impl Child {
    pub(in crate::container) fn body<'a>(&self, parent: &'a [u8]) -> &'a [u8] {
        parent.get(self.body..self.to).unwrap_or_default()
    }

    pub(in crate::container) fn whole<'a>(&self, parent: &'a [u8]) -> &'a [u8] {
        parent.get(self.from..self.to).unwrap_or_default()
    }

    /// Where the content begins, in the bytes of the parent.
    pub(in crate::container) fn body_at(&self) -> usize {
        self.body
    }
}

/// The boxes that stand one after another. Fewer bytes than a box has may end them: QuickTime writes four zeros.
pub(in crate::container) fn children(parent: &[u8]) -> Result<Vec<Child>, Problem> {
    let mut children = Vec::new();
    let mut at = 0_usize;
    while let (Some(len), Some(kind)) = (be32(parent, at), kind_at(parent, at)) {
        let problem = |what: String| Problem { at: u64::try_from(at).unwrap_or(u64::MAX), what };
        let (len, head) = match len {
            0 => (parent.len().saturating_sub(at), 8),
            1 => {
                let long = be64(parent, at.saturating_add(8)).unwrap_or_default();
                (usize::try_from(long).unwrap_or(usize::MAX), 16)
            }
            len => (usize::try_from(len).unwrap_or(usize::MAX), 8),
        };
        let to = at.saturating_add(len);
        if len < head || to > parent.len() {
            let name = String::from_utf8_lossy(&kind).into_owned();
            return Err(problem(format!("box `{name}` states a length of {len}, which does not fit")));
        }
        children.push(Child { kind, from: at, body: at.saturating_add(head), to });
        if children.len() > MAX_PIECES {
            return Err(problem("the boxes have no end".to_owned()));
        }
        at = to;
    }
    Ok(children)
}

fn kind_at(bytes: &[u8], at: usize) -> Option<[u8; 4]> {
    crate::source::array_at(bytes, at.checked_add(4)?)
}

/// A box.
pub(in crate::container) fn atom(kind: [u8; 4], body: &[u8]) -> Vec<u8> {
    match u32::try_from(body.len().saturating_add(8)) {
        Ok(len) => [&len.to_be_bytes(), &kind, body].concat(),
        Err(_) => {
            let len = u64::try_from(body.len()).unwrap_or(u64::MAX).saturating_add(16);
            [&1_u32.to_be_bytes(), &kind, len.to_be_bytes().as_slice(), body].concat()
        }
    }
}
