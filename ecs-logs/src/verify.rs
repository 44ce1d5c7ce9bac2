//! `ecs-logs verify`: counts what the journal holds, by stream and hour, as the agent would send it, reads CloudWatch back,
//! and compares. Needs `logs:GetLogEvents`, which shipping does not.

use crate::{
    config::{Config, SourceKind},
    core::sendable_time,
    destination::cloudwatch::{CloudWatch, Settings},
    entry::{Entry, FieldTable},
    event::Encoder,
    intern::Interner,
    lines::{Assembled, Lines},
    prove::causes,
    route::{Route, Router, StreamId, StreamKey},
    source::{Read, Seek, SourceError, choose},
    time::{Millis, Now},
    timestamp::utc_minute,
};
use anyhow::{Context, bail};
use aws_config::retry::RetryConfig;
use aws_sdk_cloudwatchlogs::{Client, error::ProvideErrorMetadata};
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// From the first to before the last, milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Span {
    pub since_ms: i64,
    pub until_ms: i64,
}

impl Span {
    fn contains(&self, ms: i64) -> bool {
        (self.since_ms..self.until_ms).contains(&ms)
    }
}

/// Events by hour, which is told by its first millisecond.
pub type Hours = BTreeMap<i64, u64>;

/// An hour of a stream that has another count in CloudWatch than in the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub group: String,
    pub stream: String,
    pub hour: String,
    pub journal: u64,
    pub cloudwatch: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    pub span: Span,
    pub streams: usize,
    pub journal: u64,
    pub cloudwatch: u64,
    /// The agent's own events, which say that lines were lost.
    pub marks: u64,
    pub differences: Vec<Difference>,
}

const HOUR_MS: i64 = 3_600_000;
/// A line may say a time of its own, and one of several entries begins before its end.
const EARLIER: Duration = Duration::from_secs(3_600);
/// Throttled is not failed: GetLogEvents has a small quota.
const ATTEMPTS: u32 = 8;

fn hour(ms: i64) -> i64 {
    ms - ms.rem_euclid(HOUR_MS)
}

/// Compares. The span is cut where the journal begins.
///
/// # Errors
/// When the journal or CloudWatch cannot be read.
pub fn verify(config: &Config, settings: &Settings, mut span: Span) -> anyhow::Result<Report> {
    if config.source != SourceKind::Journald {
        bail!("only a journal can be read a second time (--src journald)");
    }
    let mut fields = config.fields.clone();
    let mut router = Router::new(config.routing.clone(), &mut fields);
    let journal = count_journal(config, &fields, &mut router, &mut span)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let cloudwatch = CloudWatch::connect(settings).await?;
        let retries = RetryConfig::standard().with_max_attempts(ATTEMPTS);
        let known = cloudwatch.client().config().to_builder();
        let client = Client::from_conf(known.retry_config(retries).build());
        let mut report = Report {
            span,
            streams: journal.len(),
            journal: 0,
            cloudwatch: 0,
            marks: 0,
            differences: Vec::new(),
        };
        for (key, hours) in &journal {
            let (found, marks) = count_cloudwatch(&client, key, span).await?;
            report.marks += marks;
            compare(key, hours, &found, &mut report);
        }
        Ok(report)
    })
}

fn compare(key: &StreamKey, journal: &Hours, cloudwatch: &Hours, report: &mut Report) {
    report.journal += journal.values().sum::<u64>();
    report.cloudwatch += cloudwatch.values().sum::<u64>();
    let hours: BTreeSet<i64> = journal.keys().chain(cloudwatch.keys()).copied().collect();
    for hour in hours {
        let of = |hours: &Hours| hours.get(&hour).copied().unwrap_or(0);
        if of(journal) != of(cloudwatch) {
            report.differences.push(Difference {
                group: key.group.to_string(),
                stream: key.stream.to_string(),
                hour: utc_minute(hour),
                journal: of(journal),
                cloudwatch: of(cloudwatch),
            });
        }
    }
}

fn count_journal(
    config: &Config,
    fields: &FieldTable,
    router: &mut Router,
    span: &mut Span,
) -> anyhow::Result<BTreeMap<StreamKey, Hours>> {
    let matches = config.routing.matches();
    let mut source = choose::open(config.reader, &config.place, fields, matches)?;
    if let Some(oldest) = source.oldest_realtime() {
        span.since_ms = span.since_ms.max((oldest / 1_000) as i64);
    }
    let earlier = span.since_ms - EARLIER.as_millis() as i64;
    source.seek(&Seek::Realtime(earlier.max(0) as u64 * 1_000))?;
    let mut counter = Counter {
        span: *span,
        oldest: crate::core::Settings::default().oldest,
        encoder: Encoder::new(config.encoding.clone()),
        body: Vec::new(),
        hours: BTreeMap::new(),
    };
    let mut lines: Lines<u64> = Lines::new(config.lines.clone());
    let (mut entry, mut names) = (Entry::default(), Interner::default());
    for position in 1.. {
        match source.next(&mut entry, &mut names) {
            Ok(Read::Entry) => {}
            Ok(Read::End | Read::Finished) => break,
            Err(SourceError::Fatal(error)) => return Err(error),
            Err(_) => continue,
        }
        // What waits for its rest waits by the journal's clock: nearest to how it was when the lines came.
        let now = Duration::from_micros(entry.realtime_usec);
        lines.flush_due(now, &mut |line| counter.count(&line, &names));
        if let Route::Stream(id) = router.route(&entry, &names) {
            let key = router.key(id);
            lines.push(id, key, &entry, &names, position, now, &mut |line| {
                counter.count(&line, &names)
            });
        }
    }
    lines.drain(&mut |line| counter.count(&line, &names));
    let keyed = |(id, hours)| (router.key(id).clone(), hours);
    Ok(counter.hours.into_iter().map(keyed).collect())
}

struct Counter {
    span: Span,
    oldest: Duration,
    encoder: Encoder,
    body: Vec<u8>,
    hours: BTreeMap<StreamId, Hours>,
}

impl Counter {
    /// Counts the events that the agent makes of a line.
    fn count(&mut self, assembled: &Assembled<'_, u64>, names: &Interner) {
        let realtime_usec = assembled.entry.realtime_usec;
        let now = Now {
            mono: Millis(0),
            wall: Millis((realtime_usec / 1_000) as i64),
        };
        let mut line = assembled.line;
        loop {
            self.body.clear();
            let encoded = self
                .encoder
                .encode(&line, assembled.entry, names, &mut self.body);
            let time = sendable_time(encoded.timestamp_ms, realtime_usec, now, self.oldest);
            if let Some(ms) = time.filter(|ms| self.span.contains(*ms)) {
                let hours = self.hours.entry(assembled.stream).or_default();
                *hours.entry(hour(ms)).or_default() += 1;
            }
            match encoded.rest {
                Some(rest) => line = rest,
                None => return,
            }
        }
    }
}

/// The stream's events by hour, and how many of the agent's own marks there are besides.
async fn count_cloudwatch(
    client: &Client,
    key: &StreamKey,
    span: Span,
) -> anyhow::Result<(Hours, u64)> {
    let (mut hours, mut marks) = (Hours::new(), 0);
    let mut token: Option<String> = None;
    loop {
        let request = client
            .get_log_events()
            .log_group_name(&*key.group)
            .log_stream_name(&*key.stream)
            .start_time(span.since_ms)
            .end_time(span.until_ms)
            .start_from_head(true)
            .set_next_token(token.clone());
        let page = match request.send().await {
            Ok(page) => page,
            // Never made, or deleted since: nothing is there.
            Err(error) if error.code() == Some("ResourceNotFoundException") => break,
            Err(error) => {
                let way_out = match error.code() {
                    Some("AccessDeniedException") => {
                        " (whoever verifies needs logs:GetLogEvents, which the agent does not)"
                    }
                    _ => "",
                };
                let error = match error.code() {
                    Some(code) => format!("{code}: {}", error.message().unwrap_or_default()),
                    None => causes(&error),
                };
                bail!("cannot read {key} back: {error}{way_out}");
            }
        };
        for event in page.events() {
            if is_mark(event.message().unwrap_or_default()) {
                marks += 1;
                continue;
            }
            let ms = event.timestamp().context("an event without a time")?;
            *hours.entry(hour(ms)).or_default() += 1;
        }
        // The same token again is the end; a page may be empty before it.
        let next = page.next_forward_token().map(str::to_owned);
        if next.is_none() || next == token {
            break;
        }
        token = next;
    }
    Ok((hours, marks))
}

/// Whether the agent said it itself, in either format.
fn is_mark(message: &str) -> bool {
    message.starts_with("[ecs-logs] ") || message.contains("\"message\":\"[ecs-logs] ")
}

/// For people.
pub fn to_text(report: &Report) -> String {
    let line = |difference: &Difference| {
        format!(
            "{} {} {}: {} events in the journal, {} in CloudWatch\n",
            difference.group,
            difference.stream,
            difference.hour,
            difference.journal,
            difference.cloudwatch
        )
    };
    let mut text: String = report.differences.iter().map(line).collect();
    text += &format!(
        "{} streams from {} to {}: {} events in the journal, {} in CloudWatch, {} hours of a stream differ\n",
        report.streams,
        utc_minute(report.span.since_ms),
        utc_minute(report.span.until_ms),
        report.journal,
        report.cloudwatch,
        report.differences.len()
    );
    if report.marks > 0 {
        text += &format!(
            "{} events besides say that lines were lost (filter by \"[ecs-logs]\")\n",
            report.marks
        );
    }
    text
}

pub fn to_json(report: &Report) -> String {
    serde_json::to_string_pretty(report).map_or_else(|error| error.to_string(), |json| json + "\n")
}
