//! Memory that payloads are read into, used again for every one of them.

use crate::PayloadError;

/// What a payload larger than this is for, nobody knows; a damaged or hostile file can claim any size.
const DEFAULT_LIMIT: usize = 64 << 20;

/// Keeps what reading a payload leaves behind: a buffer and a decompression context. One a thread is enough.
pub struct Scratch {
    bytes: Vec<u8>,
    compressed: Vec<u8>,
    /// Of 96 KiB, from the first compressed payload on: there is a scratch for each open file.
    context: Option<zstd_safe::DCtx<'static>>,
    limit: usize,
}

impl Scratch {
    /// For payloads of up to 64 MiB.
    pub fn new() -> Scratch {
        Scratch::with_limit(DEFAULT_LIMIT)
    }

    /// Payloads of more than `limit` bytes, before or after decompression, are [`PayloadError::TooLarge`].
    pub fn with_limit(limit: usize) -> Scratch {
        Scratch {
            bytes: Vec::new(),
            compressed: Vec::new(),
            context: None,
            limit,
        }
    }

    pub(crate) fn limit(&self) -> u64 {
        self.limit as u64
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where the stored form of a payload goes.
    pub(crate) fn stored(&mut self, compressed: bool) -> &mut Vec<u8> {
        if compressed {
            &mut self.compressed
        } else {
            &mut self.bytes
        }
    }

    /// Decompresses what was stored. A frame without its size, which journald never writes, is damaged.
    pub(crate) fn unzstd(&mut self, offset: u64) -> Result<(), PayloadError> {
        let damaged = |reason| PayloadError::Damaged { offset, reason };
        let size = match zstd_safe::get_frame_content_size(&self.compressed) {
            Ok(Some(size)) => size,
            _ => return Err(damaged("its compressed form does not tell its size")),
        };
        if size > self.limit() {
            let limit = self.limit();
            return Err(PayloadError::TooLarge {
                offset,
                size,
                limit,
            });
        }
        self.bytes.clear();
        self.bytes.reserve(size as usize);
        let context = self.context.get_or_insert_with(zstd_safe::DCtx::create);
        match context.decompress(&mut self.bytes, &self.compressed) {
            Ok(got) if got as u64 == size => Ok(()),
            _ => Err(damaged("its compressed form is damaged")),
        }
    }

    /// Gives memory back that a single large payload took.
    pub fn shrink(&mut self, to: usize) {
        self.bytes.clear();
        self.bytes.shrink_to(to);
        self.compressed.clear();
        self.compressed.shrink_to(to);
    }
}

impl Default for Scratch {
    fn default() -> Scratch {
        Scratch::new()
    }
}
