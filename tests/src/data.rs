//! Container logs as a real host has them, in the journal export format: services, skewed containers, JSON and text, stack
//! traces, stderr, long lines and Docker's 16 KiB pieces. The same seed gives the same bytes.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

/// Where Docker cuts a line.
pub const PIECE_BYTES: usize = 16 << 10;
const BOOT_ID: &str = "5d1c2a8f0b7e4c39a1d86e4f7b02c913";
const MACHINE_ID: &str = "9be41f3c6a0d4e2fb85c7d1e0a4f6233";
const INVOCATION_ID: &str = "e07d1b5c92f34ab68d0c3f5a7e19b842";
/// When the host booted; the journal orders entries of one boot by the time since.
const BOOTED_USEC: u64 = 1_600_000_000_000_000;
const HOSTNAME: &str = "ip-10-30-1-17.ec2.internal";

const SERVICES: [&str; 20] = [
    "api", "web", "worker", "auth", "billing", "search", "mailer", "gateway", "orders", "catalog",
    "images", "events", "reports", "sessions", "pricing", "stock", "webhooks", "audit", "proxy",
    "cron",
];
const WORDS: [&str; 32] = [
    "request",
    "user",
    "cache",
    "miss",
    "hit",
    "connection",
    "upstream",
    "retry",
    "after",
    "job",
    "finished",
    "queue",
    "depth",
    "token",
    "refresh",
    "order",
    "payment",
    "accepted",
    "render",
    "template",
    "query",
    "took",
    "rows",
    "index",
    "shard",
    "session",
    "opened",
    "closed",
    "flush",
    "lock",
    "waiting",
    "done",
];

/// What to make.
#[derive(Clone, Debug)]
pub struct Plan {
    pub seed: u64,
    /// Journal entries; a few more where the last line has several.
    pub entries: u64,
    /// Containers, spread over the services; the first write most.
    pub containers: usize,
    /// Services, which are the values of CONTAINER_TAG; at most 20.
    pub services: usize,
    /// Time of the first entry, microseconds since 1970.
    pub start_usec: u64,
    /// Between two entries.
    pub step_usec: u64,
    /// One line in so many is of 8 to 16 KiB.
    pub long_every: u64,
    /// Bytes of every line; 0 for lines of 80 to 400.
    pub line_bytes: u64,
    /// One line in so many is longer than Docker's pieces; 0 for none.
    pub pieces_every: u64,
    /// One line in so many begins a stack trace on stderr; 0 for none.
    pub traces_every: u64,
}

impl Plan {
    /// The data set of the benchmark: one entry a line, a millisecond apart, ending at `now_usec`.
    pub fn bench(entries: u64, now_usec: u64) -> Plan {
        Plan {
            seed: 1,
            entries,
            containers: 60,
            services: SERVICES.len(),
            start_usec: now_usec - entries * 1000,
            step_usec: 1000,
            long_every: 1000,
            line_bytes: 0,
            pieces_every: 0,
            traces_every: 0,
        }
    }

    /// A bit of everything.
    pub fn everything(entries: u64, now_usec: u64) -> Plan {
        Plan {
            containers: 12,
            services: 5,
            long_every: 200,
            pieces_every: 500,
            traces_every: 100,
            ..Plan::bench(entries, now_usec)
        }
    }
}

/// What was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Made {
    pub entries: u64,
    /// Lines, which is what events are: pieces count once.
    pub lines: u64,
    /// Bytes of all MESSAGE fields.
    pub message_bytes: u64,
    /// First and last number of each container's lines, which hold `id=<name>-<number>`.
    pub writers: BTreeMap<String, (u64, u64)>,
    /// Lines of each (group, stream).
    pub streams: BTreeMap<(String, String), u64>,
}

/// A container, its constant fields ready to be written.
struct Container {
    tag: &'static str,
    name: String,
    id: String,
    constant: Vec<u8>,
    /// Number of its last line.
    line: u64,
    /// Docker's number of its last entry.
    ordinal: u64,
}

/// A small generator (splitmix64), the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    fn one_in(&mut self, every: u64) -> bool {
        every > 0 && self.below(every) == 0
    }

    fn word(&mut self) -> &'static str {
        WORDS[(self.next() % WORDS.len() as u64) as usize]
    }
}

impl Container {
    fn new(number: usize, services: usize, random: &mut Random) -> Container {
        let services = services.clamp(1, SERVICES.len());
        let tag = SERVICES[number % services];
        let id = format!(
            "{:016x}{:016x}{:016x}{:016x}",
            random.next(),
            random.next(),
            random.next(),
            random.next()
        );
        let short = id.get(..12).unwrap_or_default();
        let name = format!(
            "ecs-{tag}-{}-{tag}-{}",
            1 + number / services,
            id.get(12..20).unwrap_or_default()
        );
        let epoch = format!("{:016x}{:016x}", random.next(), random.next());
        let constant = format!(
            "CONTAINER_ID={short}\nCONTAINER_ID_FULL={id}\nCONTAINER_NAME={name}\nCONTAINER_TAG={tag}\n\
             SYSLOG_IDENTIFIER={tag}\nIMAGE_NAME=123456789012.dkr.ecr.us-east-1.amazonaws.com/{tag}:1.{number}\n\
             CONTAINER_LOG_EPOCH={epoch}\n_BOOT_ID={BOOT_ID}\n_MACHINE_ID={MACHINE_ID}\n_HOSTNAME={HOSTNAME}\n\
             _TRANSPORT=journal\n_PID=812\n_UID=0\n_GID=0\n_COMM=dockerd\n_EXE=/usr/bin/dockerd\n\
             _CMDLINE=/usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock\n\
             _CAP_EFFECTIVE=1ffffffffff\n_SELINUX_CONTEXT=unconfined\n_SYSTEMD_CGROUP=/system.slice/docker.service\n\
             _SYSTEMD_UNIT=docker.service\n_SYSTEMD_SLICE=system.slice\n_SYSTEMD_INVOCATION_ID={INVOCATION_ID}\n"
        );
        Container {
            tag,
            name,
            id,
            constant: constant.into_bytes(),
            line: 0,
            ordinal: 0,
        }
    }
}

/// Writes entries, counting.
struct Writer<'a, W> {
    out: &'a mut W,
    plan: &'a Plan,
    made: Made,
}

impl<W: Write> Writer<'_, W> {
    /// One entry. `more`: further fields, each with its newline.
    fn entry(
        &mut self,
        container: &mut Container,
        priority: u8,
        message: &str,
        more: &str,
    ) -> io::Result<()> {
        let number = self.made.entries;
        let time = self.plan.start_usec + number * self.plan.step_usec;
        container.ordinal += 1;
        write!(
            self.out,
            "__REALTIME_TIMESTAMP={time}\n__MONOTONIC_TIMESTAMP={}\nPRIORITY={priority}\nCONTAINER_LOG_ORDINAL={}\n\
             SYSLOG_TIMESTAMP={}\n_SOURCE_REALTIME_TIMESTAMP={}\n{more}MESSAGE={message}\n",
            time - BOOTED_USEC,
            container.ordinal,
            rfc3339(time),
            time - 40,
        )?;
        self.out.write_all(&container.constant)?;
        self.out.write_all(b"\n")?;
        self.made.entries += 1;
        self.made.message_bytes += message.len() as u64;
        Ok(())
    }

    /// One line of any length, in Docker's pieces where it is too long.
    fn line(&mut self, container: &mut Container, priority: u8, line: &str) -> io::Result<()> {
        self.made.lines += 1;
        if line.len() <= PIECE_BYTES {
            return self.entry(container, priority, line, "");
        }
        let count = line.len().div_ceil(PIECE_BYTES);
        let partial = format!("{}{:04}", container.id, self.made.lines % 10_000);
        for piece in 0..count {
            let end = line.len().min((piece + 1) * PIECE_BYTES);
            let text = line.get(piece * PIECE_BYTES..end).unwrap_or_default();
            let last = piece + 1 == count;
            let flag = if last {
                ""
            } else {
                "CONTAINER_PARTIAL_MESSAGE=true\n"
            };
            let more = format!(
                "{flag}CONTAINER_PARTIAL_ID={partial}\nCONTAINER_PARTIAL_ORDINAL={}\nCONTAINER_PARTIAL_LAST={last}\n",
                piece + 1
            );
            self.entry(container, priority, text, &more)?;
        }
        Ok(())
    }
}

/// Writes what the plan says to `out`.
pub fn write(plan: &Plan, out: &mut impl Write) -> io::Result<Made> {
    let mut random = Random(plan.seed);
    let mut containers: Vec<Container> = (0..plan.containers)
        .map(|number| Container::new(number, plan.services, &mut random))
        .collect();
    let mut writer = Writer {
        out,
        plan,
        made: Made::default(),
    };
    let mut line = String::new();
    while writer.made.entries < plan.entries {
        // The lower of two draws, twice: the first containers write most of the lines.
        let count = plan.containers as u64;
        let draw = random
            .below(count)
            .min(random.below(count))
            .min(random.below(count));
        let container = &mut containers[draw as usize];
        let stderr = random.one_in(12);
        let priority = if stderr { 3 } else { 6 };
        if random.one_in(plan.traces_every) {
            for frame in trace(container, &mut random) {
                writer.line(container, 3, &frame)?;
            }
            continue;
        }
        container.line += 1;
        let id = format!("id={}-{}", container.name, container.line);
        let size = if plan.line_bytes > 0 {
            plan.line_bytes
        } else if random.one_in(plan.pieces_every) {
            PIECE_BYTES as u64 + random.below(60_000)
        } else if random.one_in(plan.long_every) {
            8192 + random.below(8192)
        } else {
            80 + random.below(320)
        };
        line.clear();
        if random.one_in(2) {
            let time = plan.start_usec + writer.made.entries * plan.step_usec;
            json(&mut line, &id, size as usize, stderr, time, &mut random);
        } else {
            text(&mut line, &id, size as usize, &mut random);
        }
        writer.line(container, priority, &line)?;
    }
    writer.out.flush()?;
    let mut made = writer.made;
    for container in containers {
        if container.line > 0 {
            made.streams.insert(
                (container.tag.to_owned(), container.name.clone()),
                container.line,
            );
            made.writers.insert(container.name, (1, container.line));
        }
    }
    Ok(made)
}

fn fill(line: &mut String, size: usize, random: &mut Random) {
    while line.len() < size {
        line.push_str(random.word());
        line.push(' ');
        if random.one_in(6) {
            line.push_str(&random.below(100_000).to_string());
            line.push(' ');
        }
    }
}

fn text(line: &mut String, id: &str, size: usize, random: &mut Random) {
    line.push_str(&format!(
        "10.30.{}.{} \"GET /",
        random.below(4),
        random.below(256)
    ));
    line.push_str(&format!(
        "{}/{}\" {} {id} ",
        random.word(),
        random.below(10_000),
        200 + random.below(4) * 100
    ));
    fill(line, size, random);
    line.truncate(line.trim_end().len());
}

/// A JSON line: one in four in the schema of ecs-logs, the others as applications have them.
fn json(line: &mut String, id: &str, size: usize, stderr: bool, time: u64, random: &mut Random) {
    if random.one_in(4) {
        let level = if stderr { "ERROR" } else { "INFO" };
        line.push_str(&format!(
            "{{\"level\":\"{level}\",\"time\":\"{}\",\"info\":{{\"source\":\"main.go:{}\"}},\"data\":{{\"user\":{}}},\"message\":\"{id} ",
            rfc3339(time),
            random.below(900),
            random.below(1_000_000),
        ));
    } else {
        let level = if stderr { "error" } else { "info" };
        line.push_str(&format!(
            "{{\"level\":\"{level}\",\"ts\":{}.{:03},\"caller\":\"{}/{}.go:{}\",\"status\":{},\"ok\":{},\"msg\":\"{id} ",
            time / 1_000_000,
            time / 1000 % 1000,
            random.word(),
            random.word(),
            random.below(900),
            200 + random.below(4) * 100,
            !stderr,
        ));
    }
    fill(line, size.saturating_sub(2), random);
    line.truncate(line.trim_end().len());
    line.push_str("\"}");
}

fn trace(container: &mut Container, random: &mut Random) -> Vec<String> {
    let mut frames = Vec::new();
    let mut frame = |text: String| {
        container.line += 1;
        frames.push(format!("{text} id={}-{}", container.name, container.line));
    };
    frame(format!(
        "java.lang.IllegalStateException: {} {} was {}",
        random.word(),
        random.word(),
        random.below(1000)
    ));
    for _ in 0..3 + random.below(6) {
        frame(format!(
            "\tat com.example.{}.{}.run({}.java:{})",
            random.word(),
            random.word(),
            random.word(),
            random.below(500)
        ));
    }
    frame(format!(
        "Caused by: java.io.IOException: {} {}",
        random.word(),
        random.word()
    ));
    frames
}

/// Microseconds since 1970 as Docker and ecs-logs write them, in UTC.
pub fn rfc3339(usec: u64) -> String {
    let seconds = usec / 1_000_000;
    // Days to a date, with years that begin in March, so that the leap day is the last.
    let days = seconds / 86_400 + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let of_year_in_era = of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096;
    let year_of_era = of_year_in_era / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    let micros = usec % 1_000_000;
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(plan: &Plan) -> (Vec<u8>, Made) {
        let mut out = Vec::new();
        let made = write(plan, &mut out).unwrap();
        (out, made)
    }

    #[test]
    fn times_are_written_as_docker_does() {
        assert_eq!(rfc3339(951_825_600_000_001), "2000-02-29T12:00:00.000001Z");
        assert_eq!(
            rfc3339(1_795_446_404_000_000),
            "2026-11-23T15:06:44.000000Z"
        );
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes() {
        let plan = Plan::everything(500, 1_700_000_000_000_000);
        assert_eq!(made(&plan), made(&plan));
        assert_ne!(made(&plan).0, made(&Plan { seed: 2, ..plan }).0);
    }

    #[test]
    fn every_line_has_its_id_and_every_entry_28_fields() {
        let (bytes, made) = made(&Plan::everything(3000, 1_700_000_000_000_000));
        let text = String::from_utf8(bytes).unwrap();
        let entries: Vec<&str> = text.split_terminator("\n\n").collect();
        assert_eq!(entries.len() as u64, made.entries);
        let sum: u64 = made
            .writers
            .values()
            .map(|(first, last)| last + 1 - first)
            .sum();
        assert_eq!(sum, made.lines);
        assert_eq!(text.matches("id=ecs-").count() as u64, made.lines);
        let mut pieces = 0;
        for entry in entries {
            let fields = entry.lines().filter(|line| !line.starts_with("__")).count();
            if entry.contains("CONTAINER_PARTIAL_ID=") {
                pieces += 1;
            } else {
                assert_eq!(fields, 28, "{entry}");
            }
        }
        assert!(pieces > 0, "some lines come in pieces");
        assert!(text.contains("PRIORITY=3") && text.contains("\tat com.example"));
    }
}
