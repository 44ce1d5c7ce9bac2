//! The sending thread: a runtime for as many requests at once as the core lets go.

use super::{Reply, Request, wake::WakingSender};
use crate::destination::Destination;
use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};
use tokio::sync::mpsc;

/// The reader's end of the sending thread. Dropping it ends the thread, and what is under way with it.
#[derive(Debug)]
pub(super) struct SenderThread {
    requests: Option<mpsc::UnboundedSender<Request>>,
    thread: Option<JoinHandle<()>>,
    turns: Arc<AtomicU64>,
}

const TURN_EVERY: Duration = Duration::from_millis(500);

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
        let turns = Arc::new(AtomicU64::new(0));
        let heartbeat = turns.clone();
        let thread = thread::Builder::new()
            .name("sender".into())
            .spawn(move || {
                let beat = async move {
                    loop {
                        heartbeat.fetch_add(1, Ordering::Relaxed);
                        tokio::time::sleep(TURN_EVERY).await;
                    }
                };
                runtime.block_on(async {
                    let beat = tokio::spawn(beat);
                    serve(connect, receiver, replies).await;
                    beat.abort();
                });
                // A request that hangs does not hold up the end.
                runtime.shutdown_background();
            })?;
        Ok(SenderThread {
            requests: Some(requests),
            thread: Some(thread),
            turns,
        })
    }

    pub(super) fn send(&self, request: Request) {
        if let Some(requests) = &self.requests {
            // The thread ends only after us, or with an `Unusable` that ends us.
            drop(requests.send(request));
        }
    }

    /// Grows as long as the runtime turns.
    pub(super) fn turns(&self) -> u64 {
        self.turns.load(Ordering::Relaxed)
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
    let destination = match connect.await {
        Ok(destination) => Arc::new(destination),
        Err(error) => return replies.send(Reply::Unusable(format!("{error:#}"))),
    };
    while let Some(request) = requests.recv().await {
        let (destination, replies) = (destination.clone(), replies.clone());
        tokio::spawn(async move {
            let reply = match request {
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
            };
            replies.send(reply);
        });
    }
}
