//! The agent for a long time on a live journald; needs root, and ends with the account of all lines, memory and descriptors.
//! `soak [SECONDS]`: a fault a second, 1800 unless given. `soak outage [SECONDS]`: CloudWatch gone, then throttling, 600.

mod faults;
mod host;
mod outage;
mod sender;
mod verdict;

use anyhow::{Context, bail};

fn seconds(text: &str) -> anyhow::Result<u64> {
    text.parse()
        .with_context(|| format!("{text:?} is no number of seconds"))
}

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["send", length, rate] => sender::send(seconds(length)?, rate.parse()?),
        ["outage"] => outage::run(600),
        ["outage", length] => outage::run(seconds(length)?),
        [] => faults::run(1800),
        [length] => faults::run(seconds(length)?),
        _ => bail!("usage: soak [SECONDS] | soak outage [SECONDS]"),
    }
}
