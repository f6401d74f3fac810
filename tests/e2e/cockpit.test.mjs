// Cockpit from the page: connecting, loading a window, exploring in place, and what goes wrong.
import assert from "node:assert/strict";
import { test } from "node:test";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expectAccessible, expectResults, openRow, picture, search, settled } from "./harness.mjs";
import { ALL, DELETES, EVENTS, LABELS, LINES, LISTS, choose, connect, fail, loki, newContext, open, setUp, until } from "./loki.mjs";
import { DIST } from "./server.mjs";
import { start } from "../loki_standin/server.mjs";

setUp();

test("a cluster is found, a window is loaded, and works as a file does", async (t) => {
  const page = await open(t);
  await connect(page);
  await choose(page);
  assert.match(await page.getByLabel("Selector").inputValue(), /component="audit".*resource_name="sample"/);
  await page.getByRole("button", { name: "Estimate" }).click();
  await page.getByText("20,000 events, about").waitFor();
  await expectAccessible(page, "the panel");
  await picture(page, "cockpit");
  await page.locator("#cockpit-load-button").click();
  const counts = await settled(page);
  assert.deepEqual([counts.events, counts.skipped, counts.files], [EVENTS, 0, 1]);
  await search(page, "verb:delete");
  await expectResults(page, DELETES);
});

test("faults during a load: nothing lost, nothing twice", async (t) => {
  const page = await open(t);
  await connect(page);
  await choose(page);
  const path = "query_range";
  fail({ path: "nothing" }, { path, status: 429, body: "too many outstanding requests", retryAfter: 1 },
    { path, cut: 5000, clean: true }, { path, cut: 5000 }, { path, html: "502 Bad Gateway" }, { path, drop: true },
    { path, status: 503 }, { path, contentType: "text/html" }, { path, delayMillis: 300 });
  await page.locator("#cockpit-load-button").click();
  const counts = await settled(page);
  assert.deepEqual([counts.events, counts.skipped], [EVENTS, 0]);
});

test("a token that expires stops the load, says so, and a good one goes on", async (t) => {
  const page = await open(t);
  await connect(page);
  await choose(page);
  fail({ path: "nothing" }, { path: "query_range", status: 401, body: "unauthorized", times: 9 });
  await page.locator("#cockpit-load-button").click();
  await page.locator('#cockpit-progress[data-state="failed"]').waitFor();
  await page.getByText("missing, mistyped, expired").first().waitFor();
  fail();
  await page.getByRole("button", { name: "Go on" }).click();
  const counts = await settled(page);
  assert.equal(counts.events, EVENTS);
});

test("a load that failed for good gives way to another", async (t) => {
  const page = await open(t);
  await connect(page);
  await choose(page);
  fail({ ...LINES, status: 400, body: "parse error at line 1", times: ALL });
  await page.locator("#cockpit-load-button").click();
  await page.locator('#cockpit-progress[data-state="failed"]').waitFor();
  fail();
  await page.locator("#cockpit-load-button").click();
  const counts = await settled(page);
  assert.deepEqual([counts.events, counts.skipped], [EVENTS, 0]);
});

test("offline and back, paused and resumed: nothing lost, nothing twice", async (t) => {
  const page = await open(t);
  await connect(page);
  await choose(page);
  fail({ ...LINES, hold: true, times: ALL });
  await page.locator("#cockpit-load-button").click();
  await until(() => loki.faults.held.length > 0);
  await page.getByRole("button", { name: "Pause" }).click();
  await page.locator('#cockpit-progress[data-state="paused"]').waitFor();
  await page.context().setOffline(true);
  // What was on its way is lost, so that all of it is to be asked for again.
  fail({ ...LINES, drop: true, times: loki.faults.held.length });
  await page.getByRole("button", { name: "Go on" }).click();
  await page.locator('#cockpit-progress[data-state="running"]').waitFor();
  const asked = loki.requests.length;
  await page.waitForTimeout(1_000);
  assert.equal(loki.requests.length, asked, "nothing is asked offline");
  await page.locator('#cockpit-progress[data-state="running"]').waitFor();
  await page.context().setOffline(false);
  const counts = await settled(page);
  assert.deepEqual([counts.events, counts.skipped], [EVENTS, 0]);
});

test("only what the filter matches is loaded, and what was read is kept on cancelling", async (t) => {
  const page = await open(t);
  await page.keyboard.press("Escape");
  await search(page, "verb:delete");
  await page.getByRole("button", { name: "Connect to Cockpit" }).first().click();
  await connect(page);
  await choose(page);
  await page.getByLabel(/Load only what matches/).check();
  await page.locator("#cockpit-load-button").click();
  const counts = await settled(page);
  assert.deepEqual([counts.events, counts.skipped], [DELETES, 0]);
  await expectResults(page, DELETES);

  await page.getByRole("tab", { name: /Sources/ }).click();
  await page.getByRole("button", { name: "Connect to Cockpit" }).first().click();
  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save as a file" }).click();
  const lines = readFileSync(await (await saved).path(), "utf8").trimEnd().split("\n");
  assert.equal(lines.length, DELETES);
  assert.deepEqual(JSON.parse(lines[0]).labels, LABELS, "a query's own labels are not the stream's");

  await page.getByLabel(/Load only what matches/).uncheck();
  fail(LINES, { ...LINES, hold: true, times: ALL });
  await page.locator("#cockpit-load-button").click();
  await page.locator("#cockpit-progress").getByText(/Fetching: [1-9]/).waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.locator('#cockpit-progress[data-state="cancelled"]').waitFor();
  await page.getByText(/Cancelled; what was read is kept: [1-9]/).waitFor();
  // What was read is explored; then the rest, and nothing counts twice.
  await page.getByRole("button", { name: "Explore what was read" }).click();
  await page.locator('#load-status[data-files="2"][data-state="ready"]').waitFor({ state: "attached" });
  const part = Number(await page.locator("#load-status").getAttribute("data-events"));
  assert.ok(part > 1_000 && part < EVENTS, `${part} events`);
  await page.getByRole("button", { name: "Connect to Cockpit" }).first().click();
  fail();
  await page.getByRole("button", { name: "Go on" }).click();
  await page.locator(`#load-status[data-files="2"][data-state="ready"][data-events="${EVENTS}"]`).waitFor({ state: "attached" });
  await page.getByRole("tab", { name: /Events/ }).click();
  await search(page, "");
  await expectResults(page, EVENTS);
  // A record's place in the saved file: what was read first need not stand first.
  await openRow(page, 0);
  await page.locator("#drawer").getByText(/[Ll]ine [1-9]/).first().waitFor();
});

test("labels complete, and a clock that is wrong is noticed", async (t) => {
  const context = await newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  await page.addInitScript(() => {
    const now = Date.now;
    Date.now = () => now() + 7_200_000;
  });
  await page.goto(loki.url);
  await page.getByRole("button", { name: "Connect to Cockpit" }).first().click();
  await connect(page);
  await page.getByText(/clock is 2 h ahead of the server/).waitFor();
  await choose(page);
  const selector = page.getByLabel("Selector");
  await selector.fill("{comp");
  await page.getByRole("option", { name: "component" }).waitFor();
  await selector.press("Enter");
  await page.getByRole("option", { name: "kubelet" }).waitFor();
  await selector.press("Enter");
  assert.equal(await selector.inputValue(), '{component="audit"');
});

test("what a search finds is offered, not put under the hands of who is writing", async (t) => {
  const page = await open(t);
  await connect(page);
  await page.getByText("There are no streams in this time").waitFor();
  const selector = page.getByLabel("Selector");
  await page.locator("#cockpit-range").selectOption("0");
  for (const [label, time] of [["From (UTC)", "2026-03-03 06:00:00"], ["To (UTC)", "2026-03-03 13:00:00"]]) {
    await page.getByLabel(label).fill(time);
    await page.getByLabel(label).press("Tab");
  }
  fail({ path: "/series", hold: true, times: ALL });
  await page.getByRole("button", { name: "Find clusters" }).click();
  await selector.pressSequentially("{");
  await selector.press("Backspace");
  fail();
  await page.getByRole("radio", { name: /sample/ }).waitFor();
  assert.equal(await selector.inputValue(), "");
  await selector.pressSequentially('{resource_name="mine"}');
  assert.equal(await selector.inputValue(), '{resource_name="mine"}');
});

test("small and dark screens", async (t) => {
  const page = await open(t, loki.url, { viewport: { width: 390, height: 844 }, colorScheme: "dark" });
  await connect(page);
  await choose(page);
  await page.getByText("For Grafana, and for a terminal").click();
  await expectAccessible(page, "the panel, small and dark");
  await picture(page, "cockpit-small-dark");
  const overflow = await page.evaluate(() => document.querySelector("dialog.cockpit").scrollWidth - document.querySelector("dialog.cockpit").clientWidth);
  assert.ok(overflow <= 0, `the panel is ${overflow} px too wide`);
  await page.locator("#cockpit-explore-button").click();
  await expectResults(page, EVENTS);
  await picture(page, "live-small-dark");
});

test("exploring in place: counts are Loki's, rows come on demand", async (t) => {
  const page = await open(t);
  await connect(page);
  await choose(page);
  await page.locator("#cockpit-explore-button").click();
  await page.locator("#live-bar").waitFor();
  await expectResults(page, EVENTS);
  assert.match(await page.locator("#load-status").innerText(), /20,000 events counted by Loki · none loaded/);
  await page.getByRole("button", { name: "Follow" }).click();
  await page.getByText("Only a window that ends now can be followed.").waitFor();
  loki.requests.length = 0;
  await search(page, "verb:delete");
  await expectResults(page, DELETES);
  t.diagnostic(`requests for one change of the filter: ${loki.requests.length}`);
  assert.ok(loki.requests.length <= 20);
  await search(page, "verb:delete code>=400 OR user:*unknown*");
  await page.getByText("LogQL that was sent").click();
  await page.locator(".live-queries").getByText(/count_over_time/).first().waitFor();
  await expectAccessible(page, "a live window");
  await picture(page, "live");
  await page.getByRole("button", { name: "Leave" }).click();
  await page.locator("#live-bar").waitFor({ state: "detached" });
});

test("a later question overtakes an earlier one; what the server does not count is narrowed and said", async (t) => {
  const page = await open(t);
  await connect(page);
  await choose(page);
  await page.locator("#cockpit-explore-button").click();
  await expectResults(page, EVENTS);
  fail({ says: "delete", hold: true, times: ALL });
  await search(page, "verb:delete");
  await until(() => loki.faults.held.length > 0);
  await search(page, "verb:list");
  await expectResults(page, LISTS);
  const tooMany = { status: 400, body: "maximum number of series (500) reached for a single query" };
  fail({ says: "topk(11, sum by (audit_user)", ...tooMany }, { path: "query_range", says: "sum by (audit_verb)", ...tooMany },
    { says: "topk(11, sum by (audit_ns)", status: 504, body: "request timed out", times: 2 });
  await search(page, "verb:delete");
  await expectResults(page, DELETES);
  for (const note of [/User has more values than the server counts/, /Verb has too many values to stack/, /counted in pieces/]) {
    await page.locator("#live-bar").getByText(note).waitFor();
  }
});

test("clusters of another Loki, without Kapsule's labels", async (t) => {
  const other = await start({ static: DIST });
  t.after(() => other.close());
  const nanos = (at) => `${Date.now() - at}000000`;
  const event = '{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"1","verb":"get"}';
  other.store.push({ streams: [
    { stream: { cluster: "prod", job: "kube-audit", level: "info" }, values: [[nanos(1_000), event]] },
    { stream: { cluster: "prod", job: "kube-audit", level: "error" }, values: [[nanos(2_000), event]] },
    { stream: { cluster: "staging", job: "kube-audit" }, values: [[nanos(1_000), event]] },
    { stream: { cluster: "prod", job: "nginx" }, values: [[nanos(1_000), "GET /"]] },
  ] });
  const page = await open(t, other.url);
  await connect(page);
  await page.getByRole("radio", { name: "prod" }).waitFor();
  const names = await page.locator(".cockpit-clusters li").allInnerTexts();
  assert.deepEqual(names.map((name) => name.trim()), ["prod", "staging"]);
  assert.equal(await page.getByLabel("Selector").inputValue(), '{cluster="prod", job="kube-audit"}');
});

test("following: new events and late ones appear", async (t) => {
  const page = await open(t);
  await connect(page);
  const event = (id, verb) => `{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"${id}","stage":"ResponseComplete","verb":"${verb}","requestReceivedTimestamp":"${new Date().toISOString().replace("Z", "000Z")}"}`;
  const push = (id, ageMillis) => loki.store.push({ streams: [{ stream: { ...LABELS, resource_name: "fresh", resource_id: "2" }, values: [[`${Date.now() - ageMillis}000000`, event(id, "get")]] }] });
  push("first", 30_000);
  await page.locator("#cockpit-range").selectOption("1");
  await page.getByLabel("Selector").fill('{resource_name="fresh"}');
  await page.locator("#cockpit-explore-button").click();
  await expectResults(page, 1);
  await page.getByRole("button", { name: "Follow" }).click();
  push("second", 0);
  await expectResults(page, 2);
  push("late", 5_000);
  await expectResults(page, 3);
});

test("what is wrong with a connection is said", async (t) => {
  const stranger = await start({ token: "t0ken" });
  const open_ = await start({ token: "t0ken", cors: true });
  t.after(() => Promise.all([stranger.close(), open_.close()]));
  const page = await open(t);
  const check = async (settings, says) => {
    await connect(page, settings);
    await page.locator(".cockpit-trouble").getByText(says).first().waitFor();
  };
  await check({ address: stranger.url, token: "t0ken", auth: "x-token" }, /does not allow this page.*CORS/);
  await check({ address: "http://127.0.0.1:9" }, /Nothing answered at/);
  await check({ address: open_.url, auth: "x-token" }, /no org id/);
  await check({ address: open_.url, token: "wrong", auth: "bearer" }, /answered 403/);
  await check({ address: "https://x.metrics.cockpit.fr-par.scw.cloud" }, /data source for metrics/);
  open_.faults.set([{ html: "Sign in", status: 200 }]);
  await check({ address: open_.url, token: "t0ken", auth: "basic" }, /web page, "Sign in"/);
  await connect(page, { address: open_.url, token: "t0ken", auth: "basic" });
  await page.getByText("Connected.").waitFor();
  // The token is in no link, no text and no storage.
  const traces = await page.evaluate(() => location.href + document.body.innerText + JSON.stringify({ ...localStorage, ...sessionStorage }));
  assert.ok(!traces.includes("t0ken"));
});

test("each part of a live answer shows as it arrives; what is awaited is marked and keeps its place", async (t) => {
  const page = await open(t);
  await connect(page);
  await choose(page);
  await page.locator("#cockpit-explore-button").click();
  await expectResults(page, EVENTS);
  const facet = (name) => page.locator(".facet", { has: page.getByRole("button", { name, exact: true }) });
  const isBusy = (name) => facet(name).getAttribute("aria-busy");
  await page.locator('.facet[aria-busy="true"]').first().waitFor({ state: "detached" });
  const counted = async (name) => (await facet(name).locator(".facet-count").allInnerTexts()).reduce((sum, text) => sum + Number(text.replace(/\D/g, "")), 0);
  const users = await counted("User");
  assert.equal(await counted("User kind"), EVENTS);
  const top = async (name) => (await facet(name).boundingBox()).y;
  const places = [await top("User"), await top("User kind")];
  fail({ says: "topk(11, sum by (audit_user)", hold: true, times: ALL });
  await search(page, "verb:delete");
  await expectResults(page, DELETES);
  // The others are here: facet, timeline, rows.
  await page.waitForFunction(() => document.querySelectorAll(".facet[aria-busy=true]").length === 1);
  assert.deepEqual([await counted("User kind"), await isBusy("User kind")], [DELETES, "false"]);
  assert.deepEqual([await counted("User"), await isBusy("User")], [users, "true"]);
  await page.locator('.timeline[aria-busy="false"]').waitFor();
  await page.locator('.table[aria-busy="false"]').waitFor();
  await page.locator("#cell-0-1").waitFor();
  assert.deepEqual([await top("User"), await top("User kind")], places, "nothing moves while a part is awaited");
  // A later question's parts replace them, and what is held back for the earlier one never shows.
  await search(page, "verb:list");
  await expectResults(page, LISTS);
  fail();
  await page.locator('.facet[aria-busy="true"]').first().waitFor({ state: "detached" });
  assert.equal(await isBusy("User"), "false");
  assert.equal(await counted("User kind"), LISTS);
});

test("a part that fails shows nothing of the question before, and says why", async (t) => {
  const page = await open(t);
  await connect(page);
  await choose(page);
  await page.locator("#cockpit-explore-button").click();
  await expectResults(page, EVENTS);
  fail({ says: "topk(11, sum by (audit_user)", status: 400, body: "parse error", times: ALL });
  await search(page, "verb:delete");
  await expectResults(page, DELETES);
  await page.getByText("parse error").first().waitFor();
  const user = page.locator(".facet", { has: page.getByRole("button", { name: "User", exact: true }) });
  await user.getByText("Not counted").waitFor();
  assert.equal(await user.locator(".facet-line").count(), 0);
});

test("a live table ends where it reads no further, and says so there", async (t) => {
  const deep = await start({ static: DIST });
  t.after(() => deep.close());
  const [first, lines] = [Date.now() - 600_000, 100_300];
  const event = (n) => `{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"${n}","stage":"ResponseComplete","verb":"get","requestReceivedTimestamp":"${new Date(first + n).toISOString().replace("Z", "000Z")}","stageTimestamp":"${new Date(first + n + (n % 500 === 1 ? 5_000 : 1)).toISOString().replace("Z", "000Z")}"}`;
  deep.store.push({ streams: [{ stream: { ...LABELS, resource_name: "deep" }, values: Array.from({ length: lines }, (_, n) => [`${first + n}000000`, event(n)]) }] });
  const page = await open(t, deep.url);
  await connect(page);
  await page.getByLabel("Selector").fill('{resource_name="deep"}');
  await page.locator("#cockpit-explore-button").click();
  await expectResults(page, lines);
  await page.locator("#table-end").getByText(/Rows end at 100,000/).waitFor();
  deep.requests.length = 0;
  await page.locator("#events-grid").focus();
  await page.keyboard.press("End");
  await page.locator("#cell-99999-1").waitFor();
  const asked = deep.requests.filter((request) => new URL(request.url, deep.url).searchParams.has("limit")).length;
  assert.ok(asked <= 25, `${asked} requests for lines`);
  // What the page applies itself: two in a thousand are as slow, and the table ends with the last of them.
  await search(page, "latency>2s");
  await page.locator("#live-bar").getByText(/rows are filtered in this page/).waitFor();
  await page.locator("#events-grid").focus();
  await page.keyboard.press("End");
  await page.locator("#cell-200-1").waitFor();
  await page.locator('#events-grid[aria-rowcount="202"]').waitFor();
  // What no line has, though the counts, which are of the rest of the filter, say otherwise.
  await search(page, "latency>9s");
  await page.locator('#events-grid[aria-rowcount="1"]').waitFor();
});

test("a load that a dead token stopped goes on with the new one", async (t) => {
  const guarded = await start({ static: DIST, token: "old" });
  t.after(() => guarded.close());
  guarded.store.streams = loki.store.streams;
  const page = await open(t, guarded.url);
  await connect(page, { token: "old", auth: "x-token" });
  await choose(page);
  guarded.faults.set([LINES, { ...LINES, hold: true, times: ALL }]);
  await page.locator("#cockpit-load-button").click();
  await page.locator("#cockpit-progress").getByText(/Fetching: [1-9]/).waitFor();
  guarded.options.token = "new";
  guarded.faults.set([]);
  await page.locator('#cockpit-progress[data-state="failed"]').waitFor();
  await connect(page, { token: "new", auth: "x-token" });
  await page.getByText("Connected.").waitFor();
  await page.getByRole("button", { name: "Go on" }).click();
  const counts = await settled(page);
  assert.deepEqual([counts.events, counts.skipped], [EVENTS, 0]);
});

/** A Loki that wants a token, and a reverse proxy before it that knows it: the whole way through the proxy. */
async function behindProxy(t, startProxy) {
  const upstream = await start({ token: "t0ken" });
  upstream.store = Object.assign(upstream.store, { streams: loki.store.streams });
  const folder = mkdtempSync(join(tmpdir(), "auditscope-proxy-"));
  const port = 20_000 + Math.floor(Math.random() * 20_000);
  const proxy = startProxy({ folder, port, upstream: upstream.url });
  let said = "";
  proxy.stderr.on("data", (chunk) => (said += chunk));
  t.after(async () => {
    proxy.kill();
    await upstream.close();
  });
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; ; tries++) {
    const answer = await fetch(`${url}/`).catch(() => undefined);
    if (answer?.ok) break;
    assert.ok(tries < 50 && proxy.exitCode === null, `it did not start: ${said}`);
    await new Promise((done) => setTimeout(done, 100));
  }
  const status = async (path, init) => (await fetch(`${url}${path}`, init)).status;
  assert.equal(await status("/loki/api/v1/push", { method: "POST", body: "{}" }), 404, "only reading is let through");
  assert.equal(await status("/loki/api/v1/labels"), 200);
  assert.ok([403, 404, 405].includes(await status("/loki/api/v1/labels", { method: "DELETE" })), "only GET and POST");
  const asked = upstream.headers.at(-1);
  assert.equal(asked["x-token"], "t0ken");
  await fetch(`${url}/loki/api/v1/labels`, { headers: { Cookie: "a=b", Authorization: "Bearer mine", "X-Token": "mine" } });
  assert.deepEqual([upstream.headers.at(-1)["x-token"], upstream.headers.at(-1).cookie, upstream.headers.at(-1).authorization], ["t0ken", undefined, undefined]);
  const [script] = /[\w.-]+_bg\.wasm/.exec(await (await fetch(`${url}/`)).text());
  const headers = (await fetch(`${url}/${script}`, { headers: { "Accept-Encoding": "gzip" } })).headers;
  assert.deepEqual([headers.get("content-type"), headers.get("content-encoding"), headers.get("x-content-type-options")], ["application/wasm", "gzip", "nosniff"]);
  const page = await open(t, url);
  await connect(page);
  await choose(page);
  await page.locator("#cockpit-load-button").click();
  const counts = await settled(page);
  assert.equal(counts.events, EVENTS);
}

test("behind a real nginx, as deploy/nginx.conf has it", (t) =>
  behindProxy(t, ({ folder, port, upstream }) => {
    const put = { AUDITSCOPE_PORT: `127.0.0.1:${port}`, AUDITSCOPE_ROOT: DIST, COCKPIT_URL: upstream, COCKPIT_TOKEN: "t0ken" };
    const server = readFileSync(new URL("../../deploy/nginx.conf", import.meta.url), "utf8").replace(/\$\{(\w+)\}/g, (_, name) => put[name]);
    const own = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder}/${name};`).join("\n");
    const user = process.getuid() === 0 ? "user root;" : "";
    writeFileSync(join(folder, "nginx.conf"), `${user}\ndaemon off;\npid ${folder}/pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n${own}\n${server}\n}\n`);
    return spawn("nginx", ["-p", folder, "-c", join(folder, "nginx.conf")], { stdio: ["ignore", "ignore", "pipe"] });
  }));

test("behind a real Caddy, as deploy/Caddyfile has it", async (t) => {
  let home;
  await behindProxy(t, ({ folder, port, upstream }) => {
    home = folder;
    const env = {
      ...process.env, HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder,
      AUDITSCOPE_SITE: `http://127.0.0.1:${port}`, AUDITSCOPE_ROOT: DIST, COCKPIT_URL: upstream, COCKPIT_TOKEN: "t0ken",
    };
    const file = fileURLToPath(new URL("../../deploy/Caddyfile", import.meta.url));
    return spawn("caddy", ["run", "--config", file, "--adapter", "caddyfile"], { env, stdio: ["ignore", "ignore", "pipe"] });
  });
  const written = readdirSync(home, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  assert.ok(written.every((entry) => !readFileSync(join(entry.parentPath ?? entry.path, entry.name), "utf8").includes("t0ken")), "the token is in no file");
});
