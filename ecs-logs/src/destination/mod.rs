//! Where batches go. A destination carries out one request and says what came of it; when to try again is the core's.

pub mod classify;
pub mod cloudwatch;
mod connect;
mod digest;
mod gzip;
pub mod stdout;
mod streamed;

use crate::{
    core::{Answer, Payload},
    route::StreamKey,
};

/// One of the places that logs can go to.
#[derive(Debug)]
pub enum Destination {
    CloudWatch(cloudwatch::CloudWatch),
    Stdout(stdout::Stdout),
    /// Nowhere, and all is well.
    DryRun,
}

impl Destination {
    /// Sends one PutLogEvents body.
    pub async fn put(&self, key: &StreamKey, body: Payload) -> Answer {
        match self {
            Destination::CloudWatch(cloudwatch) => cloudwatch.put(body).await,
            Destination::Stdout(stdout) => stdout.put(key, &body.to_vec()),
            Destination::DryRun => Answer::accepted(),
        }
    }

    pub async fn create_group(&self, group: &str) -> Answer {
        match self {
            Destination::CloudWatch(cloudwatch) => cloudwatch.create_group(group).await,
            Destination::Stdout(_) | Destination::DryRun => Answer::accepted(),
        }
    }

    pub async fn create_stream(&self, key: &StreamKey) -> Answer {
        match self {
            Destination::CloudWatch(cloudwatch) => cloudwatch.create_stream(key).await,
            Destination::Stdout(_) | Destination::DryRun => Answer::accepted(),
        }
    }
}
