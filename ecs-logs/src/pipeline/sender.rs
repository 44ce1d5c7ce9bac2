//! The sending thread: a runtime for as many requests at once as the core lets go.

use super::{Reply, Request, wake::WakingSender};
use crate::destination::Destination;
use std::{
    future::Future,
    pin::pin,
    sync::Arc,
    thread::{self, JoinHandle},
};
use tokio::sync::mpsc;

/// The reader's end of the sending thread. Dropping it ends the thread, and what is under way with it.
#[derive(Debug)]
pub(super) struct SenderThread {
    requests: Option<mpsc::UnboundedSender<Request>>,
    thread: Option<JoinHandle<()>>,
}

impl SenderThread {
    /// Begins the thread; `connect` runs in its runtime, and may use the network.
    pub(super) fn start<F>(connect: F, replies: WakingSender<Reply>) -> anyhow::Result<SenderThread>
    where
        F: Future<Output = anyhow::Result<Destination>> + Send + 'static,
    {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()?;
        let (requests, receiver) = mpsc::unbounded_channel();
        let thread = thread::Builder::new()
            .name("sender".into())
            .spawn(move || {
                runtime.block_on(serve(connect, receiver, replies));
                // A request that hangs does not hold up the end.
                runtime.shutdown_background();
            })?;
        Ok(SenderThread {
            requests: Some(requests),
            thread: Some(thread),
        })
    }

    pub(super) fn send(&self, request: Request) {
        if let Some(requests) = &self.requests {
            // The thread ends only after us, or with an `Unusable` that ends us.
            drop(requests.send(request));
        }
    }
}

impl Drop for SenderThread {
    fn drop(&mut self) {
        self.requests = None;
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

async fn serve<F>(
    connect: F,
    mut requests: mpsc::UnboundedReceiver<Request>,
    replies: WakingSender<Reply>,
) where
    F: Future<Output = anyhow::Result<Destination>>,
{
    let mut connect = pin!(connect);
    let mut waiting = Vec::new();
    let connected = loop {
        tokio::select! {
            connected = &mut connect => break connected,
            request = requests.recv() => match request {
                // Looking for region and credentials takes as long as it takes: it turns.
                Some(Request::Turn) => replies.send(Reply::Turned),
                Some(request) => waiting.push(request),
                None => return,
            }
        }
    };
    let destination = match connected {
        Ok(destination) => Arc::new(destination),
        Err(error) => return replies.send(Reply::Unusable(format!("{error:#}"))),
    };
    for request in waiting {
        tokio::spawn(answer(request, destination.clone(), replies.clone()));
    }
    while let Some(request) = requests.recv().await {
        tokio::spawn(answer(request, destination.clone(), replies.clone()));
    }
}

async fn answer(request: Request, destination: Arc<Destination>, replies: WakingSender<Reply>) {
    replies.send(match request {
        Request::Put { batch, key, body } => Reply::Put {
            batch,
            answer: destination.put(&key, body).await,
        },
        Request::CreateGroup { group } => Reply::Group {
            answer: destination.create_group(&group).await,
            group,
        },
        Request::CreateStream { stream, key } => Reply::Stream {
            stream,
            answer: destination.create_stream(&key).await,
        },
        Request::Turn => Reply::Turned,
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::wake::channel;
    use std::future::pending;

    #[test]
    fn a_sender_that_still_looks_for_its_region_says_that_it_turns_and_ends_when_it_is_told_to() {
        let (replies, received) = channel().unwrap();
        let sender = SenderThread::start(pending(), replies).unwrap();
        sender.send(Request::Turn);
        let reply = loop {
            if let Some(reply) = received.try_recv() {
                break reply;
            }
            std::thread::yield_now();
        };
        assert!(matches!(reply, Reply::Turned), "{reply:?}");
        // It would hang here.
        drop(sender);
    }
}
