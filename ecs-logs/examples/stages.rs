//! Where the time of one thread goes from the journal to request bodies, stage by stage: `stages FOLDER`. A line a stage:
//! entries a second, CPU-seconds a million; each row contains the rows above it of the same reader.

use ecs_logs::{
    entry::{Entry, FieldTable, field},
    event::{Encoder, EncoderSettings, Line},
    intern::Interner,
    route::{Route, RouteSettings, Router},
    source::{Read, Source, journald::JournaldSource, native::NativeSource, place::JournalPlace},
};
use std::time::Instant;

/// How far the entries are taken.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Read,
    Route,
    Encode,
}

fn main() -> anyhow::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or("/var/log/journal".into());
    let only = std::env::args().nth(2);
    let place = JournalPlace::Directory(folder.into());
    for reader in ["native", "libsystemd"] {
        for (stage, name) in [
            (Stage::Read, "read"),
            (Stage::Route, "read, route"),
            (Stage::Encode, "read, route, encode"),
        ] {
            let title = format!("{reader}: {name}");
            if only.as_ref().is_some_and(|only| *only != title) {
                continue;
            }
            let mut fields = FieldTable::default();
            let settings = RouteSettings::default();
            let matches = settings.matches();
            let router = Router::new(settings, &mut fields);
            let mut source: Box<dyn Source> = match reader {
                "native" => Box::new(NativeSource::open(&place, &fields, matches.as_deref())?),
                _ => Box::new(JournaldSource::open(&place, &fields, matches)?),
            };
            run(&title, &mut *source, router, stage)?;
        }
    }
    Ok(())
}

fn run(
    name: &str,
    source: &mut dyn Source,
    mut router: Router,
    stage: Stage,
) -> anyhow::Result<()> {
    let (start, cpu) = (Instant::now(), cpu_seconds());
    let mut encoder = Encoder::new(EncoderSettings::default());
    let (mut entry, mut names) = (Entry::default(), Interner::default());
    let mut bodies: Vec<Vec<u8>> = Vec::new();
    let (mut entries, mut bytes) = (0_u64, 0_u64);
    while source.next(&mut entry, &mut names)? == Read::Entry {
        entries += 1;
        if stage < Stage::Route {
            continue;
        }
        let Route::Stream(stream) = router.route(&entry, &names) else {
            continue;
        };
        if stage < Stage::Encode {
            continue;
        }
        let at = stream.0 as usize;
        if bodies.len() <= at {
            bodies.resize_with(at + 1, Vec::new);
        }
        let body = &mut bodies[at];
        let line = Line::from(entry.bytes(field::MESSAGE).unwrap_or_default());
        encoder.encode(&line, &entry, &names, body);
        if body.len() > 256 << 10 {
            bytes += body.len() as u64;
            body.clear();
        }
    }
    let (wall, cpu) = (start.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    let millions = entries as f64 / 1e6;
    println!(
        "{name:34} {entries:9} entries {bytes:12} bytes {:6.2} M entries/s {:6.3} CPU-s per million",
        millions / wall,
        cpu / millions
    );
    Ok(())
}

/// Time this thread has run, from /proc.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = stat.split(' ').next().and_then(|n| n.parse::<f64>().ok());
    nanoseconds.unwrap_or(0.0) / 1e9
}
