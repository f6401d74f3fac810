// Downloading what matches in a live window: page by page from Loki, without loading it.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { expectAccessible, expectResults, picture, search } from "./harness.mjs";
import { ALL, DELETES, EVENTS, LABELS, LINES, choose, connect, fail, loki, open, sample, setUp } from "./loki.mjs";
import { start } from "../loki_standin/server.mjs";

setUp();

const logged = sample.trimEnd().split("\n");

async function exploring(t, options) {
  const page = await open(t, loki.url, options);
  await connect(page);
  await choose(page);
  await page.locator("#cockpit-explore-button").click();
  await expectResults(page, EVENTS);
  return page;
}

async function begin(page, name) {
  await page.getByRole("button", { name: "Download the events that match" }).click();
  await page.getByRole("button", { name }).click();
}

async function download(page, name = /^NDJSON/) {
  const [download] = await Promise.all([page.waitForEvent("download", { timeout: 60_000 }), begin(page, name)]);
  return (await readFile(await download.path(), "utf8")).trimEnd().split(/\r?\n/);
}

const writing = (page) => page.locator(".writing");
const sorted = (lines) => [...lines].sort();
/** In order of time; what shares a moment in any order. */
const assertInOrder = (lines) => {
  const times = lines.map((line) => JSON.parse(line).requestReceivedTimestamp);
  assert.deepEqual(times, [...times].sort());
};

test("all of a window, as it was logged, through every fault that a load survives", async (t) => {
  const page = await exploring(t);
  const path = "query_range";
  const has = "limit";
  fail({ path, has, status: 429, body: "too many outstanding requests", retryAfter: 1 }, { path, has, cut: 5000, clean: true },
    { path, has, cut: 5000 }, { path, has, html: "502 Bad Gateway" }, { path, has, drop: true }, { path, has, status: 503 });
  const lines = await download(page);
  assert.deepEqual(sorted(lines), sorted(logged));
  assertInOrder(lines);
  await page.getByText(/^audit-events\.ndjson saved/).waitFor();
  assert.equal(await page.locator("#load-status").getAttribute("data-bytes"), "0", "nothing was loaded");
});

test("only what the filter matches: what Loki applies, and what the page applies itself", async (t) => {
  const page = await exploring(t);
  await search(page, "verb:delete");
  await expectResults(page, DELETES);
  await page.getByRole("button", { name: "Download the events that match" }).click();
  await page.getByText("44 events that match, fetched from Loki in order of its time").waitFor();
  await page.keyboard.press("Escape");
  loki.requests.length = 0;
  const deletes = logged.filter((line) => line.includes('"verb":"delete"'));
  assert.deepEqual(sorted(await download(page)), sorted(deletes));
  const asked = loki.requests.filter((request) => new URL(request.url, loki.url).searchParams.has("limit"));
  assert.ok(asked.length > 0 && asked.every((request) => request.query.includes("delete")), "Loki applies what it can");

  await search(page, "verb:delete latency>8ms");
  await page.locator("#live-bar").getByText(/rows are filtered in this page/).waitFor();
  await page.getByRole("button", { name: "Download the events that match" }).click();
  await page.getByText("Those that match of 44 events, fetched from Loki in order of its time").waitFor();
  await page.keyboard.press("Escape");
  const micros = (time) => Date.parse(`${time.slice(0, 19)}Z`) * 1000 + Number(time.slice(20, 26));
  const isSlow = ({ requestReceivedTimestamp: from, stageTimestamp: to }) => micros(to) - micros(from) > 8_000;
  const slow = deletes.filter((line) => isSlow(JSON.parse(line)));
  assert.ok(slow.length > 0 && slow.length < deletes.length, `${slow.length} of them are slow`);
  assert.deepEqual(sorted(await download(page)), sorted(slow));
  const csv = await download(page, /^CSV/);
  assert.equal(csv.length, slow.length + 1);
  assert.match(csv[0], /^Time,/);
  assert.ok(csv.slice(1).every((line) => line.includes("delete")));
});

test("progress in events and bytes; cancelled at once; nothing is left of it", async (t) => {
  const page = await exploring(t, { colorScheme: "dark" });
  const downloads = [];
  page.on("download", (download) => downloads.push(download));
  fail({ ...LINES }, { ...LINES, hold: true, times: ALL });
  await begin(page, /^NDJSON/);
  await writing(page).getByText(/^Writing [1-9][\d,]+ of 20,000 events · [\d.]+ (kB|KB|MB|KiB|MiB)/).waitFor();
  await expectAccessible(page, "while writing");
  await picture(page, "live-writing-dark");
  await page.getByRole("button", { name: "Cancel the download" }).click();
  await writing(page).waitFor({ state: "detached" });
  fail();
  await page.waitForTimeout(500);
  const asked = loki.requests.length;
  await page.waitForTimeout(500);
  assert.equal(loki.requests.length, asked, "nothing is asked any more");
  assert.deepEqual(downloads, []);
  // Filtering goes on meanwhile: the file is of what was asked for when it began.
  fail({ ...LINES, delayMillis: 300, times: 8 });
  const [lines] = await Promise.all([download(page), (async () => {
    await writing(page).waitFor();
    await search(page, "verb:delete");
    await expectResults(page, DELETES);
  })()]);
  assert.equal(new Set(lines).size, EVENTS);
});

test("a token that expires stops it and is said; no half of a file is saved", async (t) => {
  const page = await exploring(t);
  const downloads = [];
  page.on("download", (download) => downloads.push(download));
  fail({ ...LINES }, { ...LINES, status: 401, body: "unauthorized", times: ALL });
  await begin(page, /^NDJSON/);
  await page.locator(".banner").getByText(/The file was not saved/).waitFor();
  await writing(page).waitFor({ state: "detached" });
  assert.deepEqual(downloads, []);
  fail();
  assert.equal((await download(page)).length, EVENTS);
});

test("more lines in one nanosecond than a page holds: all of them, once", async (t) => {
  const ties = await start({ static: loki.options.static });
  t.after(() => ties.close());
  const at = Date.now() - 600_000;
  const hex = (n) => ((n * 2_654_435_761) % 4_294_967_296).toString(16).padStart(8, "0");
  const event = (n, millis) => JSON.stringify({
    kind: "Event", apiVersion: "audit.k8s.io/v1", auditID: `${hex(n)}-0000-4000-8000-${String(n).padStart(12, "0")}`,
    stage: "ResponseComplete", verb: "get", requestReceivedTimestamp: new Date(millis).toISOString().replace("Z", "000Z"),
  });
  const values = Array.from({ length: 7_300 }, (_, n) => {
    const millis = n < 7_000 ? at : at + (n - 7_150) * 10;
    return [`${millis}000000`, event(n, millis)];
  });
  ties.store.push({ streams: [{ stream: { ...LABELS, resource_name: "ties" }, values }] });
  const page = await open(t, ties.url);
  await connect(page);
  await page.getByLabel("Selector").fill('{resource_name="ties"}');
  await page.locator("#cockpit-explore-button").click();
  await expectResults(page, values.length);
  assert.deepEqual(sorted(await download(page)), sorted(values.map(([, line]) => line)));
});
