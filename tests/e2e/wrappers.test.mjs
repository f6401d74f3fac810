// Every export at once: all samples in one zip, each event found, every other record accounted for.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { zip } from "./archive.mjs";
import { file } from "./events.mjs";
import { expectAccessible, expectResults, load, open, openRow, search, setUp } from "./harness.mjs";

setUp();

const folder = (path) => fileURLToPath(new URL(`../../${path}/`, import.meta.url));

/** What the native tests' snapshot of a sample lists. */
function snapshot(sample) {
  const text = readFileSync(`${folder("tests/formats")}${sample}.txt`, "utf8");
  // An event's lines go on where its record does.
  const entries = text.split(/^(?=(?:wrapper|event|skipped): )/m);
  const of = (kind) => entries.filter((entry) => entry.startsWith(`${kind}: `)).map((entry) => entry.slice(kind.length + 2));
  const identities = of("event").map((event) => {
    const [id, stage] = event.split(" ");
    const [, staged] = event.match(/ \| (?:\S+Z|-) (\S+Z|-) \| /);
    return [id, stage, staged].join(" ");
  });
  const halves = of("event").map((event) => event.match(/\n {2}(first|last) of (\w+)/)?.slice(1).join(" "));
  const skipped = {};
  for (const entry of of("skipped")) {
    const reason = entry.split(":")[0];
    skipped[reason] = (skipped[reason] ?? 0) + 1;
  }
  return { identities, halves, skipped, wrapper: of("wrapper")[0].trim() };
}

const number = (text) => Number(text.replaceAll(",", ""));

/** What the Sources tab says of each source. */
async function sources(page) {
  await page.getByRole("tab", { name: "Sources" }).click();
  await page.locator("li.source").first().waitFor();
  const all = await page.locator("li.source").evaluateAll((items) =>
    items.map((item) => ({
      name: item.querySelector("h3").textContent,
      facts: Object.fromEntries([...item.querySelectorAll("dl > div")].map((fact) => [...fact.children].map((part) => part.textContent))),
    })),
  );
  return new Map(all.map(({ name, facts }) => [name, facts]));
}

/** `3: 2 cut off, 1 not JSON` as reasons and counts. */
function reasons(text) {
  const list = text.split(": ")[1]?.split(", ") ?? [];
  return Object.fromEntries(list.map((part) => [part.replace(/^\S+ /, ""), number(part.split(" ")[0])]));
}

test("a zip of all samples", async (t) => {
  const samples = readdirSync(folder("samples/wrappers")).sort();
  assert.ok(samples.length > 40, `${samples.length} samples`);
  const archive = zip(samples.map((name) => ({ name, buffer: readFileSync(folder("samples/wrappers") + name) })));
  const page = await open(t);
  const counts = await load(page, file("everything.zip", archive));
  const expected = new Map(samples.map((name) => [name, snapshot(name)]));
  const halves = new Set([...expected.values()].flatMap((of) => of.halves));
  // The first of two entries whose last one is open too shows in that.
  const isHidden = (half) => half?.startsWith("first ") && halves.has(half.replace("first", "last"));
  const isEvent = (of) => of.identities.filter((_, at) => !isHidden(of.halves[at]));
  const identities = new Set([...expected.values()].flatMap(isEvent));
  const skipped = [...expected.values()].flatMap((of) => Object.values(of.skipped)).reduce((sum, more) => sum + more, 0);
  assert.equal(counts.events, identities.size, "every event once");
  assert.equal(counts.skipped, skipped, "every other record with its reason");
  await expectResults(page, identities.size);
  const told = await sources(page);
  assert.deepEqual([...told.keys()].sort(), samples.map((name) => `everything.zip/${name}`));
  for (const [name, { skipped, wrapper, ...of }] of expected) {
    const facts = told.get(`everything.zip/${name}`);
    const own = isEvent(of).length;
    assert.equal(number(facts.Events) + number(facts.Duplicates), own, `${name}: ${JSON.stringify(facts)}`);
    assert.equal(Number.parseInt(facts["The other half of an event"] ?? "0"), of.identities.length - own, name);
    assert.deepEqual(reasons(facts.Skipped), skipped, name);
    assert.match(facts.Container, /^zip/, name);
    // Where no wrapper is named the shape is: JSON lines, JSON, CSV.
    assert.equal(facts.Format, wrapper || facts.Format.match(/^(JSON lines|JSON|CSV)$/)?.[0], name);
    if (own > 0) assert.match(facts["Time span"], / to .* \(/, name);
  }
  await search(page, "verb:get");
  await page.waitForFunction((all) => Number(document.querySelector("#result-count").dataset.events) < all, identities.size);
});

test("the Sources tab says what each file is", async (t) => {
  const sample = (name) => ({ name, buffer: readFileSync(folder("samples/wrappers") + name) });
  const page = await open(t);
  await load(page, [sample("older-versions.log"), sample("gke.jsonl"), sample("grafana.txt")]);
  const told = await sources(page);
  for (const [name, label, value] of [
    ["older-versions.log", "API versions", /v1beta1/],
    ["older-versions.log", "Container", /^none$/],
    ["gke.jsonl", "Format", /^GKE log entry$/],
    ["gke.jsonl", "Levels", /^Metadata 3, RequestResponse 2$/],
    ["gke.jsonl", "With bodies", /^2 events$/],
    ["gke.jsonl", "Converted from another log", /^5 events$/],
    ["gke.jsonl", "One of a long operation’s two entries", /^1 event$/],
    ["gke.jsonl", "The other half of an event", /^1 record$/],
    ["grafana.txt", "Format", /^Grafana text download$/],
    ["grafana.txt", "Skipped", /^3: 3 exporter's own line$/],
    ["grafana.txt", "API versions", /^v1 3$/],
    ["grafana.txt", "Time span", /2024-05-22 15:33:04 to 2024-05-22 15:35:04/],
  ]) {
    assert.match(told.get(name)[label] ?? "", value, `${name}: ${label} of ${JSON.stringify(told.get(name))}`);
  }
  await expectAccessible(page, "sources of several kinds");
});

test("of several events in one record each row is its own", async (t) => {
  const page = await open(t);
  await load(page, `${folder("samples/wrappers")}grafana-panel.json`);
  await expectResults(page, 3);
  const ids = [];
  for (let row = 0; row < 3; row += 1) {
    await openRow(page, row);
    await page.locator(`#drawer .note`, { hasText: "audit ID" }).waitFor();
    await page.waitForFunction((known) => {
      const id = document.querySelector("#drawer").innerText.match(/audit ID (\S+)/)?.[1];
      return id && !known.includes(id);
    }, ids);
    const text = await page.locator("#drawer").innerText();
    const id = text.match(/audit ID (\S+)/)[1];
    ids.push(id);
    await page.locator("#drawer .json-tree, #drawer [role=tree]").first().getByText(id).waitFor();
  }
  assert.equal(new Set(ids).size, 3);
  // A download has each event by itself, and only those that match.
  await page.keyboard.press("Escape");
  await search(page, '"web-0"');
  await expectResults(page, 1);
  await page.getByRole("button", { name: "Download the events that match" }).click();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: /^NDJSON/ }).click()]);
  const lines = readFileSync(await download.path(), "utf8").trimEnd().split("\n");
  assert.deepEqual(lines.map((line) => JSON.parse(line).objectRef.name), ["web-0"]);
});
