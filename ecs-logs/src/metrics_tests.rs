use super::*;

#[test]
fn the_table_stands_in_the_order_of_its_enum_and_names_are_unique() {
    let mut names = std::collections::HashSet::new();
    for (place, row) in METRICS.iter().enumerate() {
        assert_eq!(row.metric as usize, place);
        assert!(names.insert(row.name), "{} stands twice", row.name);
        let unit = match row.kind {
            Kind::Counter => row.name.ends_with("_total"),
            Kind::Seconds => row.name.ends_with("_seconds"),
            Kind::Gauge => !row.name.ends_with("_total") && !row.name.ends_with("_seconds"),
        };
        assert!(unit, "{}", row.name);
        assert!(!row.meaning.is_empty() && !row.todo.is_empty());
    }
}

#[test]
fn figures_are_printed_as_prometheus_reads_them_and_what_is_unknown_is_not() {
    let mut counters = Counters::default();
    counters.add(Metric::Entries, 3);
    counters.set(Metric::Lag, 1_050);
    counters.set(Metric::JournalHeadroom, UNKNOWN);
    let text = counters.to_prometheus();
    for line in [
        "# TYPE ecs_logs_entries_read_total counter\necs_logs_entries_read_total 3\n",
        "# TYPE ecs_logs_lag_seconds gauge\necs_logs_lag_seconds 1.050\n",
    ] {
        assert!(text.contains(line), "{line:?} is not in {text}");
    }
    assert!(!text.contains("headroom"));
}

#[test]
fn groups_are_counted_apart_up_to_a_limit_and_together_beyond_it() {
    let mut groups = Groups::default();
    assert_eq!(groups.to_prometheus(), "");
    for number in 0..MOST_GROUPS + 3 {
        let group: Arc<str> = format!("/g/{number}").into();
        groups.add(&group, 10, 36);
        groups.add(&group, 1, 27);
    }
    let twice = GroupBytes {
        bytes: 11,
        billed: 63,
    };
    assert_eq!(groups.get("/g/0"), twice);
    assert_eq!(groups.get("/g/100"), GroupBytes::default());
    assert_eq!(groups.get(OTHER_GROUPS).billed, 3 * 63);
    let text = groups.to_prometheus();
    assert!(text.contains("\necs_logs_group_bytes_total{group=\"/g/0\"} 11\n"));
    assert!(text.contains("\necs_logs_group_billed_bytes_total{group=\"*\"} 189\n"));
    assert_eq!(text.matches("{group=").count(), 2 * (MOST_GROUPS + 1));
}

#[test]
fn the_documentation_has_the_table_as_it_is() {
    let page = include_str!("../docs/metrics.md");
    let table = to_markdown();
    assert!(
        page.contains(&table),
        "docs/metrics.md is to contain:\n{table}"
    );
}
