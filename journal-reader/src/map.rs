//! A file mapped read-only, whose disappearance cannot take the process down. The only file of this crate with `unsafe`.
//!
//! Two things make a mapping of someone else's file dangerous: the writer changes bytes while we look, and reading past
//! the end of a file that was truncated raises SIGBUS. So no reference into the mapping ever leaves this file, bytes are
//! copied out after one bounds check; and a SIGBUS handler lays a page of zeros under an address of ours that faults.
#![allow(
    unsafe_code,
    reason = "mmap, its bounds-checked reads and the SIGBUS guard"
)]

use std::{
    fs::File,
    io,
    os::fd::AsRawFd,
    ptr,
    sync::{
        OnceLock,
        atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering},
    },
};

/// How many files may be mapped at a time in one process.
const MAX_MAPS: usize = 4096;

/// An address range that the SIGBUS handler answers for.
struct Guarded {
    taken: AtomicBool,
    start: AtomicUsize,
    end: AtomicUsize,
    hit: AtomicBool,
}

static GUARDED: [Guarded; MAX_MAPS] = [const {
    Guarded {
        taken: AtomicBool::new(false),
        start: AtomicUsize::new(0),
        end: AtomicUsize::new(0),
        hit: AtomicBool::new(false),
    }
}; MAX_MAPS];

/// What SIGBUS did before us; asked for faults at addresses that are not ours.
static BEFORE: AtomicPtr<libc::sigaction> = AtomicPtr::new(ptr::null_mut());
static PAGE: AtomicUsize = AtomicUsize::new(4096);

/// Bytes of a file. Every read is checked against `len` and copies.
pub(crate) struct Map {
    base: *const u8,
    len: usize,
    reserved: usize,
    guard: usize,
}

// SAFETY: the mapping belongs to this value alone, is only read, and is unmapped on drop; nothing is tied to a thread.
unsafe impl Send for Map {}

impl Map {
    /// Maps `file` from its start. `headroom` bytes of address space beyond its present `len` are taken as well, so that
    /// [`Map::grow`] can follow a file that grows without opening it again.
    pub(crate) fn new(file: &File, len: u64, headroom: u64) -> io::Result<Map> {
        install_guard()?;
        let too_large = || io::Error::other("larger than the address space");
        let len = usize::try_from(len).map_err(|_| too_large())?;
        let reserved = usize::try_from(headroom)
            .ok()
            .and_then(|room| len.checked_add(room))
            .filter(|&reserved| reserved > 0 && isize::try_from(reserved).is_ok())
            .ok_or_else(too_large)?;
        let guard = (0..MAX_MAPS)
            .find(|&at| !GUARDED[at].taken.swap(true, Ordering::AcqRel))
            .ok_or_else(|| io::Error::other("4096 files are mapped already"))?;
        // SAFETY: a new mapping at an address of the kernel's choice touches no memory of ours.
        let base = unsafe {
            libc::mmap(
                ptr::null_mut(),
                reserved,
                libc::PROT_READ,
                libc::MAP_SHARED,
                file.as_raw_fd(),
                0,
            )
        };
        if base == libc::MAP_FAILED {
            let error = io::Error::last_os_error();
            GUARDED[guard].taken.store(false, Ordering::Release);
            return Err(error);
        }
        GUARDED[guard].hit.store(false, Ordering::Relaxed);
        GUARDED[guard].start.store(base as usize, Ordering::Release);
        GUARDED[guard]
            .end
            .store(base as usize + reserved, Ordering::Release);
        Ok(Map {
            base: base.cast::<u8>(),
            len,
            reserved,
            guard,
        })
    }

    /// Bytes that may be read.
    pub(crate) fn len(&self) -> u64 {
        self.len as u64
    }

    /// Lets reads go up to `len`, if that was reserved.
    pub(crate) fn grow(&mut self, len: u64) -> bool {
        match usize::try_from(len) {
            Ok(len) if len <= self.reserved => {
                self.len = self.len.max(len);
                true
            }
            _ => false,
        }
    }

    /// Whether a read met a page that the file no longer has (since the last call).
    pub(crate) fn take_fault(&self) -> bool {
        GUARDED[self.guard].hit.swap(false, Ordering::AcqRel)
    }

    /// Asks the processor for `len` bytes at `offset` ahead of time. A hint: nothing is read, nothing can fault.
    #[inline]
    pub(crate) fn prefetch(&self, offset: u64, len: usize) {
        #[cfg(target_arch = "x86_64")]
        if let Some(place) = self.at(offset, len) {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            for line in (0..len).step_by(64) {
                // SAFETY: in bounds by `at`, and a prefetch does not fault anyway.
                unsafe { _mm_prefetch::<_MM_HINT_T0>(place.add(line).cast()) };
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = (offset, len);
    }

    /// Whether the file has `len` bytes at `offset`.
    #[inline]
    pub(crate) fn has(&self, offset: u64, len: u64) -> bool {
        usize::try_from(len).is_ok_and(|len| self.at(offset, len).is_some())
    }

    /// Where `len` bytes at `offset` start, if the file has them.
    #[inline]
    fn at(&self, offset: u64, len: usize) -> Option<*const u8> {
        let offset = usize::try_from(offset).ok()?;
        if offset.checked_add(len)? > self.len {
            return None;
        }
        // SAFETY: offset + len <= self.len <= the mapping's length.
        Some(unsafe { self.base.add(offset) })
    }

    /// A little-endian number at an offset that is a multiple of eight. Later reads see what was written before it.
    #[inline]
    pub(crate) fn u64_at(&self, offset: u64) -> Option<u64> {
        if !offset.is_multiple_of(8) {
            return None;
        }
        let place = self.at(offset, 8)?;
        // SAFETY: in bounds by `at`, aligned because the mapping starts at a page; the writer's stores are of this size.
        let value = unsafe { &*place.cast::<AtomicU64>() }.load(Ordering::Acquire);
        Some(u64::from_le(value))
    }

    /// `N` bytes at `offset`.
    #[inline]
    pub(crate) fn array<const N: usize>(&self, offset: u64) -> Option<[u8; N]> {
        let place = self.at(offset, N)?;
        let mut out = [0; N];
        // SAFETY: `at` checked the source; `out` is ours and has N bytes.
        unsafe { ptr::copy_nonoverlapping(place, out.as_mut_ptr(), N) };
        Some(out)
    }

    /// Appends `len` bytes at `offset` to `out`; false, and nothing appended, when the file has not so many.
    #[inline]
    pub(crate) fn append(&self, offset: u64, len: usize, out: &mut Vec<u8>) -> bool {
        let Some(place) = self.at(offset, len) else {
            return false;
        };
        out.reserve(len);
        // SAFETY: `at` checked the source, `reserve` made room for the target, and all of it is written before set_len.
        unsafe {
            ptr::copy_nonoverlapping(place, out.as_mut_ptr().add(out.len()), len);
            out.set_len(out.len() + len);
        }
        true
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        GUARDED[self.guard].end.store(0, Ordering::Release);
        GUARDED[self.guard].start.store(0, Ordering::Release);
        // SAFETY: base and reserved are what mmap gave; no pointer into the mapping outlives a method of this type.
        unsafe { libc::munmap(self.base.cast_mut().cast(), self.reserved) };
        GUARDED[self.guard].taken.store(false, Ordering::Release);
    }
}

/// Puts the SIGBUS handler in place, once a process.
fn install_guard() -> io::Result<()> {
    static INSTALLED: OnceLock<Result<(), i32>> = OnceLock::new();
    INSTALLED
        .get_or_init(|| {
            // SAFETY: plain calls; both structures are ours, zero is a valid sigaction, and `before` is leaked so that
            // the handler may read it at any time.
            unsafe {
                let page = libc::sysconf(libc::_SC_PAGESIZE);
                PAGE.store(
                    usize::try_from(page).unwrap_or(4096).max(1),
                    Ordering::Relaxed,
                );
                let before: &'static mut libc::sigaction = Box::leak(Box::new(std::mem::zeroed()));
                if libc::sigaction(libc::SIGBUS, ptr::null(), before) != 0 {
                    return Err(io::Error::last_os_error().raw_os_error().unwrap_or(0));
                }
                BEFORE.store(before, Ordering::Release);
                let mut action: libc::sigaction = std::mem::zeroed();
                action.sa_sigaction = on_sigbus as *const () as usize;
                action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
                if libc::sigaction(libc::SIGBUS, &action, ptr::null_mut()) != 0 {
                    return Err(io::Error::last_os_error().raw_os_error().unwrap_or(0));
                }
            }
            Ok(())
        })
        .map_err(io::Error::from_raw_os_error)
}

/// Runs in a signal handler: atomics and system calls only.
extern "C" fn on_sigbus(
    signal: libc::c_int,
    info: *mut libc::siginfo_t,
    context: *mut libc::c_void,
) {
    // SAFETY: the kernel hands a valid siginfo to a SA_SIGINFO handler.
    let address = unsafe { (*info).si_addr() } as usize;
    for guarded in &GUARDED {
        let end = guarded.end.load(Ordering::Acquire);
        let start = guarded.start.load(Ordering::Acquire);
        if start == 0 || address < start || address >= end {
            continue;
        }
        let page = PAGE.load(Ordering::Relaxed);
        // SAFETY: the page lies within a mapping of ours, which is only ever read; errno is put back.
        let mapped = unsafe {
            let errno = *libc::__errno_location();
            let mapped = libc::mmap(
                (address - address % page) as *mut libc::c_void,
                page,
                libc::PROT_READ,
                libc::MAP_FIXED | libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            );
            *libc::__errno_location() = errno;
            mapped
        };
        if mapped != libc::MAP_FAILED {
            guarded.hit.store(true, Ordering::Release);
            return;
        }
    }
    pass_on(signal, info, context);
}

/// Hands a fault that is not ours to whoever handled SIGBUS before, or to the kernel's default.
fn pass_on(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    let before = BEFORE.load(Ordering::Acquire);
    // SAFETY: `before` is null or leaked; its handler has the form that its flags tell.
    unsafe {
        let handler = before.as_ref().map_or(libc::SIG_DFL, |b| b.sa_sigaction);
        if handler == libc::SIG_DFL || handler == libc::SIG_IGN {
            // The faulting instruction runs again and now ends the process, as it would have without us.
            libc::signal(libc::SIGBUS, libc::SIG_DFL);
        } else if (*before).sa_flags & libc::SA_SIGINFO != 0 {
            let call: extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void) =
                std::mem::transmute(handler);
            call(signal, info, context);
        } else {
            let call: extern "C" fn(libc::c_int) = std::mem::transmute(handler);
            call(signal);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn reads_are_checked_and_a_truncated_file_reads_as_zeros() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&[7; 3 * 4096]).unwrap();
        let mut map = Map::new(&file, 3 * 4096, 4096).unwrap();
        assert_eq!(map.array::<4>(4096), Some([7; 4]));
        assert_eq!(map.array::<4>(3 * 4096 - 3), None);
        assert_eq!(map.u64_at(u64::MAX - 7), None);
        assert_eq!(map.u64_at(4), None);
        assert!(!map.take_fault());
        file.set_len(100).unwrap();
        assert_eq!(map.array::<4>(8192), Some([0; 4]));
        assert!(map.take_fault());
        assert!(!map.grow(1 << 40));
        assert!(map.grow(4 * 4096));
        let mut out = vec![1];
        assert!(map.append(3 * 4096, 8, &mut out));
        assert_eq!(out, [1, 0, 0, 0, 0, 0, 0, 0, 0]);
        assert!(map.take_fault());
    }
}
