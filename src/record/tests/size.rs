//! How large a recording gets.

use std::fs;

use super::*;

/// Ten minutes of three nodes with 46 clients and 90 statements must stay under 5 MB: two minutes under 1 MB.
#[test]
fn ten_minutes_of_a_busy_cluster_stay_under_five_megabytes() {
    let (_directory, path) = place();
    let mut writer = Writer::file(&path, Literals::Keep, now()).unwrap();
    for snapshot in Load::new().take(120) {
        writer.push(&snapshot).unwrap();
    }
    writer.finish().unwrap();
    let size = fs::metadata(&path).unwrap().len();
    println!("two minutes: {size} bytes");
    assert!(size < 1_000_000, "two minutes take {size} bytes");
    assert!(size > 100_000, "{size} bytes: the load is too easy to compress to prove anything");
}
