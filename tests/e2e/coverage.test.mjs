// What the evidence does not contain: the Coverage tab.
import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { event, events, file, lines, log } from "./events.mjs";
import { expectAccessible, expectResults, load, open, picture, search, setUp } from "./harness.mjs";

setUp();

const toCoverage = (page) => page.getByRole("tab", { name: "Coverage" }).click();
const summary = (page) => page.locator("#coverage-summary");
const section = (page, name) => page.getByRole("region", { name });

/** Two hours of 100 s each, with a gap between; then three more kinds of trouble. */
function trouble() {
  const header = 'Common labels: {"cluster":"prod"}\nLine limit: "50 (50 returned)"\n\n\n';
  const rows = events(50, 50).map((one) => `1716391904123\t2024-05-22T15:30:04.123Z\t${JSON.stringify(one)}\n`);
  return [
    file("audit.log", lines(events(100)) + lines(events(100, 3600)) + '{"kind":"Ev\nnoise\n'),
    file("audit.log.3.gz", gzipSync(lines(events(1000, 10_000)))),
    file("grafana.txt", header + rows.join("")),
    file("cut.log", lines([event(20_000, { annotations: { "audit.k8s.io/truncated": "true" } })])),
  ];
}

/** Opens the Coverage tab over the troubled files. */
async function troubled(t, options) {
  const page = await open(t, options);
  const counts = await load(page, trouble());
  assert.equal(counts.events, 1201);
  await toCoverage(page);
  await summary(page).getByText("This evidence does not contain").waitFor();
  return page;
}

test("one sentence says what is not there", async (t) => {
  const page = await troubled(t);
  await section(page, "Overlaps").waitFor();
  const said = await summary(page).innerText();
  for (const part of [
    "4 sources hold 1,201 events, received from 2026-03-03 09:00:00 to 2026-03-03 14:33:20 UTC",
    "anything before 2026-03-03 09:00:00 or after 2026-03-03 14:33:20",
    "any event in 3 gaps of together 5 h 13 min",
    "the rotated audit.log.2 and audit.log.1",
    "what lay beyond the line limit of grafana.txt",
    "perhaps more of audit.log.3.gz",
    "2 records that could not be read as an event",
    "the bodies of 1 event that the API server dropped",
    "audit policy",
  ]) {
    assert.ok(said.includes(part), `“${part}” is missing from: ${said}`);
  }
  const sources = await section(page, "Each source").innerText();
  // Whichever of the two was read first counts them.
  assert.match(sources, /grafana\.txt\s+0 events and 50 duplicates|audit\.log\s+150 events and 50 duplicates/);
  assert.match(sources, /stopped at its limit of 50 lines/);
  assert.match(sources, /exactly 1,000 records/);
  assert.match(sources, /2 records skipped: 1 not JSON, 1 cut off/);
  assert.match(await section(page, "Overlaps").innerText(), /audit\.log and grafana\.txt[^]*50 events in both, counted once/);
  assert.match(await section(page, "Rotated logs").innerText(), /audit\.log, 2 files: missing audit\.log\.2, audit\.log\.1/);
  await expectAccessible(page, "coverage");
  await picture(page, "coverage-troubled");
});

test("a gap is shown in the timeline, by mouse and by keyboard; filters change nothing", async (t) => {
  const page = await troubled(t);
  const gap = section(page, "Gaps").getByRole("button", { name: /from 2026-03-03 09:01:39 to 2026-03-03 10:00:00/ });
  const before = await summary(page).innerText();
  await gap.click();
  // A quarter of the gap on either side: all of the hundreds before and after it.
  await expectResults(page, 200);
  assert.match(page.url(), /from=2026-03-03/);
  assert.equal(await gap.getAttribute("aria-pressed"), "true");
  await search(page, "verb:delete");
  await expectResults(page, 50);
  assert.equal(await summary(page).innerText(), before);
  await gap.focus();
  await page.keyboard.press("Enter");
  assert.equal(await gap.getAttribute("aria-pressed"), "false");
  await search(page, "");
  await expectResults(page, 1201);
});

test("the summary is copied as plain text", async (t) => {
  const page = await troubled(t, { permissions: ["clipboard-read", "clipboard-write"] });
  await section(page, "Overlaps").waitFor();
  await page.getByRole("button", { name: "Copy summary" }).click();
  await page.getByText("Copied", { exact: true }).waitFor();
  const text = await page.evaluate(() => navigator.clipboard.readText());
  const said = await summary(page).innerText();
  for (const sentence of said.split("\n").filter(Boolean)) assert.ok(text.includes(sentence), `${sentence} in ${text}`);
  assert.match(text, /^- 2026-03-03 09:01:39 to 2026-03-03 10:00:00 \(58 min 21 s\)$/m);
  assert.match(text, /^- audit\.log and grafana\.txt, .*50 events in both, counted once$/m);
});

test("it follows what is opened and removed, and the link opens it", async (t) => {
  const page = await open(t, { fragment: "#v=1&tab=coverage" });
  await load(page, log(500, "one.log"));
  await summary(page).getByText("no pause between events stands out").waitFor();
  await load(page, log(500, "two.log", 9000));
  await summary(page).getByText("2 sources hold 1,000 events").waitFor();
  await section(page, "Gaps").getByText("1 gap, together 2 h 21 min").waitFor();
  await page.getByRole("tab", { name: "Sources" }).click();
  await page.getByRole("button", { name: "Remove one.log" }).click();
  await toCoverage(page);
  await summary(page).getByText("1 source holds 500 events").waitFor();
  await section(page, "Gaps").getByText(/^None\. The longest pause/).waitFor();
});

test("no time at all, and a time zone", async (t) => {
  const page = await open(t, { fragment: "#v=1&tab=coverage&tz=Asia/Kolkata" });
  const untimed = { requestReceivedTimestamp: null, stageTimestamp: null };
  await load(page, file("untimed.log", lines([event(1, untimed), event(2, untimed)])));
  await page.getByText("No event with a time is open").waitFor();
  await load(page, log(20));
  await summary(page).getByText("from 2026-03-03 14:30:00 to 2026-03-03 14:30:19 Asia/Kolkata").waitFor();
  await summary(page).getByText("2 events carry no time").waitFor();
  await expectAccessible(page, "coverage in another zone");
});

for (const [width, height, colorScheme] of [[390, 844, "dark"], [360, 740, "light"], [1440, 900, "dark"]]) {
  test(`${width} × ${height}, ${colorScheme}`, async (t) => {
    const page = await troubled(t, { viewport: { width, height }, colorScheme });
    await section(page, "Overlaps").waitFor();
    const overflow = await page.evaluate(() => {
      const panel = document.querySelector(".tab-panel");
      return Math.max(document.documentElement.scrollWidth - window.innerWidth, panel.scrollWidth - panel.clientWidth);
    });
    assert.ok(overflow <= 0, `${overflow} px too wide`);
    await section(page, "Each source").locator("summary").first().click();
    await expectAccessible(page, `coverage, ${width}, ${colorScheme}`);
    await picture(page, `coverage-${width}-${colorScheme}`);
  });
}

test("what was opened stays open, where it was opened, while more is read", async (t) => {
  const page = await open(t);
  const gapped = (name, from) => file(name, lines([...events(100, from), ...events(100, from + 3600)]));
  await load(page, [gapped("one.log", 0), gapped("two.log.1", 20_000), gapped("two.log.2", 40_000)]);
  await toCoverage(page);
  const gaps = section(page, "Each source").locator("li", { hasText: "two.log.1" }).locator("details");
  const files = (name) => section(page, "Rotated logs").locator("li", { hasText: new RegExp(`^${name}`) }).locator("details");
  await gaps.locator("summary").click();
  await files("two.log").locator("summary").click();
  // A rotated log that is listed before the one that is open.
  const more = [gapped("a.log.1", 60_000), gapped("a.log.2", 80_000)];
  await page.locator("input#file-input").setInputFiles(more.map((one) => ({ ...one, mimeType: "" })));
  await files("a.log").waitFor();
  await section(page, "Each source").getByText(/^200 events/).nth(4).waitFor();
  assert.equal(await gaps.getAttribute("open"), "");
  assert.equal(await files("two.log").getAttribute("open"), "");
  assert.equal(await files("a.log").getAttribute("open"), null);
});

test("the gap in focus keeps it while more is read, and passes it on when it is filled", async (t) => {
  const page = await open(t);
  const gapped = (name, from) => file(name, lines([...events(100, from), ...events(100, from + 3600)]));
  await load(page, gapped("one.log", 0));
  await toCoverage(page);
  const show = (from, to) => section(page, "Gaps").getByRole("button", { name: `from 2026-03-03 ${from} to 2026-03-03 ${to}` });
  await show("09:01:39", "10:00:00").focus();
  const more = async (name, count, from) => {
    await page.locator("input#file-input").setInputFiles({ ...log(count, name, from), mimeType: "" });
    await section(page, "Each source").locator("h4", { hasText: name }).waitFor();
  };
  const inFocus = (from, to) => page.waitForFunction((label) => document.activeElement?.ariaLabel?.includes(label), `from 2026-03-03 ${from} to 2026-03-03 ${to}`);
  // Another gap after it, and its own end earlier.
  await more("after.log", 100, 20_000);
  await show("10:01:39", "14:33:20").waitFor();
  await inFocus("09:01:39", "10:00:00");
  await more("within.log", 100, 1_000);
  await inFocus("09:01:39", "09:16:40");
  // Filled: the one after it is nearest.
  await more("filling.log", 900, 100);
  await show("09:01:39", "09:16:40").waitFor({ state: "detached" });
  await inFocus("09:18:19", "10:00:00");
  // Whoever went elsewhere is not fetched back.
  await page.locator("#search").focus();
  await more("rest.log", 2_500, 1_100);
  await show("09:18:19", "10:00:00").waitFor({ state: "detached" });
  assert.equal(await page.evaluate(() => document.activeElement.id), "search");
});
