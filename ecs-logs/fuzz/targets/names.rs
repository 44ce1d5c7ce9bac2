//! Any text where an operator or another program writes a cursor, a template, a condition: taken or refused with a reason; a cursor
//! that is taken is printed so that it reads back; a template of any fields gives names that CloudWatch takes.
#![no_main]

use ecs_logs::{
    cursor::Cursor,
    entry::{Entry, FieldTable, Kind},
    intern::Interner,
    route::{Condition, Route, RouteSettings, Router, Trust},
    template::Template,
};
use libfuzzer_sys::fuzz_target;

fn taken(name: &str, most: usize, also: &[u8]) -> bool {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || also.contains(&byte);
    !name.is_empty() && name.chars().count() <= most && name.bytes().all(good)
}

fuzz_target!(|text: &str| {
    if let Ok(cursor) = text.parse::<Cursor>() {
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
    }
    drop(Condition::parse(text));
    let mut fields = FieldTable::default();
    let (template, value) = text.split_once('\n').unwrap_or((text, text));
    match Template::parse(template, &mut fields) {
        Err(error) => assert!(!error.to_string().is_empty()),
        Ok(template) => {
            let settings = RouteSettings {
                trust: Trust::All,
                group: Some(template.clone()),
                stream: Some(template),
                ..RouteSettings::default()
            };
            let mut router = Router::new(settings, &mut fields);
            let (mut entry, mut names) = (Entry::default(), Interner::default());
            entry.reset(fields.len());
            let all: Vec<(String, Kind)> = fields.iter().map(|(name, kind)| (name.to_owned(), kind)).collect();
            for (name, kind) in all {
                let (id, _) = fields.find(&name).expect("it was just listed");
                match kind {
                    Kind::Interned => entry.set_symbol(id, names.intern(value.as_bytes())),
                    Kind::Bytes => entry.set_bytes(id, value.as_bytes()),
                }
            }
            if let Route::Stream(id) = router.route(&entry, &names) {
                let key = router.key(id);
                assert!(taken(&key.group, 512, b"_-/.#"), "group {:?}", key.group);
                let stream = &key.stream;
                assert!(!stream.is_empty() && stream.chars().count() <= 512, "stream {stream:?}");
                assert!(!stream.contains([':', '*']), "stream {stream:?}");
            }
        }
    }
});
