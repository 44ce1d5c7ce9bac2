//! A core, and a journal of a few words for it. Each word is an entry a second later, of docker.service:
//! `web:a3` is the container web, epoch a, number 3; `web:a3+` is only the first piece of a long line; `old:-` has no number, as
//! before Docker 24. `Suppressed(5)` is journald's word; `vacuum(9)` and `corrupt(2)` are the reader's. `40s` lets time pass at the
//! end of the journal, `restart` goes on from the checkpoint as after a kill, `stop` as after a proper end, `again(2)` reads the
//! last two entries once more.

use crate::{
    checkpoint::Checkpoint,
    core::{Action, Answer, Core, Input, Settings, Side},
    cursor::Cursor,
    entry::{Entry, FieldTable, field},
    event::Encoder,
    intern::Interner,
    lines::{Lines, LinesSettings},
    metrics::Metric,
    route::{RouteSettings, Router},
    time::{Millis, Now},
};
use expect_test::Expect;

const WALL: i64 = 1_700_000_000_000;

struct Scene {
    core: Core,
    names: Interner,
    fields: FieldTable,
    /// Seconds.
    now: i64,
    entries: Vec<(i64, String)>,
    saved: Checkpoint,
    told: Vec<String>,
    settings: Settings,
}

fn core(settings: &Settings, checkpoint: Checkpoint, now: Now) -> Core {
    let router = Router::new(RouteSettings::default(), &mut FieldTable::default());
    let lines = || Lines::new(LinesSettings::default());
    Core::new(
        settings.clone(),
        router,
        Encoder::default(),
        lines,
        checkpoint,
        now,
    )
}

/// Runs the words and compares what the streams say, and what was counted.
pub(super) fn check(words: &str, expected: Expect) {
    run(words, &Settings::default(), expected);
}

pub(super) fn run(words: &str, settings: &Settings, expected: Expect) {
    let mut scene = Scene {
        core: core(settings, Checkpoint::default(), now(0)),
        names: Interner::default(),
        fields: FieldTable::default(),
        now: 0,
        entries: Vec::new(),
        saved: Checkpoint::default(),
        told: Vec::new(),
        settings: settings.clone(),
    };
    for word in words.split_whitespace() {
        scene.word(word);
    }
    let counted = [
        Metric::LostRateLimited,
        Metric::LostVacuumed,
        Metric::LostUnreadable,
        Metric::LostMissing,
    ];
    let counters = scene.core.counters();
    let counted = counted.map(|metric| (metric, counters.get(metric)));
    let counted: Vec<String> = counted
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(metric, count)| format!("{metric:?} {count}"))
        .collect();
    let mut told = scene.told;
    if !counted.is_empty() {
        told.push(counted.join(", "));
    }
    if told.is_empty() {
        told.push("nothing".to_owned());
    }
    expected.assert_eq(&format!("{}\n", told.join("\n")));
}

fn now(seconds: i64) -> Now {
    Now {
        mono: Millis(seconds * 1_000),
        wall: Millis(WALL + seconds * 1_000),
    }
}

/// The number in `word(number)`.
fn number(word: &str, name: &str) -> Option<u64> {
    word.strip_prefix(name)?
        .strip_prefix('(')?
        .strip_suffix(')')?
        .parse()
        .ok()
}

impl Scene {
    fn word(&mut self, word: &str) {
        let (side, first) = (Side::Live, None);
        if let Some(entries) = number(word, "vacuum") {
            self.step(Input::Vacuumed {
                side,
                entries,
                first,
            });
        } else if let Some(entries) = number(word, "corrupt") {
            self.step(Input::Unreadable { entries });
        } else if let Some(count) = number(word, "again") {
            let last = self.entries.len() - count as usize;
            for (at, word) in self.entries.split_off(last) {
                self.entry(at, &word);
            }
        } else if word == "restart" || word == "stop" {
            if word == "stop" {
                let deadline = Millis::MAX;
                self.step(Input::Drain { deadline });
            }
            let saved = std::mem::take(&mut self.saved);
            self.core = core(&self.settings, saved, now(self.now));
        } else if let Some(seconds) = word
            .strip_suffix('s')
            .and_then(|word| word.parse::<i64>().ok())
        {
            self.step(Input::End { side });
            for _ in 0..seconds {
                self.now += 1;
                self.step(Input::Tick);
            }
        } else {
            self.now += 1;
            self.entry(self.now, word);
        }
    }

    fn entry(&mut self, at: i64, word: &str) {
        let mut entry = Entry::default();
        entry.reset(self.fields.len());
        entry.realtime_usec = ((WALL / 1_000 + at) * 1_000_000) as u64;
        let mut symbol = |id, value: &str| {
            let value = self.names.intern(value.as_bytes());
            entry.set_symbol(id, value);
        };
        match word.split_once(':') {
            Some((container, numbered)) => {
                let (unit, container) = container
                    .split_once('/')
                    .unwrap_or(("docker.service", container));
                symbol(field::SYSTEMD_UNIT, unit);
                symbol(field::CONTAINER_TAG, "group");
                symbol(field::CONTAINER_NAME, container);
                let (epoch, ordinal) = numbered.split_at(1);
                let (ordinal, begun) = match ordinal.strip_suffix('+') {
                    Some(ordinal) => (ordinal, true),
                    None => (ordinal, false),
                };
                if begun {
                    symbol(field::CONTAINER_PARTIAL_MESSAGE, "true");
                    symbol(field::CONTAINER_PARTIAL_LAST, "false");
                }
                if epoch != "-" {
                    symbol(field::CONTAINER_LOG_EPOCH, epoch);
                    entry.set_bytes(field::CONTAINER_LOG_ORDINAL, ordinal.as_bytes());
                }
                if begun {
                    entry.set_bytes(field::CONTAINER_PARTIAL_ID, b"1");
                    entry.set_bytes(field::CONTAINER_PARTIAL_ORDINAL, b"1");
                }
                entry.set_bytes(field::MESSAGE, b"a line");
            }
            None => {
                let dropped = number(word, "Suppressed").unwrap();
                symbol(field::MESSAGE_ID, "a596d6fe7bfa4994828e72309e95d61e");
                symbol(field::TRANSPORT, "driver");
                entry.set_bytes(field::N_DROPPED, dropped.to_string().as_bytes());
                let text = format!("Suppressed {dropped} messages from docker.service");
                entry.set_bytes(field::MESSAGE, text.as_bytes());
            }
        }
        self.entries.push((at, word.to_owned()));
        let cursor = Some(self.cursor());
        self.step(Input::Entry {
            side: Side::Live,
            entry: &entry,
            cursor,
        });
    }

    fn cursor(&self) -> Cursor {
        Cursor {
            seqnum_id: 7,
            seqnum: self.entries.len() as u64,
            boot_id: 8,
            monotonic_usec: self.entries.len() as u64,
            realtime_usec: self.entries.len() as u64,
            xor_hash: 0,
        }
    }

    /// Everything is accepted at once, and saved.
    fn step(&mut self, input: Input<'_>) {
        let mut actions = Vec::new();
        self.core
            .step(input, &self.names, now(self.now), &mut actions);
        for action in actions {
            match action {
                Action::Put {
                    batch, key, body, ..
                } => {
                    let request: serde_json::Value =
                        serde_json::from_slice(&body.to_vec()).unwrap();
                    for event in request["logEvents"].as_array().unwrap() {
                        self.tell(&key.stream, event);
                    }
                    self.step(Input::Put {
                        batch,
                        answer: Answer::accepted(),
                    });
                }
                Action::NeedCursor(side) => {
                    let cursor = Some(self.cursor());
                    self.step(Input::Cursor { side, cursor });
                }
                Action::Save(checkpoint) => {
                    self.saved = *checkpoint;
                    self.step(Input::Saved { ok: true });
                }
                _ => {}
            }
        }
    }

    fn tell(&mut self, stream: &str, event: &serde_json::Value) {
        let message = event["message"].as_str().unwrap();
        let at = (event["timestamp"].as_i64().unwrap() - WALL) as f64 / 1e3;
        if let Some((_, mark)) = message.split_once("[ecs-logs] ") {
            let mark = mark.split('"').next().unwrap();
            self.told.push(format!("{at} s {stream}: {mark}"));
        }
    }
}
