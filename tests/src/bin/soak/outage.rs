//! The outage: 2,000 lines a second while CloudWatch is gone, then throttles, then is back; the configuration is reloaded meanwhile,
//! and a stand-in for systemd listens whether the watchdog is fed.

use crate::{host::Host, sender::Sender, verdict::Account};
use anyhow::{Context, ensure};
use serde_json::json;
use std::{
    io::Write,
    os::unix::net::UnixDatagram,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

const RATE: u64 = 2000;
/// What the unit's `WatchdogSec` is here: shorter than in the package, so that a stall is seen.
const WATCHDOG: Duration = Duration::from_secs(10);

/// Stands in for systemd: notes when it was told of life.
struct Manager {
    fed: Arc<Mutex<Vec<Instant>>>,
    over: Arc<AtomicBool>,
}

impl Manager {
    fn listen(path: &std::path::Path) -> anyhow::Result<Manager> {
        let socket = UnixDatagram::bind(path)?;
        socket.set_read_timeout(Some(Duration::from_millis(200)))?;
        let (fed, over) = (
            Arc::new(Mutex::new(Vec::new())),
            Arc::new(AtomicBool::new(false)),
        );
        let (to, ended) = (Arc::clone(&fed), Arc::clone(&over));
        thread::spawn(move || {
            let mut datagram = [0; 4096];
            while !ended.load(Ordering::SeqCst) {
                let Ok(length) = socket.recv(&mut datagram) else {
                    continue;
                };
                let said = String::from_utf8_lossy(&datagram[..length]);
                if said.lines().any(|line| line == "WATCHDOG=1") {
                    to.lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push(Instant::now());
                }
            }
        });
        Ok(Manager { fed, over })
    }

    /// The longest time without a sign of life, from `since` to now.
    fn longest_silence(&self, since: Instant) -> Duration {
        let fed = self.fed.lock().unwrap_or_else(PoisonError::into_inner);
        let mut times: Vec<Instant> = fed.iter().copied().filter(|time| *time > since).collect();
        times.insert(0, since);
        times.push(Instant::now());
        let gaps = times.windows(2).map(|pair| pair[1] - pair[0]);
        gaps.max().unwrap_or(Duration::MAX)
    }
}

impl Drop for Manager {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
    }
}

pub(crate) fn run(seconds: u64) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let notify = folder.path().join("notify");
    let file = folder.path().join("ecs-logs.toml");
    let manager = Manager::listen(&notify)?;
    std::fs::write(&file, "partial_timeout = \"5s\"\n")?;
    let variables = [
        ("NOTIFY_SOCKET", notify.display().to_string()),
        ("WATCHDOG_USEC", WATCHDOG.as_micros().to_string()),
    ];
    // Full within the first third, in a short run too: what is flat while it fills proves nothing.
    let window = ((32 << 20) * seconds / 150).clamp(1 << 20, 32 << 20);
    let mut host = Host::start(
        &[
            "SystemMaxUse=8G",
            "SystemKeepFree=1G",
            "SystemMaxFiles=10000",
        ],
        &[
            "--config",
            &file.display().to_string(),
            "--window-bytes",
            &window.to_string(),
        ],
        folder,
        variables
            .map(|(name, value)| (name.to_owned(), value))
            .into(),
    )?;
    let before = Duration::from_secs((seconds / 10).max(5));
    let outage = Duration::from_secs(seconds);
    let started = Instant::now();
    let mut sender = Sender::start(&host.journald, seconds + 2 * before.as_secs(), RATE)?;
    let mut account = Account::default();
    let mut reloads = 0;
    let mut gone = None;
    let mut back = None;
    let mut recovered = None;
    while sender.sends()? || recovered.is_none() {
        thread::sleep(Duration::from_secs(1));
        host.must_run()?;
        let memory = host.agent.anonymous();
        account.most_memory = account.most_memory.max(memory);
        let Some(since) = gone else {
            if started.elapsed() >= before {
                let arrived = host.cloudwatch.get("ledger")?["lines"].as_u64();
                ensure!(arrived > Some(0), "nothing arrived before the outage");
                // Set beforehand: nothing may be asked of a server that is gone.
                let seconds = outage.as_secs_f64();
                let throttled = json!({"error": {"code": "ThrottlingException"}});
                host.cloudwatch.post(
                    "faults",
                    &json!({"operation": "PutLogEvents", "seconds": seconds, "effect": throttled}),
                )?;
                let half = json!({"milliseconds": (outage / 2).as_millis() as u64});
                // The answer may be lost with all other connections.
                drop(host.cloudwatch.post("outage", &half));
                gone = Some(Instant::now());
            }
            continue;
        };
        let elapsed = since.elapsed();
        if elapsed < outage {
            account.memory.push(memory);
            account.descriptors.push(host.agent.descriptors() as u64);
            // While it is gone, and while it throttles.
            let due = [outage / 4, outage * 3 / 4].get(reloads).copied();
            if due.is_some_and(|due| elapsed >= due) {
                reloads += 1;
                std::fs::write(&file, format!("partial_timeout = \"{}s\"\n", 5 + reloads))?;
                host.signal("HUP")?;
            }
        } else if recovered.is_none() {
            let end = *back.get_or_insert_with(Instant::now);
            let lag = host.lag()?;
            if lag.is_some_and(|lag| lag < Duration::from_secs(5)) {
                recovered = Some(end.elapsed());
            }
            ensure!(
                end.elapsed() < outage / 2 + Duration::from_secs(60),
                "the lag does not recover: {lag:?} after {:?}",
                end.elapsed()
            );
        }
    }
    let silence = manager.longest_silence(started);
    let written = sender.written()?;
    let (ledger, counters) = host.close(&written, &mut account)?;
    let log = host.log();
    let reloaded = log.matches("the configuration was reloaded").count() as u64;
    account.faults = vec![
        (
            "throttling",
            counters["errors"]["ThrottlingException"]
                .as_u64()
                .unwrap_or(0),
        ),
        ("reload while it was gone", u64::from(reloaded > 0)),
        ("reload while it throttled", u64::from(reloaded > 1)),
    ];
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "outage of {seconds} s, half of it gone, half throttled: {} lines, {RATE} a second",
        account.lines
    )?;
    writeln!(
        out,
        "{}, {} requests throttled, {reloaded} reloads",
        account.lines_told(),
        account.faults[0].1
    )?;
    writeln!(
        out,
        "longest silence of the watchdog {:.1} s of {} s; lag below 5 s again {:.0} s after the end",
        silence.as_secs_f64(),
        WATCHDOG.as_secs(),
        recovered.context("it never recovered")?.as_secs_f64(),
    )?;
    writeln!(
        out,
        "anonymous memory at most {} MB; {}",
        account.most_memory / 1_000_000,
        account.course()
    )?;
    let mut found = account.faults_found();
    if silence > WATCHDOG {
        found.push(format!("the watchdog was not fed for {silence:?}"));
    }
    ensure!(
        found.is_empty(),
        "{}\n{} lines are in the journal\n{:#}\n{}",
        found.join("\n"),
        host.stored()?,
        ledger["samples"],
        host.tail()
    );
    Ok(())
}
