//! journald's inbox. Who ends when the host does must know what journald has been sent and has not written down yet: the last
//! lines of the containers.
#![allow(unsafe_code, reason = "an ioctl that rustix does not have")]

use crate::source::place::JournalPlace;
use std::{
    io::ErrorKind,
    os::{fd::AsRawFd, unix::net::UnixDatagram},
    path::{Path, PathBuf},
};

/// A place in the line before journald.
#[derive(Debug)]
pub(super) struct Queue {
    socket: UnixDatagram,
    sent: bool,
}

/// Where the journald listens that writes this journal; nothing for files that nobody need write.
pub fn socket_of(place: &JournalPlace) -> Option<PathBuf> {
    match place {
        JournalPlace::Host => Some("/run/systemd/journal/socket".into()),
        JournalPlace::Namespace(name) => Some(format!("/run/systemd/journal.{name}/socket").into()),
        JournalPlace::Directory(_) | JournalPlace::Files(_) => None,
    }
}

impl Queue {
    /// Nothing where nobody listens.
    pub(super) fn join(listener: &Path) -> Option<Queue> {
        let socket = UnixDatagram::unbound().ok()?;
        socket.set_nonblocking(true).ok()?;
        socket.connect(listener).ok()?;
        Some(Queue {
            socket,
            sent: false,
        })
    }

    /// Whether journald has written down all that was sent to it before. It takes one datagram after the other, so it has once
    /// it took ours, which is empty and leaves no entry.
    pub(super) fn is_through(&mut self) -> bool {
        if !self.sent {
            match self.socket.send(&[]) {
                Ok(_) => self.sent = true,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return false,
                Err(_) => return true,
            }
        }
        let mut waiting: libc::c_int = 0;
        // SAFETY: the descriptor is open, and the kernel writes one int (unix(7), SIOCOUTQ, which is TIOCOUTQ).
        let answer =
            unsafe { libc::ioctl(self.socket.as_raw_fd(), libc::TIOCOUTQ, &raw mut waiting) };
        answer != 0 || waiting == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_through_when_all_that_came_before_was_taken() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        assert!(Queue::join(&path).is_none());
        let journald = UnixDatagram::bind(&path).unwrap();
        let docker = UnixDatagram::unbound().unwrap();
        docker.send_to(b"MESSAGE=last words\n", &path).unwrap();
        let mut queue = Queue::join(&path).unwrap();
        let mut taken = [0; 100];
        for expected in [19, 0] {
            assert!(!queue.is_through());
            assert_eq!(journald.recv(&mut taken).unwrap(), expected);
        }
        assert!(queue.is_through());
        drop(journald);
        assert!(Queue::join(&path).is_none());
    }
}
