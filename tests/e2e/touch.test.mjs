// The timeline under fingers: real touch events, as the browser's own input makes them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { log } from "./events.mjs";
import { expectResults, load, open, setUp } from "./harness.mjs";

setUp();

const EVENTS = 3_000;
const START = Date.parse("2026-03-03T09:00:00Z");

/** The page on a tablet, and fingers: each a list of places `[x, y]` as parts of the plot. */
async function touched(t) {
  const page = await open(t, { hasTouch: true, viewport: { width: 1024, height: 768 } });
  await load(page, log(EVENTS));
  await expectResults(page, EVENTS);
  const box = await page.locator(".timeline-plot").boundingBox();
  const session = await page.context().newCDPSession(page);
  const points = (places) =>
    places.map(([x, y], id) => ({ id, x: box.x + box.width * x, y: box.y + box.height * y }));
  const send = (type, places) => session.send("Input.dispatchTouchEvent", { type, touchPoints: points(places) });
  /** All fingers go from their first places to their last, in steps; they land one after the other. */
  const move = async (from, to, steps = 8) => {
    for (let fingers = 1; fingers <= from.length; fingers += 1) await send("touchStart", from.slice(0, fingers));
    for (let step = 1; step <= steps; step += 1) {
      const between = from.map((place, finger) => place.map((at, axis) => at + ((to[finger][axis] - at) * step) / steps));
      await send("touchMove", between);
    }
    await send("touchEnd", []);
  };
  return { page, move, send };
}

/** The window that the link names, in milliseconds; `null`: there is none. */
const windowOf = (page) =>
  page.evaluate(() => {
    const of = (key) => new URLSearchParams(location.hash.slice(1)).get(key);
    return of("from") && { from: Date.parse(of("from")), to: Date.parse(of("to")) };
  });

/** Waits until the link's window is as wanted. */
async function untilWindow(page, wanted, says) {
  let window;
  for (let tries = 0; tries < 100; tries += 1) {
    window = await windowOf(page);
    if (wanted(window)) return window;
    await page.waitForTimeout(50);
  }
  return assert.fail(`${says}: ${JSON.stringify(window)}`);
}

const width = (window) => window.to - window.from;
/** At the end of a pinch from a tenth to four: a quarter of 3,020 s. The link follows the answers, so it names widths between. */
const isQuarter = (now) => now && width(now) < 790_000;

test("one finger selects a stretch", async (t) => {
  const { page, move } = await touched(t);
  await move([[0.3, 0.5]], [[0.6, 0.5]]);
  const window = await untilWindow(page, Boolean, "selected");
  assert.ok(width(window) > 600_000 && width(window) < 1_200_000, `${width(window)} ms of 3,000,000`);
  assert.ok(window.from > START && window.to < START + EVENTS * 1000);
});

test("a finger that drifts up and down selects all the same", async (t) => {
  const { page, move } = await touched(t);
  await move([[0.3, 0.2]], [[0.4, 0.9]]);
  await untilWindow(page, Boolean, "selected");
});

for (const [name, y] of [["side by side", [0.5, 0.5]], ["slanting", [0.2, 0.8]]]) {
  test(`two fingers ${name} pinch: apart zooms in, together zooms out`, async (t) => {
    const { page, move } = await touched(t);
    await move([[0.45, y[0]], [0.55, y[1]]], [[0.3, y[0]], [0.7, y[1]]]);
    const near = await untilWindow(page, isQuarter, "zoomed in");
    assert.ok(width(near) > 500_000 && width(near) < 1_100_000, `a quarter: ${width(near)} ms of 3,000,000`);
    const middle = (near.from + near.to) / 2;
    assert.ok(Math.abs(middle - (START + 1_500_000)) < 200_000, "the middle stays in the middle");
    await move([[0.3, y[0]], [0.7, y[1]]], [[0.4, y[0]], [0.6, y[1]]]);
    const farther = await untilWindow(page, (now) => now && width(now) > width(near) * 1.6, "zoomed out");
    assert.ok(width(farther) < width(near) * 2.5, `twice: ${width(farther)} ms`);
    await move([[0.1, y[0]], [0.9, y[1]]], [[0.45, y[0]], [0.55, y[1]]]);
    await untilWindow(page, (now) => !now, "all of it");
    await expectResults(page, EVENTS);
  });
}

test("two fingers pan", async (t) => {
  const { page, move } = await touched(t);
  await move([[0.45, 0.5], [0.55, 0.5]], [[0.3, 0.5], [0.7, 0.5]]);
  const before = await untilWindow(page, isQuarter, "zoomed in");
  await move([[0.3, 0.5], [0.5, 0.5]], [[0.5, 0.5], [0.7, 0.5]]);
  const after = await untilWindow(page, (now) => now && now.from < before.from - 100_000, "panned to what was before");
  assert.ok(Math.abs(width(after) - width(before)) < width(before) * 0.05, "as wide as before");
});

test("a second finger makes a pinch of what began as a selection", async (t) => {
  const { page, send } = await touched(t);
  const brush = page.locator(".timeline-brush");
  await send("touchStart", [[0.4, 0.5]]);
  await send("touchMove", [[0.45, 0.5]]);
  await brush.waitFor();
  await send("touchStart", [[0.45, 0.5], [0.55, 0.5]]);
  await brush.waitFor({ state: "detached" });
  await send("touchMove", [[0.35, 0.5], [0.65, 0.5]]);
  await send("touchEnd", []);
  const zoomed = await untilWindow(page, Boolean, "zoomed in");
  assert.ok(width(zoomed) > 700_000 && width(zoomed) < 1_400_000, `a third: ${width(zoomed)} ms of 3,000,000`);
});

test("a tap tells what a bar holds", async (t) => {
  const { page, move } = await touched(t);
  await move([[0.5, 0.5]], [[0.5, 0.5]], 0);
  await page.locator(".timeline-tip").getByText("Events").waitFor();
  assert.equal(await windowOf(page), null);
});
