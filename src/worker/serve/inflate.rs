//! Gzip through the browser's own inflater, which is faster than any of ours. Lines of text are
//! not looked at here: they stay in the browser's memory until a worker takes them over to parse.

use super::stream::read_chunk;
use super::texts::slice;
use crate::formats::split::PIECE_BYTES;
use crate::formats::{Shape, detect};
use crate::worker::feed_text::TextCutter;
use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::{Blob, ReadableStream, ReadableStreamDefaultReader, ReadableWritablePair};

#[wasm_bindgen]
extern "C" {
    /// web-sys has it only behind its unstable switch.
    type DecompressionStream;

    #[wasm_bindgen(constructor, catch)]
    fn new(format: &str) -> Result<DecompressionStream, JsValue>;

    #[wasm_bindgen(extends = Uint8Array)]
    type Bytes;

    /// js-sys lacks it.
    #[wasm_bindgen(method, js_name = lastIndexOf)]
    fn last_index_of(this: &Bytes, byte: u8) -> f64;
}

/// Packed bytes read at once.
const READ_BYTES: u64 = 1 << 20;
/// A line that is longer is left to the cutter.
const LONGEST_LINE_BYTES: u64 = 64 << 20;

pub struct Inflater {
    reader: ReadableStreamDefaultReader,
    /// Bytes of text had from the browser so far.
    text_bytes: u64,
    /// `None` once the text turned out not to be plain lines: the cutter has it all.
    gathered: Option<Gathered>,
}

/// Text that no piece was made of yet.
#[derive(Default)]
struct Gathered {
    /// `Uint8Array`s as the browser gave them.
    chunks: Array,
    start: u64,
    bytes: u64,
    is_lines: bool,
}

/// What came of reading on.
pub enum Inflated {
    /// Perhaps something for the cutter.
    Some,
    /// A piece of whole lines: where it starts, its length, its buffers.
    Lines {
        start: u64,
        length: u32,
        buffers: Array,
    },
    End,
    /// A second member, trailing bytes, a cut or damaged stream after so many bytes of text:
    /// the browser stops at each of them. The cutter has what was not given out.
    Broken {
        text_bytes: u64,
    },
}

impl Inflater {
    /// `None` unless the file's first layer is gzip and text is right below it.
    /// `packed_read` follows how far it has come.
    pub async fn open(file: &Blob, packed_read: Rc<Cell<u64>>, cutter: &mut TextCutter) -> Option<Inflater> {
        let inflater = DecompressionStream::new("gzip").ok()?;
        // It has the pair's two properties.
        let pair: ReadableWritablePair = inflater.unchecked_into();
        let stream = packed(file.clone(), packed_read).ok()?;
        let reader: ReadableStreamDefaultReader = stream.pipe_through(&pair).get_reader().dyn_into().ok()?;
        let first = read_chunk(reader.read()).await.ok()??;
        let head = first.to_vec();
        let is_text = detect::layer(&head).is_none() && detect::binary(&head).is_none();
        if !is_text {
            return None;
        }
        let mut inflater = Inflater { reader, text_bytes: 0, gathered: Some(Gathered::default()) };
        // Too little for a piece: nothing comes of it but perhaps something for the cutter.
        inflater.take(first, cutter);
        Some(inflater)
    }

    pub async fn next(&mut self, cutter: &mut TextCutter) -> Inflated {
        match read_chunk(self.reader.read()).await {
            Ok(Some(chunk)) => self.take(chunk, cutter),
            Ok(None) => self.rest(cutter),
            Err(_) => {
                self.pour(cutter);
                Inflated::Broken { text_bytes: self.text_bytes }
            }
        }
    }

    fn take(&mut self, chunk: Uint8Array, cutter: &mut TextCutter) -> Inflated {
        let length = u64::from(chunk.length());
        self.text_bytes += length;
        let Some(gathered) = &mut self.gathered else {
            cutter.push(&chunk.to_vec());
            return Inflated::Some;
        };
        let has_head = gathered.bytes >= detect::HEAD_BYTES as u64;
        gathered.chunks.push(&chunk);
        gathered.bytes += length;
        if !has_head && gathered.bytes >= detect::HEAD_BYTES as u64 {
            gathered.is_lines = matches!(detect::shape(&gathered.head()), Shape::Lines);
            if !gathered.is_lines {
                self.pour(cutter);
            }
            return Inflated::Some;
        }
        if !gathered.is_lines || gathered.bytes < PIECE_BYTES as u64 {
            return Inflated::Some;
        }
        match chunk.unchecked_ref::<Bytes>().last_index_of(b'\n') {
            newline if newline >= 0.0 => gathered.cut(&chunk, newline as u32 + 1),
            _ if gathered.bytes > LONGEST_LINE_BYTES => {
                self.pour(cutter);
                Inflated::Some
            }
            _ => Inflated::Some,
        }
    }

    /// The text has ended: its last lines, then nothing.
    fn rest(&mut self, cutter: &mut TextCutter) -> Inflated {
        match self.gathered.take() {
            Some(mut gathered) if gathered.is_lines && gathered.bytes > 0 => gathered.give(),
            gathered => {
                self.gathered = gathered;
                self.pour(cutter);
                Inflated::End
            }
        }
    }

    /// Leaves what was gathered, and all that comes, to the cutter.
    fn pour(&mut self, cutter: &mut TextCutter) {
        let Some(gathered) = self.gathered.take() else { return };
        *cutter = match gathered.is_lines {
            true => TextCutter::lines_from(gathered.start),
            false => TextCutter::default(),
        };
        for chunk in gathered.chunks.iter() {
            cutter.push(&chunk.unchecked_into::<Uint8Array>().to_vec());
        }
    }
}

impl Gathered {
    fn head(&self) -> Vec<u8> {
        let mut head = Vec::new();
        for chunk in self.chunks.iter() {
            head.extend(chunk.unchecked_into::<Uint8Array>().to_vec());
        }
        head.truncate(detect::HEAD_BYTES);
        head
    }

    /// Everything up to `end` in the last chunk, which stays with what follows `end`.
    fn cut(&mut self, last: &Uint8Array, end: u32) -> Inflated {
        let after = last.slice(end, last.length());
        self.chunks.pop();
        self.chunks.push(&last.slice(0, end));
        self.bytes -= u64::from(after.length());
        let lines = self.give();
        self.bytes = u64::from(after.length());
        self.chunks.push(&after);
        lines
    }

    fn give(&mut self) -> Inflated {
        let chunks = std::mem::take(&mut self.chunks);
        let buffers = chunks.iter().map(|chunk| chunk.unchecked_into::<Uint8Array>().buffer()).collect();
        let (start, bytes) = (self.start, std::mem::take(&mut self.bytes));
        self.start += bytes;
        // Invariant: pieces are cut long before 4 GiB (see `LONGEST_LINE_BYTES`).
        Inflated::Lines { start, length: bytes as u32, buffers }
    }
}

/// The file's bytes, counted as they are taken.
fn packed(file: Blob, packed_read: Rc<Cell<u64>>) -> Result<ReadableStream, JsValue> {
    let pull = Closure::<dyn FnMut(JsValue) -> Promise>::new(move |controller: JsValue| {
        let at = packed_read.get();
        let end = (at + READ_BYTES).min(file.size() as u64);
        packed_read.set(end);
        let part = slice(&file, at, end);
        future_to_promise(async move {
            if at == end {
                return call(&controller, "close", None);
            }
            let part = part.map_err(|fault| JsValue::from(fault.what_happened))?;
            let buffer = JsFuture::from(part.array_buffer()).await?;
            call(&controller, "enqueue", Some(&Uint8Array::new(&buffer)))
        })
    });
    let source = Object::new();
    // The stream may call it after a cancelled feed is gone: the browser owns it.
    Reflect::set(&source, &"pull".into(), &pull.into_js_value())?;
    ReadableStream::new_with_underlying_source(&source)
}

fn call(on: &JsValue, method: &str, argument: Option<&JsValue>) -> Result<JsValue, JsValue> {
    let method: Function = Reflect::get(on, &method.into())?.dyn_into()?;
    match argument {
        Some(argument) => method.call1(on, argument),
        None => method.call0(on),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use wasm_bindgen_test::wasm_bindgen_test;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(text).expect("a Vec takes all");
        packer.finish().expect("a Vec takes all")
    }

    fn lines(bytes: usize) -> Vec<u8> {
        (0u64..).flat_map(|n| format!("{{\"auditID\":\"{n}\"}}\n").into_bytes()).take(bytes).collect()
    }

    /// The text as it comes out, pieces and cutter; whether the stream was sound; pieces of whole lines.
    async fn inflated(packed: &[u8]) -> Option<(Vec<u8>, bool, usize)> {
        let bytes = Uint8Array::from(packed);
        let blob = Blob::new_with_buffer_source_sequence(&Array::of1(&bytes)).expect("a blob");
        let mut cutter = TextCutter::default();
        let mut inflater = Inflater::open(&blob, Rc::default(), &mut cutter).await?;
        let (mut text, mut pieces) = (Vec::new(), 0);
        let sound = loop {
            match inflater.next(&mut cutter).await {
                Inflated::Some => {}
                Inflated::Lines { start, length, buffers } => {
                    assert_eq!(start, text.len() as u64, "pieces follow one another");
                    let bytes = super::super::texts::copy(&buffers, Vec::new());
                    assert_eq!(bytes.len(), length as usize);
                    text.extend(bytes);
                    pieces += 1;
                }
                Inflated::End => break true,
                Inflated::Broken { text_bytes } => {
                    assert!(text_bytes >= text.len() as u64);
                    break false;
                }
            }
        };
        cutter.finish();
        while let Some((piece, bytes)) = cutter.next_piece() {
            assert_eq!(piece.start, text.len() as u64, "the cutter goes on where the pieces end");
            text.extend(bytes.expect("kept"));
        }
        Some((text, sound, pieces))
    }

    #[wasm_bindgen_test]
    async fn every_byte_once_whatever_the_text() {
        let pretty = [b"[\n".as_slice(), &vec![b' '; 100_000], b"{}]"].concat();
        let one_line = [vec![b'x'; LONGEST_LINE_BYTES as usize + PIECE_BYTES], b"\nend".to_vec()].concat();
        let cases: [(&str, Vec<u8>, usize); 6] = [
            ("a few lines", lines(100), 0),
            ("lines", lines(5 * PIECE_BYTES / 2), 3),
            ("lines, the last one whole", [lines(PIECE_BYTES), b"\n".to_vec()].concat(), 2),
            ("an array", pretty, 0),
            ("one endless line", one_line, 0),
            ("a line longer than a piece", [lines(99), vec![b' '; 2 * PIECE_BYTES], lines(9)].concat(), 1),
        ];
        for (name, text, pieces) in cases {
            let (found, sound, found_pieces) = inflated(&gzip(&text)).await.expect("gzip");
            assert!(found == text, "{name}: {} of {} bytes", found.len(), text.len());
            assert_eq!((sound, found_pieces), (true, pieces), "{name}");
        }
    }

    #[wasm_bindgen_test]
    async fn what_the_browser_refuses_is_left_to_our_own_reader() {
        let text = lines(2 * PIECE_BYTES);
        let packed = gzip(&text);
        let cut = inflated(&packed[..packed.len() / 2]).await.expect("gzip");
        assert!(!cut.1 && text.starts_with(&cut.0) && !cut.0.is_empty());
        let two = inflated(&[packed.clone(), gzip(b"{}\n")].concat()).await.expect("gzip");
        assert!(!two.1 && text.starts_with(&two.0));
        assert!(inflated(b"no gzip at all").await.is_none());
        assert!(inflated(&gzip(&packed)).await.is_none(), "gzip in gzip");
    }
}
