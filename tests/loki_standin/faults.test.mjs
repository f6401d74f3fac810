// The stand-in can fail in each way that the app must survive.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { start } from './server.mjs';

let loki;
const query = '/loki/api/v1/query_range?query={a="b"}&start=0&end=10';
const ask = (path = query, init = {}) => fetch(loki.url + path, init);
const fail = (...faults) => loki.faults.set(faults);

before(async () => {
  loki = await start({ token: 't0ken', cors: true });
  loki.store.push({ streams: [{ stream: { a: 'b' }, values: [['1000', 'one']] }] });
  loki.options.token = undefined;
});
after(() => loki.close());

test('words, with Retry-After, and only as often as told', async () => {
  fail({ status: 429, body: 'too many outstanding requests', retryAfter: 2, times: 2 });
  for (const status of [429, 429, 200]) assert.equal((await ask()).status, status);
  fail({ status: 503, retryAfter: 7 });
  assert.equal((await ask()).headers.get('retry-after'), '7');
});

test('a page for people', async () => {
  fail({ html: '502 Bad Gateway' });
  const answer = await ask();
  assert.equal(answer.status, 502);
  assert.match(await answer.text(), /<title>502 Bad Gateway/);
});

test('cut off, noticed or not', async () => {
  fail({ cut: 40, clean: true }, { cut: 40 });
  assert.equal((await (await ask()).text()).length, 40);
  await assert.rejects(async () => (await ask()).text());
});

test('dropped, slow, and under another name', async () => {
  fail({ drop: true }, { delayMillis: 60 }, { contentType: 'text/html' });
  await assert.rejects(ask());
  const before = Date.now();
  assert.equal((await ask()).status, 200);
  assert.ok(Date.now() - before >= 50);
  const named = await ask();
  assert.match(named.headers.get('content-type'), /text\/html/);
  assert.equal((await named.json()).status, 'success');
});

test('held until told otherwise, by parameter or LogQL', async () => {
  fail({ hold: true, has: 'limit' }, { hold: true, says: '{a=' });
  let answered = 0;
  const held = [`${query}&limit=5`, query].map(path => ask(path).then(answer => (answered += 1, answer.status)));
  assert.equal((await ask('/loki/api/v1/labels?start=0&end=10')).status, 200);
  while (loki.faults.held.length < 2) await new Promise(done => setTimeout(done, 1));
  assert.equal(answered, 0);
  fail({ status: 503 });
  assert.deepEqual((await Promise.all(held)).sort(), [200, 503]);
});

test('tokens as Cockpit takes them', async () => {
  loki.options.token = 't0ken';
  const basic = `Basic ${Buffer.from('any:t0ken').toString('base64')}`;
  const check = async (headers, status) => assert.equal((await ask(query, { headers })).status, status);
  await check({}, 401);
  await check({ 'X-Token': 'wrong' }, 403);
  await check({ 'X-Token': 't0ken' }, 200);
  await check({ Authorization: 'Bearer t0ken' }, 200);
  await check({ Authorization: basic }, 200);
  loki.options.token = undefined;
});

test('the series limit', async () => {
  loki.store.push({ streams: [1, 2, 3].map(n => ({ stream: { a: 'many', n: String(n) }, values: [['1000', 'x']] })) });
  loki.options.maxSeries = 2;
  const url = `/loki/api/v1/query?time=2&query=${encodeURIComponent('sum by (n) (count_over_time({a="many"}[10s]))')}`;
  const answer = await ask(url);
  assert.equal(answer.status, 400);
  assert.match(await answer.text(), /maximum number of series \(2\) reached/);
  loki.options.maxSeries = 500;
});
