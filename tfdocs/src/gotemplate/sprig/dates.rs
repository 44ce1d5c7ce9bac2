//! The date of today in Go's layouts, in UTC. Documentation that shows it is never up to date for long.

use std::time::{SystemTime, UNIX_EPOCH};

use super::super::function::{Function, Outcome, Type, any, text};
use super::super::value::{IntType, Val};

pub(super) fn lookup(name: &str) -> Option<Function> {
    use Type::{Any, Str};
    match name {
        "now" => Function::fixed(&[], |_| Ok(Val::Int(now(), IntType::Int64))),
        "date" => Function::fixed(&[Str, Any], |args| dated(text(args, 0), any(args, 1))),
        "dateInZone" | "date_in_zone" => {
            Function::fixed(&[Str, Any, Str], |args| dated(text(args, 0), any(args, 1)))
        }
        "htmlDate" => Function::fixed(&[Any], |args| dated("2006-01-02", any(args, 0))),
        "htmlDateInZone" => Function::fixed(&[Any, Str], |args| dated("2006-01-02", any(args, 0))),
        "unixEpoch" => Function::fixed(&[Any], |args| Ok(seconds(any(args, 0)).to_string().into())),
        "duration" => Function::fixed(&[Any], |args| {
            Ok(duration(super::convert::to_int(any(args, 0))).into())
        }),
        "ago" | "dateModify" | "date_modify" | "mustDateModify" | "must_date_modify"
        | "mustToDate" | "toDate" | "durationRound" => Function::variadic(&[], Any, |_| {
            Err("not available: of dates only now, date and htmlDate are".into())
        }),
        _ => None,
    }
}

/// Seconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

fn seconds(value: &Val) -> i64 {
    match value.base() {
        Val::Int(seconds, _) => *seconds,
        _ => now(),
    }
}

/// `1h2m3s`, as Go writes a duration of seconds.
fn duration(seconds: i64) -> String {
    let sign = if seconds < 0 { "-" } else { "" };
    let size = seconds.unsigned_abs();
    let (hours, minutes, rest) = (size / 3600, size / 60 % 60, size % 60);
    match (hours, minutes) {
        (0, 0) => format!("{sign}{rest}s"),
        (0, _) => format!("{sign}{minutes}m{rest}s"),
        _ => format!("{sign}{hours}h{minutes}m{rest}s"),
    }
}

/// The civil date of a day counted from 1970 (H. Hinnant's days_from_civil, turned round).
fn civil(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let mp = (5 * day_of_year + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day_of_year - (153 * mp + 2) / 5 + 1)
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = [
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
];

/// The time in a layout that shows how Go's reference time would look.
fn dated(layout: &str, value: &Val) -> Outcome {
    let seconds = seconds(value).clamp(-62_135_596_800, 253_402_300_799);
    let (days, clock) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (clock / 3600, clock / 60 % 60, clock % 60);
    let name = |names: &[&'static str], index: i64| {
        usize::try_from(index)
            .ok()
            .and_then(|at| names.get(at).copied())
            .unwrap_or_default()
    };
    let (month_name, day_name) = (name(&MONTHS, month - 1), name(&DAYS, days.rem_euclid(7)));
    let short = |text: &str| text.chars().take(3).collect::<String>();
    let half = if hour % 12 == 0 { 12 } else { hour % 12 };
    let parts: [(&str, String); 22] = [
        ("2006", format!("{year:04}")),
        ("January", month_name.into()),
        ("Jan", short(month_name)),
        ("Monday", day_name.into()),
        ("Mon", short(day_name)),
        ("MST", "UTC".into()),
        ("Z07:00", "Z".into()),
        ("-07:00", "+00:00".into()),
        ("-0700", "+0000".into()),
        ("01", format!("{month:02}")),
        ("02", format!("{day:02}")),
        ("03", format!("{half:02}")),
        ("04", format!("{minute:02}")),
        ("05", format!("{second:02}")),
        ("06", format!("{:02}", year % 100)),
        ("15", format!("{hour:02}")),
        ("PM", if hour < 12 { "AM" } else { "PM" }.into()),
        ("_2", format!("{day:>2}")),
        ("1", month.to_string()),
        ("2", day.to_string()),
        ("3", half.to_string()),
        ("4", minute.to_string()),
    ];
    let mut out = String::new();
    let mut rest = layout;
    'layout: while let Some(c) = rest.chars().next() {
        for (pattern, value) in &parts {
            if let Some(after) = rest.strip_prefix(pattern) {
                out.push_str(value);
                rest = after;
                continue 'layout;
            }
        }
        out.push(c);
        rest = rest.split_at(c.len_utf8()).1;
    }
    Ok(out.into())
}
