// Filtering from the table's cells, value by value, and the small tools beside them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { event, file, lines } from "./events.mjs";
import { expectAccessible, expectResults, load, open, setUp } from "./harness.mjs";

setUp();

const COUNT = 60;
const GROUPS = ["system:authenticated", "ops", "audit, with a comma"];
/** Every event has one group; every second a second one, every third a third. Two addresses each. */
const many = (n) => {
  const groups = GROUPS.filter((_, index) => n % (index + 1) === 0);
  return event(n, { user: { username: `user-${n % 5}`, groups }, sourceIPs: [`10.0.0.${n % 7}`, "192.0.2.1"] });
};
const list = Array.from({ length: COUNT }, (_, n) => many(n));
const withGroup = (group) => list.filter((one) => one.user.groups.includes(group)).length;

/** Opens the page with time, groups, addresses and verb as columns. */
async function opened(t, options) {
  const page = await open(t, { fragment: "#v=1&cols=time,group,ip,verb,name&sort=time", ...options });
  await load(page, file("audit.log", lines(list)));
  await expectResults(page, COUNT);
  await page.locator("#cell-0-1").waitFor();
  return page;
}

const tools = (page) => page.locator(".cell-tools");
const menuButton = (page) => tools(page).getByRole("button", { name: /^Filter by and copy/ });
const menu = (page) => page.getByRole("dialog", { name: /^Filter by and copy/ });
const searchText = (page) => page.locator("#search").inputValue();

test("each of a cell's values filters, excludes and pivots", async (t) => {
  const page = await opened(t);
  const pick = async (name) => {
    await page.locator("#cell-0-1").hover({ position: { x: 6, y: 6 } });
    await menuButton(page).click();
    await menu(page).getByRole("button", { name, exact: true }).click();
    await menu(page).waitFor({ state: "detached" });
  };
  assert.equal(await page.locator("#cell-0-1").innerText(), GROUPS.join(", "));
  await pick("Include Group ops");
  await expectResults(page, withGroup("ops"));
  await pick("Exclude Group audit, with a comma");
  const has = (one, group) => one.user.groups.includes(group);
  await expectResults(page, list.filter((one) => has(one, GROUPS[1]) && !has(one, GROUPS[2])).length);
  assert.match(await searchText(page), /group:ops -group:"audit, with a comma"/);
  await pick("Only Group system:authenticated");
  await expectResults(page, COUNT);
  assert.equal(await searchText(page), "group:system:authenticated");
});

test("the menu by keyboard", async (t) => {
  const page = await opened(t);
  await page.locator("#events-grid").focus();
  for (const key of ["ArrowDown", "ArrowRight", "ArrowRight", "i"]) await page.keyboard.press(key);
  await menu(page).getByText("192.0.2.1").waitFor();
  await expectAccessible(page, "a cell's menu");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expectResults(page, list.filter((one) => one.sourceIPs[0] === "10.0.0.0").length);
  await page.waitForFunction(() => document.activeElement.id === "events-grid");
  await page.keyboard.press("m");
  await menu(page).waitFor();
  await page.keyboard.press("Escape");
  await menu(page).waitFor({ state: "detached" });
});

test("the menu copies the cell and the row", async (t) => {
  const page = await opened(t, { permissions: ["clipboard-read", "clipboard-write"] });
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
  const copy = async (name) => {
    await page.locator("#cell-2-1").hover({ position: { x: 6, y: 6 } });
    await menuButton(page).click();
    await menu(page).getByRole("button", { name }).click();
    await page.getByText(/copied$/).first().waitFor();
  };
  await copy("Copy the cell");
  assert.equal(await clipboard(), "system:authenticated, ops");
  await copy("Copy the row");
  await page.getByText("Row copied").waitFor();
  assert.equal((await clipboard()).split("\t").length, 5);
});

test("no tool lies on the text of the cell that is read, however narrow", async (t) => {
  const page = await opened(t);
  for (const narrow of [false, true]) {
    if (narrow) {
      for (const name of ["Time", "Group", "Source IP", "Verb"]) {
        await page.getByRole("separator", { name: `Width of ${name}` }).focus();
        for (let press = 0; press < 6; press += 1) await page.keyboard.press("ArrowLeft");
      }
    }
    for (let column = 0; column < 5; column += 1) {
      const cell = page.locator(`#cell-3-${column}`);
      await cell.hover({ position: { x: 14, y: 6 } });
      const covered = await cell.evaluate(async (cell) => {
        await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
        const range = document.createRange();
        range.selectNodeContents(cell);
        const text = range.getBoundingClientRect();
        const end = Math.min(text.right, cell.getBoundingClientRect().right - parseFloat(getComputedStyle(cell).paddingRight));
        const buttons = [...document.querySelectorAll(".cell-tools button")].map((button) => button.getBoundingClientRect());
        const own = buttons.filter((button) => button.top < text.bottom && button.bottom > text.top);
        return { buttons: own.length, pixels: Math.max(0, ...own.map((button) => end - button.left)) };
      });
      assert.ok(covered.buttons >= 1, `column ${column} has its tools`);
      assert.ok(covered.pixels < 1, `column ${column}: ${covered.pixels} px of text are covered`);
    }
  }
});

test("a finger reaches the menu of the row in focus", async (t) => {
  const page = await opened(t, { hasTouch: true, viewport: { width: 1280, height: 800 } });
  await page.locator("#cell-4-1").tap();
  await page.locator("#drawer").waitFor();
  await menuButton(page).tap();
  await menu(page).getByRole("button", { name: "Include Group system:authenticated" }).tap();
  assert.equal(await searchText(page), "group:system:authenticated");
});

test("no cell's text reaches into the next, however wide its letters and its column are", async (t) => {
  const names = ["short", "n".repeat(25), "m".repeat(27), "w".repeat(80), "语".repeat(14), "🙂".repeat(12), "𝄞 e\u0301".repeat(6)];
  const page = await open(t, { fragment: "#v=1&cols=name,ns,user,verb,time" });
  await load(page, file("audit.log", lines(names.map((name, n) => event(n, { verb: "deletecollection", objectRef: { resource: "pods", namespace: name, name } })))));
  await expectResults(page, names.length);
  const cells = page.locator(".grid-body .grid-cell");
  const spilt = () => cells.evaluateAll((all) => all.filter((cell) => !cell.matches(".cut") && cell.scrollWidth > cell.clientWidth).map((cell) => cell.innerText));
  const cut = () => page.locator(".grid-body .grid-cell.cut").count();
  await cells.first().waitFor();
  const usually = await cut();
  assert.deepEqual(await spilt(), []);
  assert.ok(usually > 0 && usually < await cells.count(), `${usually} cut`);
  const edge = page.getByRole("separator", { name: "Width of Name", exact: true });
  await edge.focus();
  for (let step = 0; step < 8; step += 1) await edge.press("ArrowLeft");
  assert.deepEqual(await spilt(), []);
  assert.ok(await cut() > usually);
});
