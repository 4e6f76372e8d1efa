//! Back-pressure: a thread that finds every pool slot taken waits for one; it never counts as a fault.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Counts the free slots of the pool.
pub(crate) struct Gate {
    free: Mutex<u32>,
    freed: Condvar,
}

/// A taken slot.
pub(crate) struct Pass<'a>(&'a Gate);

impl Gate {
    pub(crate) fn new(slots: u32) -> Self {
        Self { free: Mutex::new(slots), freed: Condvar::new() }
    }

    /// Waits for a slot. A thread holds at most one, so nobody waits for himself.
    pub(crate) fn enter(&self) -> Pass<'_> {
        let mut free = self.lock();
        while *free == 0 {
            free = self.freed.wait(free).unwrap_or_else(PoisonError::into_inner);
        }
        *free = free.saturating_sub(1);
        Pass(self)
    }

    // A panic while the count is held cannot leave it half changed, so a poisoned lock is still good.
    fn lock(&self) -> MutexGuard<'_, u32> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        let mut free = self.0.lock();
        *free = free.saturating_add(1);
        drop(free);
        self.0.freed.notify_one();
    }
}
