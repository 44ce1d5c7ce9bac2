//! Signals as a descriptor to poll, so that nothing happens in a handler.
#![allow(
    unsafe_code,
    reason = "signalfd and the signal mask have no safe wrapper in our dependencies"
)]

use std::{
    io,
    mem::MaybeUninit,
    os::fd::{AsFd, BorrowedFd, FromRawFd, OwnedFd},
};

/// What somebody wants of us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// SIGTERM, SIGINT.
    Stop,
    /// SIGHUP.
    Reload,
}

const SIGNALS: [libc::c_int; 3] = [libc::SIGTERM, libc::SIGINT, libc::SIGHUP];

fn set() -> libc::sigset_t {
    let mut set = MaybeUninit::uninit();
    // SAFETY: sigemptyset initialises the set that sigaddset then changes; both only write to it.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        for signal in SIGNALS {
            libc::sigaddset(set.as_mut_ptr(), signal);
        }
        set.assume_init()
    }
}

/// Keeps signals for the descriptor. To be called before the first thread begins, for threads inherit it.
pub fn block() {
    // SAFETY: the set is initialised, and the old mask is not asked for.
    unsafe {
        libc::pthread_sigmask(libc::SIG_BLOCK, &set(), std::ptr::null_mut());
    }
}

#[derive(Debug)]
pub(super) struct Signals(OwnedFd);

impl Signals {
    pub(super) fn new() -> io::Result<Signals> {
        // SAFETY: the set is initialised; the descriptor is new and ours alone.
        let fd = unsafe {
            let fd = libc::signalfd(-1, &set(), libc::SFD_NONBLOCK | libc::SFD_CLOEXEC);
            if fd < 0 {
                return Err(io::Error::last_os_error());
            }
            OwnedFd::from_raw_fd(fd)
        };
        Ok(Signals(fd))
    }

    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }

    pub(super) fn next(&self) -> Option<Wish> {
        let mut info = [0u8; size_of::<libc::signalfd_siginfo>()];
        let read = rustix::io::read(&self.0, &mut info).ok()?;
        let number = info
            .get(..read)?
            .first_chunk::<4>()
            .map(|bytes| u32::from_ne_bytes(*bytes))?;
        Some(if number == libc::SIGHUP as u32 {
            Wish::Reload
        } else {
            Wish::Stop
        })
    }
}
