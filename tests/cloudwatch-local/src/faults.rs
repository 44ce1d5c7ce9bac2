//! Scripted faults: which requests they hit, how often, and what happens to those. Pure but for the counting.

use crate::error::ApiError;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A fault as a test writes it, in Rust or as JSON. All conditions must hold; none means every request.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Fault {
    /// `PutLogEvents`, ….
    pub operation: Option<String>,
    /// A group's name; `*` stands for any characters.
    pub group: Option<String>,
    /// A stream's name; `*` stands for any characters.
    pub stream: Option<String>,
    /// Only requests whose body is (not) gzip.
    pub gzip: Option<bool>,
    /// Only bodies that hold this text, as it stands in the JSON.
    pub body_contains: Option<String>,
    /// Only requests that carry an entity.
    pub entity: Option<bool>,
    /// Lets so many matching requests pass first.
    pub after: u64,
    /// Then hits so many; without it, all.
    pub count: Option<u64>,
    /// Ends so many seconds after it was set.
    pub seconds: Option<f64>,
    /// Hits a request with this chance, 0 to 1, decided by the server's seed.
    pub chance: Option<f64>,
    pub effect: Effect,
}

/// What happens to a request that is hit.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Effect {
    /// An error instead of processing.
    Error {
        code: String,
        #[serde(default)]
        message: String,
        /// 400 unless given.
        #[serde(default)]
        status: Option<u16>,
        /// Further members of the body.
        #[serde(default)]
        members: Map<String, Value>,
        /// `Retry-After`, in seconds.
        #[serde(default)]
        retry_after: Option<u64>,
        /// Whether the request takes effect all the same.
        #[serde(default)]
        processed: bool,
    },
    /// At most so many a second; the rest is refused with `code` (ThrottlingException).
    Rate {
        per_second: f64,
        #[serde(default)]
        burst: Option<f64>,
        #[serde(default)]
        code: Option<String>,
    },
    /// Waits before processing, then goes on.
    Latency { milliseconds: u64 },
    /// Stops for a time, then goes on.
    Stall { when: When, milliseconds: u64 },
    /// Sends the answer slowly.
    Drip { bytes_per_second: u64 },
    /// Ends the connection with a TCP reset.
    Reset { when: When },
    /// Ends the connection as if it had been idle for too long: orderly, unannounced.
    Close { when: When },
    /// An answer of any kind.
    Answer {
        #[serde(default)]
        status: Option<u16>,
        #[serde(default)]
        content_type: Option<String>,
        #[serde(default)]
        body: String,
        /// What the head says, when it is to be wrong.
        #[serde(default)]
        content_length: Option<usize>,
        /// Whether the request takes effect all the same.
        #[serde(default)]
        processed: bool,
    },
}

impl Default for Effect {
    fn default() -> Effect {
        Effect::Latency { milliseconds: 0 }
    }
}

/// At which point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum When {
    /// After the head was read, while the client still sends the body. Knows neither group nor stream.
    Head,
    /// After the request was read, before it takes effect.
    Before,
    /// After it took effect, in the middle of the answer.
    During,
    /// After it took effect, before any answer. For `Close`: after the whole answer.
    After,
}

/// What is known of a request.
#[derive(Clone, Copy, Debug, Default)]
pub struct Subject<'a> {
    pub operation: &'a str,
    pub group: Option<&'a str>,
    pub stream: Option<&'a str>,
    pub gzip: bool,
    pub entity: bool,
    pub body: &'a [u8],
    /// Only the head was read so far.
    pub head_only: bool,
}

/// The faults that are set.
#[derive(Debug)]
pub struct Faults {
    set: Vec<Active>,
    next: u64,
    random: u64,
}

#[derive(Debug)]
struct Active {
    id: u64,
    fault: Fault,
    /// Milliseconds; of the process's own clock, not the virtual one.
    since: u64,
    matched: u64,
    hits: u64,
    tokens: f64,
    filled: u64,
}

/// A fault with what it did so far.
#[derive(Clone, Debug, Serialize)]
pub struct Listed {
    pub id: u64,
    pub matched: u64,
    pub hits: u64,
    pub fault: Fault,
}

impl Faults {
    pub fn new(seed: u64) -> Faults {
        Faults {
            set: Vec::new(),
            next: 1,
            random: seed,
        }
    }

    /// Sets a fault, `now` in milliseconds of any steady clock. Returns its id.
    pub fn add(&mut self, fault: Fault, now: u64) -> u64 {
        let id = self.next;
        self.next += 1;
        let tokens = match fault.effect {
            Effect::Rate {
                burst, per_second, ..
            } => burst.unwrap_or(per_second).max(1.0),
            _ => 0.0,
        };
        self.set.push(Active {
            id,
            fault,
            since: now,
            matched: 0,
            hits: 0,
            tokens,
            filled: now,
        });
        id
    }

    /// Takes a fault away, or all. Returns whether there was one.
    pub fn remove(&mut self, id: Option<u64>) -> bool {
        let before = self.set.len();
        self.set
            .retain(|active| id.is_some_and(|id| active.id != id));
        before != self.set.len()
    }

    pub fn list(&self) -> Vec<Listed> {
        let listed = |active: &Active| Listed {
            id: active.id,
            matched: active.matched,
            hits: active.hits,
            fault: active.fault.clone(),
        };
        self.set.iter().map(listed).collect()
    }

    pub fn is_empty(&self) -> bool {
        self.set.is_empty()
    }

    /// What happens to this request: all latencies that hit it, and at most one other effect, the oldest set.
    pub fn pick(&mut self, subject: &Subject<'_>, now: u64) -> Vec<Effect> {
        let mut effects = Vec::new();
        let random = &mut self.random;
        for active in &mut self.set {
            let lasting = matches!(active.fault.effect, Effect::Latency { .. });
            let decided = effects
                .iter()
                .any(|effect| !matches!(effect, Effect::Latency { .. }));
            if lasting || !decided {
                effects.extend(active.hit(subject, now, random));
            }
        }
        effects
    }
}

impl Active {
    /// `now` may be a little older than what stands here: requests look at the clock before they wait for the lock.
    fn hit(&mut self, subject: &Subject<'_>, now: u64, random: &mut u64) -> Option<Effect> {
        let fault = &self.fault;
        let at_head = match fault.effect {
            Effect::Reset { when } | Effect::Close { when } | Effect::Stall { when, .. } => {
                when == When::Head
            }
            _ => false,
        };
        let over = fault
            .seconds
            .is_some_and(|seconds| now.saturating_sub(self.since) as f64 > seconds * 1000.0);
        if at_head != subject.head_only || over || !fault.matches(subject) {
            return None;
        }
        self.matched += 1;
        let spent = fault.count.is_some_and(|count| self.hits >= count);
        if self.matched <= fault.after || spent {
            return None;
        }
        if let Some(chance) = fault.chance
            && (splitmix(random) >> 11) as f64 / (1_u64 << 53) as f64 >= chance
        {
            return None;
        }
        let effect = match &fault.effect {
            Effect::Rate {
                per_second,
                burst,
                code,
            } => {
                let full = burst.unwrap_or(*per_second).max(1.0);
                let gained = now.saturating_sub(self.filled) as f64 / 1000.0 * per_second;
                self.tokens = (self.tokens + gained).min(full);
                self.filled = self.filled.max(now);
                if self.tokens >= 1.0 {
                    self.tokens -= 1.0;
                    return None;
                }
                Effect::Error {
                    code: code.clone().unwrap_or_else(|| ApiError::throttled().code),
                    message: ApiError::throttled().message,
                    status: None,
                    members: Map::new(),
                    retry_after: None,
                    processed: false,
                }
            }
            effect => effect.clone(),
        };
        self.hits += 1;
        Some(effect)
    }
}

impl Fault {
    /// A fault that hits every request of an operation.
    pub fn on(operation: &str, effect: Effect) -> Fault {
        Fault {
            operation: Some(operation.to_owned()),
            effect,
            ..Fault::default()
        }
    }

    fn matches(&self, subject: &Subject<'_>) -> bool {
        let name = |pattern: &Option<String>, name: Option<&str>| match (pattern, name) {
            (None, _) => true,
            (Some(pattern), Some(name)) => glob(pattern, name),
            (Some(_), None) => false,
        };
        name(&self.operation, Some(subject.operation))
            && name(&self.group, subject.group)
            && name(&self.stream, subject.stream)
            && self.gzip.is_none_or(|gzip| gzip == subject.gzip)
            && self.entity.is_none_or(|entity| entity == subject.entity)
            && self
                .body_contains
                .as_ref()
                .is_none_or(|text| memchr::memmem::find(subject.body, text.as_bytes()).is_some())
    }
}

impl Effect {
    /// An error by its code, the usual way.
    pub fn error(code: &str) -> Effect {
        Effect::Error {
            code: code.to_owned(),
            message: String::new(),
            status: None,
            members: Map::new(),
            retry_after: None,
            processed: false,
        }
    }
}

/// Whether `name` is of the shape `pattern`, in which `*` stands for any characters.
pub(crate) fn glob(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        match rest.split_once(part) {
            Some((_, behind)) => rest = behind,
            None => return false,
        }
    }
    rest.ends_with(last)
}

fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(fault: Fault, requests: &[(&str, u64)]) -> Vec<bool> {
        let mut faults = Faults::new(1);
        faults.add(fault, 0);
        let hit = |&(group, now): &(&str, u64)| {
            let subject = Subject {
                operation: "PutLogEvents",
                group: Some(group),
                ..Subject::default()
            };
            !faults.pick(&subject, now).is_empty()
        };
        requests.iter().map(hit).collect()
    }

    #[test]
    fn a_fault_hits_what_it_names_and_as_often_as_it_says() {
        let fault = Fault {
            group: Some("web*".into()),
            after: 1,
            count: Some(2),
            ..Fault::on("PutLogEvents", Effect::error("AccessDeniedException"))
        };
        let requests = [("web/a", 0), ("db", 0), ("web", 0), ("web", 0), ("web", 0)];
        assert_eq!(hits(fault, &requests), [false, false, true, true, false]);
    }

    #[test]
    fn a_fault_ends_when_its_time_is_over() {
        let fault = Fault {
            seconds: Some(1.0),
            ..Fault::on("*", Effect::error("InternalFailure"))
        };
        assert_eq!(
            hits(fault, &[("a", 0), ("a", 1000), ("a", 1001)]),
            [true, true, false]
        );
    }

    #[test]
    fn a_rate_lets_through_what_it_allows() {
        let effect = Effect::Rate {
            per_second: 2.0,
            burst: None,
            code: None,
        };
        let requests = [("a", 0), ("a", 0), ("a", 0), ("a", 500), ("a", 500)];
        assert_eq!(
            hits(Fault::on("*", effect), &requests),
            [false, false, true, false, true]
        );
    }

    #[test]
    fn a_request_that_looked_at_the_clock_before_the_fault_was_set_is_hit() {
        let mut faults = Faults::new(1);
        let per_second = 1.0;
        let (burst, code) = (Some(1.0), None);
        let rate = Effect::Rate {
            per_second,
            burst,
            code,
        };
        for (effect, expected) in [
            (Effect::error("InternalFailure"), [true, true]),
            (rate, [false, true]),
        ] {
            faults.remove(None);
            let fault = Fault {
                seconds: Some(60.0),
                ..Fault::on("PutLogEvents", effect)
            };
            faults.add(fault, 1000);
            let subject = Subject {
                operation: "PutLogEvents",
                ..Subject::default()
            };
            let hit = [999, 998].map(|now| !faults.pick(&subject, now).is_empty());
            assert_eq!(hit, expected);
        }
    }

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, name, expected) in [
            ("", "", true),
            ("*", "", true),
            ("a*", "abc", true),
            ("*c", "abc", true),
            ("a*c", "abc", true),
            ("a*b*c", "aXbYc", true),
            ("a*b*c", "aXc", false),
            ("ab", "abc", false),
            ("ab*b", "ab", false),
        ] {
            assert_eq!(glob(pattern, name), expected, "{pattern} {name}");
        }
    }
}
