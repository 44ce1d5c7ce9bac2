//! journald shrinks the files it deletes, and libsystemd maps them: touching a page that is gone raises SIGBUS, which would
//! end the agent. While libsystemd works, such a page becomes one of zeros, and what was read meanwhile is known to be bad.
#![allow(unsafe_code, reason = "a signal handler")]

use std::{
    cell::Cell,
    ptr,
    sync::{
        OnceLock,
        atomic::{AtomicPtr, AtomicUsize, Ordering},
    },
};

thread_local! {
    static WATCHED: Cell<bool> = const { Cell::new(false) };
    static HIT: Cell<bool> = const { Cell::new(false) };
}

/// Who handled SIGBUS before us; asked for faults while libsystemd does not work on the thread.
static BEFORE: AtomicPtr<libc::sigaction> = AtomicPtr::new(ptr::null_mut());
static PAGE: AtomicUsize = AtomicUsize::new(4096);

/// Runs `work`, and tells whether a page vanished under it.
pub(super) fn guarded<T>(work: impl FnOnce() -> T) -> (T, bool) {
    HIT.set(false);
    WATCHED.set(true);
    let result = work();
    WATCHED.set(false);
    (result, HIT.get())
}

/// Puts the handler in place, once a process. Failing that, a fault ends the process as ever.
pub(super) fn install() {
    static INSTALLED: OnceLock<()> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        // SAFETY: plain calls; zero is a valid sigaction, and `before` is leaked so that the handler may read it at any time.
        unsafe {
            let page = libc::sysconf(libc::_SC_PAGESIZE);
            PAGE.store(
                usize::try_from(page).unwrap_or(4096).max(1),
                Ordering::Relaxed,
            );
            let before: &'static mut libc::sigaction = Box::leak(Box::new(std::mem::zeroed()));
            if libc::sigaction(libc::SIGBUS, ptr::null(), before) != 0 {
                return;
            }
            BEFORE.store(before, Ordering::Release);
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = on_sigbus as *const () as usize;
            action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
            libc::sigaction(libc::SIGBUS, &action, ptr::null_mut());
        }
    });
}

/// Runs in a signal handler: thread-local cells without destructors, atomics and system calls only.
extern "C" fn on_sigbus(
    signal: libc::c_int,
    info: *mut libc::siginfo_t,
    context: *mut libc::c_void,
) {
    if !WATCHED.get() {
        return pass_on(signal, info, context);
    }
    let page = PAGE.load(Ordering::Relaxed);
    // SAFETY: the kernel hands a valid siginfo; the page that faulted is one of libsystemd's read-only mappings, for nothing else
    // of this thread is a mapped file that shrinks; errno is put back.
    let mapped = unsafe {
        let address = (*info).si_addr() as usize;
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
    if mapped == libc::MAP_FAILED {
        return pass_on(signal, info, context);
    }
    HIT.set(true);
}

fn pass_on(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    let before = BEFORE.load(Ordering::Acquire);
    // SAFETY: `before` is null or leaked; its handler has the form that its flags tell.
    unsafe {
        let handler = before
            .as_ref()
            .map_or(libc::SIG_DFL, |before| before.sa_sigaction);
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
    use std::os::fd::AsRawFd;

    #[test]
    fn a_page_that_is_gone_reads_as_zeros_and_is_told() {
        install();
        let file = tempfile::tempfile().unwrap();
        file.set_len(8192).unwrap();
        // SAFETY: a fresh mapping, read within its length, unmapped at the end.
        unsafe {
            let fd = file.as_raw_fd();
            let base = libc::mmap(
                ptr::null_mut(),
                8192,
                libc::PROT_READ,
                libc::MAP_SHARED,
                fd,
                0,
            );
            assert_ne!(base, libc::MAP_FAILED);
            let second_page = base.cast::<u8>().add(5000);
            assert_eq!(guarded(|| second_page.read_volatile()), (0, false));
            file.set_len(0).unwrap();
            assert_eq!(guarded(|| second_page.read_volatile()), (0, true));
            libc::munmap(base, 8192);
        }
    }
}
