// What every journey needs: a server, a browser, a page that may not complain.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import AxeBuilder from "@axe-core/playwright";
import { chromium } from "playwright-core";
import { serve } from "./server.mjs";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
];
export const LOAD_TIMEOUT_MILLIS = 60_000;
const LARGE_BYTES = 1 << 20;

let server;
let browser;

/** Starts a server and a browser for the calling test file. */
export function setUp() {
  before(async () => {
    server = await serve();
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });
}

export function launch(options = {}) {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  return chromium.launch({ executablePath, args: FLAGS, ...options });
}

/**
 * Opens the page. The test fails at its end if the page logged a warning or an error, threw,
 * had a request fail, or asked anyone but its own server.
 *
 * @param t the test's context
 * @param options `fragment` for the link; `viewport`, `colorScheme`, … as Playwright has them;
 *   `expectProblems`: regular expressions of complaints that belong to the test;
 *   `before`: called with the page before it is opened
 */
export async function open(t, options = {}) {
  const { fragment = "", expectProblems = [], before, ...contextOptions } = options;
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, acceptDownloads: true, ...contextOptions });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const problems = [];
  const complain = (text) => {
    if (!expectProblems.some((pattern) => pattern.test(text))) problems.push(text);
  };
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complain(`console ${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => complain(`thrown: ${error}`));
  page.on("requestfailed", (request) => {
    // A reload gives up what the page before it was still fetching.
    if (request.failure()?.errorText === "net::ERR_ABORTED") return;
    complain(`request failed: ${request.url()}`);
  });
  page.on("response", (response) => response.status() >= 400 && complain(`${response.status()}: ${response.url()}`));
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (!["blob:", "data:"].includes(url.protocol) && url.origin !== server.origin) complain(`to a stranger: ${url}`);
  });
  await before?.(page);
  t.after(async () => {
    await context.close();
    assert.deepEqual(problems, [], "the page complained");
  });
  await page.goto(server.url + fragment);
  await page.locator("#load-status").waitFor();
  return page;
}

/** Loads files (paths, or `{name, buffer}`) and waits until they are read. */
export async function load(page, files, { state = "ready" } = {}) {
  await give(page, files);
  return settled(page, state);
}

/** Gives files to the page. Large ones lie on the disk: their bytes would take seconds to the browser, which may be slow. */
export async function give(page, files) {
  const all = [files].flat();
  const isLarge = all.some((file) => typeof file !== "string" && file.buffer.length > LARGE_BYTES);
  const given = (file) => (typeof file === "string" ? file : isLarge ? onDisk(file) : { mimeType: "", ...file });
  await page.locator("input#file-input").setInputFiles(all.map(given));
}

function onDisk({ name, buffer }) {
  const folder = mkdtempSync(join(tmpdir(), "auditscope-"));
  process.once("exit", () => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, name), buffer);
  return join(folder, name);
}

/** Waits for the load to end in `state` and for its answer to be on screen; gives the counts. */
export async function settled(page, state = "ready") {
  await page.locator(`#load-status[data-state="${state}"]`).waitFor({ state: "attached", timeout: LOAD_TIMEOUT_MILLIS });
  const counts = await page.locator("#load-status").evaluate((element) => ({ ...element.dataset }));
  const numbers = Object.fromEntries(["events", "skipped", "bytes", "files"].map((key) => [key, Number(counts[key])]));
  return numbers;
}

/** Waits until the page shows exactly so many matching events, and all that comes with their count. */
export async function expectResults(page, events) {
  const count = page.locator(`#result-count[data-events="${events}"][aria-busy="false"]`);
  await count.waitFor({ state: "attached" }).catch(async () => {
    const shown = await page.locator("#result-count").getAttribute("data-events");
    assert.fail(`${shown} results, expected ${events}`);
  });
}

/** Types a search; what it finds is asked for by `expectResults`. */
export async function search(page, text) {
  const bar = page.locator("#search");
  await bar.fill(text);
  await bar.press("Enter");
}

/** Opens the table's row; the press is at its left edge, clear of the tools that hovering shows. */
export async function openRow(page, index) {
  await page.locator(`#cell-${index}-0`).click({ position: { x: 6, y: 6 } });
  await page.locator("#drawer").waitFor();
}

/** axe finds nothing wrong with what is on screen. */
export async function expectAccessible(page, name) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const told = violations.map((v) => `${v.id}: ${v.help}\n    ${v.nodes.map((node) => node.html).join("\n    ")}`);
  assert.equal(told.length, 0, `axe, ${name}:\n  ${told.join("\n  ")}`);
}

/** A picture: for the README when UPDATE_SCREENSHOTS=1 (`name` given), else for looking into. */
export async function picture(page, name) {
  const docs = process.env.UPDATE_SCREENSHOTS === "1";
  const folder = fileURLToPath(new URL(docs ? "../../docs/images/" : "./out/", import.meta.url));
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: `${folder}${name}.png` });
}
