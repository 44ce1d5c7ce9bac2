//! Which lines arrived: an account over tokens `id=<writer>-<number>` that a test puts into its lines.
//! A writer is letters, digits, `_`, `.` and `-`; its numbers go up by one.

use memchr::memmem::Finder;
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::LazyLock,
};

/// Above this a number is no line's number; it bounds the memory.
const MAX_NUMBER: u64 = 1 << 30;
const MAX_SAMPLES: usize = 20;

/// The account.
#[derive(Debug, Default)]
pub struct Ledger {
    writers: HashMap<Box<[u8]>, Writer>,
    expected: BTreeMap<String, (u64, u64)>,
    without_id: u64,
    samples: Vec<String>,
}

#[derive(Debug, Default)]
struct Writer {
    /// A bit for each number.
    seen: Vec<u64>,
    distinct: u64,
    duplicated: u64,
    reordered: u64,
    first: u64,
    last: u64,
    /// Time of the line with the highest number, in milliseconds.
    last_time: i64,
    streams: BTreeSet<String>,
}

/// What the account says.
#[derive(Clone, Debug, Default, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Different lines that arrived.
    pub lines: u64,
    /// Lines that are missing: of the expected ones where they were told, else between a writer's first and last.
    pub lost: u64,
    /// Arrivals beyond the first of a line.
    pub duplicated: u64,
    /// Lines that a reader sees behind a later one of their writer.
    pub reordered: u64,
    /// Lines that nobody expected, where an expectation was told.
    pub unexpected: u64,
    /// Events without a token.
    pub without_id: u64,
    /// A few tokens of lost and duplicated lines.
    pub samples: Vec<String>,
    pub writers: BTreeMap<String, WriterReport>,
}

/// The account of one writer.
#[derive(Clone, Debug, Default, Serialize, PartialEq, Eq)]
pub struct WriterReport {
    pub lines: u64,
    pub first: u64,
    pub last: u64,
    pub lost: u64,
    pub duplicated: u64,
    pub reordered: u64,
    /// Where its lines arrived, as `group stream`.
    pub streams: BTreeSet<String>,
}

/// What a writer's name is made of.
static WORD: [bool; 256] = {
    let mut word = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        word[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        byte += 1;
    }
    word
};

/// Finds the token in a message, its JSON escapes undone or not.
pub(crate) fn token(message: &[u8]) -> Option<(&[u8], u64)> {
    static ID: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("id="));
    let id = &*ID;
    let mut from = 0;
    loop {
        let start = from + id.find(message.get(from..)?)?;
        from = start + 3;
        let alone = match message.get(..start)? {
            [.., b'\\', b'n' | b't' | b'r'] | [] => true,
            [.., byte] => !WORD[usize::from(*byte)],
        };
        if !alone {
            continue;
        }
        let rest = &message[from..];
        let end = rest
            .iter()
            .position(|byte| !WORD[usize::from(*byte)])
            .unwrap_or(rest.len());
        let Some(dash) = rest[..end].iter().rposition(|byte| *byte == b'-') else {
            continue;
        };
        let digits = &rest[dash + 1..end];
        let (mut number, mut count) = (0_u64, 0);
        while let Some(digit @ b'0'..=b'9') = digits.get(count) {
            number = number
                .saturating_mul(10)
                .saturating_add(u64::from(digit - b'0'));
            count += 1;
        }
        // A full stop may end the sentence that the token stands in.
        let ended = digits[count..].iter().all(|byte| *byte == b'.');
        if dash > 0 && count > 0 && ended && number < MAX_NUMBER {
            return Some((&rest[..dash], number));
        }
    }
}

impl Ledger {
    /// Enters events of one request: message and time each.
    pub fn enter<'a>(
        &mut self,
        group: &str,
        stream: &str,
        events: impl Iterator<Item = (&'a [u8], i64)>,
    ) {
        let mut place = None;
        let mut current: Option<(&[u8], Writer)> = None;
        for (message, time) in events {
            let Some((name, number)) = token(message) else {
                self.without_id += 1;
                continue;
            };
            let same = current.as_ref().is_some_and(|(there, _)| *there == name);
            if !same {
                if let Some((name, writer)) = current.take() {
                    self.writers.insert(name.into(), writer);
                }
                let mut writer = self.writers.remove(name).unwrap_or_default();
                let place = place.get_or_insert_with(|| format!("{group} {stream}"));
                if !writer.streams.contains(place) {
                    writer.streams.insert(place.clone());
                }
                current = Some((name, writer));
            }
            if let Some((_, writer)) = &mut current
                && !writer.enter(number, time)
                && self.samples.len() < MAX_SAMPLES
            {
                let name = String::from_utf8_lossy(name);
                self.samples.push(format!("duplicated id={name}-{number}"));
            }
        }
        if let Some((name, writer)) = current {
            self.writers.insert(name.into(), writer);
        }
    }

    /// Tells which lines a writer wrote: `first` to `last`, both included.
    pub fn expect(&mut self, writer: &str, first: u64, last: u64) {
        self.expected.insert(writer.to_owned(), (first, last));
    }

    pub fn report(&self) -> Report {
        let mut report = Report {
            without_id: self.without_id,
            samples: self.samples.clone(),
            ..Report::default()
        };
        let nobody = Writer::default();
        let names = self
            .writers
            .keys()
            .map(|name| String::from_utf8_lossy(name).into_owned());
        let names: BTreeSet<String> = names.chain(self.expected.keys().cloned()).collect();
        for name in names {
            let writer = self.writers.get(name.as_bytes()).unwrap_or(&nobody);
            let (first, last) = match self.expected.get(&name) {
                Some(&range) => range,
                None if !self.expected.is_empty() => {
                    report.unexpected += writer.distinct;
                    (writer.first, writer.last)
                }
                None => (writer.first, writer.last),
            };
            let inside = (first..=last).filter(|&number| writer.has(number)).count() as u64;
            if self.expected.contains_key(&name) {
                report.unexpected += writer.distinct - inside;
            }
            let missing = (first..=last).filter(|&number| !writer.has(number));
            let room = MAX_SAMPLES * 2;
            let room = room.saturating_sub(report.samples.len());
            report.samples.extend(
                missing
                    .take(room.min(5))
                    .map(|number| format!("lost id={name}-{number}")),
            );
            let account = WriterReport {
                lines: writer.distinct,
                first: writer.first,
                last: writer.last,
                lost: (last + 1).saturating_sub(first) - inside,
                duplicated: writer.duplicated,
                reordered: writer.reordered,
                streams: writer.streams.clone(),
            };
            report.lines += account.lines;
            report.lost += account.lost;
            report.duplicated += account.duplicated;
            report.reordered += account.reordered;
            report.writers.insert(name, account);
        }
        report
    }
}

impl Writer {
    /// Whether the line is new.
    fn enter(&mut self, number: u64, time: i64) -> bool {
        let (word, bit) = place(number);
        if word >= self.seen.len() {
            self.seen.resize(word + 1, 0);
        }
        if self.seen[word] & bit != 0 {
            self.duplicated += 1;
            return false;
        }
        self.seen[word] |= bit;
        self.distinct += 1;
        if self.distinct == 1 || number < self.first {
            self.first = number;
        }
        if self.distinct == 1 || number > self.last {
            (self.last, self.last_time) = (number, time);
        } else if time >= self.last_time {
            self.reordered += 1;
        }
        true
    }

    fn has(&self, number: u64) -> bool {
        let (word, bit) = place(number);
        self.seen.get(word).is_some_and(|seen| seen & bit != 0)
    }
}

fn place(number: u64) -> (usize, u64) {
    let word = usize::try_from(number / 64).expect("numbers are below MAX_NUMBER");
    (word, 1 << (number % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_wherever_a_line_has_it() {
        let check = |message: &str, expected: Option<(&str, u64)>| {
            let found = token(message.as_bytes());
            let expected = expected.map(|(name, number)| (name.as_bytes(), number));
            assert_eq!(found, expected, "{message:?}");
        };
        check("id=a-1", Some(("a", 1)));
        check("GET / id=web-1.x_y-77 200", Some(("web-1.x_y", 77)));
        check(r#"{\"message\":\"id=a-12\"}"#, Some(("a", 12)));
        check(r"line\nid=a-3\n", Some(("a", 3)));
        check("see id=a-4.", Some(("a", 4)));
        check("pid=12-3", None);
        check("container_id=x-3 id=b-9", Some(("b", 9)));
        check("id=a", None);
        check("id=-1", None);
        check("id=a-", None);
        check("id=a-99999999999999999999999", None);
        check("", None);
    }

    #[test]
    fn lost_duplicated_and_reordered_lines_are_told_apart() {
        let mut ledger = Ledger::default();
        let lines: Vec<(&[u8], i64)> = vec![
            (b"id=a-1", 10),
            (b"id=a-4", 40),
            (b"id=a-2", 20),
            (b"id=a-2", 20),
            (b"id=a-3", 50),
            (b"none", 1),
        ];
        ledger.enter("g", "s", lines.into_iter());
        ledger.expect("a", 1, 6);
        ledger.expect("b", 0, 1);
        let report = ledger.report();
        assert_eq!((report.lines, report.lost, report.duplicated), (4, 4, 1));
        assert_eq!((report.reordered, report.without_id), (1, 1));
        assert_eq!(report.unexpected, 0);
    }
}
