// What is wrong on a small screen: a line each, which opens; the events keep their room.
import assert from "node:assert/strict";
import { test } from "node:test";
import { file, log } from "./events.mjs";
import { expectAccessible, expectResults, load, open, picture, setUp } from "./harness.mjs";

setUp();

const PHONE = { width: 390, height: 844 };
const broken = (name) => file(name, "");

for (const colorScheme of ["light", "dark"]) {
  test(`notices on a phone, ${colorScheme}`, async (t) => {
    const page = await open(t, { viewport: PHONE, colorScheme, fragment: "#v=1&sort=nonsense&cols=what" });
    await load(page, [log(300), broken("a-name-that-is-quite-long-for-a-small-screen.log"), broken("b.log"), broken("c.log")]);
    await expectResults(page, 300);
    const lines = page.locator(".banner li");
    await page.waitForFunction(() => document.querySelectorAll(".banner li").length === 4);
    const height = async (of) => (await of.boundingBox()).height;
    for (let nth = 0; nth < 4; nth++) assert.ok((await height(lines.nth(nth))) <= 40, `line ${nth} is one line`);
    assert.ok((await height(page.locator(".banner"))) <= 0.2 * PHONE.height);
    await picture(page, `notices-closed-${colorScheme}`);
    await expectAccessible(page, `notices, closed, ${colorScheme}`);
    const first = lines.filter({ hasText: "a-name-that" });
    const more = first.getByRole("button", { name: "Show all of it" });
    await more.focus();
    await page.keyboard.press("Enter");
    await first.getByText("the older file has the events").waitFor();
    assert.ok((await height(first)) > 60, "open, all of it is on show");
    assert.equal(await first.getByRole("button", { name: "Show less of it" }).getAttribute("aria-expanded"), "true");
    await picture(page, `notices-open-${colorScheme}`);
    await expectAccessible(page, `notices, open, ${colorScheme}`);
    // Another that goes leaves it open.
    await lines.filter({ hasText: "c.log" }).getByRole("button", { name: "Dismiss" }).click();
    await page.waitForFunction(() => document.querySelectorAll(".banner li").length === 3);
    assert.ok((await height(first)) > 60);
  });
}

test("a wide screen shows all of a notice", async (t) => {
  const page = await open(t);
  await load(page, [log(3), broken("b.log")]);
  const line = page.locator(".banner li");
  await line.getByText("the older file has the events").waitFor();
  assert.ok(!(await line.getByRole("button", { name: "Show all of it" }).isVisible()));
});

test("of many files that fail the first few are told of, the others counted", async (t) => {
  const page = await open(t);
  const names = ["b", "c", "d", "e", "f"].map((name) => broken(`${name}.log`));
  await load(page, [log(3), ...names]);
  const lines = page.locator(".banner li");
  const others = lines.filter({ hasText: "2 more sources failed. What could be read of them is here. The Sources tab says" });
  await others.waitFor();
  assert.equal(await lines.count(), 4);
  await expectAccessible(page, "more than are told of");
  await others.getByRole("button", { name: "Dismiss" }).click();
  await others.waitFor({ state: "detached" });
  await load(page, [broken("g.log")]);
  await lines.filter({ hasText: "3 more sources failed." }).waitFor();
  await lines.filter({ hasText: "3 more sources failed." }).getByRole("button", { name: "Dismiss" }).click();
  // Put away for those, not for the next that fails in place of one that left.
  await page.getByRole("tab", { name: "Sources" }).click();
  await page.locator("#tab-panel li", { hasText: "g.log" }).getByRole("button", { name: /^Remove/ }).click();
  await load(page, [broken("h.log")]);
  await lines.filter({ hasText: "3 more sources failed." }).waitFor();
});
