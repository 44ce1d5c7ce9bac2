//! A field's name and value as bytes.

use std::ops::Range;

/// `FIELD=value`, as the journal holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payload<'s> {
    pub bytes: &'s [u8],
    /// Whether other entries have it as well, so that it is worth keeping under its [`DataRef`](crate::DataRef).
    pub shared: bool,
}

impl<'s> Payload<'s> {
    /// Name and value. A payload without `=`, which no writer makes, is a name without a value.
    pub fn split(&self) -> (&'s [u8], &'s [u8]) {
        match memchr::memchr(b'=', self.bytes) {
            Some(at) => (&self.bytes[..at], &self.bytes[at + 1..]),
            None => (self.bytes, &[]),
        }
    }
}

/// What [`EntryRef::take`](crate::EntryRef::take) found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken<T> {
    /// What was said of the field's name.
    pub wanted: Option<T>,
    /// Where its value stands in the buffer; nothing was appended to it if nothing was said of the name.
    pub value: Range<usize>,
    /// Whether other entries have it as well.
    pub shared: bool,
}
