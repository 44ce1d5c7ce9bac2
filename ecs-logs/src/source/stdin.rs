//! Standard input: `{"group":…,"stream":…,"event":{…}}`, one after another, blanks between them or none. What is none of that
//! is text for the stream that the settings name, or else an error for that line only; the original stopped reading there.

use super::{Landed, Read, Seek, Source, SourceError};
use crate::{
    cursor::Cursor,
    decode::same_name,
    entry::{Entry, field},
    intern::Interner,
    json::{Kind, NotJson, Place, Tape, skip_blanks},
};
use anyhow::anyhow;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::{
    borrow::Cow,
    io::ErrorKind,
    os::fd::{AsFd, BorrowedFd},
    time::{Duration, SystemTime},
};

/// A value that does not end within this is not waited for.
const MAX_VALUE_BYTES: usize = 16 << 20;
const READ_BYTES: usize = 1 << 16;
/// The level of text.
const INFO_PRIORITY: &[u8] = b"6";

/// Reads from `R`, which is standard input but in tests.
pub struct StdinSource<R> {
    input: R,
    /// Number of fields in an entry.
    fields: usize,
    /// Lines that are no messages have a place to go: text is taken.
    takes_text: bool,
    buffer: Vec<u8>,
    start: usize,
    /// Bytes from `start` that hold no whole value, as far as was looked.
    looked: usize,
    line: u64,
    ended: bool,
    tape: Tape,
}

impl<R: std::io::Read> StdinSource<R> {
    pub fn new(input: R, fields: usize, takes_text: bool) -> Self {
        StdinSource {
            input,
            fields,
            takes_text,
            buffer: Vec::new(),
            start: 0,
            looked: 0,
            line: 1,
            ended: false,
            tape: Tape::default(),
        }
    }

    /// Reads once, what is there now.
    fn fill(&mut self) -> Result<(), SourceError> {
        self.buffer.drain(..self.start);
        self.start = 0;
        let filled = self.buffer.len();
        self.buffer.resize(filled + READ_BYTES, 0);
        let result = self.input.read(&mut self.buffer[filled..]);
        let read = result.as_ref().copied().unwrap_or(0);
        self.buffer.truncate(filled + read);
        match result {
            Ok(0) => self.ended = true,
            Ok(_) => {}
            Err(error)
                if matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::WouldBlock) => {}
            Err(error) => {
                return Err(SourceError::Fatal(
                    anyhow!(error).context("cannot read standard input"),
                ));
            }
        }
        Ok(())
    }

    /// The next value or line in the buffer, if it is whole: where it ends.
    fn whole(&mut self) -> Option<Found> {
        let text = &self.buffer[self.start..];
        let begin = skip_blanks(text, 0);
        self.line += newlines(&text[..begin]);
        self.start += begin;
        self.looked = self.looked.saturating_sub(begin);
        let text = &self.buffer[self.start..];
        if text.is_empty() {
            return None;
        }
        if text[0] == b'{' {
            // Only a closing brace can end it: not worth another look before there is one.
            let new = text.get(self.looked..).unwrap_or_default();
            if memchr::memchr(b'}', new).is_none() && !self.ended && text.len() < MAX_VALUE_BYTES {
                self.looked = text.len();
                return None;
            }
            match self.tape.read(text) {
                Ok(end) => return Some(Found::Value(end)),
                Err(NotJson::Truncated) if !self.ended && text.len() < MAX_VALUE_BYTES => {
                    self.looked = text.len();
                    return None;
                }
                Err(_) => {}
            }
        }
        let end = memchr::memchr(b'\n', text);
        match end {
            Some(end) => Some(Found::Line(end)),
            None if self.ended || text.len() >= MAX_VALUE_BYTES => Some(Found::Line(text.len())),
            None => None,
        }
    }

    fn take(
        &mut self,
        found: Found,
        entry: &mut Entry,
        names: &mut Interner,
    ) -> Result<(), SourceError> {
        let line = self.line;
        let (Found::Value(end) | Found::Line(end)) = found;
        let text = &self.buffer[self.start..self.start + end];
        self.line += newlines(text);
        self.start += end;
        self.looked = 0;
        entry.reset(self.fields);
        entry.realtime_usec = now();
        let result = match found {
            Found::Line(_) => Err("is not JSON".to_owned()),
            Found::Value(_) => message(&self.tape, text),
        };
        match result {
            Ok(message) => {
                entry.set_symbol(field::STDIN_GROUP, names.intern(message.group));
                entry.set_symbol(field::STDIN_STREAM, names.intern(message.stream));
                entry.set_bytes(field::MESSAGE, &message.event);
                Ok(())
            }
            Err(_) if self.takes_text => {
                let text = text.strip_suffix(b"\r").unwrap_or(text);
                entry.set_bytes(field::MESSAGE, text);
                entry.set_symbol(field::PRIORITY, names.intern(INFO_PRIORITY));
                Ok(())
            }
            Err(reason) => Err(SourceError::BadEntry(format!(
                "standard input, line {line}: {:?} {reason} and is skipped (expected {{\"group\":…,\"stream\":…,\"event\":{{…}}}}; --group and --stream take any text)",
                shortened(text)
            ))),
        }
    }
}

#[derive(Clone, Copy)]
enum Found {
    /// A JSON object of this length, on the tape.
    Value(usize),
    /// A line of this length that is none.
    Line(usize),
}

struct Message<'a> {
    group: &'a [u8],
    stream: &'a [u8],
    event: Cow<'a, [u8]>,
}

fn message<'a>(tape: &'a Tape, text: &'a [u8]) -> Result<Message<'a>, String> {
    let mut found = Message {
        group: b"",
        stream: b"",
        event: Cow::Borrowed(b"{}"),
    };
    let mut name = tape.first(0);
    while name < tape.next(0) {
        let value = tape.next(name);
        let called = |field| same_name(tape.content(text, name), field);
        if called("group") {
            name_of(tape, text, value, "group", &mut found.group)?;
        } else if called("stream") {
            name_of(tape, text, value, "stream", &mut found.stream)?;
        } else if called("event") {
            match tape.kind(value) {
                Kind::Object => found.event = joined(found.event, tape.raw(text, value)),
                Kind::Null => {}
                _ => return Err("has an event that is no object".to_owned()),
            }
        }
        name = tape.next(value);
    }
    for (field, value) in [("group", found.group), ("stream", found.stream)] {
        if value.is_empty() {
            return Err(format!("has no {field}"));
        }
    }
    Ok(found)
}

/// The members of both objects in one: a second `event` is read into the first, as Go does.
fn joined<'a>(first: Cow<'a, [u8]>, second: &'a [u8]) -> Cow<'a, [u8]> {
    let is_empty = |object: &[u8]| skip_blanks(object, 1) + 1 >= object.len();
    if is_empty(&first) {
        return Cow::Borrowed(second);
    }
    if is_empty(second) {
        return first;
    }
    let mut both = first.into_owned();
    both.pop();
    both.push(b',');
    both.extend_from_slice(&second[1..]);
    Cow::Owned(both)
}

fn name_of<'a>(
    tape: &'a Tape,
    text: &'a [u8],
    value: Place,
    field: &str,
    name: &mut &'a [u8],
) -> Result<(), String> {
    match tape.kind(value) {
        Kind::String => *name = tape.content(text, value),
        Kind::Null => {}
        _ => return Err(format!("has a {field} that is no text")),
    }
    Ok(())
}

fn newlines(text: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', text).count() as u64
}

fn shortened(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    match text.char_indices().nth(60) {
        Some((at, _)) => text.split_at(at).0.to_owned() + "…",
        None => text.into_owned(),
    }
}

fn now() -> u64 {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since_1970.map_or(0, |time| {
        u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
    })
}

impl<R: std::io::Read + AsFd> Source for StdinSource<R> {
    fn next(&mut self, entry: &mut Entry, names: &mut Interner) -> Result<Read, SourceError> {
        match self.whole() {
            Some(found) => self.take(found, entry, names).map(|()| Read::Entry),
            None if self.ended => Ok(Read::Finished),
            None => Ok(Read::End),
        }
    }

    fn cursor(&mut self) -> Result<Cursor, SourceError> {
        Err(SourceError::BadEntry(
            "standard input has no cursors".to_owned(),
        ))
    }

    fn seek(&mut self, _: &Seek) -> Result<Landed, SourceError> {
        Ok(Landed::There)
    }

    fn wait(&self) -> (Option<BorrowedFd<'_>>, Duration) {
        (Some(self.input.as_fd()), Duration::from_secs(1))
    }

    fn process(&mut self) -> Result<(), SourceError> {
        // The wait may also have ended because it was long enough: then a read would block.
        let mut ready = [PollFd::new(&self.input, PollFlags::IN)];
        match poll(&mut ready, Some(&Timespec::default())) {
            Ok(0) => Ok(()),
            _ => self.fill(),
        }
    }

    fn has_cursors(&self) -> bool {
        false
    }
}

#[cfg(test)]
#[path = "stdin_tests.rs"]
mod tests;
