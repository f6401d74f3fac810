// A zip made on the spot: node has deflate, but no archives.
import { deflateRawSync } from "node:zlib";

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** The two headers share what follows their version: flags, method, time, date, checksum, sizes, name's length. */
function common(packed, bytes, name) {
  const head = Buffer.alloc(26);
  head.writeUInt16LE(20, 0);
  head.writeUInt16LE(8, 4);
  head.writeUInt16LE(0x21, 8);
  head.writeUInt32LE(crc32(bytes), 10);
  head.writeUInt32LE(packed.length, 14);
  head.writeUInt32LE(bytes.length, 18);
  head.writeUInt16LE(name.length, 22);
  return head;
}

/** A zip of `{name, buffer}`s, deflated (PKWARE APPNOTE 4.3). */
export function zip(entries) {
  const members = [];
  const directory = [];
  let offset = 0;
  for (const { name, buffer } of entries) {
    const path = Buffer.from(name);
    const packed = deflateRawSync(buffer);
    const head = common(packed, buffer, path);
    const member = Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), head, path, packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.from("PK\x01\x02\x14\x00", "latin1"), head, rest, path);
    members.push(member);
    offset += member.length;
  }
  const listing = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(listing.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...members, listing, Buffer.from("PK\x05\x06", "latin1"), end]);
}
