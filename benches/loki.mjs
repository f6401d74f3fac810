// Loading 200,000 events from the Loki stand-in on loopback, beside a bare fetch of the same pages;
// and the requests that one change of the filter costs. Also alone: node benches/loki.mjs FILE
import { fileURLToPath } from "node:url";
import { launch } from "../tests/e2e/harness.mjs";
import { loadFile, start } from "../tests/loki_standin/server.mjs";

const DIST = process.env.DIST ?? fileURLToPath(new URL("../dist", import.meta.url));
const LABELS = { resource_type: "kubernetes_cluster", resource_id: "1", resource_name: "bench", region: "fr-par", component: "audit" };
const TIMEOUT_MILLIS = 600_000;
const FETCHERS = 4;

/** Connects, chooses everything, and gives the page ready to press a button. */
async function connected(browser, loki, span) {
  const page = await browser.newPage();
  page.setDefaultTimeout(TIMEOUT_MILLIS);
  await page.goto(loki.url);
  await page.getByRole("button", { name: "Connect to Cockpit" }).first().click();
  await page.getByLabel("Sent as").selectOption("none");
  await page.getByRole("button", { name: "Test and connect" }).click();
  await page.locator("#cockpit-range").selectOption("0");
  for (const [label, text] of [["From (UTC)", span[0]], ["To (UTC)", span[1]]]) {
    await page.getByLabel(label).fill(text);
    await page.getByLabel(label).press("Tab");
  }
  await page.getByLabel("Selector").fill('{component="audit"}');
  loki.requests.length = 0;
  return page;
}

/** From the press of Load until the events can be explored. */
async function loadMillis(browser, loki, span) {
  const page = await connected(browser, loki, span);
  const millis = await page.evaluate(async () => {
    const began = performance.now();
    document.querySelector("#cockpit-load-button").click();
    while (document.querySelector("#load-status").dataset.state !== "ready") await new Promise((done) => setTimeout(done, 10));
    return performance.now() - began;
  });
  const events = Number(await page.locator("#load-status").getAttribute("data-events"));
  const urls = loki.requests.filter((request) => request.path.endsWith("query_range")).map((request) => request.url);
  await page.close();
  return { millis, events, urls };
}

/** The same requests from an empty page, as many at once, each body read and dropped. */
async function bareMillis(browser, loki, urls) {
  const page = await browser.newPage();
  page.setDefaultTimeout(TIMEOUT_MILLIS);
  await page.goto(`${loki.url}/favicon.svg`);
  const told = await page.evaluate(async ([urls, fetchers]) => {
    const began = performance.now();
    const waiting = [...urls];
    let bytes = 0;
    const fetcher = async () => {
      for (let url; (url = waiting.shift()); ) {
        const body = await (await fetch(url, { cache: "no-store" })).arrayBuffer();
        bytes += body.byteLength;
      }
    };
    await Promise.all(Array.from({ length: fetchers }, fetcher));
    return { millis: performance.now() - began, bytes };
  }, [urls, FETCHERS]);
  await page.close();
  return told;
}

async function requestsPerFilter(browser, loki, span, events) {
  const page = await connected(browser, loki, span);
  await page.locator("#cockpit-explore-button").click();
  await page.locator(`#result-count[data-events="${events}"]`).waitFor({ state: "attached" });
  loki.requests.length = 0;
  await page.locator("#search").fill("verb:delete");
  await page.locator("#search").press("Enter");
  await page.waitForFunction((all) => Number(document.querySelector("#result-count").dataset.events) < all, events);
  await page.close();
  return loki.requests.length;
}

/** Rows for the bench's table. `span`: from and to in UTC, covering the file's events. */
export async function lokiFigures(file, rounds = 3) {
  const loki = await start({ static: DIST });
  const events = loadFile(loki.store, file, LABELS);
  const times = loki.store.all()[0].records.map((record) => record.nanos);
  const moment = (nanos) => new Date(Number(nanos / 1_000_000n)).toISOString().slice(0, 19).replace("T", " ");
  const span = [moment(times[0]), moment(times.at(-1) + 2_000_000_000n)];
  const browser = await launch();
  try {
    const [ours, bare] = [[], []];
    let bytes = 0;
    for (let round = 0; round < rounds; round += 1) {
      const told = await loadMillis(browser, loki, span);
      if (told.events !== events) throw new Error(`${told.events} events loaded of ${events}`);
      ours.push(told.millis);
      const peer = await bareMillis(browser, loki, told.urls);
      bare.push(peer.millis);
      bytes = peer.bytes;
    }
    const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
    const rate = (millis) => Math.round(events / (median(millis) / 1000));
    const requests = await requestsPerFilter(browser, loki, span, events);
    return [
      {
        figure: `Loki, ${events.toLocaleString("en")} events loaded`,
        measured: `${rate(ours).toLocaleString("en")} events/s`,
        peer: `bare fetch of the same pages (${Math.round(bytes / 1e6)} MB): ${rate(bare).toLocaleString("en")} events/s`,
        ratio: `${(median(bare) / median(ours)).toFixed(2)} ×`,
        reach: "≥ 0.7",
      },
      { figure: "Loki, requests per filter change", measured: String(requests), peer: "one a facet, and total, timeline, rows", ratio: "", reach: "" },
    ];
  } finally {
    await browser.close();
    await loki.close();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const row of await lokiFigures(process.argv[2], Number(process.env.ROUNDS ?? 3))) console.log(Object.values(row).join(" | "));
}
