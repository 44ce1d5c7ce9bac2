//! The service behind the connections: its settings, its state, its clock.

use crate::{
    counters::Counters,
    error::ApiError,
    faults::Faults,
    ledger::Ledger,
    rules::{MAX_EVENT_BYTES, Rule},
    sigv4::Credentials,
    store::Store,
};
use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// Requests a second by operation, as `--quotas` enforces them
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html>, `us-east-1`).
pub const QUOTAS: &[(&str, f64)] = &[
    ("PutLogEvents", 5000.0),
    ("CreateLogGroup", 10.0),
    ("DeleteLogGroup", 10.0),
    ("CreateLogStream", 50.0),
    ("DeleteLogStream", 15.0),
    ("DescribeLogGroups", 10.0),
    ("DescribeLogStreams", 25.0),
    ("GetLogEvents", 25.0),
    ("FilterLogEvents", 10.0),
    ("PutRetentionPolicy", 5.0),
    ("TagResource", 5.0),
];

/// How the service behaves.
#[derive(Clone, Debug)]
pub struct Config {
    /// Who may sign; `None` takes every request, signed or not.
    pub credentials: Option<Vec<Credentials>>,
    /// Text bytes and 26 of one event, at most.
    pub event_limit: usize,
    /// Waited before every answer.
    pub latency: Duration,
    /// Count events instead of keeping them.
    pub discard: bool,
    /// Keep account of line ids.
    pub ledger: bool,
    /// Enforce [`QUOTAS`].
    pub quotas: bool,
    pub max_groups: usize,
    pub region: String,
    pub account: String,
    /// Decides which requests a fault with a chance hits.
    pub seed: u64,
    /// One line a request, on standard error.
    pub log: bool,
    /// Every request's body goes into a file of this folder, unpacked, named by number and operation.
    pub record: Option<PathBuf>,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            credentials: None,
            event_limit: MAX_EVENT_BYTES,
            latency: Duration::ZERO,
            discard: false,
            ledger: true,
            quotas: false,
            max_groups: 1_000_000,
            region: "us-east-1".into(),
            account: "123456789012".into(),
            seed: 1,
            log: false,
            record: None,
        }
    }
}

/// Shared by all connections.
#[derive(Debug)]
pub struct Service {
    pub config: Config,
    store: Mutex<Store>,
    ledger: Mutex<Ledger>,
    faults: Mutex<Faults>,
    counters: Mutex<Counters>,
    /// Tokens left of each quota, and when they were counted.
    quotas: Mutex<BTreeMap<&'static str, (f64, u64)>>,
    /// Milliseconds that the service's clock is ahead.
    pub ahead: AtomicI64,
    started: Instant,
    requests: AtomicU64,
    recorded: AtomicU64,
}

impl Service {
    pub fn new(config: Config) -> Service {
        Service {
            faults: Mutex::new(Faults::new(config.seed)),
            config,
            store: Mutex::default(),
            ledger: Mutex::default(),
            counters: Mutex::default(),
            quotas: Mutex::default(),
            ahead: AtomicI64::new(0),
            started: Instant::now(),
            requests: AtomicU64::new(0),
            recorded: AtomicU64::new(0),
        }
    }

    /// The service's time, in milliseconds since 1970.
    pub fn now(&self) -> i64 {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let millis = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        millis + self.ahead.load(Ordering::Relaxed)
    }

    /// Milliseconds since the start, by a clock that nobody sets.
    pub fn steady(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    pub fn store(&self) -> MutexGuard<'_, Store> {
        lock(&self.store)
    }

    pub fn ledger(&self) -> MutexGuard<'_, Ledger> {
        lock(&self.ledger)
    }

    pub fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.faults)
    }

    pub fn counters(&self) -> MutexGuard<'_, Counters> {
        lock(&self.counters)
    }

    pub fn group_arn(&self, name: &str) -> String {
        let Config {
            region, account, ..
        } = &self.config;
        format!("arn:aws:logs:{region}:{account}:log-group:{name}")
    }

    /// Of AWS's shape; nobody has to send it back any more.
    pub fn sequence_token(&self, count: u64) -> String {
        format!("495{count:053}")
    }

    /// A request's id, of the shape of a UUID.
    pub fn request_id(&self) -> String {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let seed = self.config.seed & 0xffff_ffff;
        format!(
            "{seed:08x}-{:04x}-4000-8000-{:012x}",
            number >> 48,
            number & 0xffff_ffff_ffff
        )
    }

    /// Writes a request's body where `record` says.
    pub fn record(&self, operation: &str, body: &[u8]) {
        let Some(folder) = &self.config.record else {
            return;
        };
        let number = self.recorded.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!("{number:06}-{operation}.json"));
        let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, body));
        if let Err(error) = written {
            eprintln!("cloudwatch-local: cannot write {}: {error}", path.display());
        }
    }

    /// Takes one request from the operation's quota.
    pub fn take_quota(&self, operation: &str) -> Result<(), ApiError> {
        let quota = QUOTAS.iter().find(|(name, _)| *name == operation);
        let (true, Some(&(name, rate))) = (self.config.quotas, quota) else {
            return Ok(());
        };
        let mut quotas = lock(&self.quotas);
        // Read under the lock: else a later thread's time may stand there already.
        let now = self.steady();
        let (tokens, filled) = quotas.entry(name).or_insert((rate, now));
        *tokens = (*tokens + (now - *filled) as f64 / 1000.0 * rate).min(rate);
        *filled = now;
        if *tokens < 1.0 {
            return Err(ApiError::throttled().rule(Rule::Quotas));
        }
        *tokens -= 1.0;
        Ok(())
    }

    /// Forgets what happened: counters and ledger; groups, streams and faults too if `all`.
    pub fn reset(&self, all: bool) {
        *self.counters() = Counters::default();
        *self.ledger() = Ledger::default();
        if all {
            *self.store() = Store::default();
            self.faults().remove(None);
        }
    }
}

/// What a panicking connection left behind is whole: every change is made under one lock.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
