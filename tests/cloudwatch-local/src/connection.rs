//! A request's way through the service: faults, signature, decompression, operation, answer.

use crate::{
    admin, api,
    error::ApiError,
    faults::{Effect, Subject, When},
    http::{Answer, Connection, Request, Trouble},
    put::Put,
    rules::{MAX_BODY_BYTES, Rule},
    scan::Scanned,
    server::Control,
    service::Service,
    sigv4,
};
use flate2::read::MultiGzDecoder;
use serde::Deserialize;
use std::{borrow::Cow, cell::Cell, io::Read, thread, time::Duration};

const TARGET: &str = "Logs_20140328.";
const CONTENT_TYPE: &str = "application/x-amz-json-1.1";

/// What comes next on a connection.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    Request,
    End,
    Reset,
}

/// Serves a connection until it ends.
pub(crate) fn serve(service: &Service, control: &Control, mut connection: Connection) {
    let mut request = Request::default();
    let mut scanned = Scanned::default();
    loop {
        match one(
            service,
            control,
            &mut connection,
            &mut request,
            &mut scanned,
        ) {
            Ok(Next::Request) => {}
            Ok(Next::End) => return connection.close(),
            Ok(Next::Reset) => return connection.reset(),
            Err(Trouble::Closed) => return,
            Err(Trouble::Refused(status, why)) => {
                let answer = Answer::new(status, "text/plain", format!("{why}\n").into_bytes());
                if connection.answer(&answer, false).is_ok() {
                    connection.close();
                }
                return;
            }
        }
    }
}

fn one(
    service: &Service,
    control: &Control,
    connection: &mut Connection,
    request: &mut Request,
    scanned: &mut Scanned,
) -> Result<Next, Trouble> {
    connection.read_head(request)?;
    let target = request.header("x-amz-target").map(str::to_owned);
    let Some(target) = target else {
        connection.read_body(request)?;
        connection.answer(
            &admin::answer(service, control, request),
            request.keep_alive,
        )?;
        return Ok(if request.keep_alive {
            Next::Request
        } else {
            Next::End
        });
    };
    let operation = target.strip_prefix(TARGET).unwrap_or(&target);
    let gzip = request
        .header("content-encoding")
        .is_some_and(|coding| coding == "gzip");
    let head = Subject {
        operation,
        gzip,
        head_only: true,
        ..Subject::default()
    };
    match pick(service, &head).pop() {
        Some(Effect::Reset { .. }) => return Ok(Next::Reset),
        Some(Effect::Close { .. }) => return Ok(Next::End),
        Some(Effect::Stall { milliseconds, .. }) => sleep(milliseconds),
        _ => {}
    }
    connection.read_body(request)?;
    let working = control.work();
    if operation == "PutLogEvents" {
        let mut counters = service.counters();
        counters.in_flight = counters.in_flight.max(working.count);
    }
    let work = Work::new(request, operation, gzip, std::mem::take(scanned));
    let (next, back) = work.done(service, connection)?;
    *scanned = back;
    Ok(if next == Next::Request && !request.keep_alive {
        Next::End
    } else {
        next
    })
}

/// A request that was read.
struct Work<'a> {
    request: &'a Request,
    operation: &'a str,
    gzip: bool,
    body: Result<Cow<'a, [u8]>, ApiError>,
    scanned: Scanned,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Names {
    log_group_name: Option<String>,
    log_stream_name: Option<String>,
}

impl<'a> Work<'a> {
    fn new(request: &'a Request, operation: &'a str, gzip: bool, scanned: Scanned) -> Work<'a> {
        let body = if gzip {
            inflate(&request.body).map(Cow::Owned)
        } else {
            Ok(Cow::Borrowed(&request.body[..]))
        };
        Work {
            request,
            operation,
            gzip,
            body,
            scanned,
        }
    }

    /// Answers it. Gives the scanner's memory back.
    fn done(
        self,
        service: &Service,
        connection: &mut Connection,
    ) -> Result<(Next, Scanned), Trouble> {
        let Work {
            request,
            operation,
            gzip,
            body,
            scanned,
        } = self;
        let empty = Cow::Borrowed(&b""[..]);
        let (bytes, broken) = match &body {
            Ok(bytes) => (bytes, None),
            Err(error) => (&empty, Some(error.clone())),
        };
        service.record(operation, bytes);
        let put = match operation {
            "PutLogEvents" if broken.is_none() => Some(Put::parse(bytes, scanned)),
            _ => None,
        };
        let names: Names = match &put {
            Some(Ok(put)) => Names {
                log_group_name: Some(put.group().to_owned()),
                log_stream_name: Some(put.stream().to_owned()),
            },
            _ => serde_json::from_slice(bytes).unwrap_or_default(),
        };
        let subject = Subject {
            operation,
            group: names.log_group_name.as_deref(),
            stream: names.log_stream_name.as_deref(),
            gzip,
            entity: matches!(&put, Some(Ok(put)) if put.entity.is_some()),
            body: bytes,
            head_only: false,
        };
        let effects = pick(service, &subject);
        let taken = Cell::new(0);
        let process = || {
            let result = match (&broken, &put) {
                (Some(error), _) => Err(error.clone()),
                (None, put) => process(service, request, operation, put.as_ref(), bytes),
            };
            if let (Ok(_), Some(Ok(put))) = (&result, &put) {
                taken.set(put.scanned.events.len() as u64);
            }
            record(service, operation, &subject, &result, request.body.len());
            answer(service, result)
        };
        thread::sleep(service.config.latency);
        let mut effect = None;
        for found in effects {
            match found {
                Effect::Latency { milliseconds } => sleep(milliseconds),
                other => effect = Some(other),
            }
        }
        let swallowed = matches!(
            effect,
            Some(
                Effect::Reset { .. }
                    | Effect::Close { when: When::During }
                    | Effect::Error { .. }
                    | Effect::Answer { .. }
            )
        );
        let done = act(service, connection, effect, &subject, process);
        if swallowed || done.is_err() {
            service.counters().unanswered += taken.get();
        }
        let next = done?;
        let scanned = match put {
            Some(Ok(put)) => put.scanned,
            _ => Scanned::default(),
        };
        Ok((next, scanned))
    }
}

/// Answers as the fault wants it, or as AWS would.
fn act(
    service: &Service,
    connection: &mut Connection,
    effect: Option<Effect>,
    subject: &Subject<'_>,
    process: impl Fn() -> Answer,
) -> Result<Next, Trouble> {
    let scripted = |answer: Answer, code: &str| {
        let mut counters = service.counters();
        *counters
            .requests
            .entry(subject.operation.to_owned())
            .or_default() += 1;
        *counters.errors.entry(code.to_owned()).or_default() += 1;
        answer
    };
    match effect {
        None => connection.answer(&process(), true)?,
        Some(Effect::Reset { when: When::Before }) => return Ok(Next::Reset),
        Some(Effect::Close { when: When::Before }) => return Ok(Next::End),
        Some(Effect::Reset { when: When::During }) => {
            connection.answer_half(&process())?;
            return Ok(Next::Reset);
        }
        Some(Effect::Close { when: When::During }) => {
            connection.answer_half(&process())?;
            return Ok(Next::End);
        }
        Some(Effect::Reset { .. }) => {
            process();
            return Ok(Next::Reset);
        }
        Some(Effect::Close { .. }) => {
            connection.answer(&process(), true)?;
            return Ok(Next::End);
        }
        Some(Effect::Stall { when, milliseconds }) => {
            if matches!(when, When::Head | When::Before) {
                sleep(milliseconds);
                connection.answer(&process(), true)?;
            } else {
                let answer = process();
                if when == When::During {
                    connection.answer_half(&answer)?;
                    sleep(milliseconds);
                    connection.answer_rest(&answer)?;
                } else {
                    sleep(milliseconds);
                    connection.answer(&answer, true)?;
                }
            }
        }
        Some(Effect::Drip { bytes_per_second }) => {
            connection.answer_slowly(&process(), bytes_per_second)?
        }
        Some(Effect::Error {
            code,
            message,
            status,
            members,
            retry_after,
            processed,
        }) => {
            if processed {
                process();
            }
            let message = if message.is_empty() {
                format!("scripted {code}")
            } else {
                message
            };
            let mut error = ApiError::new(&code, message);
            error.status = status.unwrap_or(400);
            error.members = members;
            let mut refused = refusal(service, &error);
            if let Some(seconds) = retry_after {
                refused.headers.push(("Retry-After", seconds.to_string()));
            }
            connection.answer(&scripted(refused, &code), true)?;
        }
        Some(Effect::Answer {
            status,
            content_type,
            body,
            content_length,
            processed,
        }) => {
            if processed {
                process();
            }
            let content_type = content_type.as_deref().unwrap_or(CONTENT_TYPE);
            let mut answer = Answer::new(status.unwrap_or(200), content_type, body.into_bytes());
            answer.content_length = content_length;
            let wrong = content_length.is_some();
            connection.answer(&scripted(answer, "scripted answer"), true)?;
            if wrong {
                return Ok(Next::End);
            }
        }
        // Both were dealt with where they were picked.
        Some(Effect::Latency { .. } | Effect::Rate { .. }) => {
            connection.answer(&process(), true)?
        }
    }
    Ok(Next::Request)
}

fn process(
    service: &Service,
    request: &Request,
    operation: &str,
    put: Option<&Result<Put<'_>, ApiError>>,
    body: &[u8],
) -> Result<Option<serde_json::Value>, ApiError> {
    if let Some(known) = &service.config.credentials {
        sigv4::verify(request, known, service.now() / 1000)?;
    }
    service.take_quota(operation)?;
    match put {
        Some(Ok(put)) => api::put::put(service, put).map(Some),
        Some(Err(error)) => Err(error.clone()),
        None => api::call(service, operation, body),
    }
}

fn record(
    service: &Service,
    operation: &str,
    subject: &Subject<'_>,
    result: &Result<Option<serde_json::Value>, ApiError>,
    wire: usize,
) {
    let mut counters = service.counters();
    *counters.requests.entry(operation.to_owned()).or_default() += 1;
    if operation == "PutLogEvents" {
        counters.wire_bytes += wire as u64;
    }
    if let Err(error) = result {
        *counters.errors.entry(error.code.clone()).or_default() += 1;
        if let Some(rule) = error.rule {
            counters.broke(rule);
        }
    }
    drop(counters);
    if service.config.log {
        let (group, stream) = (subject.group.unwrap_or("-"), subject.stream.unwrap_or("-"));
        match result {
            Ok(_) => eprintln!("{operation} {group} {stream}: ok, {wire} bytes"),
            Err(error) => eprintln!(
                "{operation} {group} {stream}: {}: {}",
                error.code, error.message
            ),
        }
    }
}

fn pick(service: &Service, subject: &Subject<'_>) -> Vec<Effect> {
    let now = service.steady();
    let mut faults = service.faults();
    if faults.is_empty() {
        return Vec::new();
    }
    let effects = faults.pick(subject, now);
    drop(faults);
    for effect in &effects {
        let kind = match effect {
            Effect::Error { .. } => "error",
            Effect::Rate { .. } => "rate",
            Effect::Latency { .. } => "latency",
            Effect::Stall { .. } => "stall",
            Effect::Drip { .. } => "drip",
            Effect::Reset { .. } => "reset",
            Effect::Close { .. } => "close",
            Effect::Answer { .. } => "answer",
        };
        *service
            .counters()
            .faults
            .entry(kind.to_owned())
            .or_default() += 1;
    }
    effects
}

fn answer(service: &Service, result: Result<Option<serde_json::Value>, ApiError>) -> Answer {
    match result {
        Ok(value) => {
            let body = value
                .map(|value| value.to_string().into_bytes())
                .unwrap_or_default();
            let mut answer = Answer::new(200, CONTENT_TYPE, body);
            answer
                .headers
                .push(("x-amzn-RequestId", service.request_id()));
            answer
        }
        Err(error) => refusal(service, &error),
    }
}

fn refusal(service: &Service, error: &ApiError) -> Answer {
    let mut answer = Answer::new(error.status, CONTENT_TYPE, error.body());
    answer
        .headers
        .push(("x-amzn-RequestId", service.request_id()));
    answer
        .headers
        .push(("x-amzn-ErrorType", error.code.clone()));
    answer
}

fn inflate(body: &[u8]) -> Result<Vec<u8>, ApiError> {
    let mut plain = Vec::with_capacity(body.len() * 4);
    let limit = MAX_BODY_BYTES as u64 + 1;
    let read = MultiGzDecoder::new(body)
        .take(limit)
        .read_to_end(&mut plain);
    let refused = |why: String| ApiError::serialization(why).rule(Rule::BodyGzip);
    read.map_err(|error| refused(format!("the body is not gzip: {error}")))?;
    if plain.len() > MAX_BODY_BYTES {
        return Err(refused(format!(
            "the body is larger than {MAX_BODY_BYTES} bytes unpacked"
        )));
    }
    Ok(plain)
}

fn sleep(milliseconds: u64) {
    thread::sleep(Duration::from_millis(milliseconds));
}
