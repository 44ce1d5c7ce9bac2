//! The same journal as both readers see it, in a form that can be compared.
#![allow(dead_code, reason = "tests and examples each use a part")]
#![allow(clippy::unwrap_used, reason = "a failure ends the test")]

use journal_reader::{DataRef, EntryRef, Event, Journal, Options, Place, Scratch};
use std::path::{Path, PathBuf};
use systemd::journal::{OpenDirectoryOptions, OpenFilesOptions};

/// An entry: its cursor, and a hash of each field in the order in which the reader gives them.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) cursor: String,
    pub(crate) fields: Vec<u64>,
}

impl Seen {
    /// As the native reader sees it.
    pub(crate) fn of(entry: &EntryRef<'_>, scratch: &mut Scratch) -> Seen {
        let mut fields = Vec::new();
        let items: Vec<_> = entry.items().collect();
        let (mut each, mut eighths) = (Vec::new(), Vec::new());
        each.extend((0..=items.len()).map_while(|at| entry.item(at)));
        entry.eighths(&mut eighths);
        let eighth = |data: &DataRef| u32::try_from(data.offset / 8).unwrap_or(0);
        assert_eq!(each, items);
        assert_eq!(eighths, items.iter().map(eighth).collect::<Vec<_>>());
        for data in items {
            let mut value = Vec::new();
            let all = |name: &[u8]| Some(name.to_vec());
            let taken = entry.take(data, scratch, &mut value, all);
            match entry.payload(data, scratch) {
                Ok(payload) => {
                    let (name, behind) = payload.split();
                    let taken = taken.unwrap();
                    assert_eq!(taken.wanted.as_deref(), Some(name));
                    assert_eq!(
                        (&value[taken.value], taken.shared),
                        (behind, payload.shared)
                    );
                    fields.push(hash(payload.bytes));
                }
                Err(error) => assert_eq!((taken, value.len()), (Err(error), 0)),
            }
        }
        Seen {
            cursor: entry.cursor().to_string(),
            fields,
        }
    }
}

fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    })
}

pub(crate) fn options(paths: &[PathBuf]) -> Options {
    let place = |path: &PathBuf| match path.is_dir() {
        true => Place::Folder(path.clone()),
        false => Place::File(path.clone()),
    };
    Options {
        places: paths.iter().map(place).collect(),
        follow: false,
        ..Options::default()
    }
}

pub(crate) fn native(paths: &[PathBuf]) -> Vec<Seen> {
    native_with(&mut Journal::open(options(paths)).unwrap()).0
}

/// What is left in `journal`, and what happened. A damaged field is left out, as libsystemd does.
pub(crate) fn native_with(journal: &mut Journal) -> (Vec<Seen>, Vec<Event>) {
    let mut scratch = Scratch::new();
    let mut seen = Vec::new();
    while let Some(entry) = journal.next() {
        seen.push(Seen::of(&entry, &mut scratch));
    }
    (seen, journal.take_events())
}

pub(crate) fn open_libsystemd(paths: &[PathBuf]) -> std::io::Result<systemd::Journal> {
    let journal = match paths {
        [folder] if folder.is_dir() => {
            OpenDirectoryOptions::default().open_directory(c_path(folder))?
        }
        files => {
            let names: Vec<_> = files.iter().map(|path| c_path(path)).collect();
            OpenFilesOptions::default().open_files(names)?
        }
    };
    let mut journal = journal;
    journal.set_data_threshold(0)?;
    Ok(journal)
}

fn c_path(path: &Path) -> std::ffi::CString {
    use std::os::unix::ffi::OsStrExt;
    std::ffi::CString::new(path.as_os_str().as_bytes()).unwrap()
}

pub(crate) fn libsystemd(paths: &[PathBuf]) -> Vec<Seen> {
    libsystemd_with(&mut open_libsystemd(paths).unwrap())
}

pub(crate) fn libsystemd_with(journal: &mut systemd::Journal) -> Vec<Seen> {
    let mut seen = Vec::new();
    // An error ends it: libsystemd does not say how to go on.
    while let Ok(1..) = journal.next() {
        let Ok(cursor) = journal.cursor() else { break };
        let mut fields = Vec::new();
        journal.restart_data();
        while let Ok(Some(field)) = journal.enumerate_data() {
            fields.push(hash(field.data()));
        }
        seen.push(Seen { cursor, fields });
    }
    seen
}

/// The first place where the two differ.
pub(crate) fn difference(native: &[Seen], libsystemd: &[Seen]) -> Option<String> {
    let at = native.iter().zip(libsystemd).position(|(a, b)| a != b);
    match at {
        Some(at) => Some(format!(
            "entry {at}: native {} with {} fields, libsystemd {} with {}",
            native[at].cursor,
            native[at].fields.len(),
            libsystemd[at].cursor,
            libsystemd[at].fields.len()
        )),
        None if native.len() != libsystemd.len() => Some(format!(
            "native has {} entries, libsystemd {}",
            native.len(),
            libsystemd.len()
        )),
        None => None,
    }
}
