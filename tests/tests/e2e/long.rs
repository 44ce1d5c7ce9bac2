//! What takes minutes: `make torture` runs these.

use crate::streams::{deliver, many};
use std::time::Duration;

#[test]
#[ignore = "minutes; make torture runs it"]
fn case_11_ten_thousand_new_streams_are_made_at_the_quotas_pace() {
    // AWS makes 50 streams a second: minutes, and all who come too early are refused.
    let Some(scene) = many(10_000, 40_000, true) else {
        return;
    };
    let usage = deliver(&scene, Duration::from_secs(1200));
    let made = scene.made.streams.len() as f64;
    let pace = made / usage.elapsed.as_secs_f64();
    assert!(pace < 51.0, "{pace:.0} streams a second");
    assert!(usage.anonymous < 128_000_000, "{} bytes", usage.anonymous);
}
