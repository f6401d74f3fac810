//! Time in the zone that the view shows: the browser's Intl knows the zones, the arithmetic is ours.

use crate::model::Micros;
use crate::model::time::{MICROS_PER_DAY, MICROS_PER_SECOND, civil_from_days, format_rfc3339, parse_rfc3339};
use crate::state::view::Zone;
use js_sys::{Array, Date, Function, Object, Reflect};
use std::cell::RefCell;
use std::collections::HashMap;
use wasm_bindgen::{JsCast, JsValue};

const MICROS_PER_MINUTE: i64 = 60 * MICROS_PER_SECOND;
/// Zones change their offset on quarter hours, so an offset holds for one.
const CACHE_STEP_MICROS: i64 = 15 * MICROS_PER_MINUTE;
const CACHE_LIMIT: usize = 10_000;

thread_local! {
    /// `format` of an `Intl.DateTimeFormat` per zone; `None` for a zone that the browser does not know.
    static FORMATS: RefCell<HashMap<String, Option<Function>>> = RefCell::default();
    static OFFSETS: RefCell<HashMap<(Zone, i64), i32>> = RefCell::default();
}

/// `2026-11-23 09:14:03.123`, in the zone.
pub fn format_time(micros: Micros, zone: &Zone) -> String {
    wall_text(micros, zone, 23)
}

/// `2026-11-23 09:14:03.123456`, in the zone.
pub fn format_time_full(micros: Micros, zone: &Zone) -> String {
    wall_text(micros, zone, 26)
}

/// `2026-11-23 09:14:03`, in the zone.
pub fn format_time_seconds(micros: Micros, zone: &Zone) -> String {
    wall_text(micros, zone, 19)
}

/// `2026-11-23`, in the zone.
pub fn format_date(micros: Micros, zone: &Zone) -> String {
    wall_text(micros, zone, 10)
}

/// `09:14:03.123`, in the zone.
pub fn format_clock(micros: Micros, zone: &Zone) -> String {
    wall_text(micros, zone, 23).split_off(11)
}

/// The zone's clock reading as if it were UTC: for ticks that fall on the zone's round hours and days.
pub fn wall_micros(micros: Micros, zone: &Zone) -> Micros {
    micros.saturating_add(i64::from(zone_offset_minutes(micros, zone)) * MICROS_PER_MINUTE)
}

/// The moment at which the zone's clock reads this; of two moments (a clock set back) the earlier.
pub fn from_wall_micros(wall: Micros, zone: &Zone) -> Micros {
    let at = |offset: i32| wall.saturating_sub(i64::from(offset) * MICROS_PER_MINUTE);
    let before = at(zone_offset_minutes(wall.saturating_sub(MICROS_PER_DAY), zone));
    if wall_micros(before, zone) == wall { before } else { at(zone_offset_minutes(before, zone)) }
}

/// A time as typed: RFC 3339 with its own offset, or a clock reading in the zone, from
/// `2026-11-23` to `2026-11-23 09:14:03.123456`.
pub fn parse_time(text: &str, zone: &Zone) -> Option<Micros> {
    let text = text.trim();
    if let Some(micros) = parse_rfc3339(text.as_bytes()) {
        return Some(micros);
    }
    const REST: &str = "0000-00-00T00:00:00";
    let full = match text.len() {
        10 | 13 | 16 => [text, &REST[text.len()..]].concat(),
        _ => text.to_string(),
    };
    parse_rfc3339([&full, "Z"].concat().as_bytes()).map(|wall| from_wall_micros(wall, zone))
}

/// How far the zone's clock is ahead of UTC at that moment.
pub fn zone_offset_minutes(micros: Micros, zone: &Zone) -> i32 {
    if *zone == Zone::Utc {
        return 0;
    }
    let step = micros.div_euclid(CACHE_STEP_MICROS);
    let key = (zone.clone(), step);
    if let Some(offset) = OFFSETS.with_borrow(|offsets| offsets.get(&key).copied()) {
        return offset;
    }
    let date = Date::new(&JsValue::from_f64((step * CACHE_STEP_MICROS / 1000) as f64));
    let offset = match zone {
        Zone::Utc => 0,
        // JavaScript counts the other way round; out of its range it answers NaN, which becomes 0.
        Zone::Local => -(date.get_timezone_offset() as i32),
        Zone::Named(name) => offset_by_intl(name, &date).unwrap_or(0),
    };
    OFFSETS.with_borrow_mut(|offsets| {
        if offsets.len() >= CACHE_LIMIT {
            offsets.clear();
        }
        offsets.insert(key, offset);
    });
    offset
}

/// `UTC`, `Europe/Paris`, `local time`.
pub fn zone_name(zone: &Zone) -> String {
    match zone {
        Zone::Utc => "UTC".to_string(),
        Zone::Local => "local time".to_string(),
        Zone::Named(name) => name.clone(),
    }
}

/// `+01:00` at that moment.
pub fn offset_text(micros: Micros, zone: &Zone) -> String {
    let minutes = zone_offset_minutes(micros, zone);
    let of = minutes.unsigned_abs();
    format!("{}{:02}:{:02}", if minutes < 0 { '-' } else { '+' }, of / 60, of % 60)
}

/// Whether the browser knows the IANA zone. Times in one that it does not know show in UTC.
pub fn is_known(name: &str) -> bool {
    FORMATS.with_borrow_mut(|formats| formats.entry(name.to_string()).or_insert_with(|| formatter(name)).is_some())
}

/// Every IANA zone that the browser lists; empty where it cannot list them.
pub fn known_zones() -> Vec<String> {
    let listed = || {
        let intl = Reflect::get(&js_sys::global(), &"Intl".into()).ok()?;
        let list: Function = Reflect::get(&intl, &"supportedValuesOf".into()).ok()?.dyn_into().ok()?;
        list.call1(&intl, &"timeZone".into()).ok()?.dyn_into::<Array>().ok()
    };
    listed().map(|names| names.iter().filter_map(|name| name.as_string()).collect()).unwrap_or_default()
}

fn wall_text(micros: Micros, zone: &Zone, length: usize) -> String {
    let wall = wall_micros(micros, zone);
    let (year, ..) = civil_from_days(wall.div_euclid(MICROS_PER_DAY));
    let mut text = format_rfc3339(wall);
    // Beyond the years 0 to 9999 the text has another length: show it whole.
    if (0..10_000).contains(&year) {
        text.truncate(length);
    }
    text.replacen('T', " ", 1)
}

fn offset_by_intl(name: &str, date: &Date) -> Option<i32> {
    let text = FORMATS.with_borrow_mut(|formats| {
        let format = formats.entry(name.to_string()).or_insert_with(|| formatter(name)).as_ref()?;
        format.call1(&JsValue::UNDEFINED, date).ok()?.as_string()
    })?;
    parse_offset(&text)
}

/// A formatter that writes `11/23/2026, GMT+01:00`, or `None` for an unknown zone.
fn formatter(name: &str) -> Option<Function> {
    let intl = Reflect::get(&js_sys::global(), &"Intl".into()).ok()?;
    let constructor: Function = Reflect::get(&intl, &"DateTimeFormat".into()).ok()?.dyn_into().ok()?;
    let options = Object::new();
    Reflect::set(&options, &"timeZone".into(), &name.into()).ok()?;
    Reflect::set(&options, &"timeZoneName".into(), &"longOffset".into()).ok()?;
    let format = Reflect::construct(&constructor, &Array::of2(&"en-US".into(), &options)).ok()?;
    Reflect::get(&format, &"format".into()).ok()?.dyn_into().ok()
}

/// The minutes in `…GMT+05:30`; `…GMT` alone is none.
fn parse_offset(text: &str) -> Option<i32> {
    let (_, offset) = text.rsplit_once("GMT")?;
    let Some(sign) = offset.chars().next() else { return Some(0) };
    let mut parts = offset[sign.len_utf8()..].split(':').map(str::parse::<i32>);
    let minutes = parts.next()?.ok()? * 60 + parts.next().unwrap_or(Ok(0)).ok()?;
    Some(if sign == '+' { minutes } else { -minutes })
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    fn named(name: &str) -> Zone {
        Zone::Named(name.to_string())
    }

    #[wasm_bindgen_test]
    fn clocks_of_zones() {
        for (utc, zone, expected) in [
            ("2026-11-23T09:14:03.123456Z", Zone::Utc, "2026-11-23 09:14:03.123"),
            ("2026-11-23T09:14:03.123456Z", named("Europe/Paris"), "2026-11-23 10:14:03.123"),
            ("2026-07-23T09:14:03Z", named("Europe/Paris"), "2026-07-23 11:14:03.000"),
            ("2026-11-23T20:00:00Z", named("Asia/Kolkata"), "2026-11-24 01:30:00.000"),
            ("2026-11-23T02:00:00Z", named("America/New_York"), "2026-11-22 21:00:00.000"),
            ("2026-11-23T02:00:00Z", named("Nowhere/Land"), "2026-11-23 02:00:00.000"),
        ] {
            let micros = parse_rfc3339(utc.as_bytes()).unwrap();
            assert_eq!(format_time(micros, &zone), expected);
            assert_eq!(parse_time(expected, &zone).unwrap() / 1000, micros / 1000, "{expected}");
        }
        assert!(is_known("Europe/Paris") && !is_known("Nowhere/Land"));
        assert_eq!(offset_text(0, &named("Asia/Kolkata")), "+05:30");
    }

    #[wasm_bindgen_test]
    fn times_as_typed() {
        let paris = named("Europe/Paris");
        for (text, expected) in [
            ("2026-11-23", Some("2026-11-22T23:00:00.000000Z")),
            ("2026-11-23 09", Some("2026-11-23T08:00:00.000000Z")),
            (" 2026-11-23 09:14 ", Some("2026-11-23T08:14:00.000000Z")),
            ("2026-11-23T09:14:03Z", Some("2026-11-23T09:14:03.000000Z")),
            // The clock goes from 03:00 back to 02:00: the first of the two.
            ("2026-10-25 02:30", Some("2026-10-25T00:30:00.000000Z")),
            ("noon", None),
            ("", None),
        ] {
            assert_eq!(parse_time(text, &paris).map(format_rfc3339).as_deref(), expected, "{text}");
        }
    }
}
