//! A cluster's audit log out of thin air: the same seed gives the same bytes on every machine.

pub mod body;
pub mod cluster;
pub mod incident;
pub mod noise;
pub mod record;
pub mod rng;

use auditscope::model::Micros;
use auditscope::model::time::{MICROS_PER_SECOND, parse_rfc3339};
use noise::Noise;
use record::{Level, Record};
use rng::Rng;

/// Events and seed of the committed sample.
pub const SAMPLE_EVENTS: u64 = 20_000;
pub const SAMPLE_SEED: u64 = 7;
const SAMPLE_START: &str = "2026-03-03T06:40:00.000000Z";
/// The sample's clients ask in bursts, as reconcile loops do; that also lets it pack well.
const SAMPLE_BURST_GAP_MICROS: u64 = 8_000_000;
const SAMPLE_GAP_MICROS: u64 = 90_000;
const SAMPLE_REPEATS_PER_MILLE: u64 = 908;

const START: &str = "2026-03-02T08:00:00.000000Z";
const GAP_MICROS: u64 = 20_000;

pub struct Options {
    pub seed: u64,
    pub level: Level,
    /// Of a hundred events, how many are followed by a line that is no event.
    pub bad_lines_percent: f64,
    /// Tell the sample's incident among the noise.
    pub sample: bool,
}

/// Writes one event at a time, in the order an API server would: by stage time.
pub struct Generator {
    options: Options,
    rng: Rng,
    noise: Noise,
    clock: Micros,
    /// Scripted events to come, earliest last.
    script: Vec<Record>,
    previous: Option<Record>,
    written: u64,
}

impl Generator {
    pub fn new(options: Options) -> Generator {
        let mut rng = Rng::new(options.seed);
        let mut noise = Noise::new(&mut rng, options.sample);
        let start = if options.sample { SAMPLE_START } else { START };
        let mut script = if options.sample { incident::script(&mut rng, &mut noise) } else { Vec::new() };
        script.sort_by_key(|record| std::cmp::Reverse(record.staged));
        // Invariant: the two constants are timestamps (every run would show it).
        let clock = parse_rfc3339(start.as_bytes()).unwrap_or_default();
        Generator { options, rng, noise, clock, script, previous: None, written: 0 }
    }

    /// The next event as a line; with luck a bad line after it.
    pub fn write_next(&mut self, out: &mut String) {
        let mut record = match self.script.pop_if(|record| record.staged <= self.clock) {
            Some(scripted) => scripted,
            None => self.next_noise(),
        };
        record.audit_id = self.audit_id();
        if self.options.sample {
            keep_small(&mut record);
        }
        record.write_line(out);
        let per_million = (self.options.bad_lines_percent * 10_000.0) as u64;
        if per_million > 0 && self.rng.below(1_000_000) < per_million {
            self.write_bad_line(out);
        }
    }

    fn next_noise(&mut self) -> Record {
        let repeated = if self.options.sample { self.repeated() } else { None };
        let mean = match &repeated {
            _ if !self.options.sample => GAP_MICROS,
            Some(_) => SAMPLE_GAP_MICROS,
            None => SAMPLE_BURST_GAP_MICROS,
        };
        self.clock += self.rng.gap(mean) as i64;
        let mut record = repeated.unwrap_or_else(|| self.noise.next(&mut self.rng));
        if self.options.sample {
            self.previous = Some(record.clone());
        }
        let latency = latency_micros(&mut self.rng, &record);
        record.staged = self.clock;
        record.received = self.clock - latency as i64;
        if record.verb != "watch" && latency > 500_000 {
            let (etcd, total) = (latency * 3 / 4, latency - 200);
            record.annotations.insert(0, ("apiserver.latency.k8s.io/total", go_duration(total)));
            record.annotations.insert(0, ("apiserver.latency.k8s.io/etcd", go_duration(etcd)));
        }
        if self.options.level > Level::Metadata {
            body::add(&mut self.rng, &mut record, self.options.level);
        }
        record
    }

    /// The request before, asked once more: only what a client would repeat.
    fn repeated(&mut self) -> Option<Record> {
        let mut record = self.previous.take()?;
        let repeatable = matches!(record.verb, "get" | "list" | "watch" | "update" | "patch") && record.code < 300;
        if !repeatable || !self.rng.chance(SAMPLE_REPEATS_PER_MILLE) {
            return None;
        }
        if let Some(object) = record.object.as_mut().filter(|object| object.resource_version > 0) {
            object.resource_version = self.noise.next_version();
        }
        Some(record)
    }

    fn audit_id(&mut self) -> String {
        if !self.options.sample {
            return self.rng.uuid();
        }
        // Differs in four digits only: twenty thousand random identifiers alone would be 300 KB.
        self.written += 1;
        format!("{:04x}7d19-5a3c-4e1d-9b07-6f2e81c4d031", self.written * 40_503 % 65_536)
    }

    fn write_bad_line(&mut self, out: &mut String) {
        match self.rng.below(5) {
            0 => {
                out.push_str("I0302 08:14:03.101113       1 trace.go:236] Trace[1843]: \"List\" (total time: 612ms)\n")
            }
            1 => out.push_str(
                "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",\"level\":\"Metadata\",\"auditID\":\"7d0\n",
            ),
            2 => out.push_str("{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"code\":500}\n"),
            3 => out.push_str("--- log rotated ---\n"),
            _ => out.push_str("{\"kind\":\"Event\",,}\n"),
        }
    }
}

/// Leaves out of a sample's event what packs badly and tells nothing.
fn keep_small(record: &mut Record) {
    let whole_millis = |micros: Micros| micros - micros % 1000;
    if record.actor.ip != incident::STRANGE_IP && record.actor.name != incident::ALICE {
        record.received = whole_millis(record.received);
        record.staged = whole_millis(record.staged);
    }
    if let Some(object) = &mut record.object {
        object.uid.clear();
        object.resource_version = 0;
    }
}

/// Mostly milliseconds, now and then a second; a watch lasts minutes.
fn latency_micros(rng: &mut Rng, record: &Record) -> u64 {
    if record.verb == "watch" && record.stage == "ResponseComplete" {
        return 300 * MICROS_PER_SECOND as u64 + rng.below(300_000_000);
    }
    let base = match record.verb {
        "get" => 900,
        "list" | "deletecollection" => 5_000,
        "watch" => 700,
        _ => 3_500,
    };
    let latency = base + rng.gap(base);
    if rng.chance(3) { latency + 400_000 + rng.gap(400_000) } else { latency }
}

/// As Go prints a duration: `612.4ms`, `1.2034s`.
fn go_duration(micros: u64) -> String {
    if micros < 1_000_000 {
        format!("{}.{:03}ms", micros / 1000, micros % 1000)
    } else {
        format!("{}.{:06}s", micros / 1_000_000, micros % 1_000_000)
    }
}
