//! A request's body for the SDK, chunk by chunk as it lies in memory: hyper writes many of them with one writev(2).

use crate::core::Payload;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

/// The SDK may send it again.
pub(super) fn streamed(body: &Payload) -> SdkBody {
    let body = body.clone();
    SdkBody::retryable(move || {
        SdkBody::from_body_1_x(Streamed {
            body: body.clone(),
            sent: 0,
            left: body.len() as u64,
        })
    })
}

struct Streamed {
    body: Payload,
    /// Chunks that are handed over, and bytes that are not.
    sent: usize,
    left: u64,
}

impl Body for Streamed {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let Some(chunk) = self.body.chunks().get(self.sent).cloned() else {
            return Poll::Ready(None);
        };
        self.sent += 1;
        self.left -= chunk.len() as u64;
        Poll::Ready(Some(Ok(Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    /// Exact: else it would be sent without its length, in HTTP's chunks.
    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::Waker;

    /// What is read of a body whose length is exact at every step, and where its pieces lie.
    fn read(mut body: SdkBody) -> (Vec<u8>, Vec<*const u8>) {
        let (mut read, mut places) = (Vec::new(), Vec::new());
        let mut context = Context::from_waker(Waker::noop());
        let length = Body::size_hint(&body).exact().unwrap();
        loop {
            let left = length - read.len() as u64;
            assert_eq!(Body::size_hint(&body).exact(), Some(left));
            assert_eq!(Body::is_end_stream(&body), left == 0);
            match Pin::new(&mut body).poll_frame(&mut context) {
                Poll::Ready(Some(frame)) => {
                    let chunk = frame.unwrap().into_data().unwrap();
                    read.extend_from_slice(&chunk);
                    places.push(chunk.as_ptr());
                }
                Poll::Ready(None) => return (read, places),
                Poll::Pending => unreachable!("it lies in memory"),
            }
        }
    }

    #[test]
    fn chunks_are_handed_over_as_they_lie_as_often_as_they_are_asked_for() {
        let chunks = [&b"{\"a\":"[..], b"[1,", b"2", b"]}"].map(Bytes::from_static);
        let places: Vec<*const u8> = chunks.iter().map(|chunk| chunk.as_ptr()).collect();
        let body = streamed(&chunks.to_vec().into());
        let again = body.try_clone().unwrap();
        let expected = (br#"{"a":[1,2]}"#.to_vec(), places);
        assert_eq!(read(body), expected);
        assert_eq!(read(again), expected);
    }
}
