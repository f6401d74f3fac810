// A small Loki for tests: recorded shapes, real data, LogQL as the app sends it, and faults on command.
//   node tests/loki_standin/server.mjs [--port N] [--token T] [--cors] [--static DIR] [--series N] [--load FILE]
// Prints its address. Also a module: `start({...})` resolves to `{url, store, faults, requests, headers, close}` (`headers`: the last request's).

import { createServer } from 'node:http';
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { extname, join, normalize } from 'node:path';
import { parseArgs } from 'node:util';
import { evaluate, innerLog, duration, LogQLError, matchesStream, parse, run } from './logql.mjs';
import { Faults } from './faults.mjs';
import { Store } from './store.mjs';

const MAX_ENTRIES = 5000;
const MAX_QUERY_NANOS = (30n * 24n + 1n) * 3_600_000_000_000n;
const MAX_POINTS = 11_000n;

class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export async function start(options = {}) {
  const loki = { store: new Store(), faults: new Faults(), requests: [], headers: [], options: { maxSeries: 500, ...options } };
  const server = createServer((request, response) => handle(loki, request, response).catch(error => {
    if (!response.headersSent) response.writeHead(500, { 'Content-Type': 'text/plain' });
    response.end(String(error.stack ?? error));
  }));
  await new Promise(done => server.listen(options.port ?? 0, '127.0.0.1', done));
  const close = () => new Promise(done => { server.closeAllConnections(); server.close(done); });
  return Object.assign(loki, { url: `http://127.0.0.1:${server.address().port}`, close });
}

async function handle(loki, request, response) {
  const url = new URL(request.url, 'http://standin');
  const body = await read(request);
  if (loki.options.cors) cors(request, response);
  if (url.pathname.startsWith('/standin/')) return control(loki, url.pathname, body, response);
  if (!url.pathname.startsWith('/loki/')) return serveFile(loki, url.pathname, response);
  if (request.method === 'OPTIONS') {
    // Loki itself answers no preflight.
    response.writeHead(loki.options.cors ? 204 : 405).end();
    return;
  }
  loki.headers = [request.headers];
  loki.requests.push({ method: request.method, path: url.pathname, query: url.searchParams.get('query'), url: request.url });
  const fault = await loki.faults.next(url.pathname, url.searchParams, response);
  if (fault && (await loki.faults.apply(fault, response))) return;
  try {
    authorize(loki.options, request.headers);
    const form = (request.headers['content-type'] ?? '').includes('form-urlencoded') ? new URLSearchParams(body) : [];
    for (const [key, value] of form) url.searchParams.append(key, value);
    const answer = route(loki, url.pathname.slice('/loki/api/v1/'.length), url.searchParams, body);
    if (answer === undefined) return void response.writeHead(204).end();
    const type = fault?.contentType ?? 'application/json; charset=UTF-8';
    if (fault?.cut) {
      response.writeHead(200, { 'Content-Type': type });
      // A chunked ending makes it look whole, so that only the JSON tells; without one a browser notices.
      if (fault.clean) return void response.end(answer.slice(0, fault.cut));
      return void response.write(answer.slice(0, fault.cut), () => response.socket.destroy());
    }
    response.writeHead(200, { 'Content-Type': type });
    response.end(answer);
  } catch (error) {
    if (!(error instanceof Refusal) && !(error instanceof LogQLError)) throw error;
    response.writeHead(error.status ?? 400, { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' });
    response.end(`${error.message}\n`);
  }
}

async function read(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function cors(request, response) {
  response.setHeader('Access-Control-Allow-Origin', request.headers.origin ?? '*');
  response.setHeader('Access-Control-Allow-Headers', 'authorization, x-token, content-type');
  response.setHeader('Access-Control-Allow-Methods', 'GET, POST');
}

/** What Cockpit takes: X-Token, Bearer, or Basic with the secret as password. */
function authorize({ token }, headers) {
  if (!token) return;
  const given = headers['x-token']
    ?? /^Bearer (.*)$/.exec(headers.authorization ?? '')?.[1]
    ?? Buffer.from(/^Basic (.*)$/.exec(headers.authorization ?? '')?.[1] ?? '', 'base64').toString().split(':').slice(1).join(':');
  if (!given) throw new Refusal(401, 'no org id');
  if (given !== token) throw new Refusal(403, 'forbidden');
}

/** Only for tests: set faults and options, read what was asked. */
function control(loki, path, body, response) {
  if (path === '/standin/faults') loki.faults.set(JSON.parse(body));
  if (path === '/standin/options') Object.assign(loki.options, JSON.parse(body));
  if (path === '/standin/forget') loki.requests.length = 0;
  response.writeHead(200, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(path === '/standin/requests' ? loki.requests : {}));
}

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.wasm': 'application/wasm', '.json': 'application/json', '.svg': 'image/svg+xml' };

function serveFile({ options }, path, response) {
  const file = options.static && join(options.static, normalize(path === '/' ? '/index.html' : path));
  if (!file || !existsSync(file) || !statSync(file).isFile()) return void response.writeHead(404, { 'Content-Type': 'text/plain' }).end('404 page not found\n');
  response.writeHead(200, { 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream' });
  createReadStream(file).pipe(response);
}

// ---------------------------------------------------------------- the API

function route(loki, path, params, body) {
  if (path === 'push') return void loki.store.push(JSON.parse(body));
  if (path === 'query_range') return queryRange(loki, params);
  if (path === 'query') return queryInstant(loki, params);
  if (path === 'labels' || path === 'label') return listed(names(loki, params));
  if (path === 'series') return series(loki, params);
  const label = /^label\/([^/]+)\/values$/.exec(path);
  if (label) return listed(values(loki, decodeURIComponent(label[1]), params));
  throw new Refusal(404, '404 page not found');
}

/** Nanoseconds from an integer, seconds with decimals, or RFC 3339. */
function nanos(text, otherwise) {
  if (text === null || text === '') return otherwise;
  if (/^-?\d+$/.test(text)) return text.length > 11 ? BigInt(text) : BigInt(text) * 1_000_000_000n;
  if (/^\d+\.\d+$/.test(text)) return BigInt(Math.round(Number(text) * 1000)) * 1_000_000n;
  const millis = Date.parse(text);
  if (Number.isNaN(millis)) throw new Refusal(400, `could not parse '${text}' as a time`);
  return BigInt(millis) * 1_000_000n;
}

const now = () => BigInt(Date.now()) * 1_000_000n;
const HOUR = 3_600_000_000_000n;

function span(params, hoursBack = 1n) {
  const end = nanos(params.get('end'), now());
  const start = nanos(params.get('start'), end - hoursBack * HOUR);
  if (end <= start) throw new Refusal(400, 'end timestamp must not be before or equal to start time');
  return { start, end };
}

function hours(length) {
  const seconds = length / 1_000_000_000n;
  return `${seconds / 3600n}h${(seconds / 60n) % 60n}m${seconds % 60n}s`;
}

function checkLength(length) {
  if (length > MAX_QUERY_NANOS) throw new Refusal(400, `the query time range exceeds the limit (query length: ${hours(length)}, limit: 30d1h)`);
}

function parsed(params) {
  const text = params.get('query');
  if (!text) throw new Refusal(400, 'parse error : syntax error: unexpected $end');
  return parse(text);
}

function queryRange(loki, params) {
  const query = parsed(params);
  const { start, end } = span(params);
  checkLength(end - start);
  if (query.type !== 'log') return matrix(loki, query, params, start, end);
  const limit = Number(params.get('limit') ?? 100);
  if (limit > MAX_ENTRIES) throw new Refusal(400, `max entries limit per query exceeded, limit > max_entries_limit_per_query (${limit} > ${MAX_ENTRIES})`);
  return page(loki.store, query, start, end, limit, params.get('direction') === 'forward');
}

/** The answer to a log query; ties in an order that differs from request to request. */
function page(store, log, start, end, limit, forward) {
  const found = [];
  for (const stream of store.all()) {
    if (!matchesStream(log, stream.labels)) continue;
    const records = Store.between(stream, start, end);
    if (!forward) records.reverse();
    let taken = 0;
    let border;
    for (const record of records) {
      // Enough of this stream, and past the ties at its border.
      if (taken >= limit && record.nanos !== border) break;
      const labels = run(log, stream, record);
      if (!labels) continue;
      found.push({ record, labels });
      taken += 1;
      border = record.nanos;
    }
  }
  shuffle(found);
  const sign = forward ? 1 : -1;
  found.sort((a, b) => (a.record.nanos === b.record.nanos ? 0 : a.record.nanos < b.record.nanos ? -sign : sign));
  const streams = new Map();
  for (const { record, labels } of found.slice(0, limit)) {
    const key = JSON.stringify(Object.entries(labels).filter(([, v]) => v !== '').sort());
    if (!streams.has(key)) streams.set(key, []);
    record.text ??= `["${record.nanos}",${JSON.stringify(record.line)}]`;
    streams.get(key).push(record.text);
  }
  const result = [...streams].map(([key, values]) => `{"stream":${JSON.stringify(Object.fromEntries(JSON.parse(key)))},"values":[${values.join(',')}]}`);
  return `{"status":"success","data":{"resultType":"streams","result":[${result.join(',')}],"stats":{"summary":{}}}}`;
}

function shuffle(list) {
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [list[i], list[j]] = [list[j], list[i]];
  }
}

function linesOf(store) {
  return function* (log, after, upTo) {
    for (const stream of store.all()) {
      if (!matchesStream(log, stream.labels)) continue;
      for (const record of Store.between(stream, after + 1n, upTo + 1n)) {
        const labels = run(log, stream, record);
        if (labels) yield [labels, record.nanos, record.line.length];
      }
    }
  };
}

function matrix(loki, query, params, start, end) {
  const defaultStep = (() => { const s = (end - start) / 250n; return s > 1_000_000_000n ? s : 1_000_000_000n; })();
  const step = stepOf(params.get('step')) ?? defaultStep;
  if ((end - start) / step > MAX_POINTS) throw new Refusal(400, 'exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter');
  // Points align to multiples of the step: the start down, the end up.
  const first = (start / step) * step;
  const last = ((end + step - 1n) / step) * step;
  const times = [];
  for (let time = first; time <= last; time += step) times.push(time);
  const series = evaluate(query, times, linesOf(loki.store), loki.options.maxSeries);
  const result = [...series.values()].filter(of => of.values.size).map(of => ({
    metric: withoutEmpty(of.labels),
    values: [...of.values].sort((a, b) => a[0] - b[0]).map(([index, value]) => [Number(times[index] / 1_000_000n) / 1000, String(value)]),
  }));
  return JSON.stringify({ status: 'success', data: { resultType: 'matrix', result, stats: { summary: {} } } });
}

function stepOf(text) {
  if (!text) return undefined;
  return /^[\d.]+$/.test(text) ? BigInt(Math.round(Number(text) * 1e9)) : duration(text);
}

function queryInstant(loki, params) {
  const query = parsed(params);
  if (query.type === 'log') throw new Refusal(400, 'log queries are not supported as an instant query type, please change your query to a range query type');
  const widest = q => (q.type === 'range' ? q.range : widest(q.inner));
  checkLength(widest(query));
  const time = nanos(params.get('time'), now());
  const series = evaluate(query, [time], linesOf(loki.store), loki.options.maxSeries);
  const result = [...series.values()].filter(of => of.values.has(0)).map(of => ({
    metric: withoutEmpty(of.labels),
    value: [Number(time / 1_000_000n) / 1000, String(of.values.get(0))],
  }));
  return JSON.stringify({ status: 'success', data: { resultType: 'vector', result, stats: { summary: {} } } });
}

const withoutEmpty = labels => Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ''));

function streamsIn(loki, params, texts) {
  const { start, end } = span(params, 6n);
  checkLength(end - start);
  const logs = texts.map(text => innerLog(parse(text)));
  return loki.store.all().filter(stream =>
    (logs.length === 0 || logs.some(log => matchesStream(log, stream.labels))) && Store.between(stream, start, end).length > 0);
}

const optionalQuery = params => (params.get('query') ? [params.get('query')] : []);

function names(loki, params) {
  return streamsIn(loki, params, optionalQuery(params)).flatMap(stream => Object.keys(stream.labels));
}

function values(loki, label, params) {
  return streamsIn(loki, params, optionalQuery(params)).flatMap(stream => stream.labels[label] ?? []);
}

/** Nothing found: no `data` key at all. */
function listed(all) {
  const data = [...new Set(all)].sort();
  return JSON.stringify(data.length ? { status: 'success', data } : { status: 'success' });
}

function series(loki, params) {
  const matchers = [...params.getAll('match[]'), ...params.getAll('match')];
  if (matchers.length === 0) throw new Refusal(400, '0 matcher groups supplied');
  return JSON.stringify({ status: 'success', data: streamsIn(loki, params, matchers).map(stream => stream.labels) });
}

// ---------------------------------------------------------------- from the command line

/** Pushes a file of audit events, a line each, as one Kapsule-like stream, timed by its events. */
export function loadFile(store, path, labels) {
  const values = [];
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const time = /"requestReceivedTimestamp":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{6})Z"/.exec(line);
    if (time) values.push([`${Date.parse(`${time[1]}Z`) / 1000}${time[2]}000`, line]);
  }
  store.push({ streams: [{ stream: labels, values }] });
  return values.length;
}

if (import.meta.url === `file://${process.argv[1]}`) {
  const { values } = parseArgs({ options: {
    port: { type: 'string' }, token: { type: 'string' }, cors: { type: 'boolean' },
    static: { type: 'string' }, series: { type: 'string' }, load: { type: 'string' },
  } });
  const loki = await start({ ...values, port: Number(values.port ?? 0), maxSeries: Number(values.series ?? 500) });
  if (values.load) {
    loadFile(loki.store, values.load, {
      resource_type: 'kubernetes_cluster', resource_id: '11111111-2222-3333-4444-555555555555',
      resource_name: 'sample', region: 'fr-par', component: 'audit',
    });
  }
  console.log(loki.url);
}
