//! Writes container lines to the journald of this mount namespace: `journal-send WRITER FIRST LAST [FIELD=VALUE…]`. Each line holds
//! its token `id=WRITER-NUMBER`. JOURNAL_SOCKET names the socket of another journald, such as a journal namespace's.
//! With JOURNAL_SEND_RATE=LINES a second it keeps that pace, and each line says when it was written, `at=MICROSECONDS`
//! since 1970.

use anyhow::{Context, bail};
use std::{
    os::unix::net::UnixDatagram,
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [writer, first, last, fields @ ..] = &arguments[..] else {
        bail!("usage: journal-send WRITER FIRST LAST [FIELD=VALUE...]");
    };
    let (first, last): (u64, u64) = (first.parse()?, last.parse()?);
    // Each with its line end: an empty line would end the entry.
    let fields: String = fields.iter().map(|field| format!("{field}\n")).collect();
    let socket = UnixDatagram::unbound()?;
    let path = std::env::var("JOURNAL_SOCKET");
    let path = path.as_deref().unwrap_or("/run/systemd/journal/socket");
    socket
        .connect(path)
        .with_context(|| format!("no journald at {path} in this namespace"))?;
    let rate: Option<f64> = match std::env::var("JOURNAL_SEND_RATE") {
        Ok(rate) => Some(rate.parse().context("JOURNAL_SEND_RATE is no number")?),
        Err(_) => None,
    };
    let began = Instant::now();
    for number in first..=last {
        let mut at = String::new();
        if let Some(rate) = rate {
            let due = began + Duration::from_secs_f64((number - first) as f64 / rate);
            // A thread sleeps no shorter than this: lines come in small groups.
            let early = due.saturating_duration_since(Instant::now());
            if early > Duration::from_millis(1) {
                thread::sleep(early);
            }
            let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
            at = format!(" at={}", now.as_micros());
        }
        let entry = format!(
            "PRIORITY=6\nCONTAINER_TAG=live\nCONTAINER_NAME={writer}\nCONTAINER_ID=0123456789ab\n{fields}MESSAGE=line of a live container id={writer}-{number}{at}\n"
        );
        // Blocks while journald is behind.
        socket
            .send(entry.as_bytes())
            .with_context(|| format!("line {number}"))?;
    }
    Ok(())
}
