//! Back-pressure: a thread that finds every pool slot taken waits for one. Waiting is never a fault.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Counts the free slots of the instance pool.
pub(crate) struct Slots {
    free: Mutex<u32>,
    freed: Condvar,
}

/// A taken slot; it is free again when this is dropped.
pub(crate) struct Slot<'a>(&'a Slots);

impl Slots {
    pub(crate) fn new(n_slots: u32) -> Self {
        Self { free: Mutex::new(n_slots), freed: Condvar::new() }
    }

    /// Takes a slot, and waits for one where none is free. A thread holds at most one, so no two threads wait for each other.
    pub(crate) fn take(&self) -> Slot<'_> {
        let mut free = self.lock();
        while *free == 0 {
            free = self.freed.wait(free).unwrap_or_else(PoisonError::into_inner);
        }
        *free = free.saturating_sub(1);
        Slot(self)
    }

    // A panic while the count is held cannot leave it half changed, so a poisoned lock is still good.
    fn lock(&self) -> MutexGuard<'_, u32> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        let mut free = self.0.lock();
        *free = free.saturating_add(1);
        drop(free);
        self.0.freed.notify_one();
    }
}
