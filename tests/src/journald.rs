//! A real journald of the test's own, in a mount namespace of its own: it needs root, and touches nothing of the machine's.
#![allow(clippy::unwrap_used, reason = "a failure ends the test")]

use std::{
    os::unix::net::UnixDatagram,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

const JOURNALD: &str = "/lib/systemd/systemd-journald";

/// How long anything may take before the test gives up.
const PATIENCE: Duration = Duration::from_secs(60);

/// A journald whose sockets and files lie in a folder of the test. Ends with the value.
pub struct Journald {
    folder: tempfile::TempDir,
    child: Option<Child>,
    socket: UnixDatagram,
}

impl Journald {
    /// Starts one; `settings` are lines of its `[Journal]` section. Nothing, aloud, where that is not possible.
    pub fn start(settings: &str) -> Option<Journald> {
        if !Path::new(JOURNALD).exists() || !Path::new("/usr/bin/journalctl").exists() {
            crate::skip("no systemd-journald on this machine");
            return None;
        }
        let namespace = Command::new("unshare")
            .args(["-m", "--propagation", "private", "true"])
            .stderr(Stdio::null())
            .status();
        if !namespace.is_ok_and(|status| status.success()) {
            crate::skip("no mount namespace for a journald of our own (not root?)");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        for name in ["journal", "log", "run"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        let config = format!(
            "[Journal]\nStorage=persistent\nSeal=no\nRateLimitIntervalSec=0\nRateLimitBurst=0\nReadKMsg=no\nAudit=no\n\
             ForwardToSyslog=no\nForwardToWall=no\n{settings}\n"
        );
        std::fs::write(folder.path().join("journald.conf"), config).unwrap();
        let mut journald = Journald {
            folder,
            child: None,
            socket: UnixDatagram::unbound().unwrap(),
        };
        journald.run();
        Some(journald)
    }

    /// Starts the daemon, again after [`Journald::kill`]. Its namespace sees our folders where it looks for its own.
    pub fn run(&mut self) {
        // Without the file `flushed` it would stay in /run, without a console it would log to the machine's kernel.
        let script = "mkdir -p /var/log/journal /run/log && mount --bind \"$1/journal\" /var/log/journal && \
                      mount --bind \"$1/log\" /run/log && mount --bind \"$1/run\" /run/systemd && \
                      mkdir -p /run/systemd/journal && touch /run/systemd/journal/flushed && \
                      touch /etc/systemd/journald.conf && mount --bind \"$1/journald.conf\" /etc/systemd/journald.conf && \
                      cd / && SYSTEMD_LOG_TARGET=console exec \"$2\"";
        std::fs::remove_dir_all(self.folder.path().join("run/journal")).ok();
        let child = Command::new("unshare")
            .args(["-m", "--propagation", "private", "sh", "-c", script, "_"])
            .arg(self.folder.path())
            .arg(JOURNALD)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        self.child = Some(child);
        until("journald listens", || {
            let path = self.folder.path().join("run/journal/socket");
            self.socket.connect(path).is_ok()
        });
    }

    pub fn pid(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// SIGKILL. What its socket still held is lost, as it is on a real host: [`Journald::sync`] first.
    pub fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// All that was logged is in the files.
    pub fn sync(&self) {
        self.journalctl("--sync");
    }

    /// `journalctl ARGUMENT` in the daemon's namespace.
    pub fn journalctl(&self, argument: &str) {
        let pid = self.pid().to_string();
        let status = Command::new("nsenter")
            .args(["-m", "-t", &pid, "--", "journalctl", argument])
            .stderr(Stdio::null())
            .stdout(Stdio::null())
            .status();
        assert!(status.unwrap().success(), "journalctl {argument}");
    }

    /// Logs one entry. Waits while journald is behind.
    pub fn log(&self, fields: &[(&str, &[u8])]) {
        let mut datagram = Vec::new();
        for (name, value) in fields {
            datagram.extend_from_slice(name.as_bytes());
            if value.contains(&b'\n') {
                datagram.push(b'\n');
                datagram.extend_from_slice(&(value.len() as u64).to_le_bytes());
            } else {
                datagram.push(b'=');
            }
            datagram.extend_from_slice(value);
            datagram.push(b'\n');
        }
        self.socket.send(&datagram).unwrap();
    }

    /// Where its files are: a directory as `--directory` takes it.
    pub fn directory(&self) -> PathBuf {
        self.folder.path().join("journal")
    }
}

impl Drop for Journald {
    fn drop(&mut self) {
        if self.child.is_some() {
            self.kill();
        }
    }
}

/// Waits until `done`, or fails.
pub fn until(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < PATIENCE, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
