//! What the allocator keeps of what was freed: bodies of a megabyte must not become the agent's resident memory.
#![cfg_attr(
    target_env = "gnu",
    expect(unsafe_code, reason = "mallopt(3) and malloc_trim(3) are C's")
)]

/// Request bodies are large and short-lived. glibc raises its threshold for mapping blocks by the blocks that it sees freed,
/// and keeps them all in its heap from then on: twice the memory, for no less work. To be called before other threads begin.
#[cfg(target_env = "gnu")]
pub fn give_back_freed_bodies() {
    const MAPPED_FROM: libc::c_int = 128 * 1024;
    // SAFETY: it sets a number in the allocator, before any other thread is there. Should it refuse, nothing is changed.
    unsafe { libc::mallopt(libc::M_MMAP_THRESHOLD, MAPPED_FROM) };
}

/// Gives freed pages back to the system: after a burst over thousands of streams the heap is holes, which glibc keeps.
#[cfg(target_env = "gnu")]
pub fn trim() {
    // SAFETY: it takes the allocator's own locks and touches only what is free.
    unsafe { libc::malloc_trim(0) };
}

#[cfg(not(target_env = "gnu"))]
pub fn give_back_freed_bodies() {}

#[cfg(not(target_env = "gnu"))]
pub fn trim() {}
