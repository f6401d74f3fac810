// The first minute: the empty page, and every way in.
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { event, events, file, lines, log } from "./events.mjs";
import { expectAccessible, expectResults, load, open, picture, setUp, settled } from "./harness.mjs";
import { DIST } from "./server.mjs";

const FIRST_PAINT_BYTES = 400_000;

setUp();

test("the empty page says what to do and where the data stays", async (t) => {
  const page = await open(t);
  assert.equal(await page.title(), "Auditscope");
  assert.equal(await page.locator("#load-status").getAttribute("data-state"), "empty");
  await page.getByText("Your data stays in this tab.").waitFor();
  await expectAccessible(page, "empty page");
  await picture(page, "start");
});

test("little is fetched before the first paint, and nothing that blocks", async (t) => {
  const rest = readdirSync(DIST).find((name) => name.endsWith("_rest.wasm"));
  if (!rest) return t.diagnostic("a debug build, in one part: nothing to compare");
  const page = await open(t);
  await page.waitForFunction((name) => performance.getEntriesByType("resource").some((entry) => entry.name.endsWith(name)), rest);
  const { paint, fetched } = await page.evaluate(() => ({
    paint: performance.getEntriesByName("first-contentful-paint")[0].startTime,
    fetched: performance.getEntriesByType("resource").map(({ name, startTime, initiatorType }) => ({ name: name.split(/[/?]/).at(name.includes("?") ? -2 : -1), startTime, initiatorType })),
  }));
  assert.deepEqual(fetched.filter(({ initiatorType }) => initiatorType === "xmlhttprequest"), []);
  const before = new Set(["index.html", ...fetched.filter(({ startTime }) => startTime < paint).map(({ name }) => name)]);
  assert.ok(!before.has(rest) && !before.has("worker_bg.wasm"), [...before].join(" "));
  const bytes = [...before].reduce((sum, name) => sum + gzipSync(readFileSync(`${DIST}/${name}`), { level: 9 }).length, 0);
  t.diagnostic(`${bytes} bytes, gzip`);
  assert.ok(bytes < FIRST_PAINT_BYTES, `${bytes} bytes`);
});

test("the page allows no inline script, no foreign script, no eval", async (t) => {
  const page = await open(t, { expectProblems: [/Content Security Policy/, /data:text\/javascript/] });
  const ran = await page.evaluate(async () => {
    const script = document.createElement("script");
    script.textContent = "window.inlineRan = true";
    document.head.append(script);
    const refused = await new Promise((resolve) => {
      const foreign = document.createElement("script");
      foreign.src = "data:text/javascript,window.foreignRan=true";
      foreign.onload = () => resolve(false);
      foreign.onerror = () => resolve(true);
      document.head.append(foreign);
    });
    return { inline: window.inlineRan === true, foreign: window.foreignRan === true, refused };
  });
  assert.deepEqual(ran, { inline: false, foreign: false, refused: true });
});

test("one file", async (t) => {
  const page = await open(t);
  const counts = await load(page, log(120));
  assert.equal(counts.events, 120);
  assert.equal(counts.skipped, 0);
  assert.equal(counts.files, 1);
  assert.equal(counts.bytes, log(120).buffer.length);
  await expectResults(page, 120);
});

test("several files at once, and one more later", async (t) => {
  const page = await open(t);
  const packed = file("audit-2.log.gz", gzipSync(log(30, "", 1000).buffer));
  assert.equal((await load(page, [log(50), packed])).events, 80);
  await expectResults(page, 80);
  await page.locator("input#file-input").setInputFiles({ ...log(20, "third.log", 5000), mimeType: "" });
  await page.locator('#load-status[data-files="3"][data-state="ready"]').waitFor({ state: "attached" });
  await expectResults(page, 100);
});

test("paste", async (t) => {
  const page = await open(t);
  await page.evaluate((text) => {
    const data = new DataTransfer();
    data.setData("text/plain", text);
    document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
  }, lines(events(7)));
  assert.equal((await settled(page)).events, 7);
});

test("drop", async (t) => {
  const page = await open(t);
  await page.evaluate((text) => {
    const data = new DataTransfer();
    data.items.add(new File([text], "dropped.log"));
    document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
  }, lines(events(9)));
  assert.equal((await settled(page)).events, 9);
});

test("the sample", async (t) => {
  const page = await open(t);
  await page.getByRole("button", { name: "Try the sample" }).click();
  const counts = await settled(page);
  assert.equal(counts.events, 20_000);
  assert.equal(counts.skipped, 0);
  await expectResults(page, 20_000);
  await expectAccessible(page, "sample loaded");
});

test("an event seen twice counts once", async (t) => {
  const page = await open(t);
  const counts = await load(page, [log(40), log(40, "again.log")]);
  assert.equal(counts.events, 40);
  await page.getByText(/40 duplicates/).first().waitFor();
});

test("the four shapes of v1 events, byte order marks, line ends", async (t) => {
  const list = { kind: "EventList", apiVersion: "audit.k8s.io/v1", metadata: {}, items: events(5, 100) };
  const wide = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(lines(events(4, 400)), "utf16le")]);
  const files = [
    file("array.json", JSON.stringify(events(3, 0), null, 2)),
    file("list.json", JSON.stringify(list)),
    file("lists.json", JSON.stringify(list).replaceAll("00000000-0000-4000", "00000000-0000-4001") + JSON.stringify({ ...list, items: [] })),
    file("crlf.log", "\uFEFF" + lines(events(6, 300)).replaceAll("\n", "\r\n")),
    file("wide.log", wide),
    file("no-newline.log", JSON.stringify(event(500))),
  ];
  const page = await open(t);
  const counts = await load(page, files);
  assert.equal(counts.skipped, 0);
  assert.equal(counts.events, 3 + 5 + 5 + 6 + 4 + 1);
  const sizes = files.map(({ buffer }) => buffer.length);
  assert.equal(counts.bytes, sizes.reduce((sum, size) => sum + size), "each byte is counted as read, and once");
});

const corpus = new URL("../../../shared/corpus/", import.meta.url);
test("real files of the corpus", { skip: existsSync(corpus) ? false : "no corpus beside the repository" }, async (t) => {
  const { readdirSync, statSync } = await import("node:fs");
  const { fileURLToPath } = await import("node:url");
  const root = fileURLToPath(corpus);
  const paths = readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((path) => !path.startsWith("policies") && statSync(root + path).isFile())
    .map((path) => root + path);
  assert.ok(paths.length > 10);
  const page = await open(t);
  for (const path of paths) {
    await page.goto("about:blank");
    await page.goBack();
    await page.locator("#load-status").waitFor();
    await page.locator("input#file-input").setInputFiles(path);
    await page.waitForFunction(() => ["ready", "failed"].includes(document.querySelector("#load-status").dataset.state));
    const told = await page.locator("#load-status").evaluate((element) => element.dataset.events + " events, " + element.dataset.skipped + " skipped");
    t.diagnostic(`${path.slice(root.length)}: ${told}`);
  }
});
