//! What only CloudWatch itself can tell the doctor: whether this host's clock is right, and, where it is asked to write,
//! whether it may.

use crate::{
    core::{Answer, Class, Rejected},
    destination::{
        Destination,
        cloudwatch::{CloudWatch, Settings},
    },
    route::StreamKey,
};
use anyhow::Context;
use aws_sdk_cloudwatchlogs::{Client, config::Credentials};
use aws_smithy_types::{DateTime, date_time::Format};
use bytes::Bytes;
use std::{
    error::Error,
    time::{SystemTime, UNIX_EPOCH},
};

fn now_ms() -> i64 {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    now.as_millis() as i64
}

/// What failed, and why, each said once.
pub(crate) fn causes(error: &dyn Error) -> String {
    let mut said: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        if !said.iter().any(|known| known.contains(&text)) {
            said.push(text);
        }
        next = error.source();
    }
    said.join(": ")
}

/// How many seconds this host's clock is ahead of the endpoint's, by the `Date` of an answer; it has whole seconds.
///
/// # Errors
/// When there is no answer, or none with a date.
pub async fn clock_ahead(settings: &Settings) -> anyhow::Result<i64> {
    let cloudwatch = CloudWatch::connect(settings).await?;
    // Refused for certain, by whoever answers: nothing is asked for but the time, and no real credentials are shown.
    let nobody = Credentials::new("ecs-logs-doctor", "ecs-logs-doctor", None, None, "doctor");
    let known = cloudwatch.client().config().to_builder();
    let client = Client::from_conf(known.credentials_provider(nobody).build());
    let request = client
        .get_log_events()
        .log_group_name("ecs-logs-doctor")
        .log_stream_name("ecs-logs-doctor");
    let asked = now_ms();
    let Err(error) = request.send().await else {
        anyhow::bail!("the endpoint takes any credentials");
    };
    let answered = now_ms();
    let Some(response) = error.raw_response() else {
        anyhow::bail!(causes(&error));
    };
    let date = response
        .headers()
        .get("date")
        .context("the endpoint's answer has no Date")?;
    let date = DateTime::from_str(date, Format::HttpDate)
        .with_context(|| format!("the endpoint's Date is {date:?}"))?;
    Ok((asked + (answered - asked) / 2) / 1_000 - date.secs())
}

/// What a test event proved, or what is missing.
pub type Proof = Result<String, String>;

/// Makes a stream in this group, the group as well where that is allowed, and writes one event.
pub async fn write(settings: &Settings, create_groups: bool, host: &str, group: &str) -> Proof {
    let cloudwatch = CloudWatch::connect(settings)
        .await
        .map_err(|error| format!("{error:#}"))?;
    let destination = Destination::CloudWatch(cloudwatch);
    let key = StreamKey {
        group: group.into(),
        stream: format!("ecs-logs-doctor/{host}/{}", now_ms()).into(),
    };
    let mut proved = vec!["logs:CreateLogStream", "logs:PutLogEvents"];
    match destination.create_stream(&key).await {
        Answer::Failed(failure) if failure.class == Class::Missing && create_groups => {
            done(destination.create_group(group).await)?;
            done(destination.create_stream(&key).await)?;
            proved.push("logs:CreateLogGroup");
        }
        Answer::Failed(failure) if failure.class == Class::Missing => {
            return Err(format!(
                "log group {group} does not exist, and groups are not to be created"
            ));
        }
        answer => done(answer).map(drop)?,
    }
    let body = serde_json::json!({
        "logGroupName": &*key.group,
        "logStreamName": &*key.stream,
        "logEvents": [{"timestamp": now_ms(), "message": "[ecs-logs] doctor --write-test"}],
    });
    let rejected = done(
        destination
            .put(&key, Bytes::from(body.to_string()).into())
            .await,
    )?;
    if rejected != Rejected::default() {
        return Err("the event was rejected for its time: this host's clock is wrong".to_owned());
    }
    Ok(format!(
        "proved by an event in {key}: {}",
        proved.join(", ")
    ))
}

fn done(answer: Answer) -> Result<Rejected, String> {
    match answer {
        Answer::Accepted(rejected) => Ok(rejected),
        Answer::Failed(failure) => Err(failure.message),
    }
}
