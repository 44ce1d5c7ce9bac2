//! What was accepted since the last checkpoint, in two files beside it: a line for each range, written at once and not
//! synced. So kill -9 costs only what had no answer; a power cut may cost the lines since the last checkpoint as well.

use crate::{
    checkpoint::{Checkpoint, beside, checksum, range_of, stored_range},
    core::progress::{Range, add_range},
    route::StreamKey,
};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

#[derive(Serialize, Deserialize)]
struct Record {
    group: String,
    stream: String,
    range: crate::checkpoint::StoredRange,
}

/// Two files by turns: while a checkpoint is being saved, new ranges go to the one that it makes no use of.
#[derive(Debug)]
pub struct AcceptedLog {
    files: [File; 2],
    written: [u64; 2],
    current: usize,
    line: Vec<u8>,
}

/// The files' names end like this.
const SUFFIXES: [&str; 2] = ["accepted-0", "accepted-1"];

impl AcceptedLog {
    /// Opens both files beside the checkpoint; what they hold stays until a checkpoint has it.
    ///
    /// # Errors
    /// When they cannot be made or written.
    pub fn open(checkpoint: &Path) -> io::Result<AcceptedLog> {
        let open = |suffix| {
            OpenOptions::new()
                .create(true)
                .append(true)
                .mode(0o600)
                .open(beside(checkpoint, suffix))
        };
        let files = [open(SUFFIXES[0])?, open(SUFFIXES[1])?];
        let written = [files[0].metadata()?.len(), files[1].metadata()?.len()];
        Ok(AcceptedLog {
            files,
            written,
            current: 0,
            line: Vec::new(),
        })
    }

    /// Writes one range down.
    ///
    /// # Errors
    /// When the disk is full or fails: after a kill now, the range would come twice.
    pub fn append(&mut self, key: &StreamKey, range: &Range) -> io::Result<()> {
        self.line.clear();
        encode(key, range, &mut self.line)?;
        self.written[self.current] += self.line.len() as u64;
        // One write a line: a kill leaves it whole or not at all.
        self.files[self.current].write_all(&self.line)
    }

    /// A checkpoint with everything so far is about to be saved.
    pub fn saving(&mut self) {
        let other = 1 - self.current;
        // What the other file holds is in no checkpoint when the save before failed; then all goes on into this one.
        if self.written[other] == 0 {
            self.current = other;
        }
    }

    /// It is saved: what was written before it is of no more use.
    ///
    /// # Errors
    /// When the file cannot be emptied; it is tried again after the next save.
    pub fn saved(&mut self) -> io::Result<()> {
        let other = 1 - self.current;
        if self.written[other] > 0 {
            self.files[other].set_len(0)?;
            self.written[other] = 0;
        }
        Ok(())
    }
}

/// Adds what the files beside the checkpoint say to it. Lines that are torn or damaged are passed over: they only mean
/// that something comes twice.
pub fn merge(checkpoint_path: &Path, checkpoint: &mut Checkpoint) {
    for suffix in SUFFIXES {
        let text = fs::read(beside(checkpoint_path, suffix)).unwrap_or_default();
        merge_text(&text, checkpoint);
    }
}

/// Adds what one file's text says.
pub fn merge_text(text: &[u8], checkpoint: &mut Checkpoint) {
    let lines = text.split(|&byte| byte == b'\n');
    for (key, range) in lines.filter_map(decode) {
        add(checkpoint, key, range);
    }
}

/// Forgets what the files hold: it belongs to a checkpoint that is not there.
pub fn discard(checkpoint_path: &Path) {
    for suffix in SUFFIXES {
        drop(fs::remove_file(beside(checkpoint_path, suffix)));
    }
}

/// Appends a line with its end: a checksum, a blank, JSON.
///
/// # Errors
/// None in memory.
pub fn encode(key: &StreamKey, range: &Range, line: &mut Vec<u8>) -> io::Result<()> {
    let record = Record {
        group: key.group.to_string(),
        stream: key.stream.to_string(),
        range: stored_range(range),
    };
    let json = serde_json::to_vec(&record)?;
    write!(line, "{:016x} ", checksum(&json))?;
    line.extend_from_slice(&json);
    line.push(b'\n');
    Ok(())
}

/// Reads a line without its end; nothing where it is torn, damaged or says what cannot be.
pub fn decode(line: &[u8]) -> Option<(StreamKey, Range)> {
    let (sum, json) = line.split_at_checked(17)?;
    let sum = std::str::from_utf8(sum).ok()?.strip_suffix(' ')?;
    if u64::from_str_radix(sum, 16).ok()? != checksum(json) {
        return None;
    }
    let record: Record = serde_json::from_slice(json).ok()?;
    let key = StreamKey {
        group: record.group.into(),
        stream: record.stream.into(),
    };
    let Range { from, to } = range_of(&record.range).ok()?;
    Some((key, Range::new(from, to)?))
}

fn add(checkpoint: &mut Checkpoint, key: StreamKey, range: Range) {
    if let Some(parked) = checkpoint
        .parked
        .iter_mut()
        .find(|parked| parked.key == key)
    {
        return add_range(&mut parked.accepted, range);
    }
    match checkpoint
        .accepted
        .iter_mut()
        .find(|(known, _)| *known == key)
    {
        Some((_, ranges)) => add_range(ranges, range),
        None => checkpoint.accepted.push((key, vec![range])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{core::progress::Point, cursor::Cursor};

    fn range(from: u64, to: u64) -> Range {
        let at = |seqnum| {
            Point::at(Cursor {
                seqnum_id: 7,
                seqnum,
                boot_id: 8,
                monotonic_usec: seqnum,
                realtime_usec: seqnum,
                xor_hash: 0,
            })
        };
        Range::new(at(from), at(to)).unwrap()
    }

    fn key(name: &str) -> StreamKey {
        StreamKey {
            group: "group".into(),
            stream: name.into(),
        }
    }

    fn merged(path: &Path) -> Vec<(StreamKey, Vec<Range>)> {
        let mut checkpoint = Checkpoint::default();
        merge(path, &mut checkpoint);
        checkpoint.accepted
    }

    #[test]
    fn what_was_written_is_there_after_a_kill_until_a_checkpoint_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint");
        let mut log = AcceptedLog::open(&path).unwrap();
        log.append(&key("a"), &range(1, 5)).unwrap();
        log.append(&key("a"), &range(5, 9)).unwrap();
        log.saving();
        log.append(&key("b"), &range(2, 3)).unwrap();
        // Killed before the checkpoint was on disk: all of it counts.
        assert_eq!(
            merged(&path),
            [(key("a"), vec![range(1, 9)]), (key("b"), vec![range(2, 3)])]
        );
        log.saved().unwrap();
        assert_eq!(merged(&path), [(key("b"), vec![range(2, 3)])]);
        log.saving();
        log.saved().unwrap();
        assert_eq!(merged(&path), []);
    }

    #[test]
    fn a_save_that_failed_takes_nothing_away() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint");
        let mut log = AcceptedLog::open(&path).unwrap();
        log.append(&key("a"), &range(1, 2)).unwrap();
        log.saving(); // this one fails
        log.append(&key("a"), &range(2, 3)).unwrap();
        log.saving(); // and this one is on its way
        log.append(&key("a"), &range(3, 4)).unwrap();
        assert_eq!(merged(&path), [(key("a"), vec![range(1, 4)])]);
        log.saved().unwrap();
        // The first file went; the second holds more than the checkpoint has, which does no harm.
        assert_eq!(merged(&path), [(key("a"), vec![range(2, 4)])]);
    }

    #[test]
    fn torn_and_damaged_lines_are_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint");
        let mut log = AcceptedLog::open(&path).unwrap();
        log.append(&key("a"), &range(1, 2)).unwrap();
        log.append(&key("b"), &range(1, 2)).unwrap();
        drop(log);
        let file = beside(&path, SUFFIXES[0]);
        let mut bytes = fs::read(&file).unwrap();
        bytes[20] ^= 1;
        bytes.extend_from_slice(b"0123456789abcdef {\"group\"\n\0\0\xff\nrubbish");
        fs::write(&file, &bytes).unwrap();
        assert_eq!(merged(&path), [(key("b"), vec![range(1, 2)])]);
    }

    #[test]
    fn a_range_that_ends_before_it_begins_is_passed_over() {
        let mut line = Vec::new();
        let Range { from, to } = range(1, 5);
        encode(&key("a"), &Range { from: to, to: from }, &mut line).unwrap();
        assert_eq!(decode(line.strip_suffix(b"\n").unwrap()), None);
    }
}
