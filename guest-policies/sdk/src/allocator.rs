//! The allocator of a policy: it hands out memory in a row and takes nothing back but what it handed out last.
//!
//! Every call runs in a fresh instance, whose memory is gone when it ends. So looking for free memory would cost time in each call
//! and gain nothing. A policy that brings an allocator of its own switches the feature `allocator` off.

use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32::{memory_grow, memory_size};
use core::cell::Cell;
use core::ptr::null_mut;

const PAGE: usize = 1 << 16;

unsafe extern "C" {
    /// Where the memory begins that is neither data nor stack: the linker says so.
    static __heap_base: u8;
}

/// Hands out memory from `next` on; all of it is there up to `end`.
struct Row {
    next: Cell<usize>,
    end: Cell<usize>,
}

// SAFETY: a policy has one thread.
unsafe impl Sync for Row {}

#[global_allocator]
static ROW: Row = Row { next: Cell::new(0), end: Cell::new(0) };

impl Row {
    /// Sees to it that memory is there up to `end`.
    fn reach(&self, end: usize) -> Option<()> {
        if end <= self.end.get() {
            return Some(());
        }
        if self.end.get() == 0 {
            self.end.set(memory_size(0).checked_mul(PAGE)?);
        }
        let n_missing = end.saturating_sub(self.end.get()).div_ceil(PAGE);
        if n_missing > 0 {
            let before = memory_grow(0, n_missing);
            if before == usize::MAX {
                return None;
            }
            // Somebody else may have grown the memory in between: what is theirs stays theirs.
            self.end.set(before.checked_add(n_missing)?.checked_mul(PAGE)?);
        }
        Some(())
    }

    fn take(&self, layout: Layout) -> Option<usize> {
        if self.next.get() == 0 {
            self.next.set((&raw const __heap_base).addr());
        }
        let start = self.next.get().checked_next_multiple_of(layout.align())?;
        let end = start.checked_add(layout.size())?;
        self.reach(end)?;
        self.next.set(end);
        Some(start)
    }

    /// Whether a stretch is the one that was handed out last.
    fn is_last(&self, at: *mut u8, size: usize) -> bool {
        at.addr().checked_add(size) == Some(self.next.get())
    }
}

// SAFETY: stretches are aligned, inside the memory, and overlap no stretch that is in use: `next` only goes back over the last one,
// when it is given back.
unsafe impl GlobalAlloc for Row {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.take(layout).map_or(null_mut(), |at| core::ptr::with_exposed_provenance_mut(at))
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        if self.is_last(at, layout.size()) {
            self.next.set(at.addr());
        }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if self.is_last(at, layout.size()) {
            let Some(end) = at.addr().checked_add(size) else { return null_mut() };
            return match self.reach(end) {
                Some(()) => {
                    self.next.set(end);
                    at
                }
                None => null_mut(),
            };
        }
        if size <= layout.size() {
            return at;
        }
        let Ok(larger) = Layout::from_size_align(size, layout.align()) else { return null_mut() };
        let Some(to) = self.take(larger) else { return null_mut() };
        let to = core::ptr::with_exposed_provenance_mut::<u8>(to);
        // SAFETY: the old stretch has so many bytes, and the new one is behind it.
        unsafe { core::ptr::copy_nonoverlapping(at, to, layout.size()) };
        to
    }
}
