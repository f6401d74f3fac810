// The panels' sizes: kept in this browser, and nothing else with them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { log } from "./events.mjs";
import { expectResults, load, open, openRow, setUp } from "./harness.mjs";

setUp();

const COUNT = 40;
const PANELS = { "Width of the filters": 288, "Height of the timeline": 176, "Width of the event": 480 };
const edge = (page, name) => page.getByRole("separator", { name });
const size = async (page, name) => Number(await edge(page, name).getAttribute("aria-valuenow"));

async function opened(page) {
  await load(page, log(COUNT));
  await expectResults(page, COUNT);
  await openRow(page, 0);
}

const sizes = async (page) => Promise.all(Object.keys(PANELS).map((name) => size(page, name)));

test("sizes outlive a reload; double-click and Enter bring the usual ones back", async (t) => {
  const page = await open(t, { viewport: { width: 1600, height: 1000 } });
  await opened(page);
  assert.deepEqual(await sizes(page), Object.values(PANELS));
  const timeline = await edge(page, "Height of the timeline").boundingBox();
  await page.mouse.move(timeline.x + 100, timeline.y);
  await page.mouse.down();
  await page.mouse.move(timeline.x + 100, timeline.y + 64, { steps: 4 });
  await page.mouse.up();
  await edge(page, "Width of the filters").press("ArrowRight");
  await edge(page, "Width of the event").press("Shift+ArrowLeft");
  const changed = [304, 240, 544];
  assert.deepEqual(await sizes(page), changed);
  assert.equal((await page.locator("#facets").boundingBox()).width, 304);

  await page.reload();
  await opened(page);
  assert.deepEqual(await sizes(page), changed);

  await edge(page, "Height of the timeline").dblclick();
  await edge(page, "Width of the filters").press("Enter");
  await edge(page, "Width of the event").press("Enter");
  assert.deepEqual(await sizes(page), Object.values(PANELS));
  await page.reload();
  await opened(page);
  assert.deepEqual(await sizes(page), Object.values(PANELS));
  const kept = await page.evaluate(() => JSON.stringify({ ...localStorage }));
  assert.doesNotMatch(kept, /pod-|user-|audit\.log|example\.com/, "nothing of the data is kept");
});

test("damaged sizes count for nothing", async (t) => {
  const kept = "timeline:NaN,facets:-3,drawer:1e9,rubbish,:,drawer:wide,facets";
  const page = await open(t, {
    viewport: { width: 1600, height: 1000 },
    before: (page) => page.addInitScript((kept) => localStorage.setItem("auditscope-panel-sizes", kept), kept),
  });
  await opened(page);
  assert.deepEqual(await sizes(page), Object.values(PANELS));
  await edge(page, "Width of the filters").press("ArrowRight");
  assert.equal(await size(page, "Width of the filters"), 304);
});

test("a browser that keeps nothing still resizes", async (t) => {
  const refuse = () =>
    Object.defineProperty(window, "localStorage", {
      get() {
        throw new DOMException("refused", "SecurityError");
      },
    });
  const page = await open(t, { viewport: { width: 1600, height: 1000 }, before: (page) => page.addInitScript(refuse) });
  await opened(page);
  await edge(page, "Width of the filters").press("ArrowRight");
  assert.equal(await size(page, "Width of the filters"), 304);
  await edge(page, "Width of the filters").press("Enter");
  assert.equal(await size(page, "Width of the filters"), 288);
});
