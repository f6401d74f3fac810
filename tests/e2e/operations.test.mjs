// Long operations of GKE: two entries, one event, wherever the two lie.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { file, lines, timestamp } from "./events.mjs";
import { expectAccessible, expectResults, load, open, openRow, search, setUp } from "./harness.mjs";

setUp();

/** A LogEntry a second after the one before. */
function entry(n, changes = {}, payload = {}) {
  return {
    insertId: `entry-${n}`,
    timestamp: timestamp(n * 1000),
    resource: { labels: { cluster_name: "prod" } },
    protoPayload: {
      "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
      methodName: "io.k8s.core.v1.pods.get",
      resourceName: `core/v1/namespaces/shop/pods/pod-${n}`,
      authenticationInfo: { principalEmail: "alice@example.org" },
      requestMetadata: { callerIp: "192.0.2.1", callerSuppliedUserAgent: "kubectl/v1.30.1" },
      ...payload,
    },
    ...changes,
  };
}

const exec = { methodName: "io.k8s.core.v1.pods.exec.create", resourceName: "core/v1/namespaces/shop/pods/web-0/exec" };
const first = (n, note) => entry(n, { operation: { id: "op-1", first: true } }, { ...exec, request: { note } });
const last = (n) => entry(n, { operation: { id: "op-1", last: true } }, exec);

/** Entries of 100 KB each; 100 of them are longer than a piece. */
const bulk = (count, from) =>
  Array.from({ length: count }, (_, at) => entry(from + at, {}, { request: { padding: "x".repeat(100_000) } }));

const events = (page) => page.locator("#load-status").getAttribute("data-events").then(Number);

async function sourceFacts(page) {
  await page.getByRole("tab", { name: "Sources" }).click();
  await page.locator("li.source").first().waitFor();
  const facts = await page.locator("li.source dl > div").evaluateAll((all) => all.map((one) => [...one.children].map((part) => part.textContent)));
  await page.getByRole("tab", { name: "Events" }).click();
  return Object.fromEntries(facts);
}

test("two entries in different pieces of a file are one event", async (t) => {
  const page = await open(t);
  const counts = await load(page, file("gke.jsonl", lines([first(0, "OnlyInItsStart"), ...bulk(190, 1), last(200)])));
  assert.equal(counts.events, 191);
  await expectResults(page, 191);
  await page.locator('#load-status[data-events="191"]').waitFor();
  const facts = await sourceFacts(page);
  assert.equal(facts.Events, "191");
  assert.equal(facts["The other half of an event"], "1 record");
  assert.equal(facts["One of a long operation’s two entries"], undefined);

  // Found by what its start alone says, and by what its end alone says.
  for (const text of ["OnlyInItsStart", "entry-200"]) {
    await search(page, text);
    await expectResults(page, 1);
  }
  await search(page, "latency>3m latency<4m");
  await expectResults(page, 1);
  await openRow(page, 0);
  const drawer = page.locator("#drawer");
  await drawer.getByText("3 min 20 s").first().waitFor();
  await drawer.getByText("gke.jsonl, line 192, byte").waitFor();
  await drawer.getByText("gke.jsonl, line 1, byte 0").waitFor();
  const raw = drawer.locator(".json-tree");
  assert.equal(await raw.count(), 2);
  assert.match(await raw.nth(0).textContent(), /entry-200/);
  assert.match(await raw.nth(1).textContent(), /entry-0/);
  assert.equal(await drawer.getByText("two entries").count(), 0);
  await expectAccessible(page, "a joined event");

  // Its export opens as the same event, by the same link.
  await page.getByRole("button", { name: "Download the events that match" }).click();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: /^NDJSON/ }).click()]);
  const written = await readFile(await download.path(), "utf8");
  assert.equal(written, lines([first(0, "OnlyInItsStart"), last(200)]));
  const again = await open(t, { fragment: new URL(page.url()).hash });
  assert.equal((await load(again, file("export.ndjson", written))).events, 1);
  await again.locator("#drawer").getByText("3 min 20 s").first().waitFor();
});

test("two entries in two files are one event while both are open", async (t) => {
  const page = await open(t);
  await load(page, [file("monday.jsonl", lines([entry(0), first(1, "x")])), file("tuesday.jsonl", lines([last(61), entry(62)]))]);
  await expectResults(page, 3);
  assert.equal(await events(page), 3);

  const remove = async (name) => {
    await page.getByRole("tab", { name: "Sources" }).click();
    await page.getByRole("button", { name: `Remove ${name}` }).click();
    await page.getByRole("tab", { name: "Events" }).click();
  };
  await remove("tuesday.jsonl");
  await expectResults(page, 2);
  await page.getByRole("tab", { name: "Sources" }).click();
  // The sources are told after the answer.
  await page.locator("li.source dl > div").filter({ hasText: "One of a long operation’s two entries" }).getByText("1 event").waitFor();
  await page.getByRole("tab", { name: "Events" }).click();
  await search(page, "stage:ResponseStarted");
  await expectResults(page, 1);
  await openRow(page, 0);
  await page.locator("#drawer").getByText("the other is in no open file").waitFor();

  // Opened again, and with a copy of what is open: still one.
  await search(page, "");
  await load(page, file("tuesday.jsonl", lines([last(61), entry(62)])));
  await load(page, file("copy.jsonl", lines([entry(0), first(1, "x")])));
  await page.locator('#load-status[data-files="3"][data-state="ready"]').waitFor({ state: "attached" });
  await expectResults(page, 3);
  await remove("monday.jsonl");
  await page.locator('#load-status[data-files="2"][data-state="ready"]').waitFor({ state: "attached" });
  await expectResults(page, 3);
  await search(page, "latency>=1m");
  await expectResults(page, 1);
});
