//! A journald of our own, in a mount namespace of its own, kept alive as systemd keeps it: `unshare -m live-journald FOLDER`.
//! Journal files land in FOLDER/journal. Its socket outlives it, so that a kill loses nothing that was sent. Ends with its
//! standard input.

use anyhow::{Context, bail, ensure};
use std::{
    fs,
    io::{Read, Write},
    os::{fd::OwnedFd, unix::net::UnixDatagram},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

const JOURNALD: &str = "/lib/systemd/systemd-journald";
const SOCKET: &str = "/run/systemd/journal/socket";

const CONFIGURATION: &str = "[Journal]
RateLimitIntervalSec=0
ReadKMsg=no
Audit=no
Seal=no
SystemMaxFileSize=8M
SyncIntervalSec=1s
";

fn main() -> anyhow::Result<()> {
    let Some(folder) = std::env::args().nth(1).map(PathBuf::from) else {
        bail!("usage: unshare -m --propagation private live-journald FOLDER [CONFIGURATION LINES]");
    };
    let more: Vec<String> = std::env::args().skip(2).collect();
    mount_all(&folder, &more)?;
    let socket = UnixDatagram::bind(SOCKET).with_context(|| format!("cannot bind {SOCKET}"))?;
    let over = Arc::new(AtomicBool::new(false));
    let journald = Arc::new(Mutex::new(start(&socket, &folder)?));
    let (for_over, for_journald, for_folder) =
        (Arc::clone(&over), Arc::clone(&journald), folder.clone());
    let keeper = thread::spawn(move || keep(&socket, &for_folder, &for_over, &for_journald));
    println!("ready");
    std::io::stdout().flush()?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    over.store(true, Ordering::SeqCst);
    let kept = keeper.join();
    let mut journald = journald.lock().unwrap_or_else(PoisonError::into_inner);
    drop(journald.kill());
    drop(journald.wait());
    kept.unwrap_or_else(|_| bail!("the keeper panicked"))
}

fn mount_all(folder: &Path, more: &[String]) -> anyhow::Result<()> {
    let journal = folder.join("journal");
    fs::create_dir_all(&journal)?;
    fs::write(
        folder.join("journald.conf"),
        format!("{CONFIGURATION}{}\n", more.join("\n")),
    )?;
    for folder in ["/var/log/journal", "/run/systemd", "/run/log"] {
        fs::create_dir_all(folder)?;
    }
    mount(&[
        "--bind".as_ref(),
        journal.as_ref(),
        "/var/log/journal".as_ref(),
    ])?;
    // journald flushes only from a tmpfs, which /run is on a real host.
    for folder in ["/run/systemd", "/run/log"] {
        mount(&["-t", "tmpfs", "-o", "mode=755", "tmpfs", folder].map(Path::new))?;
    }
    let configuration = folder.join("journald.conf");
    mount(&[
        "--bind".as_ref(),
        configuration.as_ref(),
        "/etc/systemd/journald.conf".as_ref(),
    ])?;
    fs::create_dir_all("/run/systemd/journal")?;
    // Without it journald writes to /run/log/journal only.
    fs::write("/run/systemd/journal/flushed", "")?;
    Ok(())
}

fn mount(arguments: &[&Path]) -> anyhow::Result<()> {
    let status = Command::new("mount").args(arguments).status()?;
    ensure!(status.success(), "mount {arguments:?}: {status}");
    Ok(())
}

/// Starts journald with the socket as systemd would hand it over.
fn start(socket: &UnixDatagram, folder: &Path) -> anyhow::Result<Child> {
    let handed: OwnedFd = socket.try_clone()?.into();
    let child = Command::new("sh")
        .args([
            "-c",
            "exec 3<&0 </dev/null; LISTEN_FDS=1 LISTEN_PID=$$ exec \"$0\"",
            JOURNALD,
        ])
        .env("SYSTEMD_LOG_TARGET", "console") // not the machine's kernel log
        .env("SYSTEMD_LOG_LEVEL", "warning")
        .current_dir("/")
        .stdin(Stdio::from(handed))
        .spawn()
        .context("cannot start journald")?;
    fs::write(folder.join("pid"), child.id().to_string())?;
    Ok(child)
}

/// Starts journald again when it ends.
fn keep(
    socket: &UnixDatagram,
    folder: &Path,
    over: &AtomicBool,
    journald: &Mutex<Child>,
) -> anyhow::Result<()> {
    while !over.load(Ordering::SeqCst) {
        let mut child = journald.lock().unwrap_or_else(PoisonError::into_inner);
        if child.try_wait()?.is_some() {
            *child = start(socket, folder)?;
        }
        drop(child);
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
