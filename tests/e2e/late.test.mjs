// What comes late, or is not there at all: no answer stands under another question, nothing is said that is not known.
import assert from "node:assert/strict";
import { test } from "node:test";
import { events, file, log } from "./events.mjs";
import { expectAccessible, expectResults, load, open, openRow, search, setUp } from "./harness.mjs";
import { withHold } from "./workers.mjs";

setUp();

const COUNT = 240;
const hold = (page) => page.evaluate(() => window.holdAfter(0));
const release = (page) => page.evaluate(() => window.release());
async function loaded(t, options = withHold) {
  const page = await open(t, options);
  await load(page, log(COUNT));
  await expectResults(page, COUNT);
  return page;
}
const focused = (page) => page.evaluate(() => document.activeElement.outerHTML.slice(0, 200));

test("columns that change while an answer is on its way keep their cells", async (t) => {
  const page = await loaded(t);
  await hold(page);
  await page.getByRole("button", { name: "Include Verb delete", exact: true }).click();
  await page.evaluate(() => (location.hash = "#v=1&q=verb:delete&cols=code,verb"));
  await release(page);
  await page.locator(".grid [role=columnheader]", { hasText: "Code" }).waitFor();
  await expectResults(page, COUNT / 4);
  await page.waitForFunction(() => document.querySelector("#cell-0-0")?.innerText.match(/^\d+$/));
  const cells = await page.locator("[id^=cell-][id$='-0']").allInnerTexts();
  assert.ok(cells.length > 5 && cells.every((cell) => /^\d+$/.test(cell)), `${cells}`);
});

test("of two events asked for, the one asked for last is open", async (t) => {
  const page = await loaded(t);
  await hold(page);
  await page.locator("#cell-3-0").click({ position: { x: 6, y: 6 } });
  await page.locator("#cell-5-0").click({ position: { x: 6, y: 6 } });
  await page.evaluate(() => window.held.posts.reverse());
  await release(page);
  // The newest comes first.
  const heading = page.locator("#drawer h2").first();
  await heading.getByText(`pod-${COUNT - 6}`).waitFor();
  await page.waitForTimeout(500);
  assert.match(await heading.innerText(), new RegExp(`pod-${COUNT - 6}`));
});

test("a step to the next event is given up when another is asked for", async (t) => {
  const page = await loaded(t);
  await openRow(page, 3);
  const heading = page.locator("#drawer h2").first();
  await heading.getByText(`pod-${COUNT - 4}`).waitFor();
  await hold(page);
  await page.keyboard.press("j");
  await page.locator("#cell-8-0").click({ position: { x: 6, y: 6 } });
  // What the step asks comes last.
  await page.evaluate(() => window.held.posts.reverse());
  await release(page);
  await heading.getByText(`pod-${COUNT - 9}`).waitFor();
  await page.waitForTimeout(500);
  assert.match(await heading.innerText(), new RegExp(`pod-${COUNT - 9}`));
});

test("Tab leads out of a popover to what comes next", async (t) => {
  const page = await loaded(t);
  await page.getByRole("button", { name: "Download the events that match" }).click();
  const panel = page.locator(".popover");
  await panel.waitFor();
  for (let tabs = 0; tabs < 6 && (await panel.count()) > 0; tabs += 1) await page.keyboard.press("Tab");
  assert.equal(await panel.count(), 0);
  await page.waitForTimeout(200);
  assert.doesNotMatch(await focused(page), /Download the events that match/);
});

test("Esc gives up an event that is on its way", async (t) => {
  const page = await loaded(t);
  await hold(page);
  await page.locator("#cell-3-0").click({ position: { x: 6, y: 6 } });
  await page.keyboard.press("Escape");
  await release(page);
  await page.waitForTimeout(500);
  assert.equal(await page.locator("#drawer").count(), 0);
  await openRow(page, 5);
});

test("an event that a link names and no open file holds", async (t) => {
  const page = await loaded(t);
  await openRow(page, 3);
  await page.locator("#drawer h2", { hasText: "pod-" }).waitFor();
  const { hash } = new URL(page.url());
  const other = await open(t, { fragment: hash });
  await load(other, log(10, "other.log", 5000));
  await other.getByText("This event is in no source that is open.").waitFor();
  await expectAccessible(other, "an absent event");
  // It comes with the file that it is in.
  await other.locator("input#file-input").setInputFiles({ ...log(COUNT), mimeType: "" });
  await other.locator("#drawer h2", { hasText: "pod-" }).waitFor();
});

for (const fragment of ["#v=1&q=verb:delete", "#q=verb:delete&v=1", "#v=1"]) {
  test(`Back leaves ${fragment} at once`, async (t) => {
    const before = (page) => page.addInitScript(() => (window.stepsBefore = history.length));
    const page = await open(t, { fragment, before });
    await load(page, log(COUNT));
    await expectResults(page, fragment.includes("delete") ? COUNT / 4 : COUNT);
    await page.waitForTimeout(2000);
    assert.equal(await page.evaluate(() => history.length - window.stepsBefore), 0);
  });
}

test("a chosen value that was not counted has no number", async (t) => {
  const page = await loaded(t);
  await search(page, "name:pod-7");
  await expectResults(page, 1);
  await page.locator(".facet-head button", { hasText: /^Name$/ }).click();
  const line = page.locator(".facet-line", { has: page.getByRole("button", { name: "Include Name pod-7", exact: true }) });
  await line.waitFor();
  assert.equal(await line.locator(".facet-count").innerText(), "");
  await expectAccessible(page, "a value that was not counted");
  // Verbs are all listed: of one that is not among them there is none.
  await search(page, "verb:patch");
  await expectResults(page, 0);
  const patch = page.locator(".facet-line", { has: page.getByRole("button", { name: "Include Verb patch", exact: true }) });
  await patch.locator(".facet-count", { hasText: "0" }).waitFor();
});

test("what is typed into From stays while more is read", async (t) => {
  const page = await loaded(t);
  await page.locator(".time-control .popover-button").click();
  const from = page.getByLabel("From");
  await from.fill("2026-03-03 09:01");
  await page.locator("input#file-input").setInputFiles({ ...log(10, "later.log", 90_000), mimeType: "" });
  await expectResults(page, COUNT + 10);
  await page.locator('#load-status[data-files="2"][data-state="ready"]').waitFor({ state: "attached" });
  await page.getByText("The data spans 1 d").waitFor();
  assert.equal(await from.inputValue(), "2026-03-03 09:01");
});

test("text that is dropped on the search bar is no file", async (t) => {
  const page = await loaded(t);
  const drop = (target) =>
    page.evaluate((selector) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.setData("text/plain", "pod-7");
      const event = new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true });
      document.querySelector(selector).dispatchEvent(event);
      return event.defaultPrevented;
    }, target);
  assert.equal(await drop("#search"), false);
  assert.equal(await page.locator("#load-status").getAttribute("data-files"), "1");
  // From the page itself neither, wherever it is let go.
  await page.evaluate(() => document.querySelector("#main").dispatchEvent(new DragEvent("dragstart", { bubbles: true })));
  assert.equal(await drop("#main"), true);
  assert.equal(await page.locator("#load-status").getAttribute("data-files"), "1");
  // From elsewhere it is one.
  assert.equal(await drop("#main"), true);
  await page.locator('#load-status[data-files="2"]').waitFor({ state: "attached" });
});

test("a completion that was picked stays so when values come before it", async (t) => {
  const page = await loaded(t);
  await hold(page);
  const bar = page.locator("#search");
  await bar.pressSequentially("verb:");
  await page.locator("[role=option]").first().waitFor();
  await bar.press("ArrowDown");
  const picked = page.locator('[role=option][aria-selected="true"]');
  const before = (await picked.innerText()).split("\n")[0].trim();
  // After the pause in typing the values are asked for.
  await page.waitForFunction(() => window.held.posts.length > 0);
  await release(page);
  await page.locator("[role=option]", { hasText: "events" }).first().waitFor();
  assert.equal((await picked.innerText()).split("\n")[0].trim(), before);
});

test("what was skipped of what could not be read is not said to be nothing", async (t) => {
  const page = await open(t);
  await page.locator("input#file-input").setInputFiles({ ...file("empty.log", ""), mimeType: "" });
  await page.locator('#load-status[data-state="failed"]').waitFor({ state: "attached" });
  await page.getByRole("tab", { name: /Skipped/ }).click();
  await page.getByText(/A source failed/).waitFor();
});

test("the focus stays where the eye is", async (t) => {
  const page = await loaded(t);
  await page.getByRole("button", { name: "Download the events that match" }).click();
  await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: /^NDJSON/ }).click()]);
  await page.waitForFunction(() => document.activeElement.matches(".popover-button"));

  await page.getByRole("button", { name: "Include Verb delete", exact: true }).click();
  await page.getByRole("button", { name: "Clear the choices of Verb" }).click();
  await expectResults(page, COUNT);
  await page.waitForFunction(() => document.activeElement.matches('[aria-controls="facet-verb"]'));

  await page.getByRole("tab", { name: /Sources/ }).click();
  await load(page, log(5, "more.log", 9000));
  await page.getByRole("button", { name: "Remove more.log" }).click();
  await page.waitForFunction(() => document.activeElement.innerText === "Sources");
});

test("on a narrow page the focus follows what covers it", async (t) => {
  const page = await loaded(t, { viewport: { width: 390, height: 844 } });
  await page.getByRole("button", { name: "Filters", exact: true }).click();
  await page.waitForFunction(() => document.activeElement.id === "facets");
  await page.getByRole("button", { name: "Close the filters" }).click();
  await page.waitForFunction(() => document.activeElement.className === "facets-button");
  await openRow(page, 2);
  await page.waitForFunction(() => document.activeElement.className === "drawer");
  await page.keyboard.press("Escape");
  await page.locator("#drawer").waitFor({ state: "detached" });
  await page.waitForFunction(() => document.activeElement.id === "events-grid" || document.activeElement.role === "grid");
});

test("a change of the filter is told", async (t) => {
  const page = await loaded(t);
  await page.getByRole("button", { name: "Include Verb delete", exact: true }).click();
  await page.locator(".results [role=status]", { hasText: `60 of ${COUNT} events` }).waitFor({ state: "attached" });
});
