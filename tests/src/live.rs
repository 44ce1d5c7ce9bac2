//! A live journald for tests: started in a mount namespace of its own, rotated, vacuumed, killed. Needs root.

use crate::process::binary;
use anyhow::{Context, ensure};
use std::{
    ffi::OsStr,
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// A journald that is kept alive until this is dropped.
#[derive(Debug)]
pub struct Journald {
    host: Child,
    folder: PathBuf,
}

/// Whether this user may have one.
pub fn allowed() -> bool {
    let user = Command::new("id").arg("-u").output();
    user.is_ok_and(|output| output.stdout == b"0\n")
}

impl Journald {
    /// Journal files go below `folder`/journal; `configuration`: further lines of journald.conf.
    pub fn start(folder: &Path, configuration: &[&str]) -> anyhow::Result<Journald> {
        fs::create_dir_all(folder)?;
        let mut host = Command::new("unshare")
            .args(["-m", "--propagation", "private"])
            .arg(binary("live-journald")?)
            .arg(folder)
            .args(configuration)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start unshare")?;
        let mut ready = String::new();
        let out = host.stdout.take().context("no pipe")?;
        BufReader::new(out).read_line(&mut ready)?;
        let journald = Journald {
            host,
            folder: folder.to_owned(),
        };
        ensure!(ready == "ready\n", "journald did not start");
        Ok(journald)
    }

    /// A command inside of the namespace.
    pub fn inside(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new("nsenter");
        let pid = self.host.id().to_string();
        // `--wd` keeps the folder, which nsenter would leave.
        command
            .args(["-m", "-t", &pid, "--wd=."])
            .arg("--")
            .arg(program);
        command
    }

    /// journalctl with one flag, such as `--rotate`; tried again while journald starts.
    pub fn control(&self, flag: &str) -> anyhow::Result<()> {
        let start = Instant::now();
        loop {
            let mut command = self.inside("journalctl");
            let output = command.args(["--quiet", flag]).output()?;
            if output.status.success() {
                return Ok(());
            }
            let said = String::from_utf8_lossy(&output.stderr);
            ensure!(
                start.elapsed() < Duration::from_secs(10),
                "journalctl {flag}: {said}"
            );
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Kills journald with SIGKILL; it is started again at once.
    pub fn kill(&self) -> anyhow::Result<()> {
        self.signal("-9")
    }

    /// Asks journald to end; it is started again at once.
    pub fn restart(&self) -> anyhow::Result<()> {
        self.signal("-TERM")
    }

    fn signal(&self, signal: &str) -> anyhow::Result<()> {
        let pid = fs::read_to_string(self.folder.join("pid"))?;
        let status = Command::new("kill").args([signal, pid.trim()]).status()?;
        ensure!(status.success(), "kill {signal} {pid}: {status}");
        Ok(())
    }
}

impl Drop for Journald {
    fn drop(&mut self) {
        // The host ends with its input, and journald with it.
        drop(self.host.stdin.take());
        drop(self.host.wait());
    }
}
