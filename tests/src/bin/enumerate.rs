//! The yardstick of the benchmark: libsystemd over all entries and fields of a folder, and nothing else.

use anyhow::{Context, bail};
use std::time::Instant;
use systemd::journal::OpenDirectoryOptions;

fn main() -> anyhow::Result<()> {
    let Some(folder) = std::env::args().nth(1) else {
        bail!("usage: enumerate FOLDER");
    };
    let start = Instant::now();
    let mut journal = OpenDirectoryOptions::default()
        .open_directory(folder.as_str())
        .with_context(|| format!("cannot open {folder}"))?;
    journal.set_data_threshold(0)?;
    let (mut entries, mut bytes) = (0_u64, 0);
    while journal.next()? > 0 {
        entries += 1;
        journal.restart_data();
        while let Some(field) = journal.enumerate_data()? {
            bytes += field.data().len();
        }
    }
    println!(
        "{entries} entries, {bytes} bytes of fields, {:.3} s",
        start.elapsed().as_secs_f64()
    );
    Ok(())
}
