//! Which reader a journal gets: the native one, and libsystemd for files that it does not know. A cursor of either is good
//! for both, so that one takes over from the other in the middle.

use super::{
    Landed, Read, Seek, Source, SourceError,
    journald::JournaldSource,
    native::{NativeSource, OpenError},
    place::JournalPlace,
};
use crate::{
    config::Reader, cursor::Cursor, entry::Entry, entry::FieldTable, intern::Interner, log,
    route::Condition,
};
use anyhow::Context;
use std::{os::fd::BorrowedFd, time::Duration};

/// Opens a journal with the reader that was asked for.
///
/// # Errors
/// When it cannot be read, or not by `native` where that was asked for by name.
pub fn open(
    reader: Reader,
    place: &JournalPlace,
    fields: &FieldTable,
    matches: Option<Vec<Vec<Condition>>>,
) -> anyhow::Result<Box<dyn Source>> {
    let libsystemd =
        |matches| -> anyhow::Result<_> { JournaldSource::open(place, fields, matches) };
    if reader == Reader::Libsystemd {
        return Ok(Box::new(libsystemd(matches)?));
    }
    match NativeSource::open(place, fields, matches.as_deref()) {
        Ok(native) if reader == Reader::Native => Ok(Box::new(native)),
        Ok(native) => Ok(Box::new(AutoSource {
            inner: Inner::Native(Box::new(native)),
            place: place.clone(),
            fields: fields.clone(),
            matches,
            sought: Seek::Head,
            read: false,
        })),
        Err(error @ OpenError::Unsupported { .. }) if reader == Reader::Auto => {
            log::warn(format_args!("the journal is read by libsystemd: {error}"));
            Ok(Box::new(libsystemd(matches)?))
        }
        Err(error @ OpenError::Unsupported { .. }) => {
            Err(error).context("--reader native cannot read this journal (--reader auto can)")
        }
        Err(OpenError::Failed(error)) => Err(error),
    }
}

/// The native reader for as long as it knows every file, then libsystemd.
struct AutoSource {
    inner: Inner,
    place: JournalPlace,
    fields: FieldTable,
    matches: Option<Vec<Vec<Condition>>>,
    /// Where reading was told to begin, for as long as nothing was read.
    sought: Seek,
    read: bool,
}

enum Inner {
    Native(Box<NativeSource>),
    Libsystemd(Box<JournaldSource>),
}

impl AutoSource {
    fn source(&mut self) -> &mut dyn Source {
        match &mut self.inner {
            Inner::Native(source) => &mut **source,
            Inner::Libsystemd(source) => &mut **source,
        }
    }

    /// Changes to libsystemd if that is what the error asks for; else gives the error back.
    fn take_over(&mut self, error: SourceError) -> Result<(), SourceError> {
        let Inner::Native(native) = &mut self.inner else {
            return Err(error);
        };
        let Some((path, flag)) = native.unsupported() else {
            return Err(error);
        };
        log::warn(format_args!(
            "from here on the journal is read by libsystemd: {} uses {flag}, which only libsystemd reads",
            path.display()
        ));
        let to = match native.cursor() {
            Ok(cursor) if self.read => Seek::After(cursor),
            _ => self.sought.clone(),
        };
        let opened = JournaldSource::open(&self.place, &self.fields, self.matches.clone());
        let mut source = opened.map_err(SourceError::Fatal)?;
        source.seek(&to)?;
        self.inner = Inner::Libsystemd(Box::new(source));
        Ok(())
    }
}

impl Source for AutoSource {
    fn next(&mut self, entry: &mut Entry, names: &mut Interner) -> Result<Read, SourceError> {
        loop {
            match self.source().next(entry, names) {
                Ok(read) => {
                    self.read |= read == Read::Entry;
                    return Ok(read);
                }
                Err(error @ SourceError::Fatal(_)) => self.take_over(error)?,
                Err(error) => return Err(error),
            }
        }
    }

    fn cursor(&mut self) -> Result<Cursor, SourceError> {
        self.source().cursor()
    }

    fn seek(&mut self, to: &Seek) -> Result<Landed, SourceError> {
        self.sought = to.clone();
        self.read = false;
        self.source().seek(to)
    }

    fn wait(&self) -> (Option<BorrowedFd<'_>>, Duration) {
        match &self.inner {
            Inner::Native(source) => source.wait(),
            Inner::Libsystemd(source) => source.wait(),
        }
    }

    fn process(&mut self) -> Result<(), SourceError> {
        match self.source().process() {
            Err(error @ SourceError::Fatal(_)) => self.take_over(error),
            processed => processed,
        }
    }

    fn oldest_realtime(&mut self) -> Option<u64> {
        self.source().oldest_realtime()
    }

    fn strangers(&mut self, names: &mut Interner, each: &mut dyn FnMut(&Entry, &Interner)) {
        self.source().strangers(names, each);
    }
}
