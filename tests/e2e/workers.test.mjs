// Workers that die, and what is taken back while they are still reading.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { zip } from "./archive.mjs";
import { events, file, lines, log } from "./events.mjs";
import { expectAccessible, expectResults, give, load, open, openRow, search, setUp, settled } from "./harness.mjs";
import { withHold } from "./workers.mjs";

setUp();

const COUNT = 30_000;
const toTab = (page, name) => page.getByRole("tab", { name }).click();
const source = (page, name) => page.locator("#tab-panel li.source", { has: page.getByRole("heading", { name, exact: true }) });
const remove = (page, name) => page.getByRole("button", { name: `Remove ${name}`, exact: true }).click();
const shownEvents = async (page) => Number(await page.locator("#result-count").getAttribute("data-events"));

/** Waits until the page shows other than so many events, and no less for a second. */
async function otherThan(page, events) {
  await page.waitForFunction((of) => document.querySelector("#result-count").dataset.events !== String(of), events);
}

test("a worker that dies takes its events along; the file opened again brings them back", async (t) => {
  const page = await open(t, withHold);
  // Enough for several stretches, so that each worker holds some.
  await load(page, log(COUNT, "large.log"));
  await expectResults(page, COUNT);
  await toTab(page, /Sources/);
  await page.evaluate(() => window.end(1));
  await otherThan(page, COUNT);
  const left = await shownEvents(page);
  assert.ok(left > 0 && left < COUNT, `${left} events left`);
  await page.locator(`#load-status[data-events="${left}"]`).waitFor({ state: "attached" });
  await source(page, "large.log").getByText("failed; what was read is kept").waitFor();
  await source(page, "large.log").getByText(/^Worker \d stopped/).waitFor();
  await expectAccessible(page, "a worker died");

  await give(page, log(COUNT, "again.log"));
  await expectResults(page, COUNT);
  await page.locator('#load-status[data-files="2"][data-state="ready"]').waitFor({ state: "attached" });
  const facts = await source(page, "again.log").innerText();
  assert.match(facts.replaceAll(",", ""), new RegExp(`Events\\s+${COUNT - left}\\s+Duplicates\\s+${left}`));
});

test("a load has not ended while its duplicates are not known", async (t) => {
  const page = await open(t, withHold);
  await load(page, log(10, "first.log"));
  await expectResults(page, 10);
  // What the file is, and its one stretch: what comes next asks for duplicates.
  await page.evaluate(() => window.holdAfter(2));
  await give(page, log(10, "again.log"));
  await page.locator('#load-status[data-events="20"]').waitFor({ state: "attached" });
  await page.waitForTimeout(600);
  assert.equal(await page.locator("#load-status").getAttribute("data-state"), "loading");
  await page.evaluate(() => window.release());
  assert.equal((await settled(page)).events, 10);
  await expectResults(page, 10);
});

test("with the last worker the load ends", async (t) => {
  const page = await open(t, withHold);
  await load(page, log(10, "first.log"));
  await page.evaluate(() => window.holdAfter(0));
  await give(page, [log(20, "second.log", 100), log(20, "third.log", 200), log(20, "fourth.log", 300)]);
  await page.locator('#load-status[data-state="loading"]').waitFor({ state: "attached" });
  await page.evaluate(() => {
    for (let at = 0; at < window.workerCount(); at += 1) window.end(at);
  });
  await settled(page, "failed");
  await expectResults(page, 0);
  await toTab(page, /Sources/);
  for (const name of ["first.log", "second.log", "fourth.log"]) {
    await source(page, name).getByText(/^Worker \d+ stopped/).waitFor();
  }
  await page.getByText(/Reload the page/).first().waitFor();
  await expectAccessible(page, "all workers died");
  await page.evaluate(() => window.release());
  await give(page, log(20, "fifth.log", 400));
  await source(page, "fifth.log").getByText("All of the page's workers have stopped.").waitFor();
  await settled(page, "failed");
});

test("a file that is cancelled before anything of it was read is not read", async (t) => {
  const page = await open(t, withHold);
  await load(page, log(10, "first.log"));
  await page.evaluate(() => window.holdAfter(0));
  await give(page, log(20, "second.log", 100));
  await page.locator("#load-status").getByRole("button", { name: "Cancel" }).click();
  await page.evaluate(() => window.release());
  await settled(page);
  // Whatever comes later, it is not that.
  await load(page, log(7, "third.log", 200));
  await page.locator('#load-status[data-files="3"][data-state="ready"]').waitFor({ state: "attached" });
  await expectResults(page, 17);
});

for (const [name, second] of [["plain", log(20, "second.log", 100)], ["packed", { name: "second.zip", buffer: zip([log(20, "a.log", 100)]) }]]) {
  test(`a ${name} file that is removed before anything of it was read is not read`, async (t) => {
    const page = await open(t, withHold);
    await load(page, log(10, "first.log"));
    await toTab(page, /Sources/);
    await page.evaluate(() => window.holdAfter(0));
    await give(page, second);
    await remove(page, second.name);
    await page.evaluate(() => window.release());
    await settled(page);
    await give(page, log(7, "third.log", 200));
    await expectResults(page, 17);
    await page.locator('#load-status[data-files="2"][data-events="17"]').waitFor({ state: "attached" });
  });
}

test("removing an archive's member that is being read leaves those behind it", async (t) => {
  const page = await open(t, withHold);
  await load(page, log(10, "first.log"));
  await toTab(page, /Sources/);
  const members = [log(COUNT, "a.log", 1000), log(20, "b.log", 100_000), log(30, "c.log", 200_000)];
  // What the file is, its feed, and the first pieces asked of that.
  await page.evaluate(() => window.holdAfter(4));
  await give(page, { name: "logs.zip", buffer: zip(members) });
  await source(page, "logs.zip/a.log").waitFor();
  await remove(page, "logs.zip/a.log");
  await page.evaluate(() => window.release());
  await source(page, "logs.zip/c.log").waitFor();
  await expectResults(page, 60);
  await page.locator('#load-status[data-files="3"][data-events="60"][data-state="ready"]').waitFor({ state: "attached" });
  await source(page, "logs.zip/b.log").getByText("20", { exact: true }).waitFor();
});

test("what was unpacked beside a removed source is still read back", async (t) => {
  const page = await open(t);
  const packed = (name, from) => ({ name: `${name}.gz`, buffer: gzipSync(log(50, name, from).buffer) });
  await load(page, [packed("a.log", 0), packed("b.log", 100), packed("c.log", 200)]);
  await toTab(page, /Sources/);
  await remove(page, "b.log.gz");
  await expectResults(page, 100);
  await toTab(page, /Events/);
  for (const wanted of ["000000000007", "000000000217"]) {
    await search(page, `"${wanted}"`);
    await expectResults(page, 1);
    await openRow(page, 0);
    await page.locator("#drawer").getByText(wanted).first().waitFor();
  }
  await search(page, '"000000000107"');
  await expectResults(page, 0);
});

test("a search in the text that is cancelled says how much was not searched", async (t) => {
  const count = 120_000;
  const page = await open(t);
  await load(page, log(count, "large.log"));
  await expectResults(page, count);
  // No hand is quick enough.
  await page.evaluate(() => {
    const cancel = () => document.querySelector(".scan button")?.click();
    new MutationObserver(cancel).observe(document.body, { childList: true, subtree: true });
  });
  await search(page, '"kubectl/v1.31.0"');
  await otherThan(page, count);
  const badge = page.locator(".results .badge");
  await badge.getByText(/not searched/).waitFor();
  const unsearched = Number((await badge.innerText()).replaceAll(/\D/g, ""));
  await expectResults(page, count - unsearched);
  assert.equal(await page.locator(".scan").count(), 0);
  await expectAccessible(page, "a search cancelled");
});

test("a search that meets a file cut meanwhile ends, and says so", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "auditscope-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "cut.log");
  writeFileSync(path, lines(events(40, 1000)));
  const page = await open(t, { expectProblems: [/ERR_FILE|ERR_UPLOAD_FILE_CHANGED/] });
  await load(page, log(COUNT, "large.log"));
  await load(page, path);
  await page.locator('#load-status[data-files="2"][data-state="ready"]').waitFor({ state: "attached" });
  truncateSync(path, 100);
  await search(page, '"kubectl/v1.31.0"');
  await page.getByText("The file changed, or may not be read.").first().waitFor();
  assert.equal(await page.locator(".scan").count(), 0);
});
