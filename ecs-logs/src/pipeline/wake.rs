//! A channel whose receiver sleeps in `poll`: what is sent also turns an eventfd readable.

use crossbeam_channel::{Receiver, Sender, unbounded};
use rustix::event::{EventfdFlags, eventfd};
use std::{
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    sync::Arc,
};

/// Sends, and wakes.
#[derive(Debug)]
pub(super) struct WakingSender<T> {
    sender: Sender<T>,
    event: Arc<OwnedFd>,
}

impl<T> Clone for WakingSender<T> {
    fn clone(&self) -> Self {
        WakingSender {
            sender: self.sender.clone(),
            event: self.event.clone(),
        }
    }
}

#[derive(Debug)]
pub(super) struct WakingReceiver<T> {
    receiver: Receiver<T>,
    event: Arc<OwnedFd>,
}

/// Unbounded, for the core bounds what is under way.
pub(super) fn channel<T>() -> anyhow::Result<(WakingSender<T>, WakingReceiver<T>)> {
    let event = Arc::new(eventfd(0, EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC)?);
    let (sender, receiver) = unbounded();
    let waking = WakingSender {
        sender,
        event: event.clone(),
    };
    Ok((waking, WakingReceiver { receiver, event }))
}

impl<T> WakingSender<T> {
    pub(super) fn send(&self, value: T) {
        // The receiver is gone only when all is over.
        if self.sender.send(value).is_ok() {
            // Full means that it is awake already.
            rustix::io::write(&self.event, &1u64.to_ne_bytes()).ok();
        }
    }
}

impl<T> WakingReceiver<T> {
    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.event.as_fd()
    }

    /// Sleeps no longer for what was sent until now.
    pub(super) fn clear(&self) {
        // Empty means that nothing was sent.
        rustix::io::read(&self.event, &mut [0u8; 8]).ok();
    }

    pub(super) fn try_recv(&self) -> Option<T> {
        self.receiver.try_recv().ok()
    }
}
