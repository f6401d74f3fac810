//! Files in files: what is found in them, in which order, and what is said where they are broken.

use auditscope::formats::container::{self, ContainerError};
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use std::io::{Cursor, Read, Write};
use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

/// Each member as `path [container] text`, or with its error in place of the text.
fn listing(file: &[u8], name: &str) -> Vec<String> {
    container::open(Cursor::new(file.to_vec()), name)
        .take(100)
        .map(|member| match member {
            Err(failed) => format!("{} [{}] {:?}", failed.path, failed.container, failed.error),
            Ok(mut member) => {
                let mut text = Vec::new();
                let end = match member.text.read_to_end(&mut text) {
                    Ok(_) => String::new(),
                    Err(error) => format!(" then {:?}", ContainerError::of(&error)),
                };
                format!("{} [{}] {}{end}", member.path, member.container, String::from_utf8_lossy(&text))
            }
        })
        .collect()
}

fn check(file: &[u8], name: &str, expected: &[&str]) {
    assert_eq!(listing(file, name), expected);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(bytes).expect("memory");
    packer.finish().expect("memory")
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

fn zip(method: CompressionMethod, members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        let options = SimpleFileOptions::default().compression_method(method);
        if name.ends_with('/') {
            writer.add_directory(*name, options).expect("memory");
        } else {
            writer.start_file(*name, options).expect("memory");
            writer.write_all(bytes).expect("memory");
        }
    }
    writer.finish().expect("memory").into_inner()
}

fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_entry_type(if name.ends_with('/') { tar::EntryType::Directory } else { tar::EntryType::Regular });
        builder.append_data(&mut header, name, *bytes).expect("memory");
    }
    builder.into_inner().expect("memory")
}

#[test]
fn one_layer() {
    check(b"plain\n", "a.log", &["a.log [] plain\n"]);
    check(b"", "a.log", &["a.log [] "]);
    check(&gzip(b"text"), "a.gz", &["a.gz [gzip] text"]);
    check(&[gzip(b"one "), gzip(b"two")].concat(), "a", &["a [gzip] one two"]);
    check(&[gzip(b"one"), vec![0; 700]].concat(), "a", &["a [gzip] one"]);
    check(&zstd(b"text"), "a.zst", &["a.zst [zstd] text"]);
    let skippable = [0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3];
    check(&[&skippable, &zstd(b"one ")[..], &skippable, &zstd(b"two")].concat(), "a", &["a [zstd] one two"]);
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        let members: [(&str, &[u8]); 3] = [("d/", b""), ("d/x.log", b"one"), ("y", b"two")];
        check(&zip(method, &members), "a.zip", &["a.zip/d/x.log [zip] one", "a.zip/y [zip] two"]);
    }
    let long = "n".repeat(180);
    let members: [(&str, &[u8]); 3] = [("d/", b""), ("./d/x.log", b"one"), (&long, b"two")];
    check(&tar(&members), "a.tar", &["a.tar/d/x.log [tar] one", &format!("a.tar/{long} [tar] two")]);
}

#[test]
fn encodings() {
    let utf_16 = |text: &str, big: bool| -> Vec<u8> {
        let mark = std::iter::once(0xfeff);
        let bytes = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
        mark.chain(text.encode_utf16()).flat_map(bytes).collect()
    };
    check(b"\xef\xbb\xbfmark", "a", &["a [] mark"]);
    check(&utf_16("é😀\n", false), "a", &["a [UTF-16] é😀\n"]);
    check(&utf_16("é😀\n", true), "a", &["a [UTF-16] é😀\n"]);
    let long = "😀é".repeat(40_000);
    check(&gzip(&utf_16(&long, false)), "a", &[&format!("a [gzip › UTF-16] {long}")]);
    check(&[&utf_16("a", false)[..], &[0xd8]].concat(), "a", &["a [UTF-16] a"]);
}

#[test]
fn layers_in_layers() {
    let members: [(&str, &[u8]); 2] = [("x.log.gz", &gzip(b"one")), ("y.log", b"two")];
    let inner = zip(CompressionMethod::Deflated, &members);
    let expected = ["b.zip/x.log.gz [zip › gzip] one", "b.zip/y.log [zip] two"];
    check(&inner, "b.zip", &expected);
    let outer = gzip(&tar(&[("b.zip", &inner), ("z", b"three")]));
    check(
        &outer,
        "a.tgz",
        &[
            "a.tgz/b.zip/x.log.gz [gzip › tar › zip › gzip] one",
            "a.tgz/b.zip/y.log [gzip › tar › zip] two",
            "a.tgz/z [gzip › tar] three",
        ],
    );
    let deep = (0..8).fold(b"deep".to_vec(), |bytes, _| gzip(&bytes));
    assert!(listing(&deep, "a")[0].ends_with("] deep"));
    check(&gzip(&deep), "a", &[&format!("a [{}] TooDeep", ["gzip"; 9].join(" › "))]);
}

#[test]
fn what_nobody_asked_for_is_stepped_over() {
    let members: [(&str, &[u8]); 5] =
        [("__MACOSX/._x", b"junk"), ("._x", b"junk"), (".DS_Store", b"junk"), ("empty", b""), ("x", b"one")];
    check(&zip(CompressionMethod::Deflated, &members), "a", &["a/x [zip] one"]);
    check(&tar(&members), "a", &["a/x [tar] one"]);
}

#[test]
fn what_cannot_be_read_does_not_stop_the_rest() {
    let members: [(&str, &[u8]); 3] = [("a", b"one"), ("picture", b"\x89PNG\r\n\x1a\n\0"), ("c", b"three")];
    check(
        &zip(CompressionMethod::Stored, &members),
        "z",
        &["z/a [zip] one", "z/picture [zip] NotText(\"a picture\")", "z/c [zip] three"],
    );
    // The directory's flags of the first member: bit 0 says encrypted; its method: 12 is bzip2.
    let directory_field = |at: usize, value: u8| {
        let mut file = zip(CompressionMethod::Stored, &members);
        let entry = file.windows(4).position(|bytes| bytes == b"PK\x01\x02").expect("a directory");
        file[entry + at] |= value;
        file
    };
    assert_eq!(listing(&directory_field(8, 1), "z")[0], "z/a [zip] Encrypted");
    assert_eq!(listing(&directory_field(8, 1), "z")[2], "z/c [zip] three");
    assert!(listing(&directory_field(10, 12), "z")[0].starts_with("z/a [zip] Unsupported"));
    assert_eq!(listing(&directory_field(10, 12), "z")[2], "z/c [zip] three");
    let mut damaged = zip(CompressionMethod::Stored, &members);
    let content = damaged.windows(3).position(|bytes| bytes == b"one").expect("stored");
    damaged[content] = b'O';
    check(
        &damaged,
        "z",
        &[
            "z/a [zip] One then Corrupt(\"the checksum differs\")",
            "z/picture [zip] NotText(\"a picture\")",
            "z/c [zip] three",
        ],
    );
    check(b"PK\x03\x04 nothing more", "z", &["z [zip] Truncated"]);
    check(b"BZh91AY", "b", &["b [bzip2] Unsupported(\"bzip2\")"]);
    check(b"\0\x01\x02", "b", &["b [] NotText(\"binary data\")"]);
    check(
        &[gzip(b"one"), b"more".to_vec()].concat(),
        "a",
        &["a [gzip] one then Corrupt(\"something else follows the gzip data\")"],
    );
    let packed = gzip(&b"text ".repeat(1000));
    check(&packed[..packed.len() - 9], "a", &[&format!("a [gzip] {} then Truncated", "text ".repeat(1000))]);
    let packed = zstd(&b"text ".repeat(1000));
    assert!(listing(&packed[..packed.len() - 3], "a")[0].ends_with("Truncated"));
    let mut changed = zstd(b"one");
    *changed.last_mut().expect("a checksum") ^= 1;
    check(&changed, "a", &["a [zstd] one then Corrupt(\"the checksum differs\")"]);
    check(
        &[zstd(b"one "), changed, zstd(b"two")].concat(),
        "a",
        &["a [zstd] one one then Corrupt(\"the checksum differs\")"],
    );
    let archive = tar(&[("x", b"one"), ("y", &[b'y'; 2000])]);
    let listed = listing(&archive[..512 + 512 + 512 + 1000], "t");
    assert_eq!(listed[0], "t/x [tar] one");
    assert!(listed[1].ends_with("then Truncated"), "{listed:?}");
}

#[test]
fn what_lies_behind_a_tars_end_is_read() {
    let (one, two) = (tar(&[("x", b"one")]), tar(&[("y", b"two")]));
    check(&[one.clone(), two.clone()].concat(), "t", &["t/x [tar] one", "t/y [tar] two"]);
    check(&[gzip(&one), gzip(&two)].concat(), "t.tgz", &["t.tgz/x [gzip › tar] one", "t.tgz/y [gzip › tar] two"]);
    let mut changed = gzip(&one);
    let checksum = changed.len() - 8;
    changed[checksum] ^= 1;
    let listed = listing(&changed, "t.tgz");
    assert_eq!(listed[0], "t.tgz/x [gzip › tar] one");
    assert!(listed[1].starts_with("t.tgz [gzip › tar] Corrupt"), "{listed:?}");
    let listed = listing(&[&one[..], &[b'?'; 600]].concat(), "t");
    assert!(listed[1].starts_with("t [tar] Corrupt"), "{listed:?}");
}

#[test]
fn a_sparse_file_is_named_and_costs_only_itself() {
    let mut archive = tar(&[("sparse", &[b's'; 700]), ("y", b"two")]);
    let header = tar::Header::from_byte_slice(&archive[..512]);
    let mut header = header.clone();
    let sparse = header.as_gnu_mut().expect("a GNU header");
    sparse.realsize.copy_from_slice(b"00000010000\0");
    sparse.sparse[0].offset.copy_from_slice(b"00000002000\0");
    sparse.sparse[0].numbytes.copy_from_slice(b"00000001274\0");
    sparse.sparse[1].offset.copy_from_slice(b"00000010000\0");
    sparse.sparse[1].numbytes.copy_from_slice(b"00000000000\0");
    header.set_entry_type(tar::EntryType::GNUSparse);
    header.set_cksum();
    archive[..512].copy_from_slice(header.as_bytes());
    check(&archive, "t", &["t/sparse [tar] Unsupported(\"a sparse file of tar\")", "t/y [tar] two"]);
}

#[test]
fn what_a_zips_directory_does_not_name_is_said() {
    // The writer refuses one name twice: the second is made so afterwards.
    let mut twice = zip(CompressionMethod::Stored, &[("a.log", b"one"), ("b.log", b"two")]);
    while let Some(at) = twice.windows(5).position(|bytes| bytes == b"b.log") {
        twice[at] = b'a';
    }
    let lack = |detail: &str| format!("z [zip] Corrupt(\"{detail}\")");
    let same = lack("of members with the same name only the last is found");
    check(&twice, "z", &["z/a.log [zip] two", &same]);
    let (one, two) =
        (zip(CompressionMethod::Stored, &[("a", b"one")]), zip(CompressionMethod::Stored, &[("b", b"two")]));
    let before = lack("another archive lies before this one, of which nothing is found");
    check(&[one, two].concat(), "z", &["z/b [zip] two", &before]);
    // A local header that is none: its member is named, the other is read.
    let mut broken = zip(CompressionMethod::Stored, &[("a", b"one"), ("b", b"two")]);
    let second = broken.windows(4).rposition(|bytes| bytes == b"PK\x03\x04").expect("a second member");
    broken[second] = b'?';
    let listed = listing(&broken, "z");
    assert_eq!(listed[0], "z/a [zip] one");
    assert!(listed[1].starts_with("z/b [zip] Corrupt"), "{listed:?}");
}

#[test]
fn all_that_a_damaged_frame_gave_is_kept() {
    let text: Vec<u8> = (0..60_000).flat_map(|n: u32| format!("{n} ").into_bytes()).collect();
    let packed = zstd(&text);
    for cut in [3, 5, packed.len() / 2] {
        let listed = listing(&packed[..packed.len() - cut], "a");
        let kept = listed[0].strip_prefix("a [zstd] ").and_then(|rest| rest.strip_suffix(" then Truncated"));
        let kept = kept.unwrap_or_else(|| panic!("{}", &listed[0][listed[0].len() - 60..]));
        let least = if cut == 3 { text.len() } else { text.len() * 3 / 10 };
        assert!(text.starts_with(kept.as_bytes()) && kept.len() >= least, "{cut}: {} of {}", kept.len(), text.len());
    }
}

#[test]
fn marks_without_end_are_text() {
    let marks = b"\xef\xbb\xbf".repeat(100_000);
    assert_eq!(listing(&gzip(&[&marks[..], b"text"].concat()), "a").len(), 1);
}

#[test]
fn every_error_says_what_to_do() {
    let errors = [
        ContainerError::Encrypted,
        ContainerError::Unsupported("xz".to_string()),
        ContainerError::Truncated,
        ContainerError::Corrupt("x".to_string()),
        ContainerError::NotText("a picture"),
        ContainerError::TooDeep,
        ContainerError::TooLarge(1 << 30),
        ContainerError::Read("gone".to_string()),
    ];
    for error in errors {
        for text in [error.to_string(), error.meaning().to_string(), error.advice().to_string()] {
            assert!(text.ends_with('.') && !text.contains('!'), "{text}");
        }
    }
}

proptest! {
    /// Random bytes behind every magic number, and sound files cut or changed: an answer, no panic.
    #[test]
    fn damage(noise in proptest::collection::vec(any::<u8>(), 0..300), cut in any::<prop::sample::Index>(), kind in 0usize..6) {
        let members: [(&str, &[u8]); 2] = [("x.gz", &gzip(b"one")), ("y", b"two")];
        let file = match kind {
            0 => gzip(b"some text"),
            1 => zstd(b"some text"),
            2 => zip(CompressionMethod::Deflated, &members),
            3 => tar(&members),
            4 => [b"\x28\xb5\x2f\xfd", &noise[..]].concat(),
            _ => [b"\x1f\x8b\x08", &noise[..]].concat(),
        };
        let at = cut.index(file.len());
        listing(&file[..at], "cut");
        let mut changed = file.clone();
        changed.splice(at..(at + noise.len().min(4)).min(file.len()), noise.iter().copied().take(4));
        listing(&changed, "changed");
    }
}
