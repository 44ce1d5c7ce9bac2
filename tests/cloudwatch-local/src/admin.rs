//! The admin endpoint, below `/_local/`: faults, ledger, counters, clock, outage. Everything in JSON, nothing signed.

use crate::{
    faults::Fault,
    http::{Answer, Request},
    rules::RULES,
    server::Control,
    service::Service,
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::atomic::Ordering};

const HELP: &str = "\
cloudwatch-local: CloudWatch Logs for tests, at this address.
GET    /_local/state            counters, groups and streams
GET    /_local/ledger           lost, duplicated, reordered lines
POST   /_local/ledger           {\"writer\": [first, last], ...}: which lines to expect
GET    /_local/faults           the scripted faults and how often they hit
POST   /_local/faults           a fault, or a list of them
DELETE /_local/faults[/ID]      takes one away, or all
POST   /_local/outage           {\"milliseconds\": N}: refuses connections
POST   /_local/clock            {\"aheadMilliseconds\": N}: sets the service's clock
POST   /_local/reset            {\"all\": true|false}: forgets counters and ledger; with all, everything
GET    /_local/rules            every rule that is enforced, with its source
";

fn done(value: &Value) -> Answer {
    Answer::new(200, "application/json", format!("{value:#}\n").into_bytes())
}

fn refused(status: u16, why: &str) -> Answer {
    let body = json!({"error": why}).to_string();
    Answer::new(status, "application/json", format!("{body}\n").into_bytes())
}

fn body<T: DeserializeOwned>(request: &Request) -> Result<T, Answer> {
    serde_json::from_slice(&request.body).map_err(|error| refused(400, &error.to_string()))
}

/// Answers a request that is not CloudWatch's.
pub(crate) fn answer(service: &Service, control: &Control, request: &Request) -> Answer {
    let path = request.target.split('?').next().unwrap_or_default();
    routed(service, control, request, path).unwrap_or_else(|refusal| refusal)
}

fn routed(
    service: &Service,
    control: &Control,
    request: &Request,
    path: &str,
) -> Result<Answer, Answer> {
    match (request.method.as_str(), path) {
        ("GET", "/" | "/_local" | "/_local/") => Ok(Answer::new(200, "text/plain", HELP.into())),
        ("GET", "/_local/state") => Ok(done(&state(service))),
        ("GET", "/_local/ledger") => Ok(done(&json!(service.ledger().report()))),
        ("POST", "/_local/ledger") => {
            let expected: BTreeMap<String, (u64, u64)> = body(request)?;
            for (writer, (first, last)) in expected {
                service.ledger().expect(&writer, first, last);
            }
            Ok(done(&json!({})))
        }
        ("GET", "/_local/faults") => Ok(done(&json!(service.faults().list()))),
        ("POST", "/_local/faults") => {
            #[derive(Deserialize)]
            #[serde(untagged)]
            enum Some {
                Many(Vec<Value>),
                One(Value),
            }
            let some = match body(request)? {
                Some::Many(faults) => faults,
                Some::One(fault) => vec![fault],
            };
            // All or none, and the message says which member is wrong.
            let faults = some
                .into_iter()
                .map(serde_json::from_value::<Fault>)
                .collect::<Result<Vec<_>, _>>()
                .map_err(|error| refused(400, &error.to_string()))?;
            let now = service.steady();
            let ids: Vec<u64> = faults
                .into_iter()
                .map(|fault| service.faults().add(fault, now))
                .collect();
            Ok(done(&json!({"ids": ids})))
        }
        ("DELETE", "/_local/faults") => {
            Ok(done(&json!({"removed": service.faults().remove(None)})))
        }
        ("DELETE", _) if path.starts_with("/_local/faults/") => {
            let id = path.rsplit('/').next().and_then(|id| id.parse().ok());
            match id {
                Some(id) if service.faults().remove(Some(id)) => {
                    Ok(done(&json!({"removed": true})))
                }
                _ => Err(refused(404, &format!("there is no fault {path}"))),
            }
        }
        ("POST", "/_local/outage") => {
            #[derive(Deserialize)]
            struct Outage {
                milliseconds: u64,
            }
            control.outage(body::<Outage>(request)?.milliseconds);
            Ok(done(&json!({})))
        }
        ("POST", "/_local/clock") => {
            #[derive(Deserialize)]
            #[serde(rename_all = "camelCase")]
            struct Clock {
                ahead_milliseconds: i64,
            }
            let ahead = body::<Clock>(request)?.ahead_milliseconds;
            service.ahead.store(ahead, Ordering::Relaxed);
            Ok(done(&json!({"now": service.now()})))
        }
        ("POST", "/_local/reset") => {
            #[derive(Deserialize)]
            struct Reset {
                #[serde(default)]
                all: bool,
            }
            service.reset(body::<Reset>(request)?.all);
            Ok(done(&json!({})))
        }
        ("GET", "/_local/rules") => Ok(done(&json!(RULES))),
        _ => Err(refused(
            404,
            &format!(
                "{} {path} is neither a CloudWatch Logs request (no X-Amz-Target) nor a path below /_local/",
                request.method
            ),
        )),
    }
}

/// Counters, and what each stream has had.
pub fn state(service: &Service) -> Value {
    let counters = json!(*service.counters());
    let store = service.store();
    let groups: BTreeMap<&String, Value> = store
        .groups
        .iter()
        .map(|(name, group)| {
            let streams: BTreeMap<&String, Value> = group
                .streams
                .iter()
                .map(|(name, stream)| {
                    let last = stream.events.last().map(|event| &event.message);
                    let value = json!({
                        "events": stream.count,
                        "bytes": stream.bytes,
                        "first": stream.first,
                        "last": stream.last,
                        "lastMessage": last,
                    });
                    (name, value)
                })
                .collect();
            (
                name,
                json!({"retentionInDays": group.retention, "tags": group.tags, "streams": streams}),
            )
        })
        .collect();
    json!({"now": service.now(), "counters": counters, "groups": groups})
}
