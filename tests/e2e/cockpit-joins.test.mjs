// A load that is explored before its end: what comes later joins the same source.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { expectResults, openRow } from "./harness.mjs";
import { ALL, EVENTS, LINES, choose, connect, fail, open, setUp } from "./loki.mjs";

setUp();

test("what was explored of a load stays its source: the rest joins it", async (t) => {
  const page = await open(t);
  await connect(page);
  await choose(page);
  const inPanel = async (name) => {
    if (!(await page.locator("dialog.cockpit").isVisible())) {
      await page.getByRole("tab", { name: /Sources/ }).click();
      await page.getByRole("button", { name: /Cockpit/ }).first().click();
    }
    await page.getByRole("button", { name }).click();
  };
  const state = (name) => page.locator(`#cockpit-progress[data-state="${name}"]`).waitFor({ state: "attached" });
  const read = async (more) => {
    const entries = async () => Number(/: ([\d,]+) event/.exec(await page.locator("#cockpit-progress [role=status]").innerText())?.[1].replace(",", ""));
    for (const deadline = Date.now() + 20_000; !((await entries()) > more); await page.waitForTimeout(20)) {
      assert.ok(Date.now() < deadline, `${await entries()} events were read, expected more than ${more}`);
    }
  };
  const explored = async (more) => {
    await inPanel("Explore what was read");
    await page.locator("dialog.cockpit").waitFor({ state: "hidden" });
    const ready = page.locator('#load-status[data-files="1"][data-state="ready"]');
    for (const deadline = Date.now() + 20_000; ; await page.waitForTimeout(20)) {
      await ready.waitFor({ state: "attached" });
      const events = Number(await ready.getAttribute("data-events"));
      if (more ? events > more : events > 0) return events;
      assert.ok(Date.now() < deadline, `${events} events, expected more than ${more}`);
    }
  };
  const dead = { ...LINES, status: 401, body: "unauthorized", times: ALL };
  fail(LINES, { ...LINES, hold: true, times: ALL });
  await page.locator("#cockpit-load-button").click();
  await page.locator("#cockpit-progress").getByText(/Fetching: [1-9]/).waitFor();
  await inPanel("Cancel");
  await state("cancelled");
  const part = await explored();
  assert.ok(part < EVENTS, `${part} events`);
  // Again, with nothing new: nothing comes.
  assert.equal(await explored(), part);
  // A token that expires in the midst, and a page more than before.
  fail(LINES, dead);
  await inPanel("Go on");
  await state("failed");
  await read(part);
  const more = await explored(part);
  assert.ok(more < EVENTS, `${more} events`);
  fail();
  await inPanel("Go on");
  await page.locator(`#load-status[data-files="1"][data-state="ready"][data-events="${EVENTS}"]`).waitFor({ state: "attached" });
  await expectResults(page, EVENTS);
  await page.getByRole("tab", { name: /Sources/ }).click();
  const fact = (label) => page.locator(".source dl > div", { has: page.getByText(label, { exact: true }) }).locator("dd").innerText();
  assert.deepEqual([await fact("Events"), await fact("Duplicates"), await fact("Skipped")], ["20,000", "0", "0"]);

  // A record stands in the saved file where the page says.
  const [download] = await Promise.all([page.waitForEvent("download"), inPanel("Save as a file")]);
  const saved = readFileSync(await download.path(), "utf8").trimEnd().split("\n");
  assert.equal(new Set(saved).size, EVENTS);
  await page.keyboard.press("Escape");
  await page.getByRole("tab", { name: /Events/ }).click();
  await openRow(page, 0);
  await page.locator("#drawer").getByText(/[Ll]ine [\d,]+/).first().waitFor();
  const [, line] = /[Ll]ine ([\d,]+)/.exec(await page.locator("#drawer").innerText());
  const { auditID } = JSON.parse(JSON.parse(saved[Number(line.replace(",", "")) - 1]).line);
  assert.ok(page.url().includes(auditID), `${auditID} is not the event of ${page.url()}`);
});
