//! Makes container logs: `journal-data FOLDER ENTRIES [everything|bench] [SEED]` writes journal files; with `-` as the folder, the
//! export format to standard output.

use anyhow::{Context, bail};
use stack_tests::{data, data::Plan, journal};
use std::{
    io::{BufWriter, stdout},
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let [folder, entries, rest @ ..] = &arguments[..] else {
        bail!("usage: journal-data FOLDER|- ENTRIES [everything|bench] [SEED]");
    };
    let entries: u64 = entries
        .parse()
        .with_context(|| format!("ENTRIES is {entries:?}, not a number"))?;
    let now = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros())?;
    let mut plan = match rest.first() {
        None | Some(&"everything") => Plan::everything(entries, now),
        Some(&"bench") => Plan::bench(entries, now),
        Some(other) => bail!("{other:?} is neither everything nor bench"),
    };
    if let Some(seed) = rest.get(1) {
        plan.seed = seed
            .parse()
            .with_context(|| format!("SEED is {seed:?}, not a number"))?;
    }
    let made = if *folder == "-" {
        data::write(&plan, &mut BufWriter::new(stdout().lock()))?
    } else {
        journal::make(Path::new(folder), &plan)?
    };
    eprintln!(
        "{} entries, {} lines, {} streams, {} MB of messages",
        made.entries,
        made.lines,
        made.streams.len(),
        made.message_bytes / 1_000_000
    );
    Ok(())
}
