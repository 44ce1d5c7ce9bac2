//! Journal files as systemd before 246 wrote them, with payloads of LZ4 or XZ. Nothing that Debian 12 has writes them any more, though
//! its libsystemd reads them: so a real file is made without compression, and its long payloads are replaced where they lie.

use crate::scene::{Scene, entry, journal_files, now_usec};
use cloudwatch_local::Config;
use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

const LINES: u64 = 200;
/// Of `x` in each line: journald compresses what is longer than 512 bytes.
const RUN: usize = 3_000;

/// Offsets in the file's header, and what its objects begin with (systemd's journal-def.h).
const INCOMPATIBLE_FLAGS: usize = 12;
const HEADER_SIZE: usize = 88;
const OBJECT_DATA: u8 = 1;
/// Type, flags, size, hash, four offsets and a count precede the payload in a file that is not compact.
const PAYLOAD: usize = 64;

/// A payload of LZ4: the length, then a block of the text up to the run of `x`, the run as a copy of the byte before it, and the last
/// bytes, which must be literal.
fn lz4(text: &[u8]) -> Vec<u8> {
    const LITERAL_END: usize = 12;
    let run = text.iter().position(|&byte| byte == b'x').unwrap() + 1;
    let copied = text.len() - LITERAL_END - run;
    assert!(
        text[run..text.len() - LITERAL_END]
            .iter()
            .all(|&byte| byte == b'x'),
        "only a run of x is known here"
    );
    let length = |more: usize, out: &mut Vec<u8>| {
        if let Some(more) = more.checked_sub(15) {
            out.extend(std::iter::repeat_n(255, more / 255));
            out.push((more % 255) as u8);
        }
    };
    let mut out = (text.len() as u64).to_le_bytes().to_vec();
    out.push((run.min(15) << 4 | 15) as u8);
    length(run, &mut out);
    out.extend(&text[..run]);
    out.extend(1_u16.to_le_bytes());
    length(copied - 4, &mut out);
    out.push((LITERAL_END << 4) as u8);
    out.extend(&text[text.len() - LITERAL_END..]);
    out
}

fn xz(text: &[u8]) -> Vec<u8> {
    let mut xz = Command::new("xz")
        .args(["--format=xz", "--check=none", "--stdout"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    xz.stdin.take().unwrap().write_all(text).unwrap();
    let output = xz.wait_with_output().unwrap();
    assert!(output.status.success());
    output.stdout
}

/// Replaces every long payload; `flag` is the algorithm's bit in an object's flags and in the file's. Says how many.
fn recompress(path: &Path, flag: u8, compress: fn(&[u8]) -> Vec<u8>) -> u64 {
    let mut file = fs::read(path).unwrap();
    let word = |file: &[u8], at: usize| {
        usize::try_from(u64::from_le_bytes(file[at..at + 8].try_into().unwrap())).unwrap()
    };
    file[INCOMPATIBLE_FLAGS] |= flag;
    let (mut at, mut replaced) = (word(&file, HEADER_SIZE), 0);
    while at + 16 < file.len() && file[at] != 0 {
        let size = word(&file, at + 8);
        if file[at] == OBJECT_DATA && size > PAYLOAD + 512 {
            assert_eq!(file[at + 1], 0, "not compressed yet");
            let payload = compress(&file[at + PAYLOAD..at + size]);
            let shorter = PAYLOAD + payload.len();
            assert!(shorter < size, "{shorter} of {size} bytes");
            file[at + 1] = flag;
            file[at + 8..at + 16].copy_from_slice(&(shorter as u64).to_le_bytes());
            file[at + PAYLOAD..at + shorter].copy_from_slice(&payload);
            file[at + shorter..at + size].fill(0);
            replaced += 1;
        }
        at += size.next_multiple_of(8);
    }
    fs::write(path, file).unwrap();
    replaced
}

/// A file with every other line long.
fn scene(flag: u8, compress: fn(&[u8]) -> Vec<u8>) -> Option<Scene> {
    let scene = Scene::with(&[], Config::default())?;
    fs::remove_dir_all(scene.journal()).unwrap();
    let old = [
        ("SYSTEMD_JOURNAL_COMPACT", "0"),
        ("SYSTEMD_JOURNAL_KEYED_HASH", "0"),
    ];
    stack_tests::journal::import_as(&scene.journal(), &["--compress=no"], &old, |out| {
        let start = now_usec() - 60_000_000;
        (1..=LINES).try_for_each(|number| {
            let run = if number % 2 == 0 { RUN } else { 10 };
            let text = format!("id=c1-{number} {}", "x".repeat(run));
            out.write_all(&entry(
                start + number * 1000,
                "web",
                "c1",
                text.as_bytes(),
                "",
            ))
        })
    })
    .unwrap();
    let replaced = recompress(&journal_files(&scene.journal())[0], flag, compress);
    assert_eq!(replaced, LINES / 2);
    scene.server.ledger().expect("c1", 1, LINES);
    Some(scene)
}

fn check(flag: u8, name: &str, compress: fn(&[u8]) -> Vec<u8>) {
    let Some(refused) = scene(flag, compress) else {
        return;
    };
    let refused = refused.flags(&["--reader", "native"]);
    let outcome = refused.run();
    assert!(!outcome.status.success(), "{}", outcome.log);
    for part in [
        "host.journal",
        &format!("{name} compression"),
        "--reader auto can",
    ] {
        assert!(outcome.log.contains(part), "{part}: {}", outcome.log);
    }
    assert_eq!(outcome.report.lines, 0);

    let scene = scene(flag, compress).unwrap().flags(&["--reader", "auto"]);
    let outcome = scene.run();
    outcome.exact();
    for part in [
        "read by libsystemd",
        "host.journal",
        &format!("{name} compression"),
    ] {
        assert!(outcome.log.contains(part), "{part}: {}", outcome.log);
    }
    let lines = scene.lines("web", "c1");
    let of_run = |line: &&String| line.bytes().filter(|&byte| byte == b'x').count() == RUN;
    assert_eq!(
        lines.iter().filter(of_run).count() as u64,
        LINES / 2,
        "{}",
        outcome.log
    );
}

#[test]
fn case_29_messages_of_lz4_are_left_to_libsystemd_and_arrive_whole() {
    check(2, "LZ4", lz4);
}

#[test]
fn case_29_messages_of_xz_are_left_to_libsystemd_and_arrive_whole() {
    check(1, "XZ", xz);
}
