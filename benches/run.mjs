// Prints the figures of the release build, each as a ratio to a peer measured in the same run.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { launch } from "../tests/e2e/harness.mjs";
import { DIST, serve } from "../tests/e2e/server.mjs";
import { lokiFigures } from "./loki.mjs";
import { wrapped } from "./wrap.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const DATA = `${ROOT}.bench/`;
const PYTHON = `${DATA}venv/bin/python`;
const MB = 1e6;
const ROUNDS = Number(process.env.ROUNDS ?? 3);
const LOAD_MILLIS = 1_800_000;
/** Nobody drops a file sooner; the peers' workers are started before their time runs, too. */
const REST_MILLIS = 2_000;
const WORKERS = Math.min(8, cpus().length);

const table = [];
const say = (text) => console.log(text);
/** Said at once too: a long bench may be cut short. */
const row = (figure, measured, peer, ratio, reach) => {
  table.push({ figure, measured, peer, ratio, reach });
  say(`  ${[figure, measured, peer, ratio, reach].filter(Boolean).join(" | ")}`);
};
const sorted = (numbers) => [...numbers].sort((a, b) => a - b);
const median = (numbers) => sorted(numbers)[Math.floor(numbers.length / 2)];
const percentile95 = (numbers) => sorted(numbers)[Math.min(numbers.length - 1, Math.ceil(numbers.length * 0.95) - 1)];
const times = (value) => `${value.toFixed(2)} ×`;

/** A file of the generator's; made once. */
function generated(name, ...options) {
  const path = DATA + name;
  if (!existsSync(path)) {
    say(`data: ${name}`);
    mkdirSync(DATA, { recursive: true });
    const generate = ["run", "--quiet", "--release", "--example", "generate", "--", "--seed", "1", ...options];
    execFileSync("cargo", [...generate, "--out", path], { cwd: ROOT, stdio: "inherit" });
  }
  return path;
}

function packed(path) {
  if (!existsSync(`${path}.gz`)) execFileSync("gzip", ["-n", "-k", "-6", path]);
  return `${path}.gz`;
}

function duckdb(...args) {
  const told = spawnSync(PYTHON, [`${ROOT}benches/peer.py`, ...args], { encoding: "utf8", maxBuffer: 1 << 26 });
  if (told.status !== 0) throw new Error(`DuckDB: ${told.stderr}`);
  return JSON.parse(told.stdout);
}

const app = await serve();
const bare = await serve(`${ROOT}benches/page`);

/** A fresh browser on `url`, so that no run warms another. */
async function withPage(url, work) {
  const browser = await launch();
  const page = await browser.newPage();
  page.setDefaultTimeout(LOAD_MILLIS);
  page.on("pageerror", (error) => say(`page: ${error}`));
  await page.addInitScript(() => {
    window.longTasks = [];
    new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map((task) => task.duration))).observe({
      type: "longtask",
    });
  });
  try {
    await page.goto(url);
    return await work(page, browser);
  } finally {
    await browser.close();
  }
}

async function readOnlyMillis(path) {
  return withPage(bare.url, async (page) => {
    await page.locator("#file").setInputFiles(path);
    return page.evaluate((workers) => window.readOnly(workers), WORKERS);
  });
}

async function drainGzip(path) {
  return withPage(bare.url, async (page) => {
    await page.locator("#file").setInputFiles(path);
    return page.evaluate(() => window.drainGzip());
  });
}

/** Loads a file; gives the `ingest` measure and what the page says of itself. */
async function ingest(page, path) {
  await page.locator("#load-status").waitFor({ state: "attached" });
  await page.waitForTimeout(REST_MILLIS);
  await page.evaluate(() => (window.longTasks.length = 0));
  await page.locator("input#file-input").setInputFiles(path);
  await page.locator('#load-status[data-state="ready"], #load-status[data-state="failed"]').waitFor({ state: "attached" });
  return page.evaluate(() => ({
    ...document.querySelector("#load-status").dataset,
    millis: performance.getEntriesByName("ingest", "measure").at(-1)?.duration,
    longest: Math.max(0, ...window.longTasks),
  }));
}

const ingestOnce = (path) => withPage(app.url, (page) => ingest(page, path));

let longestTask = 0;

async function plainIngest(path, label) {
  const bytes = statSync(path).size;
  const rounds = { app: [], read: [], peer: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    rounds.read.push(await readOnlyMillis(path));
    const told = await ingestOnce(path);
    rounds.app.push(told.millis);
    longestTask = Math.max(longestTask, told.longest);
    const peer = duckdb("load", path);
    rounds.peer.push(peer.seconds * 1000);
    if (Number(told.events) !== peer.rows) say(`warning: ${told.events} events here, ${peer.rows} rows in DuckDB`);
  }
  const rate = (millis) => bytes / MB / (median(millis) / 1000);
  const [ours, read, peer] = [rate(rounds.app), rate(rounds.read), rate(rounds.peer)];
  row(`ingest, ${label} plain`, `${ours.toFixed(0)} MB/s`, `DuckDB read_json, ${cpus().length} threads: ${peer.toFixed(0)} MB/s`, times(ours / peer), "≥ 1.0, aim 1.5");
  row(`ingest, ${label} plain`, `${ours.toFixed(0)} MB/s`, `${WORKERS} workers merely reading: ${read.toFixed(0)} MB/s`, times(ours / read), "≥ 0.6, aim 0.9");
}

async function gzipIngest(path) {
  const [ours, peer] = [[], []];
  let bytes = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const drained = await drainGzip(path);
    bytes = drained.bytes;
    peer.push(drained.millis);
    const told = await ingestOnce(path);
    ours.push(told.millis);
    longestTask = Math.max(longestTask, told.longest);
  }
  const rate = (millis) => bytes / MB / (median(millis) / 1000);
  row("ingest, gzip (output)", `${rate(ours).toFixed(0)} MB/s`, `DecompressionStream drained: ${rate(peer).toFixed(0)} MB/s`, times(rate(ours) / rate(peer)), "≥ 0.85");
}

/** Other exports of the same events, beside the plain file: bytes of the file a second. */
async function wrapperIngest() {
  const plain = generated("plain-64.log", "--bytes", "64000000");
  const files = { plain, "Loki API": await wrapped(plain, `${DATA}loki-64.json`, "loki"), GKE: await wrapped(plain, `${DATA}gke-64.jsonl`, "gke") };
  const rounds = Object.fromEntries(Object.keys(files).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, path] of Object.entries(files)) {
      const told = await ingestOnce(path);
      if (told.skipped !== "0") say(`warning: ${name}: ${told.skipped} skipped`);
      rounds[name].push(statSync(path).size / MB / (told.millis / 1000));
    }
  }
  const { plain: base, ...others } = rounds;
  for (const [name, rates] of Object.entries(others)) {
    row(`ingest, ${name} export`, `${median(rates).toFixed(0)} MB/s`, `the plain file: ${median(base).toFixed(0)} MB/s`, times(median(rates) / median(base)), "≥ 0.5");
  }
}

/** Free text: all of the raw text is read again. */
async function rawSearch(path) {
  const [bytes, millis] = [statSync(path).size, []];
  await withPage(app.url, async (page) => {
    await ingest(page, path);
    for (let round = 0; round < ROUNDS; round += 1) {
      await page.locator("#search").fill(`"no event says ${round}"`);
      await page.locator("#search").press("Enter");
      await page.locator('#result-count[data-events="0"]').waitFor({ state: "attached" });
      millis.push(await page.evaluate(() => performance.getEntriesByName("search-raw", "measure").at(-1).duration));
      await page.locator("#search").fill("");
      await page.locator("#search").press("Enter");
      await page.locator('#result-count:not([data-events="0"])').waitFor({ state: "attached" });
    }
  });
  row("free text through 256 MB", `${(bytes / MB / (median(millis) / 1000)).toFixed(0)} MB/s`, "", "", "≥ 500 MB/s");
}

/** The longest task of the page while an event of 3 MB opens. */
async function bigEvent() {
  const items = Array.from({ length: 18_000 }, (_, n) => ({ metadata: { name: `s-${n}`, labels: { app: "x", n: String(n) } }, data: { k: "c2VjcmV0".repeat(8) } }));
  const event = { kind: "Event", apiVersion: "audit.k8s.io/v1", level: "RequestResponse", auditID: "big", stage: "ResponseComplete", verb: "list", responseObject: { items } };
  const buffer = Buffer.from(JSON.stringify(event) + "\n");
  const longest = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    longest.push(await withPage(app.url, async (page) => {
      await page.locator("#load-status").waitFor({ state: "attached" });
      await page.waitForTimeout(REST_MILLIS);
      await page.locator("input#file-input").setInputFiles({ name: "big.log", mimeType: "", buffer });
      await page.locator('#load-status[data-state="ready"]').waitFor({ state: "attached" });
      await page.waitForTimeout(1000);
      await page.evaluate(() => (window.longTasks.length = 0));
      await page.locator("#cell-0-0").click();
      await page.locator("#drawer .json-tree").waitFor();
      await page.waitForTimeout(500);
      return page.evaluate(() => Math.max(0, ...window.longTasks));
    }));
  }
  const shown = median(longest) ? `${median(longest).toFixed(0)} ms` : "none of 50 ms or more";
  row(`longest task, opening an event of ${(buffer.length / MB).toFixed(1)} MB`, shown, "", "", "< 50 ms");
}

/** Search text and the same for DuckDB. */
const FILTERS = [
  ["verb:update", "verb = 'update'"],
  ["code>=400", "code >= 400"],
  ["ns:prod", "namespace = 'prod'"],
  ["-verb:watch", "verb IS DISTINCT FROM 'watch'"],
  ["resource:leases", "resource = 'leases'"],
  ["verb:(create,delete) -ns:kube-system", "verb IN ('create', 'delete') AND namespace IS DISTINCT FROM 'kube-system'"],
  ["user:system:node:*", "starts_with(username, 'system:node:')"],
  ["decision:forbid", "decision = 'forbid'"],
  ["client:kubectl verb:get", "client = 'kubectl' AND verb = 'get'"],
  ["stage:ResponseComplete", "stage = 'ResponseComplete'"],
  ["name:api-*", "starts_with(name, 'api-')"],
  ["code:403 OR code:409", "code IN (403, 409)"],
];

async function queries(path) {
  const { millis, told } = await withPage(app.url, async (page) => {
    const loaded = await ingest(page, path);
    const measured = [];
    for (const [text] of [...FILTERS, ...FILTERS.toReversed().slice(1)]) {
      const count = () => performance.getEntriesByName("query", "measure").length;
      const before = await page.evaluate(count);
      await page.locator("#search").fill(text);
      await page.locator("#search").press("Enter");
      await page.waitForFunction((n) => performance.getEntriesByName("query", "measure").length > n, before);
      // Until nothing more comes: a later keystroke may have asked once more.
      await page.waitForTimeout(300);
      const durations = await page.evaluate(() => performance.getEntriesByName("query", "measure").map((entry) => entry.duration));
      measured.push(...durations.slice(before));
    }
    return { millis: measured, told: loaded };
  });
  const peer = duckdb("query", path, ...FILTERS.map(([, where]) => where)).millis;
  const events = Number(told.events);
  const name = `filter's change, ${events.toLocaleString("en")} events`;
  const pair = (at) => [`${at(millis).toFixed(1)} ms`, `DuckDB, ten GROUP BYs: ${at(peer).toFixed(1)} ms`, times(at(peer) / at(millis))];
  row(`${name}, median of ${millis.length}`, ...pair(median), "≥ 5");
  row(`${name}, p95`, ...pair(percentile95), "≥ 5 and < 33 ms");
  memory(told, events);
}

function memory(told, events) {
  if (told.indexBytes === undefined) return row("index bytes per event", "not told by the page", "", "", "< 150");
  const [all, words] = [Number(told.indexBytes) / events, Number(told.dictionaryBytes) / events];
  row("index bytes per event", all.toFixed(1), `of them dictionaries: ${words.toFixed(1)}`, "", "< 150 (80 without)");
}

async function firstPaint() {
  const millis = [];
  let names = [];
  for (let round = 0; round < 5; round += 1) {
    const told = await withPage("about:blank", async (page) => {
      await page.goto(app.url);
      await page.locator("#load-status").waitFor({ state: "attached" });
      return page.evaluate(async () => {
        await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
        const paint = performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? performance.now();
        return { paint, names: performance.getEntriesByType("resource").filter((entry) => entry.startTime < paint).map((entry) => entry.name) };
      });
    });
    millis.push(told.paint);
    names = told.names;
  }
  const files = [...new Set(["index.html", ...names.map((name) => basename(new URL(name).pathname))])];
  const onDisk = files.filter((name) => readdirSync(DIST).includes(name));
  const bytes = onDisk.reduce((sum, name) => sum + gzipSync(readFileSync(`${DIST}/${name}`), { level: 9 }).length, 0);
  row("first paint, bytes", `${(bytes / 1000).toFixed(0)} KB gzip`, `${onDisk.length} files`, "", "< 400 KB");
  row("first paint of the app, localhost", `${median(millis).toFixed(0)} ms`, "", "", "< 1,000 ms");
}

/** Bytes that all processes of the browser hold, by `ps` (shared pages counted once per process). */
function browserBytes() {
  const lines = execFileSync("ps", ["-eo", "rss=,args="], { encoding: "utf8" }).split("\n");
  const own = lines.filter((line) => /chromium.*--(type=renderer|headless)/.test(line));
  return own.reduce((sum, line) => sum + Number.parseInt(line, 10) * 1024, 0);
}

async function tenMillion() {
  const path = generated("ten-million.log", "--events", "10000000");
  await withPage(app.url, async (page) => {
    const told = await ingest(page, path);
    await page.locator("#search").fill("code>=400");
    await page.locator("#search").press("Enter");
    await page.waitForTimeout(3000);
    const query = await page.evaluate(() => performance.getEntriesByName("query", "measure").at(-1)?.duration);
    const results = await page.locator("#result-count").getAttribute("data-events");
    const [bytes, seconds] = [statSync(path).size, told.millis / 1000];
    row("10,000,000 events", `${Number(told.events).toLocaleString("en")} in ${seconds.toFixed(0)} s (${(bytes / MB / seconds).toFixed(0)} MB/s)`, `${(browserBytes() / 1e9).toFixed(1)} GB of ${(totalmem() / 1e9).toFixed(0)} GB held`, "", "opens");
    row("10,000,000 events, one filter", `${query?.toFixed(0)} ms`, `${Number(results).toLocaleString("en")} match`, "", "filters");
  });
}

function print() {
  const head = { figure: "figure", measured: "measured", peer: "peer or part", ratio: "ratio", reach: "reach" };
  const keys = Object.keys(head);
  const width = Object.fromEntries(keys.map((key) => [key, Math.max(...[head, ...table].map((one) => one[key].length))]));
  const line = (one) => `| ${keys.map((key) => one[key].padEnd(width[key])).join(" | ")} |`;
  say([line(head), `|${keys.map((key) => "-".repeat(width[key] + 2)).join("|")}|`, ...table.map(line)].join("\n"));
}

const SECTIONS = {
  paint: firstPaint,
  small: () => plainIngest(generated("plain-256.log", "--bytes", "256000000"), "256 MB"),
  large: () => plainIngest(generated("plain-1200.log", "--bytes", "1200000000"), "1.2 GB"),
  gzip: () => gzipIngest(packed(generated("plain-256.log", "--bytes", "256000000"))),
  wrappers: wrapperIngest,
  search: () => rawSearch(generated("plain-256.log", "--bytes", "256000000")),
  event: bigEvent,
  query: () => queries(generated("million.log", "--events", "1000000")),
  loki: async () => table.push(...(await lokiFigures(generated("loki-200000.log", "--events", "200000"), ROUNDS))),
  ...(process.env.BIG ? { big: tenMillion } : {}),
};

say(`bench: ${cpus().length} × ${cpus()[0].model}, Node ${process.version}, ${ROUNDS} rounds, medians`);
for (const [name, section] of Object.entries(SECTIONS)) {
  if (process.env.ONLY && !process.env.ONLY.split(",").includes(name)) continue;
  say(`bench: ${name}`);
  try {
    await section();
  } catch (error) {
    row(name, "failed", error.message.split("\n")[0].slice(0, 80), "", "");
  }
}
if (!process.env.ONLY || /small|large|gzip/.test(process.env.ONLY)) {
  row("longest main-thread task while loading", longestTask ? `${longestTask.toFixed(0)} ms` : "none of 50 ms or more", "", "", "< 50 ms");
}
print();
await Promise.all([app.close(), bare.close()]);
