// Finding out who did it: filters, search bar, timeline, table, drawer, link.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { event, events, file, lines, log } from "./events.mjs";
import { expectAccessible, expectResults, load, open, openRow, picture, search, setUp, settled } from "./harness.mjs";

setUp();

const COUNT = 240;
/** Opens the page with 240 events: a quarter of each verb, a third of each namespace. */
async function loaded(t, options) {
  const page = await open(t, options);
  await load(page, log(COUNT));
  await expectResults(page, COUNT);
  return page;
}
const matching = (keep) => events(COUNT).filter(keep).length;
const press = (page, name) => page.getByRole("button", { name, exact: true }).click();
const searchText = (page) => page.locator("#search").inputValue();

test("a facet includes, excludes and narrows to one value; its own counts stay", async (t) => {
  const page = await loaded(t);
  await press(page, "Include Verb delete");
  await expectResults(page, matching((e) => e.verb === "delete"));
  assert.match(await searchText(page), /^verb:delete$/);
  // Its own choice does not narrow its own counts.
  await page.getByRole("button", { name: "Include Verb get", exact: true }).waitFor();
  await press(page, "Include Verb get");
  await expectResults(page, matching((e) => e.verb !== "list" && e.verb !== "create"));
  await press(page, "Exclude Namespace prod");
  await expectResults(page, matching((e) => ["get", "delete"].includes(e.verb) && e.objectRef.namespace !== "prod"));
  await press(page, "Only Verb create");
  await expectResults(page, matching((e) => e.verb === "create" && e.objectRef.namespace !== "prod"));
  await press(page, "Clear the choices of Namespace");
  await expectResults(page, matching((e) => e.verb === "create"));
  await expectAccessible(page, "facets chosen");
});

test("the search bar takes the whole language and steers the facets", async (t) => {
  const page = await loaded(t);
  const code = (e) => e.responseStatus.code;
  for (const [text, keep] of [
    ["verb:(create,delete)", (e) => ["create", "delete"].includes(e.verb)],
    ["-verb:get", (e) => e.verb !== "get"],
    ["code>=400 ns:prod", (e) => code(e) >= 400 && e.objectRef.namespace === "prod"],
    ["user:user-*", (e) => e.user.username.startsWith("user-")],
    ["verb:get OR (verb:list ns:dev)", (e) => e.verb === "get" || (e.verb === "list" && e.objectRef.namespace === "dev")],
    ["NOT ns:staging", (e) => e.objectRef.namespace !== "staging"],
    ["kind:\"service account\"", (e) => e.user.username.startsWith("system:serviceaccount:")],
    ["name:pod-17", (e) => e.objectRef.name === "pod-17"],
  ]) {
    await search(page, text);
    await expectResults(page, matching(keep));
  }
  await search(page, "verb:delete");
  await page.locator('button[aria-label="Include Verb delete"][aria-pressed="true"]').waitFor();
  await search(page, "");
  await expectResults(page, COUNT);
});

test("free text searches the whole event", async (t) => {
  const page = await open(t);
  const odd = event(900, { annotations: { note: "the quick brown fox" } });
  await load(page, file("a.log", lines([...events(50), odd])));
  await search(page, '"quick brown"');
  await expectResults(page, 1);
  const measured = await page.evaluate(() => performance.getEntriesByName("search-raw", "measure").length);
  assert.ok(measured > 0, "User Timing has a search-raw measure");
});

test("a search that cannot be read says where; the last good one stays", async (t) => {
  const page = await loaded(t);
  await search(page, "verb:delete");
  const deletes = matching((e) => e.verb === "delete");
  await expectResults(page, deletes);
  await search(page, "verb:delete AND (code>=");
  await page.locator('#search[aria-invalid="true"]').waitFor();
  await page.getByText("The last good search stays in force.").waitFor();
  await expectResults(page, deletes);
  await expectAccessible(page, "search error");
});

test("completion offers fields and values", async (t) => {
  const page = await loaded(t);
  await page.locator("#search").click();
  await page.keyboard.type("verb:de");
  await page.getByRole("option", { name: /delete/ }).first().waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  assert.match(await searchText(page), /verb:delete/);
  await expectResults(page, matching((e) => e.verb === "delete"));
});

test("the timeline: brush, keys, reset, and its table", async (t) => {
  const page = await loaded(t);
  const plot = page.getByRole("group", { name: "Events over time" });
  const box = await plot.boundingBox();
  await page.mouse.move(box.x + box.width * 0.3, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.6, box.y + box.height / 2, { steps: 6 });
  await page.mouse.up();
  await page.waitForFunction((all) => Number(document.querySelector("#result-count").dataset.events) < all, COUNT);
  const brushed = Number(await page.locator("#result-count").getAttribute("data-events"));
  assert.ok(brushed > COUNT * 0.15 && brushed < COUNT * 0.5, `${brushed} of ${COUNT} in the brush`);
  assert.match(page.url(), /#.*\d{4}-\d{2}|#.*t=|#.*from/, "the link carries the window");
  await plot.focus();
  await page.keyboard.press("0");
  await expectResults(page, COUNT);
  await page.keyboard.press("+");
  await page.waitForFunction((all) => Number(document.querySelector("#result-count").dataset.events) < all, COUNT);
  await page.keyboard.press("Home");
  await expectResults(page, COUNT);
  await page.locator(".timeline-bar").getByRole("button", { name: /table/i }).click();
  await page.getByRole("region", { name: "Events over time, as a table" }).waitFor();
  await expectAccessible(page, "timeline as a table");
});

test("the timeline stacks by another field", async (t) => {
  const page = await loaded(t);
  await page.locator(".timeline-stack select").selectOption("ns");
  await page.getByRole("list", { name: "Legend" }).getByText("staging").waitFor();
});

const firstCell = (page, column) => page.locator(`#cell-0-${column}`);

test("the table sorts, and its keys move and open", async (t) => {
  const page = await loaded(t);
  const grid = page.getByRole("grid", { name: "Events" });
  assert.equal(await grid.getAttribute("aria-rowcount"), String(COUNT + 1));
  await firstCell(page, 0).waitFor();
  assert.match(await firstCell(page, 0).innerText(), /09:03:59/);
  await page.getByRole("grid").getByRole("button", { name: "Name", exact: true }).click();
  await page.waitForFunction(() => /pod-(0|99)$/.test(document.querySelector("#cell-0-5")?.textContent.trim()));
  await grid.focus();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.locator("#drawer").waitFor();
  await page.keyboard.press("Escape");
  await page.locator("#drawer").waitFor({ state: "detached" });
});

test("the table scrolls to its last row of ten thousand", async (t) => {
  const page = await open(t);
  await load(page, log(10_000));
  await expectResults(page, 10_000);
  await page.getByRole("grid", { name: "Events" }).focus();
  await page.keyboard.press("End");
  await page.locator("#cell-9999-0").waitFor();
  assert.match(await page.locator("#cell-9999-0").innerText(), /09:00:00/);
  await page.locator(".table-scroll").evaluate((element) => (element.scrollTop = 0));
  await firstCell(page, 0).waitFor();
});

test("columns can be chosen, and the link keeps them", async (t) => {
  const page = await loaded(t);
  await press(page, "Columns");
  const stage = page.getByRole("dialog", { name: "Columns" }).getByLabel("Stage", { exact: true });
  await stage.click();
  await page.getByRole("columnheader", { name: /Stage/ }).waitFor();
  await expectAccessible(page, "column chooser");
  await page.keyboard.press("Escape");
  await page.reload();
  await load(page, log(COUNT));
  await page.getByRole("columnheader", { name: /Stage/ }).waitFor();
});

test("the matching events download as they were, and as CSV", async (t) => {
  const page = await loaded(t);
  await search(page, "verb:delete ns:prod");
  const kept = events(COUNT).filter((e) => e.verb === "delete" && e.objectRef.namespace === "prod");
  await expectResults(page, kept.length);
  const take = async (button) => {
    await press(page, "Download the events that match");
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: button }).click()]);
    await page.keyboard.press("Escape");
    return readFileSync(await download.path(), "utf8");
  };
  const wanted = kept.map((one) => JSON.stringify(one)).sort();
  assert.deepEqual((await take(/NDJSON/)).trim().split("\n").sort(), wanted, "original bytes");
  const csv = (await take(/CSV/)).trim().split(/\r?\n/);
  assert.equal(csv.length, kept.length + 1);
});

test("the drawer answers the questions, steps on, and its link opens it again", async (t) => {
  const page = await loaded(t);
  await openRow(page, 0);
  const drawer = page.locator("#drawer");
  await drawer.getByRole("heading", { name: "Raw event" }).waitFor();
  await drawer.getByText("pod-239").first().waitFor();
  await expectAccessible(page, "drawer");
  await drawer.getByRole("button", { name: /^Next event/ }).click();
  await drawer.getByText("pod-238").first().waitFor();
  await drawer.getByRole("button", { name: /^Previous event/ }).click();
  await drawer.getByText("pod-239").first().waitFor();
  await page.reload();
  await load(page, log(COUNT));
  await drawer.getByText("pod-239").first().waitFor();
  await page.goBack();
});

test("back and forward move through the views", async (t) => {
  const page = await loaded(t);
  await page.waitForTimeout(1600);
  await press(page, "Include Verb delete");
  await expectResults(page, matching((e) => e.verb === "delete"));
  // Changes in quick succession make one step of history.
  await page.waitForTimeout(1600);
  await press(page, "Include Namespace prod");
  const both = matching((e) => e.verb === "delete" && e.objectRef.namespace === "prod");
  await expectResults(page, both);
  await page.goBack();
  await expectResults(page, matching((e) => e.verb === "delete"));
  await page.goForward();
  await expectResults(page, both);
});

test("the skipped lines are listed with reason and place", async (t) => {
  const page = await open(t);
  const counts = await load(page, file("mixed.log", lines(events(3)) + "not an event\n" + lines(events(3, 10)) + '{"kind":"Event",,}\n'));
  assert.equal(counts.events, 6);
  assert.equal(counts.skipped, 2);
  await page.getByRole("tab", { name: /Skipped/ }).click();
  await page.getByText("not an event").waitFor();
  await page.getByText('{"kind":"Event",,}').waitFor();
  await page.getByText("mixed.log").first().waitFor();
  await expectAccessible(page, "skipped");
});

test("a source can be removed and another added", async (t) => {
  const page = await open(t);
  await load(page, [log(30, "one.log"), log(12, "two.log", 500)]);
  await expectResults(page, 42);
  await page.getByRole("tab", { name: /Sources/ }).click();
  await expectAccessible(page, "sources");
  await press(page, "Remove one.log");
  await expectResults(page, 12);
  await page.locator("input#file-input").setInputFiles({ ...log(5, "three.log", 900), mimeType: "" });
  await expectResults(page, 17);
});

test("sources that leave while another is read take nothing of it along", async (t) => {
  const big = 100_000;
  const path = join(mkdtempSync(join(tmpdir(), "auditscope-")), "big.log");
  const { name, buffer } = log(big, "big.log", 10_000);
  writeFileSync(path, buffer);
  t.after(() => rmSync(dirname(path), { recursive: true }));
  const page = await open(t);
  await load(page, [log(3_000, "one.log"), log(2_000, "two.log", 2_000)]);
  await expectResults(page, 4_000);
  await page.getByRole("tab", { name: /Sources/ }).click();
  await page.getByRole("button", { name: "Remove two.log" }).waitFor();
  await page.locator("input#file-input").setInputFiles(path);
  // As soon as some of it is read, one after the other.
  await page.evaluate(() => new Promise((done) => {
    const status = document.querySelector("#load-status");
    const remove = (of) => document.querySelector(`button[aria-label="Remove ${of}"]`).click();
    const look = () => {
      if (Number(status.dataset.events) <= 4_000) return requestAnimationFrame(look);
      remove("one.log");
      setTimeout(() => {
        remove("two.log");
        done();
      }, 20);
    };
    look();
  }));
  assert.equal((await settled(page)).files, 1, name);
  await expectResults(page, big);
});

test("a text is found in what was opened after a file without an event", async (t) => {
  const page = await open(t);
  await load(page, file("notes.txt", "No event stands here.\n"), { state: "failed" });
  await load(page, log(60));
  await expectResults(page, 60);
  await search(page, '"user-2@example.com"');
  await expectResults(page, 12);
  await search(page, '"user-2@example.com" verb:get');
  await expectResults(page, 3);
});

test("who deleted the secret: the sample's first question", async (t) => {
  const page = await open(t);
  await page.getByRole("button", { name: "Try the sample" }).click();
  await settled(page);
  await expectResults(page, 20_000);
  await picture(page, "overview");
  await search(page, "verb:delete resource:secrets");
  await expectResults(page, 1);
  await openRow(page, 0);
  const drawer = page.locator("#drawer");
  await drawer.getByText(/alice@example\.com deleted secret prod\/db-password/).first().waitFor();
  await expectAccessible(page, "the sample's answer");
  await picture(page, "drawer");
  await page.keyboard.press("Escape");
  await search(page, "ip:203.0.113.66");
  await page.waitForFunction(() => Number(document.querySelector("#result-count").dataset.events) > 100);
  await picture(page, "incident");
});
