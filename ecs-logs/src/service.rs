//! What systemd wants to know: ready, still alive, what it is doing, stopping. Nothing when it did not start us.

use std::{
    env,
    os::{
        linux::net::SocketAddrExt,
        unix::{
            ffi::OsStrExt,
            net::{SocketAddr, UnixDatagram},
        },
    },
    time::Duration,
};

/// The manager's socket (`sd_notify(3)`).
#[derive(Debug, Default)]
pub struct Service {
    socket: Option<UnixDatagram>,
    /// How often the watchdog wants to hear of us, halved.
    pub watchdog: Option<Duration>,
}

impl Service {
    pub fn from_env() -> Service {
        let path = env::var_os("NOTIFY_SOCKET").unwrap_or_default();
        let address = match path.as_bytes() {
            [] => return Service::default(),
            [b'@', name @ ..] => SocketAddr::from_abstract_name(name),
            name => SocketAddr::from_pathname(std::ffi::OsStr::from_bytes(name)),
        };
        let connect = || -> std::io::Result<UnixDatagram> {
            let socket = UnixDatagram::unbound()?;
            socket.connect_addr(&address?)?;
            // A manager that does not listen must not stop us.
            socket.set_nonblocking(true)?;
            Ok(socket)
        };
        let ours =
            env::var("WATCHDOG_PID").map_or(true, |pid| pid == std::process::id().to_string());
        let usec: Option<u64> = env::var("WATCHDOG_USEC")
            .ok()
            .and_then(|usec| usec.parse().ok());
        Service {
            socket: connect().ok(),
            watchdog: usec
                .filter(|_| ours)
                .map(|usec| Duration::from_micros(usec / 2)),
        }
    }

    pub fn ready(&self) {
        self.send("READY=1");
    }

    pub fn alive(&self) {
        self.send("WATCHDOG=1");
    }

    pub fn stopping(&self) {
        self.send("STOPPING=1");
    }

    pub fn status(&self, text: &str) {
        self.send(&format!("STATUS={text}"));
    }

    fn send(&self, text: &str) {
        if let Some(socket) = &self.socket {
            // A full queue loses a status, nothing else.
            drop(socket.send(text.as_bytes()));
        }
    }
}
