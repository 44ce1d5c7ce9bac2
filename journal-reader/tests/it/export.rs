//! Entries as Docker's journald driver writes them, in the journal export format, the same on every run.
#![allow(dead_code, reason = "tests and benchmarks each use a part")]

use std::io::{self, Write};

/// Numbers that look random and are not: xorshift64.
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) fn new(seed: u64) -> Numbers {
        Numbers(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// When the first entry was received, microseconds since 1970; entries follow a millisecond apart.
pub(crate) const START: u64 = 1_790_000_000_000_000;

/// What to write.
#[derive(Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) entries: u64,
    pub(crate) seed: u64,
    /// Place in time of the first entry, in milliseconds after [`START`].
    pub(crate) offset_ms: u64,
    /// Entries of a boot; then monotonic time begins again.
    pub(crate) boot_entries: u64,
    /// Mix in what Docker never writes: repeated fields, binary and empty values, megabytes.
    pub(crate) odd: bool,
}

impl Default for Plan {
    fn default() -> Plan {
        Plan {
            entries: 1000,
            seed: 1,
            offset_ms: 0,
            boot_entries: u64::MAX,
            odd: false,
        }
    }
}

pub(crate) fn boot_id(boot: u64) -> String {
    format!("b00{boot:029x}")
}

const WORDS: [&str; 16] = [
    "request",
    "user",
    "timeout",
    "GET",
    "/api/v1/items",
    "latency",
    "cache",
    "retry",
    "database",
    "done",
    "shard",
    "lease",
    "queue",
    "accepted",
    "from",
    "peer",
];

pub(crate) fn write(plan: Plan, out: &mut impl Write) -> io::Result<()> {
    let mut numbers = Numbers::new(plan.seed);
    let mut message = String::new();
    for at in 0..plan.entries {
        let boot = at / plan.boot_entries;
        let time = START + (plan.offset_ms + at) * 1000;
        let monotonic = 5_000_000 + (at % plan.boot_entries) * 1000;
        let boot_id = boot_id(boot + plan.seed * 1000);
        // Skewed: the first containers log most.
        let container = numbers.below(60) * numbers.below(60) / 60;
        text(&mut numbers, &mut message, at);
        write!(
            out,
            "__REALTIME_TIMESTAMP={time}\n__MONOTONIC_TIMESTAMP={monotonic}\n_BOOT_ID={boot_id}\n\
             _TRANSPORT=journal\n_MACHINE_ID=3d1219c7c4c5404aaa1f6d2a48adfda4\n_HOSTNAME=ip-10-0-0-7\n_PID=812\n_UID=0\n_GID=0\n\
             _COMM=dockerd\n_EXE=/usr/bin/dockerd\n_CMDLINE=/usr/bin/dockerd -H fd://\n_CAP_EFFECTIVE=1ffffffffff\n\
             _SELINUX_CONTEXT=unconfined\n_SYSTEMD_CGROUP=/system.slice/docker.service\n_SYSTEMD_UNIT={unit}\n\
             _SYSTEMD_SLICE=system.slice\n_SYSTEMD_INVOCATION_ID=0a1b2c3d4e5f60718293a4b5c6d7e8f9\n\
             PRIORITY={priority}\nCONTAINER_ID={container:012x}\nCONTAINER_ID_FULL={container:064x}\n\
             CONTAINER_NAME=ecs-service-{container}\nCONTAINER_TAG=service-{tag}\nIMAGE_NAME=registry/service-{tag}:1\n\
             SYSLOG_IDENTIFIER=service-{tag}\nSYSLOG_TIMESTAMP={time}Z\nCONTAINER_LOG_EPOCH={container:032x}\n\
             CONTAINER_LOG_ORDINAL={at}\n",
            unit = if at % 10 == 6 {
                "cron.service"
            } else {
                "docker.service"
            },
            priority = if at % 16 == 0 { 3 } else { 6 },
            tag = container % 20,
        )?;
        if plan.odd {
            odd(&mut numbers, at, out)?;
        }
        write!(
            out,
            "MESSAGE={message}\n_SOURCE_REALTIME_TIMESTAMP={}\n\n",
            time - 37
        )?;
    }
    out.flush()
}

/// Half JSON, half text of 80 to 400 bytes; one in a thousand has 8 to 16 KiB.
fn text(numbers: &mut Numbers, message: &mut String, at: u64) {
    let len = match numbers.below(1000) {
        0 => 8192 + numbers.below(8192),
        _ => 80 + numbers.below(320),
    } as usize;
    message.clear();
    let json = at.is_multiple_of(2);
    message.push_str(&if json {
        format!("{{\"level\":\"INFO\",\"time\":\"2026-09-21T14:13:20.{:06}Z\",\"info\":{{\"pid\":{at}}},\"data\":{{\"n\":{at}}},\"message\":\"", at % 1_000_000)
    } else {
        format!("{at:09} ")
    });
    while message.len() < len {
        message.push_str(WORDS[numbers.below(16) as usize]);
        message.push(' ');
    }
    if json {
        message.push_str("\"}");
    }
}

fn odd(numbers: &mut Numbers, at: u64, out: &mut impl Write) -> io::Result<()> {
    let place = numbers.below(40);
    if place == 1 {
        return out.write_all(b"EMPTY=\n");
    }
    let mut binary = |name: &str, value: &[u8]| -> io::Result<()> {
        writeln!(out, "{name}")?;
        out.write_all(&(value.len() as u64).to_le_bytes())?;
        out.write_all(value)?;
        out.write_all(b"\n")
    };
    match place {
        0 => binary("BINARY", b"a\0b\xff\xfe\nc")?,
        2 => {
            binary("TWICE", b"first")?;
            binary("TWICE", b"second")?;
        }
        3 => binary(
            "LARGE",
            &vec![b'a' + (at % 26) as u8; 100_000 + at as usize],
        )?,
        4 => {
            // Nothing that compresses.
            let noise: Vec<u8> = (0..20_000).map(|_| numbers.below(256) as u8).collect();
            binary("NOISE", &noise)?;
        }
        _ => {}
    }
    Ok(())
}
