//! Writes a believable Kubernetes audit log: deterministic, streamed, fast.
//!
//! `cargo run --release --example generate -- --events N --seed S [--bytes B]
//!  [--level metadata|request|requestresponse] [--bodies] [--bad-lines PERCENT] [--sample] [--out FILE]`

mod generator;

use generator::record::Level;
use generator::{Generator, Options, SAMPLE_EVENTS, SAMPLE_SEED};
use std::fs::File;
use std::io::{self, Write};

const USAGE: &str = "usage: generate --events N [--seed S] [--bytes B] [--level metadata|request|requestresponse]
                [--bodies] [--bad-lines PERCENT] [--sample] [--out FILE]
  --bytes B      stop at the first event that passes B bytes of output
  --bodies       short for --level requestresponse
  --sample       the sample's incident; without other options, exactly the committed sample
  --out FILE     default: standard output";

struct Arguments {
    events: u64,
    bytes: u64,
    out: Option<String>,
    options: Options,
}

fn parse(mut words: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let (mut events, mut seed, mut bytes, mut out) = (None, None, None, None);
    let mut options = Options { seed: 1, level: Level::Metadata, bad_lines_percent: 0.0, sample: false };
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} wants a value"));
        let number = |text: String| text.parse::<u64>().map_err(|_| format!("'{text}' is no whole number"));
        match word.as_str() {
            "--events" => events = Some(number(value()?)?),
            "--seed" => seed = Some(number(value()?)?),
            "--bytes" => bytes = Some(number(value()?)?),
            "--level" => {
                options.level = match value()?.to_ascii_lowercase().as_str() {
                    "metadata" => Level::Metadata,
                    "request" => Level::Request,
                    "requestresponse" => Level::RequestResponse,
                    other => return Err(format!("'{other}' is no level")),
                }
            }
            "--bodies" => options.level = Level::RequestResponse,
            "--bad-lines" => {
                options.bad_lines_percent = value()?.parse().map_err(|_| "--bad-lines wants a number".to_string())?;
            }
            "--sample" => options.sample = true,
            "--out" => out = Some(value()?),
            other => return Err(format!("'{other}' is no option")),
        }
    }
    options.seed = seed.unwrap_or(if options.sample { SAMPLE_SEED } else { 1 });
    let default = options.sample.then_some(SAMPLE_EVENTS).or(bytes.map(|_| u64::MAX));
    let events = events.or(default).ok_or("--events is missing")?;
    Ok(Arguments { events, bytes: bytes.unwrap_or(u64::MAX), out, options })
}

fn run(arguments: Arguments) -> io::Result<()> {
    let mut sink: Box<dyn Write> = match &arguments.out {
        Some(path) => Box::new(File::create(path)?),
        None => Box::new(io::stdout().lock()),
    };
    let mut generator = Generator::new(arguments.options);
    let mut buffer = String::with_capacity(1 << 20);
    let mut written = 0;
    for _ in 0..arguments.events {
        let before = buffer.len();
        generator.write_next(&mut buffer);
        written += (buffer.len() - before) as u64;
        if buffer.len() > 1 << 19 {
            sink.write_all(buffer.as_bytes())?;
            buffer.clear();
        }
        if written >= arguments.bytes {
            break;
        }
    }
    sink.write_all(buffer.as_bytes())?;
    sink.flush()
}

fn main() {
    let outcome = parse(std::env::args().skip(1)).and_then(|arguments| match run(arguments) {
        // A reader that has seen enough (`| head`) is no failure.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.to_string()),
        _ => Ok(()),
    });
    if let Err(message) = outcome {
        eprintln!("{message}\n{USAGE}");
        std::process::exit(2);
    }
}
