// What the journeys to a Loki need: a stand-in with the sample in it, which serves the page too, and the way to it.
import assert from "node:assert/strict";
import { after, before, beforeEach } from "node:test";
import { gunzipSync } from "node:zlib";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launch } from "./harness.mjs";
import { DIST } from "./server.mjs";
import { loadFile, start } from "../loki_standin/server.mjs";

export const EVENTS = 20_000;
export const DELETES = 44;
export const LISTS = 796;
export const LABELS = {
  resource_type: "kubernetes_cluster", resource_id: "11111111-2222-3333-4444-555555555555",
  resource_name: "sample", region: "fr-par", component: "audit",
};

/** The sample's lines. */
export const sample = gunzipSync(readFileSync(new URL("../../public/sample.log.gz", import.meta.url))).toString();

let browser;
export let loki;

/** Starts the stand-in and a browser for the calling test file. */
export function setUp() {
  before(async () => {
    const file = join(mkdtempSync(join(tmpdir(), "auditscope-")), "sample.jsonl");
    writeFileSync(file, sample);
    loki = await start({ static: DIST });
    assert.equal(loadFile(loki.store, file, LABELS), EVENTS);
    loki.store.push({ streams: [{ stream: { ...LABELS, component: "kubelet" }, values: [["1772520000000000000", "no event"]] }] });
    browser = await launch();
  });
  beforeEach(() => loki.faults.set([]));
  after(async () => {
    await browser?.close();
    await loki?.close();
  });
}

export const newContext = (options) => browser.newContext(options);

export async function open(t, url = loki.url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  t.after(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(45_000);
  const thrown = [];
  page.on("pageerror", (error) => thrown.push(String(error)));
  // The browser's own word on a request that failed is no complaint of the page's.
  const ofBrowser = /^Failed to load resource|blocked by CORS policy/;
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type()) && !ofBrowser.test(message.text())) thrown.push(message.text());
  });
  t.after(() => assert.deepEqual(thrown, []));
  await page.goto(url);
  await page.getByRole("button", { name: "Connect to Cockpit" }).first().click();
  return page;
}

export async function connect(page, { address = "", token = "", auth = "none" } = {}) {
  await page.getByLabel("Data source URL").fill(address);
  await page.getByLabel("Token", { exact: true }).fill(token);
  await page.getByLabel("Sent as").selectOption(auth);
  await page.getByRole("button", { name: "Test and connect" }).click();
}

export async function choose(page, from = "2026-03-03 06:00:00", to = "2026-03-03 13:00:00") {
  await page.locator("#cockpit-range").selectOption("0");
  await page.getByLabel("From (UTC)").fill(from);
  await page.getByLabel("From (UTC)").press("Tab");
  await page.getByLabel("To (UTC)").fill(to);
  await page.getByLabel("To (UTC)").press("Tab");
  await page.getByRole("button", { name: "Find clusters" }).click();
  await page.getByRole("radio", { name: /sample/ }).check();
}

export const fail = (...faults) => loki.faults.set(faults);

/** Requests for lines that carry LogQL; counts have no limit. */
export const LINES = { path: "query_range", has: "limit" };
export const ALL = Number.MAX_SAFE_INTEGER;

export async function until(holds) {
  for (const deadline = Date.now() + 20_000; !holds(); ) {
    assert.ok(Date.now() < deadline, `never came: ${holds}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}
