use super::*;

/// Routes one entry of the given fields.
fn check(settings: impl Fn(&mut FieldTable) -> RouteSettings, entry: &[(&str, &str)]) -> String {
    let mut table = FieldTable::default();
    let mut router = Router::new(settings(&mut table), &mut table);
    let mut names = Interner::default();
    let read = entry_of(entry, &mut table, &mut names);
    let route = router.route(&read, &names);
    assert_eq!(
        router.route(&read, &names),
        route,
        "the second time it comes from the cache"
    );
    match route {
        Route::Stream(id) => router.key(id).to_string(),
        Route::Refused(refusal) => format!("refused: {}", refusal.describe(&names)),
        Route::Ignored => "ignored".to_owned(),
        Route::Suppressed { unit, dropped } => format!("{dropped} of {unit} suppressed"),
    }
}

fn entry_of(fields: &[(&str, &str)], table: &mut FieldTable, names: &mut Interner) -> Entry {
    let ids: Vec<_> = fields
        .iter()
        .map(|(name, _)| table.add(name, Kind::Interned))
        .collect();
    let mut entry = Entry::default();
    entry.reset(table.len());
    for (id, (_, value)) in ids.into_iter().zip(fields) {
        match table.kind(id) {
            Some(Kind::Bytes) => entry.set_bytes(id, value.as_bytes()),
            _ => entry.set_symbol(id, names.intern(value.as_bytes())),
        }
    }
    entry
}

fn default(_: &mut FieldTable) -> RouteSettings {
    RouteSettings::default()
}

const DOCKER: (&str, &str) = ("_SYSTEMD_UNIT", "docker.service");

#[test]
fn a_container_goes_to_its_services_group() {
    let entry = [
        DOCKER,
        ("CONTAINER_TAG", "web"),
        ("CONTAINER_NAME", "web-1"),
    ];
    assert_eq!(check(default, &entry), "web web-1");
}

#[test]
fn a_container_without_a_name_is_kept_under_its_id_or_its_host() {
    let entry = [
        DOCKER,
        ("CONTAINER_TAG", "web"),
        ("CONTAINER_NAME", ""),
        ("CONTAINER_ID", "abc"),
    ];
    assert_eq!(check(default, &entry), "web abc");
    assert_eq!(
        check(
            default,
            &[DOCKER, ("CONTAINER_TAG", "web"), ("_HOSTNAME", "h")]
        ),
        "web h"
    );
}

#[test]
fn what_others_claim_to_be_a_container_is_refused_with_the_way_out() {
    assert_eq!(
        check(
            default,
            &[("_SYSTEMD_UNIT", "cron.service"), ("CONTAINER_TAG", "web")]
        ),
        "refused: an entry with CONTAINER_TAG=\"web\" comes from cron.service, not from the container engine, and is not believed (--trusted-unit cron.service believes that unit, --trust-container-fields believes all)"
    );
    assert!(check(default, &[("CONTAINER_TAG", "web")]).contains("has no _SYSTEMD_UNIT"));
}

#[test]
fn what_is_no_containers_is_ignored() {
    assert_eq!(
        check(
            default,
            &[("_SYSTEMD_UNIT", "cron.service"), ("MESSAGE", "m")]
        ),
        "ignored"
    );
    assert_eq!(check(default, &[DOCKER, ("CONTAINER_TAG", "")]), "ignored");
}

#[test]
fn all_are_believed_on_request() {
    let all = |_: &mut FieldTable| RouteSettings {
        trust: Trust::All,
        ..RouteSettings::default()
    };
    assert_eq!(
        check(all, &[("CONTAINER_TAG", "web"), ("CONTAINER_NAME", "n")]),
        "web n"
    );
}

#[test]
fn journald_alone_can_say_that_it_suppressed_lines() {
    let said = [
        ("MESSAGE_ID", SUPPRESSED_ID),
        ("N_DROPPED", "17"),
        ("MESSAGE", "Suppressed 17 messages from docker.service"),
    ];
    let driver = [said.as_slice(), &[("_TRANSPORT", "driver")]].concat();
    assert_eq!(check(default, &driver), "17 of docker.service suppressed");
    assert_eq!(check(default, &said), "ignored");
}

#[test]
fn templates_and_the_named_field_make_names() {
    let template = |text, fields: &mut FieldTable| Some(Template::parse(text, fields).unwrap());
    let entry = [
        DOCKER,
        ("CONTAINER_TAG", "web"),
        ("CONTAINER_NAME", "n"),
        ("CONTAINER_ID", "id"),
        ("TASK", "t"),
    ];
    let by_template = |fields: &mut FieldTable| RouteSettings {
        group: template("/prod/{CONTAINER_TAG}", fields),
        stream: template("{TASK}/{CONTAINER_ID}", fields),
        ..RouteSettings::default()
    };
    assert_eq!(check(by_template, &entry), "/prod/web t/id");
    let by_field = |name: &'static str| {
        move |_: &mut FieldTable| RouteSettings {
            stream_field: Some(name.to_owned()),
            ..RouteSettings::default()
        }
    };
    assert_eq!(check(by_field("TASK"), &entry), "web t");
    assert_eq!(check(by_field("ABSENT"), &entry), "web n");
    assert_eq!(check(by_field("lower case"), &entry), "web n");
    assert_eq!(
        check(
            by_field("MESSAGE"),
            &[entry.as_slice(), &[("MESSAGE", "m")]].concat()
        ),
        "web m"
    );
}

#[test]
fn plain_units_have_routes_and_cannot_reach_a_services_group() {
    let settings = |fields: &mut FieldTable| RouteSettings {
        routes: vec![UnitRoute {
            conditions: vec![
                Condition::parse("_SYSTEMD_UNIT=ecs.service").unwrap(),
                Condition::parse("_SYSTEMD_UNIT=cron.service").unwrap(),
            ],
            group: Template::parse("/host/{CONTAINER_TAG|_SYSTEMD_UNIT}", fields).unwrap(),
            stream: None,
        }],
        matches: vec![Condition::parse("_TRANSPORT=kernel").unwrap()],
        ..RouteSettings::default()
    };
    assert_eq!(
        check(
            settings,
            &[
                ("_SYSTEMD_UNIT", "cron.service"),
                ("CONTAINER_TAG", "web"),
                ("_HOSTNAME", "h")
            ]
        ),
        "/host/cron.service h"
    );
    assert_eq!(
        check(settings, &[("_SYSTEMD_UNIT", "ssh.service")]),
        "ignored"
    );
    assert_eq!(
        check(settings, &[("_TRANSPORT", "kernel"), ("_HOSTNAME", "h")]),
        "kernel h"
    );
}

#[test]
fn the_index_is_asked_for_what_may_have_a_route() {
    let text = |settings: RouteSettings| {
        let groups = settings.matches()?;
        let group = |group: &Vec<Condition>| {
            group
                .iter()
                .map(|c| format!("{}={}", c.field, String::from_utf8_lossy(&c.value)))
                .collect::<Vec<_>>()
                .join(" ")
        };
        Some(groups.iter().map(group).collect::<Vec<_>>())
    };
    assert_eq!(
        text(RouteSettings {
            matches: vec![Condition::parse("A=b").unwrap()],
            ..RouteSettings::default()
        })
        .unwrap(),
        [
            "_SYSTEMD_UNIT=docker.service",
            "MESSAGE_ID=a596d6fe7bfa4994828e72309e95d61e _TRANSPORT=driver",
            "A=b"
        ]
    );
    assert_eq!(
        text(RouteSettings {
            trust: Trust::All,
            ..RouteSettings::default()
        }),
        None
    );
}

#[test]
fn a_forgotten_streams_id_is_used_again() {
    let mut table = FieldTable::default();
    let mut router = Router::new(RouteSettings::default(), &mut table);
    let mut names = Interner::default();
    let entry = |name: &str, table: &mut FieldTable, names: &mut Interner| {
        entry_of(
            &[DOCKER, ("CONTAINER_TAG", "web"), ("CONTAINER_NAME", name)],
            table,
            names,
        )
    };
    let (a, b) = (
        entry("a", &mut table, &mut names),
        entry("b", &mut table, &mut names),
    );
    assert_eq!(router.route(&a, &names), Route::Stream(StreamId(0)));
    router.forget(StreamId(0));
    assert_eq!(router.route(&b, &names), Route::Stream(StreamId(0)));
    assert_eq!(router.key(StreamId(0)).to_string(), "web b");
    assert_eq!(router.route(&a, &names), Route::Stream(StreamId(1)));
}
