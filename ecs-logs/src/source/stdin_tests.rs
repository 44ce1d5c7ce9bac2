use super::*;
use crate::entry::FieldTable;
use std::os::unix::net::UnixStream;

/// What comes out of an input that arrives in chunks of `chunk` bytes.
fn read(input: &[u8], chunk: usize, takes_text: bool) -> Vec<String> {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let mut source = StdinSource::new(ours, FieldTable::default().len(), takes_text);
    let (mut entry, mut names) = (Entry::default(), Interner::default());
    let mut out = Vec::new();
    let mut chunks = input.chunks(chunk);
    let mut writer = Some(theirs);
    loop {
        match source.next(&mut entry, &mut names) {
            Ok(Read::Entry) => {
                let text = |id| {
                    String::from_utf8_lossy(entry.value(id, &names).unwrap_or_default())
                        .into_owned()
                };
                out.push(format!(
                    "{}|{}|{}",
                    text(field::STDIN_GROUP),
                    text(field::STDIN_STREAM),
                    text(field::MESSAGE)
                ));
            }
            Ok(Read::Finished) => return out,
            Ok(Read::End) => {
                match chunks.next() {
                    Some(chunk) => {
                        std::io::Write::write_all(writer.as_mut().unwrap(), chunk).unwrap()
                    }
                    None => writer = None,
                }
                source.process().unwrap();
            }
            Err(SourceError::BadEntry(reason)) => out.push(format!("bad: {reason}")),
            Err(error) => panic!("{error}"),
        }
    }
}

fn check(input: &str, takes_text: bool, expected: &[&str]) {
    for chunk in [1, 7, 1 << 16] {
        let read = read(input.as_bytes(), chunk, takes_text);
        assert_eq!(read.len(), expected.len(), "{read:?}");
        for (read, expected) in read.iter().zip(expected) {
            assert!(
                read == expected || read.starts_with("bad: ") && read.starts_with(expected),
                "{read:?} {expected:?}"
            );
        }
    }
}

#[test]
fn messages_follow_each_other_with_any_blanks_or_none() {
    check(
        "{\"group\":\"g\",\"stream\":\"s\",\"event\":{\"a\":\"}{\"}}{\"GROUP\":\"g2\",\r\n\"stream\":\"s\"}\n\n  {\"stream\":\"x\",\"group\":\"y\",\"event\":null}",
        false,
        &["g|s|{\"a\":\"}{\"}", "g2|s|{}", "y|x|{}"],
    );
}

#[test]
fn what_is_no_message_costs_its_line_only() {
    check(
        "{\"group\":\"g\",\"stream\":\"s\"}\nplain text\n{bad}\n{\"group\":5,\"stream\":\"s\"}\n{\"group\":\"g\"}\n{\"group\":\"g\",\"stream\":\"t\"}\n{\"group\":\"g\",\"str",
        false,
        &[
            "g|s|{}",
            "bad: standard input, line 2: \"plain text\" is not JSON and is skipped",
            "bad: standard input, line 3: \"{bad}\" is not JSON",
            "bad: standard input, line 4: \"{\\\"group\\\":5,\\\"stream\\\":\\\"s\\\"}\" has a group that is no text",
            "bad: standard input, line 5: \"{\\\"group\\\":\\\"g\\\"}\" has no stream",
            "g|t|{}",
            "bad: standard input, line 7: \"{\\\"group\\\":\\\"g\\\",\\\"str\" is not JSON",
        ],
    );
}

#[test]
fn text_is_taken_where_it_has_a_place() {
    check(
        "one\r\n{\"group\":\"g\",\"stream\":\"s\"}\n{not json\nlast",
        true,
        &["||one", "g|s|{}", "||{not json", "||last"],
    );
}
