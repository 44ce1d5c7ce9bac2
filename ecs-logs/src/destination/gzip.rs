//! Request bodies as gzip, made on the sending side: the reader never waits for it. An endpoint that does not understand
//! them is met with plain bodies from then on, and that is said once.

use crate::{core::Payload, log};
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use std::{
    io::Write,
    sync::atomic::{AtomicBool, Ordering},
};

/// Log lines are a sixth of their size at level 1; higher levels cost more time than they save bytes.
const LEVEL: u32 = 1;

/// Whether bodies are packed.
#[derive(Debug)]
pub(super) struct Gzip(AtomicBool);

impl Gzip {
    pub(super) fn new(on: bool) -> Gzip {
        Gzip(AtomicBool::new(on))
    }

    /// The body as gzip; nothing when it is to be sent as it is.
    pub(super) async fn pack(&self, body: &Payload) -> Option<Bytes> {
        if !self.0.load(Ordering::Relaxed) {
            return None;
        }
        let plain = body.clone();
        // On a thread of its own: a megabyte is milliseconds, in which no answer would be read.
        let packed = tokio::task::spawn_blocking(move || pack(&plain))
            .await
            .ok()??;
        (packed.len() < body.len()).then_some(packed)
    }

    /// The endpoint takes the plain body and not the packed one.
    pub(super) fn give_up(&self) {
        if self.0.swap(false, Ordering::Relaxed) {
            log::warn(
                "the endpoint does not understand gzip: requests go uncompressed from now on (leave --gzip out)",
            );
        }
    }
}

fn pack(plain: &Payload) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(plain.len() / 4), Compression::new(LEVEL));
    for chunk in plain.chunks() {
        encoder.write_all(chunk).ok()?;
    }
    encoder.finish().ok().map(Bytes::from)
}

/// Whether this answer may come from somebody who took the packed body for a plain one, or unpacked it under its signature.
pub(super) fn is_unread(status: u16, code: Option<&str>) -> bool {
    let code = code.unwrap_or_default();
    let code = code.rsplit('#').next().unwrap_or(code);
    match code {
        "" => (400..500).contains(&status) && ![407, 408, 413, 429].contains(&status),
        "SerializationException"
        | "UnsupportedMediaTypeException"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch" => true,
        _ => status == 415,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn what_is_packed_is_unpacked_as_it_was() {
        let plain = r#"{"logGroupName":"web"}"#.repeat(1_000);
        let chunks: Vec<Bytes> = plain
            .as_bytes()
            .chunks(1_000)
            .map(Bytes::copy_from_slice)
            .collect();
        let packed = pack(&chunks.into()).unwrap();
        assert!(packed.len() * 20 < plain.len(), "{} bytes", packed.len());
        let mut back = String::new();
        let mut decoder = flate2::read::GzDecoder::new(&packed[..]);
        decoder.read_to_string(&mut back).unwrap();
        assert_eq!(back, plain);
    }

    #[test]
    fn only_an_answer_about_the_body_may_be_about_its_coding() {
        for (status, code, expected) in [
            (400, Some("SerializationException"), true),
            (400, Some("com.amazonaws.logs#SerializationException"), true),
            (403, Some("InvalidSignatureException"), true),
            (415, None, true),
            (415, Some("Whatever"), true),
            (400, None, true),
            (413, None, false),
            (429, None, false),
            (502, None, false),
            (400, Some("ThrottlingException"), false),
            (400, Some("ResourceNotFoundException"), false),
        ] {
            assert_eq!(is_unread(status, code), expected, "{status} {code:?}");
        }
    }
}
