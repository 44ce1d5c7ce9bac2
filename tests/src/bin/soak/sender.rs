//! What writes the lines: containers that come and go, at a steady rate, into the journald of its namespace.

use anyhow::Context;
use serde_json::{Value, json};
use stack_tests::live::Journald;
use std::{
    collections::BTreeMap,
    io::{Read, Write},
    os::unix::net::UnixDatagram,
    process::{Child, Stdio},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

const CONTAINERS: usize = 200;
const GROUPS: u64 = 20;

/// splitmix64.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}

/// Writes so many lines a second for so long; then tells which, as JSON.
pub(crate) fn send(seconds: u64, rate: u64) -> anyhow::Result<()> {
    let socket = UnixDatagram::unbound()?;
    socket.connect("/run/systemd/journal/socket")?;
    let mut random = Random(7);
    let mut written: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    let mut containers: Vec<(u64, u64)> = Vec::new(); // number, lines left
    let mut born = 0;
    let start = Instant::now();
    for line in 0..seconds * rate {
        let due = Duration::from_micros(line * 1_000_000 / rate);
        thread::sleep(due.saturating_sub(start.elapsed()));
        let place = random.below(CONTAINERS as u64) as usize;
        while containers.len() <= place {
            born += 1;
            containers.push((born, 50 + random.below(2000)));
        }
        let (number, left) = &mut containers[place];
        if *left == 0 {
            born += 1;
            (*number, *left) = (born, 50 + random.below(2000));
        }
        *left -= 1;
        let name = format!("c{number}");
        let count = written.entry(name.clone()).or_insert((1, 0));
        count.1 += 1;
        let entry = format!(
            "PRIORITY=6\nCONTAINER_TAG=soak/{}\nCONTAINER_NAME={name}\nCONTAINER_ID=0123456789ab\nMESSAGE=a line of a container that comes and goes, {line} in all, id={name}-{}\n",
            *number % GROUPS,
            count.1,
        );
        socket.send(entry.as_bytes())?;
    }
    writeln!(std::io::stdout(), "{}", json!(written))?;
    Ok(())
}

/// The sender as a process inside of a journald's namespace.
pub(crate) struct Sender {
    child: Child,
    said: JoinHandle<std::io::Result<String>>,
}

impl Sender {
    pub(crate) fn start(journald: &Journald, seconds: u64, rate: u64) -> anyhow::Result<Sender> {
        let mut child = journald
            .inside(std::env::current_exe()?)
            .args(["send", &seconds.to_string(), &rate.to_string()])
            .stdout(Stdio::piped())
            .spawn()?;
        let mut out = child.stdout.take().context("no pipe")?;
        let said = thread::spawn(move || {
            let mut text = String::new();
            out.read_to_string(&mut text).map(|_| text)
        });
        Ok(Sender { child, said })
    }

    pub(crate) fn sends(&mut self) -> anyhow::Result<bool> {
        Ok(self.child.try_wait()?.is_none())
    }

    /// What was written: the first and last number of each container.
    pub(crate) fn written(self) -> anyhow::Result<Value> {
        let text = self
            .said
            .join()
            .map_err(|_| anyhow::anyhow!("what the sender says cannot be read"))??;
        serde_json::from_str(&text).with_context(|| format!("the sender said {text:?}"))
    }
}
