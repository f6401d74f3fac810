// The event drawer.
import assert from "node:assert/strict";
import { test } from "node:test";
import { event, events, file, lines, log } from "./events.mjs";
import { expectAccessible, expectResults, load, open, picture, setUp } from "./harness.mjs";

setUp();

const permissions = ["clipboard-read", "clipboard-write"];
const clipboard = (page) => page.evaluate(() => navigator.clipboard.readText());
const sentence = (page) => page.locator(".sentence p");

/** Opens the first row that holds this text. */
async function openRow(page, text) {
  await page.locator(".grid-body .grid-row", { hasText: text }).first().locator(".grid-cell").first().click();
  await sentence(page).waitFor();
}

test("the sentence, the seven questions, the way to what else happened", async (t) => {
  const page = await open(t, { permissions });
  await load(page, log(60));
  await openRow(page, "09:00:43.000");
  await page.getByText(/user-3@example.com deleted pod staging\/pod-43 from 10\.0\.0\.1 with kubectl/).first().waitFor();
  assert.equal(await page.locator(".question h3").count(), 7);
  await page.getByRole("button", { name: "Copy sentence" }).click();
  await page.getByText("Sentence copied").waitFor();
  assert.equal(await clipboard(page), await sentence(page).innerText());
  await expectAccessible(page, "the drawer");
  await picture(page, "drawer");
  await page.locator("#drawer").getByRole("button", { name: "Only User user-3@example.com" }).click();
  await expectResults(page, 12);
  await page.locator("#drawer").getByRole("button", { name: "Exclude Verb delete" }).click();
  await expectResults(page, 9);
});

test("opening an event asks for nothing that is already answered", async (t) => {
  const page = await open(t);
  await load(page, log(60));
  const asked = () => page.evaluate(() => performance.getEntriesByName("query", "measure").length);
  const before = await asked();
  await openRow(page, "09:00:43.000");
  await page.keyboard.press("Escape");
  await sentence(page).waitFor({ state: "detached" });
  await page.waitForTimeout(500);
  assert.equal(await asked(), before);
});

test("the keys go from event to event after another tab and from a link too", async (t) => {
  const page = await open(t);
  await load(page, log(60));
  await openRow(page, "09:00:43.000");
  await page.getByRole("tab", { name: "Sources" }).click();
  await page.getByRole("tab", { name: "Events" }).click();
  await page.locator(".grid-row.open", { hasText: "09:00:43.000" }).waitFor();
  await page.keyboard.press("j");
  await page.locator(".grid-row.open", { hasText: "09:00:42.000" }).waitFor();
  await page.reload();
  await load(page, log(60));
  await page.locator(".grid-row.open", { hasText: "09:00:42.000" }).waitFor();
  await page.keyboard.press("j");
  await page.locator(".grid-row.open", { hasText: "09:00:41.000" }).waitFor();
});

test("next, previous and back keep the place", async (t) => {
  const page = await open(t);
  await load(page, log(60));
  await openRow(page, "09:00:43.000");
  await page.keyboard.press("j");
  await page.locator(".grid-row.open", { hasText: "09:00:42.000" }).waitFor();
  await page.getByRole("button", { name: /^Previous event/ }).click();
  await page.locator(".grid-row.open.active", { hasText: "09:00:43.000" }).waitFor();
  const link = page.url();
  await page.keyboard.press("Escape");
  await page.locator(".drawer").waitFor({ state: "detached" });
  assert.equal(await page.evaluate(() => document.activeElement.id), "events-grid");

  // The link opens the event again, once its file is there.
  const again = await open(t, { fragment: new URL(link).hash });
  // So that the workers run, and the file is read before its status is told.
  await again.waitForTimeout(1500);
  await load(again, log(60));
  await sentence(again).locator("text=pod-43").waitFor();
});

test("the raw event: levels, search, copy", async (t) => {
  const page = await open(t, { permissions });
  const items = Array.from({ length: 3_500 }, (_, n) => ({ name: `item-${n}`, data: "x".repeat(800) }));
  const large = event(3, { level: "Request", requestObject: { items } });
  await load(page, file("audit.log", lines([...events(3), large])));
  await openRow(page, "pod-3");
  await page.getByText(/^A large event: 2\.9 MB\.$|^A large event: 3 MB\.$/).waitFor();
  await page.getByRole("button", { name: "requestObject", exact: true }).click();
  await page.getByRole("button", { name: "items", exact: true }).click();
  await page.getByRole("button", { name: "Show 201 to 400 (3,300 not on show)" }).waitFor();
  await page.getByLabel("Search in this event").fill("ITEM-3400");
  const line = page.locator(".json-line.current", { hasText: "item-3400" });
  await line.waitFor();
  await line.getByRole("button", { name: "Actions for name" }).click();
  await page.getByRole("button", { name: "Copy path" }).click();
  await page.getByText("Path copied").waitFor();
  assert.equal(await clipboard(page), ".requestObject.items[3400].name");
  await page.getByRole("button", { name: "Copy value" }).click();
  await page.getByText("Value copied").waitFor();
  assert.equal(await clipboard(page), "item-3400");
  await page.getByRole("button", { name: "Copy as one line" }).click();
  await page.getByText("Line copied").waitFor();
  assert.equal(await clipboard(page), JSON.stringify(large));
});

test("hostile strings show harmlessly", async (t) => {
  const page = await open(t);
  const names = ["<img src=x onerror=alert(1)>", "a\u202egnp.exe\u0000\n", "n".repeat(100_000)];
  const hostile = names.map((username, n) => event(n, { user: { username, groups: [] } }));
  page.on("dialog", () => assert.fail("a script ran"));
  await load(page, file("audit.log", lines(hostile)));
  for (const [n, shown] of ["<img src=x onerror=alert(1)>", "a⟨U+202E⟩gnp.exe␀␊", "nnnn"].entries()) {
    await openRow(page, `pod-${n}`);
    await page.locator(".sentence p", { hasText: shown }).waitFor();
  }
});

test("a shortened event says what is missing", async (t) => {
  const page = await open(t);
  const truncated = event(1, { annotations: { "audit.k8s.io/truncated": "true" } });
  await load(page, file("audit.log", lines([event(0), truncated])));
  await openRow(page, "pod-0");
  await page.getByText(/Logged at level Metadata/).waitFor();
  await openRow(page, "pod-1");
  await page.getByText(/dropped the request and response bodies/).first().waitFor();
});
