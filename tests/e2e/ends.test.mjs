// What the page says of a load is so when it says it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { log } from "./events.mjs";
import { expectResults, load, open, search, setUp, settled } from "./harness.mjs";
import { withHold } from "./workers.mjs";

setUp();

/** From here on keeps what the page says whenever it changes. */
async function listen(page) {
  await page.evaluate(() => {
    const [status, results] = ["#load-status", "#result-count"].map((id) => document.querySelector(id));
    window.said = [];
    const note = () => {
      const { state, events, files } = status.dataset;
      window.said.push([state, files, events, results.dataset.events].join(" "));
    };
    new MutationObserver(note).observe(status, { attributes: true });
    new MutationObserver(note).observe(results, { attributes: true });
  });
}

const told = (page) => page.evaluate(() => window.said);
const endings = (said) => [...new Set(said.filter((of) => !of.startsWith("loading")))];

test("files with the same events: their end is told once, with final counts", async (t) => {
  const page = await open(t);
  await load(page, log(7, "first.log", 50_000));
  await listen(page);
  const counts = await load(page, [log(4_000), log(4_000, "again.log"), log(20, "more.log", 1_000)]);
  assert.equal(counts.events, 4_007);
  const said = await told(page);
  assert.ok(said[0].startsWith("loading"), said[0]);
  assert.deepEqual(endings(said), ["ready 4 4007 4007"]);
});

test("a source that is removed: the duplicates of the others are known before its end is told", async (t) => {
  const page = await open(t);
  await load(page, [log(4_000), log(4_000, "again.log"), log(5, "extra.log", 10_000)]);
  await expectResults(page, 4_005);
  await page.getByRole("tab", { name: /Sources/ }).click();
  await listen(page);
  await page.getByRole("button", { name: "Remove extra.log" }).click();
  await page.locator('#load-status[data-files="2"][data-state="ready"]').waitFor({ state: "attached" });
  await expectResults(page, 4_000);
  const said = await told(page);
  assert.ok(said[0].startsWith("loading 2"), said[0]);
  assert.deepEqual(endings(said), ["ready 2 4000 4000"]);
});

test("a question put while duplicates are looked for anew is answered when they are known", async (t) => {
  const page = await open(t, withHold);
  await load(page, [log(40), log(40, "again.log"), log(5, "extra.log", 10_000)]);
  await expectResults(page, 45);
  await page.getByRole("tab", { name: /Sources/ }).click();
  await page.evaluate(() => window.holdAfter(0));
  await page.getByRole("button", { name: "Remove extra.log" }).click();
  await search(page, "verb:delete");
  await page.locator('#result-count[aria-busy="true"]').waitFor({ state: "attached" });
  await listen(page);
  await page.evaluate(() => window.release());
  await expectResults(page, 10);
  const said = await told(page);
  assert.deepEqual(endings(said), ["ready 2 40 10"]);
  const counted = new Set(said.map((of) => of.split(" ")[3]));
  assert.deepEqual([...counted].filter((count) => !["45", "40", "10"].includes(count)), [], "none is of duplicates that count");
});

test("a worker that dies: what is left is told when it is known", async (t) => {
  const page = await open(t, withHold);
  await load(page, [log(30_000), log(30_000, "again.log")]);
  await expectResults(page, 30_000);
  await listen(page);
  await page.evaluate(() => window.end(1));
  const { events } = await settled(page);
  await expectResults(page, events);
  assert.deepEqual(endings(await told(page)), [`ready 2 ${events} ${events}`]);
});

test("a filter's count is marked as awaited until it is there", async (t) => {
  const page = await open(t);
  await load(page, log(40));
  const seen = await page.evaluate(async () => {
    const bar = document.querySelector("#search");
    const count = document.querySelector("#result-count");
    bar.focus();
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(bar, "verb:delete");
    bar.dispatchEvent(new Event("input", { bubbles: true }));
    bar.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
    await new Promise((done) => setTimeout(done));
    while (count.ariaBusy !== "false") await new Promise((done) => setTimeout(done));
    return count.dataset.events;
  });
  assert.equal(seen, "10");
});
