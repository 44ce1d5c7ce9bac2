//! Any bytes on standard input, in chunks of any size: every value or line is an entry or an error of its own, and how the bytes were
//! cut makes no difference.
#![no_main]

use ecs_logs::{
    entry::{Entry, FieldTable, field},
    intern::Interner,
    source::{Read, Source, SourceError, stdin::StdinSource},
};
use libfuzzer_sys::fuzz_target;
use std::{io::Write as _, os::unix::net::UnixStream};

fn read(input: &[u8], chunk: usize, takes_text: bool) -> Vec<String> {
    let (ours, theirs) = UnixStream::pair().expect("a pair of sockets");
    let mut source = StdinSource::new(ours, FieldTable::default().len(), takes_text);
    let (mut entry, mut names) = (Entry::default(), Interner::default());
    let mut out = Vec::new();
    let mut chunks = input.chunks(chunk);
    let mut writer = Some(theirs);
    loop {
        match source.next(&mut entry, &mut names) {
            Ok(Read::Entry) => {
                let values = [field::STDIN_GROUP, field::STDIN_STREAM, field::MESSAGE].map(|id| entry.value(id, &names));
                out.push(format!("{values:?}"));
            }
            Ok(Read::Finished) => return out,
            Ok(Read::End) => {
                match (chunks.next(), &mut writer) {
                    (Some(chunk), Some(writer)) => writer.write_all(chunk).expect("a socket takes a few bytes"),
                    _ => writer = None,
                }
                source.process().expect("a socket can be read");
            }
            Err(SourceError::BadEntry(reason)) => out.push(reason),
            Err(error) => panic!("{error}"),
        }
        assert!(out.len() <= input.len(), "more entries than bytes");
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((&choice, text)) = bytes.split_first() else {
        return;
    };
    let takes_text = choice & 1 == 0;
    let whole = read(text, text.len().max(1), takes_text);
    assert_eq!(whole, read(text, usize::from(choice >> 1).max(1), takes_text));
});
