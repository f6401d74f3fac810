// The contract that the app relies on, against the stand-in and, when LOKI_URL is set, a real
// Loki 3: it pushes its own lines under a fresh label, so it may run against any server.
//   node --test tests/loki_standin/contract.test.mjs
//   LOKI_URL=http://localhost:3100 node --test tests/loki_standin/contract.test.mjs

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { start } from './server.mjs';

const servers = [['stand-in', undefined], ...(process.env.LOKI_URL ? [['LOKI_URL', process.env.LOKI_URL]] : [])];
if (!process.env.LOKI_URL) console.log('# LOKI_URL is not set: the stand-in alone is held to the contract');

for (const [name, given] of servers) describe(name, () => contract(given));

function contract(given) {
  let standin, url;
  const run = `run-${Date.now()}-${Math.floor(Math.random() * 1e6)}`;
  const selector = `{contract="${run}"}`;
  // An hour ago, on the minute: inside any server's window for old lines.
  const base = BigInt(Math.floor(Date.now() / 60_000) * 60 - 3600) * 1_000_000_000n;
  const second = 1_000_000_000n;
  const event = (i, more = {}) => JSON.stringify({
    kind: 'Event', apiVersion: 'audit.k8s.io/v1', auditID: `${String(i).padStart(8, '0')}-0000`, verb: ['get', 'list', 'delete'][i % 3],
    user: { username: i % 10 === 0 ? 'alice@example.com' : 'system:node:n1', groups: ['a', 'b'] }, sourceIPs: ['10.0.0.1'],
    ...(i % 4 === 0 ? {} : { responseStatus: { code: i % 5 === 0 ? 403 : 200 } }),
    annotations: { 'authorization.k8s.io/decision': i % 5 === 0 ? 'forbid' : 'allow' }, level: 'Metadata', ...more,
  });
  const ask = async (path, params = {}, init = {}) => {
    const response = await fetch(`${url}/loki/api/v1/${path}?${new URLSearchParams(params)}`, init);
    return { status: response.status, type: response.headers.get('content-type') ?? '', text: await response.text() };
  };
  const json = async (path, params) => {
    const answer = await ask(path, params);
    assert.equal(answer.status, 200, answer.text);
    return JSON.parse(answer.text);
  };
  const range = { start: String(base), end: String(base + 1000n * second) };
  const lines = async (query, params = {}) => (await json('query_range', { query, ...range, limit: 5000, ...params })).data.result
    .flatMap(stream => stream.values.map(([nanos, line]) => ({ nanos: BigInt(nanos), line, labels: stream.stream })));
  const count = async query => {
    const result = (await json('query', { query: `sum(count_over_time(${query} [1000s]))`, time: String(base + 1000n * second - 1n) })).data.result;
    return result.length ? Number(result[0].value[1]) : 0;
  };

  before(async () => {
    if (given) url = given.replace(/\/$/, '');
    else ({ url } = standin = await start());
    // 200 events, a second apart, sixty of them tied at one nanosecond; a line that is no JSON; a second stream.
    const at = i => base + second * BigInt(i % 3 === 0 && i < 180 ? 300 : 1 + i);
    const main = Array.from({ length: 200 }, (_, i) => [String(at(i)), event(i)]);
    const values = [...main, [String(base + 500n * second), 'not json']].sort((a, b) => (BigInt(a[0]) < BigInt(b[0]) ? -1 : 1));
    const body = JSON.stringify({ streams: [
      { stream: { contract: run, component: 'audit', level: 'info' }, values },
      { stream: { contract: run, component: 'other' }, values: [[String(base + 300n * second), event(0)], [String(base + 300n * second), event(0)]] },
    ] });
    const pushed = await fetch(`${url}/loki/api/v1/push`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
    assert.equal(pushed.status, 204, await pushed.text());
    for (let tries = 0; tries < 40 && (await lines(selector)).length < 202; tries++) await new Promise(done => setTimeout(done, 250));
  });
  after(() => standin?.close());

  test('streams: nanoseconds as strings, the newest first, one of two identical lines', async () => {
    const all = await lines(selector);
    assert.equal(all.length, 202);
    const { data, status } = await json('query_range', { query: `${selector} |= "00000007-0000"`, ...range });
    assert.deepEqual([status, data.resultType, data.result.length], ['success', 'streams', 1]);
    assert.equal(data.result[0].values[0][0], String(base + 8n * second));
    assert.equal(data.result[0].stream.component, 'audit');
    const audit = (await json('query_range', { query: `{contract="${run}",component="audit"}`, ...range, limit: 10 })).data.result
      .flatMap(stream => stream.values).map(([nanos]) => BigInt(nanos));
    assert.equal(audit.length, 10);
    assert.equal(audit.reduce((a, b) => (a > b ? a : b)), base + 500n * second);
  });

  test('start is inclusive, end is exclusive', async () => {
    const from = base + 2n * second;
    const got = await lines(selector, { start: String(from), end: String(from + 1n) });
    assert.deepEqual(got.map(entry => entry.nanos), [from]);
    assert.equal((await lines(selector, { start: String(from + 1n), end: String(from + 2n) })).length, 0);
  });

  test('nothing found', async () => {
    const none = await json('query_range', { query: `{contract="none-${run}"}`, ...range });
    assert.deepEqual(none.data.result, []);
    assert.ok(!(await json('label/no_such_label/values', range)).data?.length);
  });

  test('ties: end = oldest + 1 with dropping of what was seen is complete', async () => {
    const seen = new Map();
    let end = base + 1000n * second;
    for (let page = 0; page < 100; page++) {
      const got = await lines(`${selector} |= "audit.k8s.io/"`, { end: String(end), limit: 70 });
      for (const entry of got) seen.set(`${JSON.stringify(entry.labels)} ${entry.nanos} ${entry.line}`, entry);
      if (got.length < 70) break;
      end = got.map(entry => entry.nanos).reduce((a, b) => (a < b ? a : b)) + 1n;
    }
    assert.equal(seen.size, 201);
  });

  test('line filters and json paths', async () => {
    const check = async (stages, expected) => assert.equal(await count(`${selector} ${stages}`), expected, stages);
    await check('', 202);
    await check('|= "audit.k8s.io/"', 201);
    await check('|= `"verb":"delete"`', 66);
    await check('!= `"verb":"delete"` |= "kind"', 135);
    await check('|~ `"auditID":"0000000[0-4]`', 6);
    await check('!~ `"auditID":"0000000[0-4]`', 196);
    await check('|~ `(?i)ALICE@`', 21);
    await check('| json verb="verb" | __error__="" | verb="delete"', 66);
    await check('| json u="user.username" | __error__="" | u=~"alice.*"', 21);
    await check('| json u="user.username" | __error__="" | u!~"alice.*"', 180);
    await check('| json d="annotations[\\"authorization.k8s.io/decision\\"]" | __error__="" | d="forbid"', 41);
    await check('| json ip="sourceIPs[0]" | __error__="" | ip="10.0.0.1"', 201);
    await check('| json g="user.groups" | __error__="" | g=~`.*"b".*`', 201);
    // A missing path is the empty text, and no number.
    await check('| json code="responseStatus.code" | __error__="" | code=""', 51);
    await check('| json code="responseStatus.code" | __error__="" | code!="" | code>=400', 30);
    await check('| json code="responseStatus.code" | __error__="" | code!="" | code<400 | __error__=""', 120);
    await check('| json code="responseStatus.code" | code>=400 | __error__=""', 30);
    await check('| json verb="verb", u="user.username" | __error__="" | (verb="get" or verb="list") and u="alice@example.com"', 15);
    // A clash with a stream label takes another name.
    await check('| json level="level" | __error__="" | level_extracted="Metadata" | component="audit"', 200);
  });

  test('counts over time and by value', async () => {
    const query = `sum by (verb) (count_over_time(${selector} | json verb="verb" | __error__="" [60s]))`;
    const { data } = await json('query_range', { query, ...range, step: '60' });
    assert.equal(data.resultType, 'matrix');
    const sums = Object.fromEntries(data.result.map(s => [s.metric.verb, s.values.reduce((sum, [, value]) => sum + Number(value), 0)]));
    assert.deepEqual(sums, { get: 68, list: 67, delete: 66 });
    for (const { values } of data.result) for (const [at, value] of values) {
      assert.equal(typeof at, 'number');
      assert.equal(typeof value, 'string');
      assert.equal(at % 60, 0);
      assert.ok(Number(value) > 0, 'empty buckets are absent');
    }
    const top = `topk(1, sum by (u) (count_over_time(${selector} | json u="user.username" | __error__="" [1000s])))`;
    const vector = (await json('query', { query: top, time: String(base + 1000n * second - 1n) })).data;
    assert.equal(vector.resultType, 'vector');
    assert.deepEqual(vector.result.map(s => [s.metric, s.value[1]]), [[{ u: 'system:node:n1' }, '180']]);
  });

  test('labels, values and series', async () => {
    assert.ok((await json('labels', range)).data.includes('contract'));
    assert.ok((await json('label/contract/values', range)).data.includes(run));
    assert.deepEqual((await json('label/component/values', { ...range, query: selector })).data, ['audit', 'other']);
    const series = (await json('series', { ...range, 'match[]': selector })).data;
    assert.deepEqual(series.map(labels => labels.component).sort(), ['audit', 'other']);
    const either = await ask('series', [['start', range.start], ['end', range.end], ['match[]', `{contract="${run}",component="audit"}`], ['match[]', `{contract="${run}",component="other"}`]]);
    assert.equal(JSON.parse(either.text).data.length, 2);
  });

  test('errors are plain text', async () => {
    const check = async (path, params, status, says) => {
      const answer = await ask(path, { ...range, ...params });
      assert.equal(answer.status, status, answer.text);
      assert.match(answer.type, /text\/plain/);
      assert.match(answer.text, says);
    };
    await check('query_range', { query: '{a="b"' }, 400, /parse error/);
    await check('query_range', { query: '{}' }, 400, /at least one|parse error/);
    await check('query_range', { query: selector, limit: 5001 }, 400, /max entries limit per query exceeded.*5001 > 5000/);
    await check('query_range', { query: selector, end: String(base + 31n * 86400n * second) }, 400, /query time range exceeds the limit/);
    await check('query_range', { query: selector, end: String(base) }, 400, /end timestamp must not be before or equal to start time/);
    await check('query', { query: selector }, 400, /log queries are not supported as an instant query type/);
    await check('query_range', { query: `count_over_time(${selector}[1s])`, step: '0.01' }, 400, /exceeded maximum resolution of 11,000 points/);
    await check('query', { query: `sum by (v) (count_over_time(${selector} | json v="verb" [1000s]))`, time: String(base + 1000n * second - 1n) }, 400, /pipeline error: 'JSONParserErr'/);
  });

  test('POST with a form is taken too', async () => {
    const body = new URLSearchParams({ query: selector, ...range, limit: '5' });
    const response = await fetch(`${url}/loki/api/v1/query_range`, { method: 'POST', body });
    assert.equal(response.status, 200);
    assert.equal((await response.json()).data.resultType, 'streams');
  });

  test('no CORS of its own', async () => {
    const plain = await ask('labels', range, { headers: { Origin: 'https://example.com' } });
    assert.equal(plain.status, 200);
    const preflight = await fetch(`${url}/loki/api/v1/labels`, { method: 'OPTIONS', headers: { Origin: 'https://example.com' } });
    assert.equal(preflight.status, 405);
    assert.equal(preflight.headers.get('access-control-allow-origin'), null);
  });
}
