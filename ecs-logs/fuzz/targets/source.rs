//! Any bytes as a journal file: what the agent's source makes of an entry is what its items say, one by one and the first of a
//! repeated field; and entries of one identity have the same interned fields.
#![no_main]

use ecs_logs::{
    entry::{Entry, FieldTable, Kind},
    intern::Interner,
    source::{Read, Source, native::NativeSource, place::JournalPlace},
};
use journal_reader::{Journal, Options, Place, Scratch};
use libfuzzer_sys::fuzz_target;
use std::{collections::HashMap, fs, path::PathBuf};

fuzz_target!(|bytes: &[u8]| {
    let path = PathBuf::from(format!("/dev/shm/ecs-logs-fuzz-{}", std::process::id()));
    fs::write(&path, bytes).expect("memory");
    check(&path);
});

fn check(path: &PathBuf) {
    let fields = FieldTable::default();
    let Ok(mut source) = NativeSource::open(&JournalPlace::Files(vec![path.clone()]), &fields, None) else {
        return;
    };
    let options = Options { places: vec![Place::File(path.clone())], ..Options::default() };
    let Ok(mut plain) = Journal::open(options) else {
        return;
    };
    let mut scratch = Scratch::with_limit(64 << 20);
    let (mut entry, mut names, mut identities) = (Entry::default(), Interner::default(), HashMap::new());
    loop {
        let read = loop {
            // Told beside the entries.
            match source.next(&mut entry, &mut names) {
                Ok(read) => break read,
                Err(_) => continue,
            }
        };
        let found = plain.next();
        assert_eq!(read == Read::Entry, found.is_some());
        let Some(found) = found else { return };
        assert_eq!(entry.realtime_usec, found.realtime());
        let identity = entry.identity().expect("every entry has one");
        let first = identities.entry(identity).or_insert_with(|| entry.symbols().to_vec());
        assert_eq!(*first, entry.symbols());
        // A damaged offset may stand for the object that it points into.
        if found.items().any(|data| data.offset % 8 != 0) {
            continue;
        }
        let mut values: Vec<Option<Vec<u8>>> = vec![None; fields.len()];
        for data in found.items() {
            if let Ok(payload) = found.payload(data, &mut scratch)
                && let (name, value) = payload.split()
                && let Ok(name) = std::str::from_utf8(name)
                && let Some((id, _)) = fields.find(name)
            {
                values[usize::from(id.0)].get_or_insert_with(|| value.to_vec());
            }
        }
        for ((name, kind), value) in fields.iter().zip(values) {
            let (id, _) = fields.find(name).expect("a field of the table");
            let read = match kind {
                Kind::Interned => names.get(entry.symbol(id)),
                Kind::Bytes => entry.bytes(id),
            };
            assert_eq!(read, value.as_deref(), "{name}");
        }
    }
}
