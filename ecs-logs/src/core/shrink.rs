//! One event as several smaller ones, for servers that still take 256 KiB at most. The encoder's parts, made afterwards.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// An event with its overhead, before April 2025.
pub(super) const OLD_MAX_EVENT_BYTES: usize = 262_144;

#[derive(Deserialize)]
struct Event<'a> {
    timestamp: i64,
    #[serde(borrow)]
    message: Cow<'a, str>,
}

/// The event JSON of our own encoder.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Envelope<'a> {
    #[serde(borrow)]
    level: &'a RawValue,
    #[serde(borrow)]
    time: &'a RawValue,
    #[serde(borrow)]
    info: &'a RawValue,
    #[serde(borrow)]
    data: &'a RawValue,
    #[serde(borrow)]
    message: Cow<'a, str>,
}

/// The event's time, and its text in pieces of at most `max` bytes. Nothing when it cannot be cut.
pub(super) fn smaller(event: &[u8], max: usize) -> Option<(i64, Vec<String>)> {
    let event: Event<'_> = serde_json::from_slice(event).ok()?;
    let parts = match serde_json::from_str::<Envelope<'_>>(&event.message) {
        Ok(envelope) => envelopes(&envelope, max)?,
        Err(_) => {
            let part = |(place, text): (usize, &str)| format!("[part {}] {text}", place + 1);
            let room = max.checked_sub(32)?;
            cut(&event.message, room, char::len_utf8)
                .into_iter()
                .enumerate()
                .map(part)
                .collect()
        }
    };
    Some((event.timestamp, parts))
}

fn envelopes(envelope: &Envelope<'_>, max: usize) -> Option<Vec<String>> {
    let around = serde_json::to_string(envelope).ok()?.len()
        - serde_json::to_string(&envelope.message).ok()?.len();
    // For `"part":` and its number.
    let room = max
        .checked_sub(around + 64)
        .filter(|room| *room > max / 2)?;
    let pieces = cut(&envelope.message, room, escaped_width);
    let part = |(place, text): (usize, &&str)| {
        let data = with_part(envelope.data.get(), place + 1, place + 1 == pieces.len())?;
        let data = RawValue::from_string(data).ok()?;
        let piece = Envelope {
            level: envelope.level,
            time: envelope.time,
            info: envelope.info,
            data: &data,
            message: Cow::Borrowed(text),
        };
        serde_json::to_string(&piece).ok()
    };
    pieces.iter().enumerate().map(part).collect()
}

fn with_part(data: &str, number: usize, last: bool) -> Option<String> {
    let members = data.trim().strip_prefix('{')?;
    let comma = if members.trim_start() == "}" { "" } else { "," };
    let last = if last { ",\"last\":true" } else { "" };
    Some(format!("{{\"part\":{number}{last}{comma}{members}"))
}

fn escaped_width(character: char) -> usize {
    match character {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        character if character < ' ' => 6,
        character => character.len_utf8(),
    }
}

/// Pieces of at most `room` by `width`, between characters.
fn cut(text: &str, room: usize, width: impl Fn(char) -> usize) -> Vec<&str> {
    let (mut pieces, mut rest) = (Vec::new(), text);
    while !rest.is_empty() {
        let mut used = 0;
        let end = rest.char_indices().find(|(_, character)| {
            used += width(*character);
            used > room
        });
        let (piece, after) = rest.split_at(end.map_or(rest.len(), |(at, _)| at.max(1)));
        pieces.push(piece);
        rest = after;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn the_parts_of_an_event_fit_and_make_up_the_whole() {
        let text = "ä\"\\\n".repeat(40_000);
        let inner = json!({"level": "INFO", "time": "t", "info": {"host": "h"}, "data": {"a": 1}, "message": text});
        for (message, ours) in [(inner.to_string(), true), (text.clone(), false)] {
            let event = json!({"timestamp": 7, "message": message}).to_string();
            let (time, parts) = smaller(event.as_bytes(), 100_000).unwrap();
            assert_eq!(time, 7);
            assert!(parts.len() > 1 && parts.iter().all(|part| part.len() <= 100_000));
            let piece = |part: &String| match ours {
                true => {
                    let part: Value = serde_json::from_str(part).unwrap();
                    assert_eq!(part["data"]["a"], 1);
                    part["message"].as_str().unwrap().to_owned()
                }
                false => part.split_once("] ").unwrap().1.to_owned(),
            };
            assert_eq!(parts.iter().map(piece).collect::<String>(), text);
        }
    }
}
