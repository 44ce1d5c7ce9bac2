use super::*;
use crate::{
    entry::FieldTable,
    lines::{Lines, LinesSettings},
    route::StreamKey,
};
use proptest::prelude::*;

/// What Docker writes for a piece.
#[derive(Clone, Debug)]
struct Written {
    text: Vec<u8>,
    container: u8,
    stderr: bool,
    /// Docker 20.10's id and ordinal.
    id: Option<(u32, u64)>,
    /// More pieces follow.
    more: bool,
}

fn entry(written: &Written, names: &mut Interner) -> Entry {
    let mut entry = Entry::default();
    entry.reset(FieldTable::default().len());
    entry.set_bytes(field::MESSAGE, &written.text);
    entry.set_symbol(
        field::CONTAINER_ID,
        names.intern(&[b'c', written.container]),
    );
    entry.set_symbol(
        field::PRIORITY,
        names.intern(if written.stderr { b"3" } else { b"6" }),
    );
    if written.more {
        entry.set_symbol(field::CONTAINER_PARTIAL_MESSAGE, names.intern(b"true"));
    }
    if let Some((id, ordinal)) = written.id {
        entry.set_bytes(field::CONTAINER_PARTIAL_ID, id.to_string().as_bytes());
        entry.set_bytes(
            field::CONTAINER_PARTIAL_ORDINAL,
            ordinal.to_string().as_bytes(),
        );
        let last: &[u8] = if written.more { b"false" } else { b"true" };
        entry.set_symbol(field::CONTAINER_PARTIAL_LAST, names.intern(last));
    }
    entry
}

struct Run {
    lines: Lines<u64>,
    names: Interner,
    at: u64,
    key: StreamKey,
}

#[derive(Debug, PartialEq)]
struct Out {
    text: String,
    part: Option<(u32, bool)>,
    first: u64,
    last: u64,
    entries: u32,
}

impl Run {
    fn new(settings: JoinerSettings) -> Self {
        Run {
            lines: Lines::new(LinesSettings {
                joining: settings,
                ..LinesSettings::default()
            }),
            names: Interner::default(),
            at: 0,
            key: StreamKey {
                group: "g".into(),
                stream: "s".into(),
            },
        }
    }

    fn push(&mut self, written: &Written, seconds: u64) -> Vec<Out> {
        let mut out = Vec::new();
        let entry = entry(written, &mut self.names);
        self.at += 1;
        let stream = StreamId(written.container.into());
        let now = Duration::from_secs(seconds);
        self.lines.push(
            stream,
            &self.key,
            &entry,
            &self.names,
            self.at,
            now,
            &mut |line| out.push(keep(&line)),
        );
        out
    }

    fn due(&mut self, seconds: u64) -> Vec<Out> {
        let mut out = Vec::new();
        self.lines
            .flush_due(Duration::from_secs(seconds), &mut |line| {
                out.push(keep(&line))
            });
        out
    }

    fn drain(&mut self) -> Vec<Out> {
        let mut out = Vec::new();
        self.lines.drain(&mut |line| out.push(keep(&line)));
        assert_eq!((self.lines.held_bytes(), self.lines.oldest()), (0, None));
        out
    }
}

fn keep(line: &Assembled<'_, u64>) -> Out {
    Out {
        text: String::from_utf8_lossy(line.line.text).into_owned(),
        part: line.line.part.map(|part| (part.number, part.last)),
        first: line.first,
        last: line.last,
        entries: line.entries,
    }
}

fn whole(text: &str, first: u64, last: u64, entries: u32) -> Out {
    Out {
        text: text.into(),
        part: None,
        first,
        last,
        entries,
    }
}

fn piece(text: &str, id: Option<(u32, u64)>, more: bool) -> Written {
    Written {
        text: text.into(),
        container: 0,
        stderr: false,
        id,
        more,
    }
}

#[test]
fn pieces_of_docker_20_10_are_one_line() {
    let mut run = Run::new(JoinerSettings::default());
    assert_eq!(run.push(&piece("a", Some((7, 1)), true), 0), []);
    assert_eq!(
        run.push(&piece("other", None, false), 0),
        [whole("other", 2, 2, 1)]
    );
    assert_eq!(run.lines.oldest(), Some(1));
    assert_eq!(run.push(&piece("b", Some((7, 2)), true), 0), []);
    assert_eq!(
        run.push(&piece("c", Some((7, 3)), false), 0),
        [whole("abc", 1, 4, 3)]
    );
    assert_eq!(run.lines.oldest(), None);
}

#[test]
fn before_20_10_the_next_whole_line_of_the_same_output_is_the_last_piece() {
    let mut run = Run::new(JoinerSettings::default());
    let stderr = |written: Written| Written {
        stderr: true,
        ..written
    };
    assert_eq!(run.push(&piece("a", None, true), 0), []);
    assert_eq!(run.push(&stderr(piece("x", None, true)), 0), []);
    assert_eq!(
        run.push(&piece("b", None, false), 0),
        [whole("ab", 1, 3, 2)]
    );
    assert_eq!(
        run.push(&stderr(piece("y", None, false)), 0),
        [whole("xy", 2, 4, 2)]
    );
    assert_eq!(run.push(&piece("c", None, false), 0), [whole("c", 5, 5, 1)]);
}

#[test]
fn a_missing_last_piece_is_not_waited_for_longer_than_the_timeout() {
    let mut run = Run::new(JoinerSettings::default());
    run.push(&piece("a", Some((7, 1)), true), 10);
    assert_eq!(run.lines.next_due(), Some(Duration::from_secs(15)));
    assert_eq!(run.due(14), []);
    assert_eq!(run.due(15), [whole("a", 1, 1, 1)]);
    assert_eq!(
        run.push(&piece("b", Some((7, 2)), false), 16),
        [whole("b", 2, 2, 1)]
    );
}

#[test]
fn a_gap_between_pieces_ends_the_line() {
    let mut run = Run::new(JoinerSettings::default());
    run.push(&piece("a", Some((7, 1)), true), 0);
    assert_eq!(
        run.push(&piece("c", Some((7, 3)), true), 0),
        [whole("a", 1, 1, 1)]
    );
    assert_eq!(
        run.push(&piece("d", Some((7, 4)), false), 0),
        [whole("cd", 2, 3, 2)]
    );
}

#[test]
fn a_line_over_the_limit_leaves_in_parts_on_character_boundaries() {
    let settings = JoinerSettings {
        max_line_bytes: 10,
        ..JoinerSettings::default()
    };
    let mut run = Run::new(settings);
    let mut out = run.push(&piece("ääää", Some((7, 1)), true), 0);
    out.extend(run.push(&piece("ääää", Some((7, 2)), true), 0));
    out.extend(run.push(&piece("z", Some((7, 3)), false), 0));
    let text: String = out.iter().map(|out| out.text.as_str()).collect();
    assert_eq!(text, "ääääääääz");
    let parts: Vec<_> = out.iter().map(|out| out.part).collect();
    assert_eq!(parts, [Some((1, false)), Some((2, false)), Some((3, true))]);
}

#[test]
fn many_unfinished_lines_stay_within_the_limits() {
    let settings = JoinerSettings {
        max_held_bytes: 100,
        max_held_lines: 5,
        ..JoinerSettings::default()
    };
    let mut run = Run::new(settings);
    let mut texts = 0;
    for id in 0..50 {
        texts += run
            .push(&piece(&"x".repeat(30), Some((id, 1)), true), u64::from(id))
            .len();
        assert!(run.lines.held_bytes() <= 100);
    }
    texts += run.drain().len();
    assert_eq!(texts, 50);
}

#[test]
fn what_is_held_for_a_forgotten_stream_is_dropped() {
    let mut run = Run::new(JoinerSettings::default());
    run.push(&piece("a", Some((7, 1)), true), 0);
    assert_eq!(run.lines.oldest_of(StreamId(0)), Some(1));
    assert_eq!(run.lines.oldest_of(StreamId(1)), None);
    run.lines.forget(StreamId(0));
    assert_eq!(run.drain(), []);
}

/// Lines of several containers and outputs, cut by Docker and interleaved.
fn written() -> impl Strategy<Value = (Vec<Written>, Vec<String>)> {
    let line = ("[a-zé]{1,12}", 0u8..3, any::<bool>(), any::<bool>());
    prop::collection::vec((line, any::<prop::sample::Index>()), 1..12).prop_map(|lines| {
        let mut out: Vec<Written> = Vec::new();
        let mut texts = Vec::new();
        for (number, ((text, container, stderr, modern), _)) in lines.iter().enumerate() {
            texts.push(text.clone());
            let pieces: Vec<&[u8]> = text.as_bytes().chunks(4).collect();
            for (at, bytes) in pieces.iter().enumerate() {
                out.push(Written {
                    text: bytes.to_vec(),
                    container: *container,
                    stderr: *stderr,
                    id: (*modern && pieces.len() > 1).then_some((number as u32, at as u64 + 1)),
                    more: at + 1 < pieces.len(),
                });
            }
        }
        // Interleaved between outputs, in order within one.
        for (at, (_, index)) in lines.iter().enumerate() {
            let (a, b) = (at % out.len(), index.index(out.len()));
            let (low, high) = (a.min(b), a.max(b));
            if high == low + 1
                && (out[low].container, out[low].stderr) != (out[high].container, out[high].stderr)
            {
                out.swap(low, high);
            }
        }
        (out, texts)
    })
}

proptest! {
    #[test]
    fn every_line_comes_out_once_and_every_entry_is_in_one_line((written, mut texts) in written()) {
        let mut run = Run::new(JoinerSettings::default());
        let mut out = Vec::new();
        for piece in &written {
            out.extend(run.push(piece, 0));
            let held: u64 = run.at - out.iter().map(|out| u64::from(out.entries)).sum::<u64>();
            prop_assert_eq!(run.lines.oldest().is_some(), held > 0);
        }
        out.extend(run.drain());
        prop_assert_eq!(out.iter().map(|out| out.entries as usize).sum::<usize>(), written.len());
        let mut joined: Vec<_> = out.into_iter().map(|out| out.text).collect();
        joined.sort();
        texts.sort();
        prop_assert_eq!(joined, texts);
    }
}

#[test]
fn the_largest_number_that_a_piece_can_have_is_no_harm() {
    let mut run = Run::new(JoinerSettings::default());
    let last = Some((7, u64::MAX));
    assert_eq!(run.push(&piece("a", last, true), 0), []);
    assert_eq!(
        run.push(&piece("b", last, false), 0),
        [whole("ab", 1, 2, 2)]
    );
}
