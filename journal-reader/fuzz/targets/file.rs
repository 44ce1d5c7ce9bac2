//! Any bytes as a journal file: read whole, sought in, matched. Must not panic, hang, or read outside of the file.
#![no_main]

use journal_reader::{Event, Journal, Matches, OffsetCache, Options, Place, Scratch, Seek, Unsupported, ValueWatch};
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use std::{cell::RefCell, fs::File, io::Write, os::unix::fs::FileExt, path::PathBuf};

thread_local! {
    /// One file in memory, written anew for every input.
    static FILE: RefCell<(File, PathBuf)> = RefCell::new({
        let path = PathBuf::from(format!("/dev/shm/journal-reader-fuzz-{}", std::process::id()));
        (File::options().read(true).write(true).create(true).truncate(true).open(&path).expect("memory"), path)
    });
}

fn open(path: &PathBuf, matches: Matches) -> Journal {
    let options = Options {
        places: vec![Place::File(path.clone())],
        matches,
        unsupported: Unsupported::Skip,
        follow: false,
        ..Options::default()
    };
    Journal::open(options).expect("a file that is there")
}

fuzz_target!(|bytes: &[u8]| {
    FILE.with_borrow_mut(|(file, path)| {
        file.set_len(0).expect("truncate");
        file.write_all_at(bytes, 0).expect("write");
        file.flush().expect("flush");
        check(path, bytes.len());
    });
});

fn check(path: &PathBuf, size: usize) {
    let mut journal = open(path, Matches::new());
    let mut scratch = Scratch::with_limit(1 << 20);
    let mut again = Scratch::with_limit(1 << 20);
    let mut cache = OffsetCache::<u32>::new();
    let (mut count, mut middle, mut last) = (0, None, None);
    while let Some(entry) = journal.next() {
        count += 1;
        let items: Vec<_> = entry.items().collect();
        assert!((0..=items.len()).map_while(|at| entry.item(at)).eq(items));
        let _ = entry.upcoming();
        let cache = cache.file(entry.file());
        for data in entry.items() {
            if cache.get(data.offset).is_none()
                && let Ok(payload) = entry.payload(data, &mut scratch)
            {
                let (name, value) = payload.split();
                assert!(name.len() + value.len() <= payload.bytes.len());
                let mut out = vec![7];
                let taken = entry.take(data, &mut again, &mut out, |found| Some(found.to_vec())).expect("what is a payload");
                assert_eq!((taken.wanted.as_deref(), &out[1..], taken.value), (Some(name), value, 1..out.len()));
                let taken = entry.take(data, &mut again, &mut out, |_| None::<()>).expect("what is a payload");
                assert_eq!((taken.shared, taken.value.len()), (payload.shared, 0));
                cache.insert(data.offset, 1);
            }
        }
        last = Some(entry.cursor());
        if count % 7 == 0 {
            middle = last;
        }
        // Every entry has its own place in an array, of at least four bytes.
        assert!(count <= size / 4, "more entries than the file can hold");
    }
    for cursor in [middle, last].into_iter().flatten() {
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        let mut other = cursor;
        other.seqnum_id ^= 1;
        for seek in [
            Seek::Cursor(cursor),
            Seek::After(cursor),
            Seek::After(other),
            Seek::Realtime(cursor.realtime),
            Seek::Boot(cursor.boot_id),
            Seek::Tail,
        ] {
            journal.seek(&seek);
            if let Some(entry) = journal.next() {
                assert!(entry.items().count() > 0);
            }
        }
    }
    let told = journal.take_events();
    assert!(!told.iter().any(|event| matches!(event, Event::FileTruncated { .. })));
    journal.process().expect("nothing to watch");
    let told = journal.take_events();
    assert!(
        !told.iter().any(|event| matches!(event, Event::FileTruncated { .. })),
        "read beyond the file"
    );
    for terms in [&["PRIORITY=3", "_SYSTEMD_UNIT=cron.service"][..], &["CONTAINER_LOG_ORDINAL=7"], &["NONE=1"]] {
        let mut matches = Matches::new();
        for term in terms {
            matches.add(term).expect("a match");
        }
        let mut journal = open(path, matches);
        journal.seek(&Seek::Head);
        let mut found = 0;
        while journal.next().is_some() {
            found += 1;
        }
        assert!(found <= size / 4);
        for field in ["MESSAGE", "_SYSTEMD_UNIT", "CONTAINER_LOG_ORDINAL"] {
            let mut watch = ValueWatch::new(field);
            let mut values = 0;
            journal.new_values(&mut watch, usize::MAX, |entry| {
                values += 1;
                for data in entry.items() {
                    if let Ok(payload) = entry.payload(data, &mut scratch) {
                        payload.split();
                    }
                }
            });
            // The chain never turns back, and objects stand at multiples of eight.
            journal.new_values(&mut watch, usize::MAX, |_| values += 1);
            assert!(values <= size / 4);
        }
    }
}

// Bytes of a journal file mean most as numbers of eight: offsets, sizes, counts.
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    if seed % 3 == 0 || size < 272 {
        return fuzzer_mutate(data, size, max_size);
    }
    let mut random = u64::from(seed) << 20 | 1;
    let mut next = |limit: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random % limit as u64) as usize
    };
    for _ in 0..1 + next(4) {
        // Headers of objects and the file's own are hit more often than the text between them.
        let at = match next(4) {
            0 => next(34) * 8,
            _ => next(size / 8) * 8,
        };
        let from = next(size / 8) * 8;
        let value = match next(7) {
            0 => 0,
            1 => u64::MAX,
            2 => from as u64,
            3 => size as u64,
            4 => u64::from_le_bytes(data[from..from + 8].try_into().expect("eight")),
            5 => u64::from_le_bytes(data[at..at + 8].try_into().expect("eight")).wrapping_add(8),
            _ => 1 << next(64),
        };
        data[at..at + 8].copy_from_slice(&value.to_le_bytes());
    }
    size
});
