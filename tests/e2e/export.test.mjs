// Downloading what matches: how far it is, and giving it up.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { events, file, lines, log } from "./events.mjs";
import { expectAccessible, expectResults, load, open, search, setUp } from "./harness.mjs";
import { withHold } from "./workers.mjs";

setUp();

const COUNT = 10_000;

async function opened(t) {
  const page = await open(t, withHold);
  await load(page, log(COUNT));
  await expectResults(page, COUNT);
  return page;
}

async function start(page, name) {
  await page.getByRole("button", { name: "Download the events that match" }).click();
  await page.getByRole("button", { name }).click();
}

const writing = (page) => page.locator(".writing");

for (const name of [/^NDJSON/, /^CSV/]) {
  test(`${name.source.slice(1)}: progress in events and bytes, cancelled, and then in full`, async (t) => {
    const page = await opened(t);
    const downloads = [];
    page.on("download", (download) => downloads.push(download));
    const workers = await page.evaluate(() => Math.min(navigator.hardwareConcurrency, 8));
    // Enough for the first stretch: where it lies, its keys, its events.
    await page.evaluate((messages) => window.holdAfter(messages), 3 * workers);
    await start(page, name);
    await writing(page).getByText(/^Writing 4,096 of 10,000 events · [\d.]+ (kB|KB|MB|KiB|MiB)/).waitFor();
    await expectAccessible(page, "while writing");
    await page.getByRole("button", { name: "Cancel the download" }).click();
    await writing(page).waitFor({ state: "detached" });
    await page.evaluate(() => window.release());

    const [download] = await Promise.all([page.waitForEvent("download"), start(page, name)]);
    const text = await readFile(await download.path(), "utf8");
    if (name.source === "^NDJSON") assert.equal(text, lines(events(COUNT)));
    else assert.equal(text.trimEnd().split("\r\n").length, COUNT + 1);
    await page.getByText(/^audit-events\.\w+ saved/).waitFor();
    assert.equal(downloads.length, 1, "the cancelled one left nothing");
  });
}

test("it goes on while another tab is on show", async (t) => {
  const page = await opened(t);
  await page.evaluate(() => window.holdAfter(0));
  await start(page, /^NDJSON/);
  await writing(page).getByText(/^Writing 0 of 10,000 events/).waitFor();
  await page.getByRole("tab", { name: "Sources" }).click();
  await writing(page).waitFor();
  const [download] = await Promise.all([page.waitForEvent("download"), page.evaluate(() => window.release())]);
  assert.equal(await readFile(await download.path(), "utf8"), lines(events(COUNT)));
});

test("events that come meanwhile are no half of it", async (t) => {
  const page = await opened(t);
  await page.evaluate(() => window.holdAfter(0));
  await start(page, /^NDJSON/);
  await page.locator("input#file-input").setInputFiles({ ...log(5, "more.log", 50_000), mimeType: "" });
  await page.locator('#load-status[data-files="2"]').waitFor({ state: "attached" });
  await page.evaluate(() => window.release());
  await expectResults(page, COUNT + 5);
  // Either all of it was written before they came, or nothing was.
  await writing(page).waitFor({ state: "detached" });
});

test("begun before all duplicates are known, it has each event once", async (t) => {
  const page = await open(t, withHold);
  await load(page, log(40));
  await search(page, '"kubectl"');
  await expectResults(page, 40);
  // What the file is, and its one stretch: what comes next asks for duplicates.
  await page.evaluate(() => window.holdAfter(2));
  const more = lines([...events(40), ...events(5, 100)]);
  await page.locator("input#file-input").setInputFiles({ ...file("more.log", more), mimeType: "" });
  await page.locator('#load-status[data-events="85"]').waitFor({ state: "attached" });
  await start(page, /^NDJSON/);
  await writing(page).waitFor();
  const [download] = await Promise.all([page.waitForEvent("download"), page.evaluate(() => window.release())]);
  assert.equal(await readFile(await download.path(), "utf8"), lines([...events(40), ...events(5, 100)]));
});

test("it goes on while another text is searched for", async (t) => {
  const page = await opened(t);
  await search(page, '"kubectl"');
  await expectResults(page, COUNT);
  const workers = await page.evaluate(() => Math.min(navigator.hardwareConcurrency, 8));
  // The texts are held and are found already; then the first stretch, as above.
  await page.evaluate((messages) => window.holdAfter(messages), 5 * workers);
  await start(page, /^NDJSON/);
  await writing(page).getByText(/^Writing 4,096 of 10,000 events/).waitFor();
  await page.evaluate(() => {
    window.kept = window.held.posts;
    window.held = null;
  });
  await search(page, '"pod-77"');
  await expectResults(page, events(COUNT).filter((one) => JSON.stringify(one).includes("pod-77")).length);
  const resume = () => page.evaluate(() => window.kept.forEach((go) => go()));
  const [download] = await Promise.all([page.waitForEvent("download"), resume()]);
  assert.equal(await readFile(await download.path(), "utf8"), lines(events(COUNT)));
});
