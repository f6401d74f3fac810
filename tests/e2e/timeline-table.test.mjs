// Exploring: the timeline and the table.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { event, events, file, lines, log } from "./events.mjs";
import { expectAccessible, expectResults, load, open, picture, search, setUp } from "./harness.mjs";

setUp();

const EVENTS = 3_000;

/** The page with that many events, one a second from 09:00. */
async function explored(t, options = {}) {
  const page = await open(t, options);
  await load(page, log(EVENTS));
  await expectResults(page, EVENTS);
  await page.locator(".grid-cell").first().waitFor();
  return page;
}

const results = async (page) => Number(await page.locator("#result-count").getAttribute("data-events"));
/** Waits until the number of results is as wanted. */
async function untilResults(page, wanted, says) {
  for (let tries = 0; tries < 100; tries += 1) {
    if (wanted(await results(page))) return;
    await page.waitForTimeout(50);
  }
  assert.fail(`${says}: ${await results(page)} results`);
}
const row = (page, number) => page.locator(`.grid-body [aria-rowindex="${number + 1}"]`);
const focusedRow = (page) => page.locator(".grid-body .grid-row.active");

test("the timeline: brush, zoom, pan, reset by mouse", async (t) => {
  const page = await explored(t);
  const plot = await page.locator(".timeline-plot").boundingBox();
  const y = plot.y + plot.height / 2;
  await page.mouse.move(plot.x + plot.width * 0.4, y);
  await page.locator(".timeline-tip").waitFor();
  await page.mouse.down();
  await page.mouse.move(plot.x + plot.width * 0.6, y, { steps: 4 });
  await page.mouse.up();
  await untilResults(page, (n) => n > 400 && n < 900, "a fifth of the width");
  assert.match(page.url(), /from=.*&to=/);
  const brushed = await results(page);
  await page.mouse.wheel(0, -300);
  await untilResults(page, (n) => n < brushed, "zoomed in");
  const before = page.url();
  await page.keyboard.down("Shift");
  await page.mouse.wheel(0, 200);
  await page.keyboard.up("Shift");
  await page.waitForFunction((url) => location.href !== url, before);
  await page.mouse.dblclick(plot.x + plot.width / 2, y);
  await expectResults(page, EVENTS);
});

test("the timeline by keyboard, and as a table", async (t) => {
  const page = await explored(t);
  await page.locator(".timeline-plot").focus();
  await page.keyboard.press("+");
  await untilResults(page, (n) => n < EVENTS * 0.7, "zoomed in");
  await page.keyboard.press("ArrowRight");
  // The cursor keeps its moment: one that is set before the pan's answer may leave the view with it.
  await page.locator('#result-count[aria-busy="false"]').waitFor({ state: "attached" });
  await page.keyboard.press("Shift+ArrowRight");
  await page.locator(".timeline-plot [aria-live]", { hasText: /: \d+ events?$/ }).waitFor({ state: "attached" });
  await page.keyboard.press("Enter");
  await untilResults(page, (n) => n > 0 && n < 100, "one bar");
  await page.keyboard.press("0");
  await expectResults(page, EVENTS);
  await page.getByRole("button", { name: "As table" }).click();
  await page.locator(".timeline-table tbody tr").first().waitFor();
  const counts = await page.locator(".timeline-table tbody td:nth-child(2)").allInnerTexts();
  assert.equal(counts.reduce((sum, text) => sum + Number(text.replaceAll(",", "")), 0), EVENTS);
  await expectAccessible(page, "the timeline as a table");
});

test("stacking, and filtering from the legend", async (t) => {
  const page = await explored(t);
  await page.getByLabel("Stack by").selectOption("class");
  const entry = page.locator(".timeline-legend li", { hasText: "4xx" });
  await entry.waitFor();
  assert.match(page.url(), /stack=class/);
  await entry.hover();
  await entry.getByRole("button", { name: "Only 4xx" }).click();
  await expectResults(page, EVENTS / 10);
});

test("events without a time are counted beside the timeline", async (t) => {
  const page = await open(t);
  const timeless = event(5000, { requestReceivedTimestamp: undefined, stageTimestamp: undefined });
  await load(page, file("audit.log", lines([...events(10), timeless])));
  await expectResults(page, 11);
  await page.getByText("without a time: 1 event").waitFor();
});

test("the table by keyboard: every row can be reached", async (t) => {
  const page = await explored(t);
  const grid = page.locator("#events-grid");
  assert.equal(await grid.getAttribute("aria-rowcount"), String(EVENTS + 1));
  await grid.focus();
  await page.keyboard.press("End");
  await row(page, EVENTS).locator("text=09:00:00.000").waitFor();
  await page.keyboard.press("Home");
  await row(page, 1).locator("text=09:49:59.000").waitFor();
  for (const key of ["ArrowDown", "j", "j", "k"]) await page.keyboard.press(key);
  assert.equal(await focusedRow(page).getAttribute("aria-rowindex"), "4");
});

test("sorting goes to the top; columns are chosen, moved and resized", async (t) => {
  const page = await explored(t);
  const head = (name) => page.getByRole("columnheader", { name });
  await page.locator(".table-scroll").evaluate((element) => (element.scrollTop = 20_000));
  await head("Time").getByRole("button").click();
  await row(page, 1).locator("text=09:00:00.000").waitFor();
  assert.equal(await head("Time").getAttribute("aria-sort"), "ascending");
  assert.match(page.url(), /sort=/);

  const names = () => page.locator(".grid-head-cell button").allInnerTexts();
  await page.getByRole("button", { name: "Columns" }).click();
  await expectAccessible(page, "the column chooser");
  await page.getByRole("checkbox", { name: "Latency" }).click();
  await page.locator(".grid-head-cell", { hasText: "Latency" }).waitFor();
  await page.getByRole("button", { name: "Move Verb right" }).click();
  await page.waitForFunction(() => document.querySelectorAll(".grid-head-cell button")[2].textContent.startsWith("Verb"));
  assert.equal((await names()).at(-1).trim(), "Latency");
  await page.keyboard.press("Escape");

  const edge = page.getByRole("separator", { name: "Width of Verb" });
  const width = Number(await edge.getAttribute("aria-valuenow"));
  await edge.focus();
  await page.keyboard.press("ArrowRight");
  assert.equal(Number(await edge.getAttribute("aria-valuenow")), width + 16);
  await page.reload();
  await load(page, log(20));
  assert.equal(Number(await edge.getAttribute("aria-valuenow")), width + 16);
});

test("copy a cell and a row; filter from a cell, keeping the place", async (t) => {
  const page = await explored(t, { permissions: ["clipboard-read", "clipboard-write"] });
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
  await page.locator("#events-grid").focus();
  for (let press = 0; press < 41; press += 1) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("c");
  await page.getByText("Cell copied").waitFor();
  const verb = await clipboard();
  assert.match(verb, /^(get|list|create|delete)$/);
  await page.keyboard.press("Shift+C");
  await page.getByText("Row copied").waitFor();
  assert.equal((await clipboard()).split("\t")[1], verb);
  const time = (await clipboard()).split("\t")[0];
  await page.keyboard.press("i");
  await expectResults(page, EVENTS / 4);
  await focusedRow(page).locator(`text=${time}`).waitFor();
});

test("download what matches, as NDJSON and as CSV", async (t) => {
  const page = await explored(t);
  await search(page, "verb:delete");
  await expectResults(page, EVENTS / 4);
  const download = async (name) => {
    await page.getByRole("button", { name: "Download" }).click();
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name }).click()]);
    return readFile(await file.path(), "utf8");
  };
  const wanted = events(EVENTS).filter((one) => one.verb === "delete");
  assert.equal(await download(/^NDJSON/), lines(wanted));
  const csv = (await download(/^CSV/)).trimEnd().split(/\r?\n/);
  assert.equal(csv.length, wanted.length + 1);
});

test("looks: wide and narrow, light and dark", async (t) => {
  for (const [name, options] of [
    ["explore", { viewport: { width: 1440, height: 900 }, colorScheme: "light" }],
    ["explore-dark", { viewport: { width: 1440, height: 900 }, colorScheme: "dark" }],
    ["explore-narrow", { viewport: { width: 390, height: 844 } }],
  ]) {
    const page = await explored(t, options);
    await expectAccessible(page, name);
    await picture(page, name);
  }
});
