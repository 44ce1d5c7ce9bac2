use super::*;
use crate::{
    entry::FieldTable,
    event::{Encoder, Format, Line, Part},
    identity::MOST,
};
use proptest::prelude::*;

/// The fields that an envelope is made of.
const FIELDS: [FieldId; 9] = [
    field::PRIORITY,
    field::HOSTNAME,
    field::PID,
    field::UID,
    field::GID,
    field::CODE_FILE,
    field::CODE_LINE,
    field::CODE_FUNC,
    field::MESSAGE_ID,
];

fn identity(number: usize) -> Identity {
    Identity::numbered(number as u64 + 1)
}

fn settings() -> EncoderSettings {
    EncoderSettings {
        hostname: "own \"host\"".to_owned(),
        ..EncoderSettings::default()
    }
}

fn entry(values: &[Option<Vec<u8>>], names: &mut Interner) -> Entry {
    let mut entry = Entry::default();
    entry.reset(FieldTable::default().len());
    entry.realtime_usec = 1_700_000_000_123_456;
    for (id, value) in FIELDS.into_iter().zip(values) {
        if let Some(value) = value {
            entry.set_symbol(id, names.intern(value));
        }
    }
    entry
}

fn field_value() -> impl Strategy<Value = Option<Vec<u8>>> {
    prop_oneof![
        2 => Just(None),
        2 => (-2i32..10).prop_map(|number| Some(number.to_string().into_bytes())),
        2 => prop::collection::vec(prop_oneof![Just(b'"'), Just(b'\\'), Just(b'<'), any::<u8>()], 0..30).prop_map(Some),
        1 => (2_000usize..2_100).prop_map(|len| Some(vec![b'x'; len])),
    ]
}

fn line() -> impl Strategy<Value = String> {
    let members = prop::sample::subsequence(
        vec![
            r#""level":"warn""#,
            r#""level":"odd""#,
            r#""time":"2020-01-02T03:04:05.06+02:00""#,
            r#""info":{"source":"s","zone":1}"#,
            r#""info":{"source":""}"#,
            r#""info":{"Source":"a<b"}"#,
            r#""info":{"host":"h","pid":7}"#,
            r#""info":{"host":"","id":"","pid":0}"#,
            r#""info":{"errors":[{"type":"t"}]}"#,
            r#""info":{}"#,
            r#""info":5"#,
            r#""data":{"user":1}"#,
            r#""user":"x""#,
            r#""_aws":{}"#,
            r#""message":"m\n""#,
        ],
        0..6,
    );
    prop_oneof![
        ".{0,40}",
        members
            .prop_shuffle()
            .prop_map(|members| format!("{{{}}}", members.join(","))),
    ]
}

proptest! {
    #[test]
    fn an_entry_known_by_its_identity_becomes_the_same_event(
        entries in prop::collection::vec(prop::collection::vec(field_value(), FIELDS.len()), 1..4),
        lines in prop::collection::vec((line(), 0usize..4, any::<bool>(), any::<bool>()), 1..20),
        journal_id in any::<bool>(),
        missing in any::<bool>(),
        max_event_bytes in prop_oneof![Just(1 << 20), 60usize..400],
    ) {
        let settings = EncoderSettings {
            journal_id,
            missing_level: if missing { MissingLevel::None } else { MissingLevel::Info },
            max_event_bytes,
            ..settings()
        };
        let mut names = Interner::default();
        let (mut plain, mut knowing) = (Encoder::new(settings.clone()), Encoder::new(settings.clone()));
        let entries: Vec<Entry> = entries.iter().map(|values| entry(values, &mut names)).collect();
        for (text, at, is_part, reconfigured) in lines {
            if reconfigured {
                let settings = EncoderSettings { hostname: text.clone(), ..settings.clone() };
                plain.reconfigure(settings.clone());
                knowing.reconfigure(settings);
            }
            let at = at % entries.len();
            let mut known = entries[at].clone();
            known.journal_id = Some((7, at as u128 as u64));
            let unknown = known.clone();
            known.set_identity(identity(at * MOST / 2));
            let part = is_part.then_some(Part { number: 2, last: true });
            let mut rest = Some(Line { text: text.as_bytes(), part });
            while let Some(line) = rest {
                let (mut expected, mut body) = (b"[".to_vec(), b"[".to_vec());
                let without = plain.encode(&line, &unknown, &names, &mut expected);
                let with = knowing.encode(&line, &known, &names, &mut body);
                prop_assert_eq!(String::from_utf8_lossy(&body), String::from_utf8_lossy(&expected));
                prop_assert_eq!(with, without);
                rest = with.rest;
            }
        }
    }
}

#[test]
fn what_is_kept_of_many_identities_has_a_limit() {
    let (mut fragments, mut names) = (Fragments::default(), Interner::default());
    let settings = settings();
    for number in 0..2 * MOST {
        let file = format!("{number:01000}");
        let mut entry = entry(&[None], &mut names);
        entry.set_symbol(field::CODE_FILE, names.intern(file.as_bytes()));
        entry.set_identity(identity(number));
        let own = Own {
            entry: &entry,
            names: &names,
            settings: &settings,
        };
        let fragment = fragments.of(&own).unwrap();
        assert_eq!(fragment.text, written(&own).0);
        assert!(fragments.slots.len() <= MOST && fragments.text.len() <= MAX_BYTES);
    }
}

#[test]
fn a_fragment_goes_with_the_generation_it_was_made_in() {
    let (mut fragments, mut names) = (Fragments::default(), Interner::default());
    let settings = settings();
    let mut of = |names: &Interner, entry: &Entry| {
        let own = Own {
            entry,
            names,
            settings: &settings,
        };
        fragments.of(&own).unwrap().text.to_vec()
    };
    let mut first = entry(&[Some(b"3".to_vec())], &mut names);
    first.set_identity(identity(0));
    assert!(of(&names, &first).starts_with(br#"{\"level\":\"ERROR"#));
    let generation = names.generation();
    for number in 0.. {
        names.intern(format!("{number}-").as_bytes());
        if names.generation() != generation {
            break;
        }
    }
    let mut second = entry(&[Some(b"4".to_vec())], &mut names);
    second.set_identity(identity(0));
    assert!(of(&names, &second).starts_with(br#"{\"level\":\"WARN"#));
}

#[test]
fn entries_without_an_identity_leave_nothing() {
    let (mut fragments, mut names) = (Fragments::default(), Interner::default());
    let entry = entry(&[None], &mut names);
    let settings = EncoderSettings {
        format: Format::Raw,
        ..settings()
    };
    let own = Own {
        entry: &entry,
        names: &names,
        settings: &settings,
    };
    assert!(fragments.of(&own).is_none());
    assert_eq!(fragments.slots.capacity() + fragments.text.capacity(), 0);
}
