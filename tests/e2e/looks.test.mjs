// Every state in dark, on a phone, by keyboard, and with strings that mean harm.
import assert from "node:assert/strict";
import { test } from "node:test";
import { event, events, file, lines, log } from "./events.mjs";
import { expectAccessible, expectResults, load, open, openRow, picture, search, setUp } from "./harness.mjs";

setUp();

for (const colorScheme of ["light", "dark"]) {
  test(`empty and loaded in ${colorScheme}`, async (t) => {
    const page = await open(t, { colorScheme });
    await expectAccessible(page, `empty, ${colorScheme}`);
    await load(page, log(200));
    await expectResults(page, 200);
    await openRow(page, 0);
    await page.locator("#drawer").getByRole("heading", { name: "Raw event" }).waitFor();
    await expectAccessible(page, `loaded, ${colorScheme}`);
    await picture(page, `loaded-${colorScheme}`);
  });
}

/** The computed colours of design tokens. */
const coloursOf = (page, names) =>
  page.evaluate((names) => {
    const probe = document.body.appendChild(document.createElement("i"));
    const of = (name) => {
      probe.style.backgroundColor = `var(--${name})`;
      return getComputedStyle(probe).backgroundColor.match(/[\d.]+/g).slice(0, 3).map(Number);
    };
    const colours = Object.fromEntries(names.map((name) => [name, of(name)]));
    probe.remove();
    return colours;
  }, names);

/** WCAG's contrast of two colours. */
function contrast(one, other) {
  const light = (colour) => {
    const [r, g, b] = colour.map((part) => (part <= 10 ? part / 3294.6 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [dark, bright] = [light(one), light(other)].sort((a, b) => a - b);
  return (bright + 0.05) / (dark + 0.05);
}

test("text and marks stand out in both schemes, by the system and by the switch", async (t) => {
  const surfaces = ["bg", "raised", "sunken"];
  const marks = ["good", "warn", "bad", "risk-read", "risk-write", "risk-delete", "risk-escalate"];
  const series = ["1", "2", "3", "4", "5", "6", "7", "8", "rest"].map((name) => `series-${name}`);
  const wanted = [
    ...["text", "muted", "accent", ...marks].flatMap((name) => surfaces.map((surface) => [name, surface, 4.5])),
    ...["accent", ...marks].map((name) => [name, `${name}-soft`, 4.5]),
    ["on-accent", "accent", 4.5],
    ...surfaces.map((surface) => ["line-strong", surface, 3]),
    ...series.map((name) => [name, "bg", 3]),
  ];
  const names = [...new Set(wanted.flatMap(([name, surface]) => [name, surface]))];
  const seen = {};
  for (const colorScheme of ["light", "dark"]) {
    const page = await open(t, { colorScheme });
    seen[colorScheme] = await coloursOf(page, names);
    const weak = wanted.filter(([name, surface, least]) => contrast(seen[colorScheme][name], seen[colorScheme][surface]) < least);
    assert.deepEqual(weak, [], colorScheme);
  }
  assert.notDeepEqual(seen.light, seen.dark);
  const page = await open(t, { colorScheme: "dark" });
  for (const scheme of ["light", "dark"]) {
    await page.getByRole("button", { name: /^Colours/ }).click();
    assert.deepEqual(await coloursOf(page, names), seen[scheme], `switched to ${scheme}`);
  }
});

test("the switch overrides the system's colours", async (t) => {
  const page = await open(t, { colorScheme: "light" });
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const before = await background();
  for (let presses = 0; presses < 2 && (await background()) === before; presses += 1) {
    await page.getByRole("button", { name: /^Colours/ }).click();
  }
  assert.notEqual(await background(), before);
  await expectAccessible(page, "switched");
});

for (const [width, height] of [[360, 740], [390, 844], [3840, 2160]]) {
  test(`${width} × ${height}`, async (t) => {
    const page = await open(t, { viewport: { width, height } });
    await expectAccessible(page, `empty, ${width}`);
    await load(page, log(200));
    await expectResults(page, 200);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.ok(overflow <= 0, `the page is ${overflow} px too wide`);
    await expectAccessible(page, `loaded, ${width}`);
    if (width === 390) {
      await page.getByRole("button", { name: "Filters" }).click();
      await expectAccessible(page, "filters as a sheet");
      await picture(page, "phone");
    }
  });
}

test("the keyboard alone: search, rows, drawer, help", async (t) => {
  const page = await open(t);
  await load(page, log(60));
  await expectResults(page, 60);
  await page.keyboard.press("/");
  assert.equal(await page.evaluate(() => document.activeElement.id), "search");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.locator("#drawer").waitFor();
  await page.keyboard.press("Escape");
  await page.locator("#drawer").waitFor({ state: "detached" });
  await page.keyboard.press("?");
  await page.locator("dialog[open]").waitFor();
  await expectAccessible(page, "help");
});

test("hostile strings show harmlessly", async (t) => {
  const harm = '<img src=x onerror="window.harmed=1"><script>window.harmed=1</script>';
  const long = "n".repeat(100_000);
  const list = [
    event(1, { user: { username: harm, groups: [harm] }, userAgent: harm, objectRef: { resource: "pods", namespace: harm, name: harm } }),
    event(2, { user: { username: "evil\u202Ecod.exe", groups: [] }, userAgent: "a\u0000\u0007\u001bb" }),
    event(3, { objectRef: { resource: "pods", namespace: "prod", name: long } }),
    event(4, { annotations: { [harm]: harm, "authorization.k8s.io/reason": harm } }),
    event(5, { verb: "__proto__", user: { username: "constructor" } }),
  ];
  const page = await open(t);
  const counts = await load(page, file(`${"x".repeat(80)}<b>.log`, lines([...list, ...events(10, 50)])));
  assert.equal(counts.events, 15);
  for (const name of ["User", "Client", "Namespace", "Group", "Name"]) {
    const head = page.locator(".facet-head").getByRole("button", { name, exact: true });
    if ((await head.getAttribute("aria-expanded")) === "false") await head.click();
  }
  for (let row = 0; row < 15; row += 1) {
    await openRow(page, row);
    await page.locator("#drawer").getByRole("heading", { name: "Raw event" }).waitFor();
    await page.keyboard.press("Escape");
  }
  await page.getByRole("tab", { name: /Sources/ }).click();
  await search(page, harm);
  assert.equal(await page.evaluate(() => window.harmed), undefined);
  assert.equal(await page.locator("img[src=x]").count(), 0);
  const width = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(width <= 0, `the page is ${width} px too wide`);
});

test("an event of 3 MB opens", async (t) => {
  const data = Object.fromEntries(Array.from({ length: 30_000 }, (_, n) => [`key-${n}`, "v".repeat(80)]));
  const big = event(1, { level: "RequestResponse", requestObject: { kind: "ConfigMap", data }, auditID: "big" });
  const page = await open(t);
  await load(page, file("big.log", lines([big])));
  await openRow(page, 0);
  await page.locator("#drawer").getByText("requestObject").first().waitFor();
});
