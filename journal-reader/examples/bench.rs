//! How fast a journal is read: this crate with a cache of offsets, this crate without, and bare libsystemd, one after
//! the other over the same files. `bench FOLDER [FIELD=value]` prints a line each: entries, entries a second, CPU-seconds a million.

#[path = "../tests/it/both.rs"]
mod both;

use journal_reader::{Journal, OffsetCache, Scratch};
use std::{path::PathBuf, time::Instant};

/// What an agent looks at; all but MESSAGE have few values.
const FIELDS: [&[u8]; 6] = [
    b"MESSAGE",
    b"PRIORITY",
    b"CONTAINER_TAG",
    b"CONTAINER_NAME",
    b"CONTAINER_ID",
    b"_SYSTEMD_UNIT",
];

/// A field that nobody asked for, in the cache.
const OTHER: u32 = u32::MAX;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let paths = [PathBuf::from(
        arguments.next().unwrap_or("/var/log/journal".into()),
    )];
    let filter = arguments.next();
    // Once for the page cache.
    run("warm-up: heads only", || heads(&paths, filter.as_deref()));
    run("native, heads only", || heads(&paths, filter.as_deref()));
    run("native, 6 fields, offset cache", || {
        cached(&paths, filter.as_deref())
    });
    run("native, all fields", || all(&paths, filter.as_deref()));
    run("libsystemd, next only", || {
        libsystemd(&paths, filter.as_deref(), false)
    });
    run("libsystemd, one enumerate", || {
        libsystemd(&paths, filter.as_deref(), true)
    });
}

fn run(name: &str, work: impl FnOnce() -> (u64, u64)) {
    let (start, cpu) = (Instant::now(), cpu_seconds());
    let (entries, bytes) = work();
    let (wall, cpu) = (start.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    let millions = entries as f64 / 1e6;
    println!(
        "{name:34} {entries:9} entries {bytes:12} bytes {:6.2} M entries/s {:6.3} CPU-s per million",
        millions / wall,
        cpu / millions
    );
}

/// User and system time of this process so far, from /proc.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanoseconds = stat.split(' ').next().and_then(|n| n.parse::<f64>().ok());
    nanoseconds.unwrap_or(0.0) / 1e9
}

fn open(paths: &[PathBuf], filter: Option<&str>) -> Journal {
    let mut options = both::options(paths);
    if let Some(term) = filter {
        options.matches.add(term).expect("FIELD=value");
    }
    let mut journal = Journal::open(options).expect("a journal");
    journal.seek(&journal_reader::Seek::Head);
    journal
}

fn heads(paths: &[PathBuf], filter: Option<&str>) -> (u64, u64) {
    let mut journal = open(paths, filter);
    let (mut entries, mut sum) = (0, 0_u64);
    while let Some(entry) = journal.next() {
        entries += 1;
        sum ^= entry.realtime();
    }
    std::hint::black_box(sum);
    (entries, 0)
}

fn cached(paths: &[PathBuf], filter: Option<&str>) -> (u64, u64) {
    let mut journal = open(paths, filter);
    let mut scratch = Scratch::new();
    let mut cache = OffsetCache::<u32>::new();
    let mut interned = std::collections::HashMap::<Vec<u8>, u32>::new();
    let (mut entries, mut bytes, mut sum) = (0, 0, 0_u64);
    while let Some(entry) = journal.next() {
        entries += 1;
        let cache = cache.file(entry.file());
        for data in entry.items() {
            if let Some(symbol) = cache.get(data.offset) {
                if symbol != OTHER {
                    sum = sum.wrapping_add(u64::from(symbol));
                }
                continue;
            }
            let Ok(payload) = entry.payload(data, &mut scratch) else {
                continue;
            };
            let (name, value) = payload.split();
            if name == FIELDS[0] {
                bytes += value.len() as u64;
            } else if !FIELDS.contains(&name) {
                if payload.shared {
                    cache.insert(data.offset, OTHER);
                }
            } else {
                let next = interned.len() as u32;
                let symbol = match interned.get(payload.bytes) {
                    Some(&symbol) => symbol,
                    None => *interned.entry(payload.bytes.to_vec()).or_insert(next),
                };
                sum = sum.wrapping_add(u64::from(symbol));
                cache.insert(data.offset, symbol);
            }
        }
    }
    std::hint::black_box(sum);
    (entries, bytes)
}

fn all(paths: &[PathBuf], filter: Option<&str>) -> (u64, u64) {
    let mut journal = open(paths, filter);
    let mut scratch = Scratch::new();
    let (mut entries, mut bytes) = (0, 0);
    while let Some(entry) = journal.next() {
        entries += 1;
        for data in entry.items() {
            if let Ok(payload) = entry.payload(data, &mut scratch) {
                bytes += payload.bytes.len() as u64;
            }
        }
    }
    (entries, bytes)
}

fn libsystemd(paths: &[PathBuf], filter: Option<&str>, fields: bool) -> (u64, u64) {
    let mut journal = both::open_libsystemd(paths).expect("a journal");
    if let Some((field, value)) = filter.and_then(|term| term.split_once('=')) {
        journal.match_add(field, value).expect("a match");
    }
    let (mut entries, mut bytes) = (0, 0);
    while let Ok(1..) = journal.next() {
        entries += 1;
        if fields {
            journal.restart_data();
            while let Ok(Some(field)) = journal.enumerate_data() {
                bytes += field.data().len() as u64;
            }
        }
    }
    (entries, bytes)
}
