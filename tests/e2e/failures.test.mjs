// Bad input is normal: each case says what happened, and the tab lives on.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, truncateSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { crc32, deflateRawSync, gzipSync } from "node:zlib";
import { zip } from "./archive.mjs";
import { events, file, lines, log } from "./events.mjs";
import { expectAccessible, expectResults, load, open, openRow, setUp, settled } from "./harness.mjs";

setUp();

/** Loads what cannot be read whole; gives the counts, once nothing is being read any more. */
async function attempt(page, bad) {
  const input = typeof bad === "string" ? bad : { mimeType: "", ...bad };
  await page.locator("input#file-input").setInputFiles(input);
  await page.waitForFunction(() => ["ready", "failed"].includes(document.querySelector("#load-status").dataset.state));
  return page.locator("#load-status").evaluate((element) => ({ ...element.dataset }));
}

/** After whatever went wrong, a good file still loads. */
async function expectAlive(page, from = 5000) {
  const status = page.locator("#load-status");
  const files = Number(await status.getAttribute("data-files"));
  const good = log(11, "good.log", from);
  await page.locator("input#file-input").setInputFiles({ ...good, mimeType: "" });
  await page.locator(`#load-status[data-files="${files + 1}"][data-state="ready"]`).waitFor({ state: "attached" });
  const before = await page.locator("#result-count").getAttribute("data-events");
  await page.locator("#search").fill(`source:good.log`);
  await page.locator("#search").press("Enter");
  await expectResults(page, 11).catch((error) => assert.fail(`${error.message} (before: ${before})`));
}

const toSources = (page) => page.getByRole("tab", { name: /Sources/ }).click();
const told = (page) => page.locator("body").innerText();

/** A zip of one stored entry whose encryption bit is set. */
function lockedZip() {
  const name = Buffer.from("audit.log");
  const body = Buffer.concat([Buffer.alloc(12, 7), deflateRawSync(log(5).buffer)]);
  const head = Buffer.alloc(26);
  head.writeUInt16LE(20, 0); // version needed
  head.writeUInt16LE(1, 2); // bit 0: encrypted
  head.writeUInt16LE(8, 4); // deflate
  head.writeUInt32LE(crc32 ? crc32(log(5).buffer) : 1, 10);
  head.writeUInt32LE(body.length, 14);
  head.writeUInt32LE(log(5).buffer.length, 18);
  head.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), head, name, body]);
  const tail = Buffer.alloc(14);
  const central = Buffer.concat([Buffer.from("PK\x01\x02\x14\x00", "latin1"), head, tail, name]);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(1, 4);
  end.writeUInt16LE(1, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(local.length, 12);
  return Buffer.concat([local, central, Buffer.from("PK\x05\x06", "latin1"), end]);
}

test("an empty file", async (t) => {
  const page = await open(t);
  const counts = await attempt(page, file("empty.log", ""));
  assert.equal(counts.events, "0");
  await toSources(page);
  assert.match(await told(page), /empty/i);
  await expectAccessible(page, "empty file");
  await expectAlive(page);
});

test("a file that is no audit log", async (t) => {
  const page = await open(t);
  const counts = await attempt(page, file("notes.txt", "Dear diary,\ntoday nothing happened.\n".repeat(40)));
  assert.equal(counts.events, "0");
  assert.match(await told(page), /skipped|no audit|not an audit/i);
  await expectAccessible(page, "no audit log");
  await expectAlive(page);
});

test("random bytes", async (t) => {
  let state = 1;
  const bytes = Buffer.from(Array.from({ length: 200_000 }, () => (state = (state * 48271) % 2147483647) & 255));
  const page = await open(t);
  const counts = await attempt(page, file("random.bin", bytes));
  assert.equal(counts.events, "0");
  await expectAlive(page);
});

test("a gzip file cut short keeps what came before the cut", async (t) => {
  const page = await open(t);
  const whole = gzipSync(log(20_000).buffer);
  const counts = await attempt(page, file("cut.log.gz", whole.subarray(0, Math.floor(whole.length / 2))));
  assert.ok(Number(counts.events) > 5000, `${counts.events} events kept`);
  await toSources(page);
  assert.match(await told(page), /cut|end|incomplete|truncated/i);
  await expectAccessible(page, "cut gzip");
  await expectAlive(page, 50_000);
});

test("a zip with a password", async (t) => {
  const page = await open(t);
  const counts = await attempt(page, file("locked.zip", lockedZip()));
  assert.equal(counts.events, "0");
  await toSources(page);
  assert.match(await told(page), /password|encrypted/i);
  await expectAlive(page);
});

test("a load with a member that is no log, amid others, comes to its end", async (t) => {
  const page = await open(t);
  const picture = { name: "logo.png", buffer: Buffer.from("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01", "latin1") };
  const members = [log(10, "a.log"), picture, log(10, "b.log", 100), { ...picture, name: "last.png" }];
  const counts = await attempt(page, { name: "logs.zip", buffer: zip(members) });
  assert.deepEqual([counts.state, counts.events, counts.files], ["ready", "20", "4"]);
  await toSources(page);
  assert.match(await told(page), /PNG|image|no text|binary/i);
  await expectAlive(page, 50_000);
});

test("a bad file beside a good one costs only itself", async (t) => {
  const page = await open(t);
  await page.locator("input#file-input").setInputFiles([
    { ...file("random.gz", Buffer.from("\x1f\x8bnothing", "latin1")), mimeType: "" },
    { ...log(25, "good.log"), mimeType: "" },
  ]);
  await page.locator('#load-status[data-state="ready"]').waitFor({ state: "attached" });
  await expectResults(page, 25);
});

test("a file that changes or vanishes while open", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "auditscope-"));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [name, spoil] of [["shrunk.log", (path) => truncateSync(path, 100)], ["gone.log", unlinkSync]]) {
    const path = join(folder, name);
    writeFileSync(path, lines(events(40)));
    const page = await open(t, { expectProblems: [/ERR_FILE|ERR_UPLOAD_FILE_CHANGED/] });
    await load(page, path);
    await expectResults(page, 40);
    spoil(path);
    await openRow(page, 3);
    await page.locator(".drawer-fault").waitFor();
    await expectAccessible(page, name);
    await expectAlive(page);
  }
});

test("Cancel keeps what was read", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "auditscope-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "large.log");
  const once = log(20_000).buffer;
  writeFileSync(path, "");
  // Big enough to be caught at it: the same events over and over are duplicates, but take their time.
  for (let copy = 0; copy < 25; copy += 1) writeFileSync(path, once, { flag: "a" });
  const page = await open(t);
  await page.locator("input#file-input").setInputFiles(path);
  await page.locator('#load-status[data-state="loading"]').waitFor({ state: "attached" });
  await page.locator("#load-status").getByRole("button", { name: "Cancel" }).click();
  const kept = await settled(page);
  assert.match(await page.locator("#load-status").innerText(), /cancelled/);
  await expectResults(page, kept.events);
  await page.waitForTimeout(1_000);
  assert.deepEqual(await settled(page), kept, "nothing comes after the end");
  await expectAlive(page, 100_000);
});

test("a link from the future, and a broken one, still open", async (t) => {
  for (const fragment of ["#v=99&q=verb%3Adelete", "#q=%E0%A4%A&zone=Nowhere/Land&cols=,,x", "#" + "a".repeat(5000)]) {
    const page = await open(t, { fragment });
    await load(page, log(8));
    assert.equal(await page.locator("#load-status").getAttribute("data-events"), "8");
  }
});
