// The part of LogQL that the app sends, parsed and evaluated as Loki 3 does it.
// Semantics from grafana/loki pkg/logql/log: label_filter.go (numeric filters keep what is no
// number, with an error), parser.go (a missing JSON path gives "", a clash with a stream label
// gives name_extracted), filter.go (line regexes are not anchored, label regexes are).

export class LogQLError extends Error {}

// ---------------------------------------------------------------- lexer

const PUNCTUATION = ['|=', '|~', '!=', '!~', '=~', '==', '>=', '<=', '|', '=', '>', '<', '{', '}', '(', ')', '[', ']', ',', '+', '-', '*', '/'];

function lex(text) {
  const tokens = [];
  let at = 0;
  while (at < text.length) {
    const rest = text.slice(at);
    let match;
    if ((match = /^\s+/.exec(rest))) {
      // between tokens
    } else if ((match = /^"(?:[^"\\\n]|\\.)*"/.exec(rest))) {
      tokens.push({ kind: 'string', value: unquote(match[0]), at });
    } else if ((match = /^`[^`]*`/.exec(rest))) {
      tokens.push({ kind: 'string', value: match[0].slice(1, -1), at });
    } else if ((match = /^(?:\d+(?:ms|ns|us|µs|[smhdwy]))+/.exec(rest))) {
      tokens.push({ kind: 'duration', value: duration(match[0]), at });
    } else if ((match = /^\d+(?:\.\d+)?(?:e[+-]?\d+)?/i.exec(rest))) {
      tokens.push({ kind: 'number', value: Number(match[0]), at });
    } else if ((match = /^[A-Za-z_][A-Za-z0-9_]*/.exec(rest))) {
      tokens.push({ kind: 'word', value: match[0], at });
    } else {
      const sign = PUNCTUATION.find(p => rest.startsWith(p));
      if (!sign) throw new LogQLError(`parse error at line 1, col ${at + 1}: syntax error: unexpected character '${rest[0]}'`);
      match = [sign];
      tokens.push({ kind: sign, value: sign, at });
    }
    at += match[0].length;
  }
  tokens.push({ kind: '$end', value: '$end', at: text.length });
  return tokens;
}

const ESCAPES = { n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b', f: '\f', v: '\v', '\\': '\\', '"': '"' };

/** A Go string literal's text. */
function unquote(literal) {
  return literal.slice(1, -1).replace(/\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|.)/g, (_, code) => {
    if (/^[xuU]/.test(code) && code.length > 1) return String.fromCodePoint(parseInt(code.slice(1), 16));
    if (/^[0-7]{3}$/.test(code)) return String.fromCodePoint(parseInt(code, 8));
    if (!(code in ESCAPES)) throw new LogQLError(`parse error at line 1, col 1: invalid char escape`);
    return ESCAPES[code];
  });
}

const UNIT_NANOS = { ns: 1n, us: 1000n, 'µs': 1000n, ms: 1_000_000n, s: 1_000_000_000n, m: 60_000_000_000n, h: 3_600_000_000_000n, d: 86_400_000_000_000n, w: 604_800_000_000_000n, y: 31_536_000_000_000_000n };

export function duration(text) {
  let sum = 0n;
  for (const [, number, unit] of text.matchAll(/(\d+)(ms|ns|us|µs|[smhdwy])/g)) sum += BigInt(number) * UNIT_NANOS[unit];
  return sum;
}

// ---------------------------------------------------------------- parser

const AGGREGATIONS = new Set(['sum', 'topk', 'bottomk', 'count', 'max', 'min']);
const RANGES = new Set(['count_over_time', 'rate', 'bytes_over_time']);

export function parse(text) {
  const tokens = lex(text);
  let next = 0;
  const peek = () => tokens[next];
  const fail = wanted => {
    const token = peek();
    throw new LogQLError(`parse error at line 1, col ${token.at + 1}: syntax error: unexpected ${token.kind === 'word' ? `IDENTIFIER` : token.value}${wanted ? `, expecting ${wanted}` : ''}`);
  };
  const is = kind => peek().kind === kind;
  const isWord = word => is('word') && peek().value === word;
  const take = kind => (is(kind) ? tokens[next++].value : fail(kind));
  const accept = kind => is(kind) && (next++, true);

  function expression() {
    return is('{') ? logQuery() : metric();
  }

  function metric() {
    if (accept('(')) {
      const inner = metric();
      take(')');
      return inner;
    }
    const name = take('word');
    if (RANGES.has(name)) {
      take('(');
      const log = logQuery();
      take('[');
      const range = take('duration');
      take(']');
      take(')');
      return { type: 'range', name, log, range };
    }
    if (!AGGREGATIONS.has(name)) {
      next--;
      fail();
    }
    let grouping = groupingClause();
    take('(');
    let k;
    if (name === 'topk' || name === 'bottomk') {
      k = take('number');
      take(',');
    }
    const inner = metric();
    take(')');
    grouping ??= groupingClause();
    return { type: 'aggregate', name, k, inner, grouping };
  }

  function groupingClause() {
    if (!isWord('by') && !isWord('without')) return undefined;
    const without = take('word') === 'without';
    take('(');
    const labels = [];
    while (!is(')')) {
      labels.push(take('word'));
      if (!accept(',')) break;
    }
    take(')');
    return { without, labels };
  }

  function logQuery() {
    take('{');
    const matchers = [];
    while (!is('}')) {
      const name = take('word');
      const op = ['=', '!=', '=~', '!~'].find(is) ?? fail('one of = != =~ !~');
      next++;
      matchers.push(matcher(name, op, take('string')));
      if (!accept(',')) break;
    }
    take('}');
    if (!matchers.some(m => !m.matches(''))) {
      throw new LogQLError('queries require at least one regexp or equality matcher that does not have an empty-compatible value. For instance, app=~".*" does not meet this requirement, but app=~".+" will');
    }
    const stages = [];
    for (;;) {
      const op = ['|=', '!=', '|~', '!~'].find(is);
      if (op) {
        next++;
        const texts = [take('string')];
        while (isWord('or')) {
          next++;
          texts.push(take('string'));
        }
        stages.push(lineFilter(op, texts));
      } else if (accept('|')) {
        stages.push(stage());
      } else {
        return { type: 'log', matchers, stages };
      }
    }
  }

  function stage() {
    if (isWord('json') && tokens[next + 1].kind !== '=') {
      next++;
      const fields = [];
      while (is('word')) {
        const name = take('word');
        fields.push([name, accept('=') ? jsonPath(take('string')) : [name]]);
        if (!accept(',')) break;
      }
      return fields.length ? jsonPaths(fields) : jsonAll();
    }
    if ((isWord('drop') || isWord('keep')) && tokens[next + 1].kind === 'word') {
      const keep = take('word') === 'keep';
      const names = [take('word')];
      while (accept(',')) names.push(take('word'));
      return entry => {
        for (const name of Object.keys(entry.labels)) if (names.includes(name) !== keep) delete entry.labels[name];
        return true;
      };
    }
    return orFilter();
  }

  function orFilter() {
    let left = andFilter();
    while (isWord('or')) {
      next++;
      const first = left;
      const second = andFilter();
      left = entry => first(entry) || second(entry);
    }
    return left;
  }

  function andFilter() {
    let left = labelFilter();
    while (isWord('and') || is(',')) {
      next++;
      const first = left;
      const second = labelFilter();
      // Both sides run, as in Loki: either may set the error.
      left = entry => {
        const one = first(entry);
        return second(entry) && one;
      };
    }
    return left;
  }

  function labelFilter() {
    if (accept('(')) {
      const inner = orFilter();
      take(')');
      return inner;
    }
    const name = take('word');
    const op = ['=~', '!~', '==', '!=', '>=', '<=', '=', '>', '<'].find(is) ?? fail('an operator');
    next++;
    if (is('string')) {
      if (!['=', '!=', '=~', '!~'].includes(op)) fail('a number');
      const m = matcher(name, op, take('string'));
      return entry => m.matches(name === '__error__' ? entry.error : entry.labels[name] ?? '');
    }
    if (op === '=~' || op === '!~') fail('STRING');
    const sign = accept('-') ? -1 : 1;
    const value = sign * Number(is('duration') ? fail('NUMBER') : take('number'));
    return numberFilter(name, op, value);
  }

  const parsed = expression();
  if (!is('$end')) fail();
  return parsed;
}

// ---------------------------------------------------------------- stages: entry -> keep?

function regex(source, anchored) {
  let flags = 'us';
  const inline = /^\(\?([is]+)\)/.exec(source);
  let body = source;
  if (inline) {
    if (inline[1].includes('i')) flags += 'i';
    if (!inline[1].includes('s')) flags = flags.replace('s', '');
    body = source.slice(inline[0].length);
  } else if (!anchored) {
    // RE2's dot stops at newlines unless (?s); Loki compiles label matchers with (?s).
    flags = 'u';
  }
  try {
    return new RegExp(anchored ? `^(?:${body})$` : body, flags);
  } catch (error) {
    throw new LogQLError(`parse error at line 1, col 1: error parsing regexp: ${error.message}`);
  }
}

function matcher(name, op, value) {
  if (op === '=') return { name, op, value, matches: text => text === value };
  if (op === '!=') return { name, op, value, matches: text => text !== value };
  const compiled = regex(value, true);
  return { name, op, value, matches: op === '=~' ? text => compiled.test(text) : text => !compiled.test(text) };
}

function lineFilter(op, texts) {
  const tests = texts.map(text => {
    if (op === '|=' || op === '!=') return line => line.includes(text);
    const compiled = regex(text, false);
    return line => compiled.test(line);
  });
  const wanted = op[0] === '|';
  return entry => tests.some(test => test(entry.line)) === wanted;
}

function numberFilter(name, op, value) {
  const compare = { '==': (a, b) => a === b, '=': (a, b) => a === b, '!=': (a, b) => a !== b, '>': (a, b) => a > b, '>=': (a, b) => a >= b, '<': (a, b) => a < b, '<=': (a, b) => a <= b }[op];
  return entry => {
    if (!(name in entry.labels)) return false;
    const text = entry.labels[name];
    const number = text.trim() === '' ? NaN : Number(text);
    if (Number.isNaN(number)) {
      entry.error ||= 'LabelFilterErr';
      return true;
    }
    return compare(number, value);
  };
}

function jsonPath(text) {
  const steps = [];
  let rest = text;
  while (rest) {
    const match = /^\.?([A-Za-z_][A-Za-z0-9_]*)/.exec(rest) ?? /^\["((?:[^"\\]|\\.)*)"\]/.exec(rest) ?? /^\[(\d+)\]/.exec(rest);
    if (!match) throw new LogQLError(`parse error at line 1, col 1: cannot parse expression [${text}]`);
    steps.push(/^\[\d/.test(match[0]) ? Number(match[1]) : match[1].replace(/\\(.)/g, '$1'));
    rest = rest.slice(match[0].length);
  }
  return steps;
}

function parsedLine(entry) {
  if (entry.record.json === undefined) {
    try {
      entry.record.json = JSON.parse(entry.line);
    } catch {
      entry.record.json = null;
    }
    if (typeof entry.record.json !== 'object') entry.record.json = null;
  }
  return entry.record.json;
}

const asLabel = value => (value === undefined || value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value));

function jsonPaths(fields) {
  return entry => {
    const json = parsedLine(entry);
    if (json === null) entry.error ||= 'JSONParserErr';
    for (const [name, path] of fields) {
      let value = json ?? undefined;
      for (const step of path) value = value === null || value === undefined ? undefined : value[step];
      entry.labels[name in entry.streamLabels ? `${name}_extracted` : name] = asLabel(value);
    }
    return true;
  };
}

function jsonAll() {
  const walk = (entry, prefix, value) => {
    for (const [key, inner] of Object.entries(value)) {
      const name = (prefix ? `${prefix}_` : '') + key.replace(/[^A-Za-z0-9_:]/g, '_');
      if (Array.isArray(inner) || inner === null) continue;
      if (typeof inner === 'object') walk(entry, name, inner);
      else entry.labels[name in entry.streamLabels ? `${name}_extracted` : name] = String(inner);
    }
  };
  return entry => {
    const json = parsedLine(entry);
    if (json === null) entry.error ||= 'JSONParserErr';
    else walk(entry, '', json);
    return true;
  };
}

// ---------------------------------------------------------------- evaluation

/** Runs a line through the stages: its labels at the end, or undefined when it is filtered out. */
export function run(log, stream, record) {
  const entry = { line: record.line, record, streamLabels: stream.labels, labels: { ...stream.labels }, error: '' };
  for (const stage of log.stages) if (!stage(entry)) return undefined;
  if (entry.error) entry.labels.__error__ = entry.error;
  return entry.labels;
}

export const matchesStream = (log, labels) => log.matchers.every(m => m.matches(labels[m.name] ?? ''));

/** The log query inside a metric query. */
export function innerLog(query) {
  return query.type === 'log' ? query : query.type === 'range' ? query.log : innerLog(query.inner);
}

/** The widest range inside a metric query, in nanoseconds. */
export const widestRange = query => (query.type === 'range' ? query.range : widestRange(query.inner));

const seriesKey = labels => JSON.stringify(Object.entries(labels).filter(([, v]) => v !== '').sort());

/**
 * A metric query at each of `times` (BigInt nanoseconds): Map of key -> {labels, values: Map(time index -> number)}.
 * `lines(log, from, to)` yields `[labels, nanos, bytes]` with from < nanos <= to, as Loki's ranges are.
 */
export function evaluate(query, times, lines, maxSeries, reduce = labels => labels) {
  if (query.type === 'range') {
    const series = new Map();
    const first = times[0] - query.range;
    const step = times.length > 1 ? times[1] - times[0] : 1n;
    for (const [labels, nanos, bytes] of lines(query.log, first, times[times.length - 1])) {
      if (labels.__error__) throw new LogQLError(`pipeline error: '${labels.__error__}' for series: '${JSON.stringify(labels)}'.\nUse a label filter to intentionally skip this error. (e.g | __error__!="${labels.__error__}").\nTo skip all potential errors you can match empty errors.(e.g __error__="")\nThe label filter can also be specified after unwrap. (e.g | unwrap latency | __error__="" )\n`);
      const kept = reduce(labels);
      const key = seriesKey(kept);
      let of = series.get(key);
      if (!of) series.set(key, (of = { labels: kept, values: new Map() }));
      // Times t with t - range < nanos <= t.
      let index = times.length > 1 ? Number((nanos - times[0] + step - 1n) / step) : 0;
      if (nanos <= times[0]) index = 0;
      for (; index < times.length && times[index] - query.range < nanos; index++) {
        if (times[index] < nanos) continue;
        const add = query.name === 'bytes_over_time' ? bytes : 1;
        of.values.set(index, (of.values.get(index) ?? 0) + add);
      }
    }
    if (query.name === 'rate') {
      const seconds = Number(query.range) / 1e9;
      for (const of of series.values()) for (const [index, value] of of.values) of.values.set(index, value / seconds);
    }
    return limited(series, maxSeries);
  }
  // A sum over counts needs no ungrouped series in between, so their number is not limited, as in Loki.
  if (query.name === 'sum' && query.inner.type === 'range') {
    return evaluate(query.inner, times, lines, maxSeries, labels => grouped(labels, query.grouping));
  }
  const inner = evaluate(query.inner, times, lines, query.name === 'sum' ? Infinity : maxSeries);
  if (query.name === 'topk' || query.name === 'bottomk') {
    const sign = query.name === 'topk' ? -1 : 1;
    const kept = new Map();
    times.forEach((_, index) => {
      const ranked = [...inner].filter(([, of]) => of.values.has(index)).sort((a, b) => sign * (a[1].values.get(index) - b[1].values.get(index)));
      for (const [key, of] of ranked.slice(0, query.k)) {
        if (!kept.has(key)) kept.set(key, { labels: of.labels, values: new Map() });
        kept.get(key).values.set(index, of.values.get(index));
      }
    });
    return limited(kept, maxSeries);
  }
  const groups = new Map();
  for (const of of inner.values()) {
    const labels = grouped(of.labels, query.grouping);
    const key = seriesKey(labels);
    if (!groups.has(key)) groups.set(key, { labels, values: new Map() });
    const into = groups.get(key).values;
    for (const [index, value] of of.values) {
      const old = into.get(index);
      const more = query.name === 'count' ? 1 : value;
      into.set(index, old === undefined ? more : query.name === 'max' ? Math.max(old, more) : query.name === 'min' ? Math.min(old, more) : old + more);
    }
  }
  return limited(groups, maxSeries);
}

function grouped(labels, grouping) {
  if (!grouping) return {};
  if (!grouping.without) {
    const kept = {};
    for (const name of grouping.labels) if (labels[name]) kept[name] = labels[name];
    return kept;
  }
  return Object.fromEntries(Object.entries(labels).filter(([name, value]) => value !== '' && !grouping.labels.includes(name)));
}

function limited(series, maxSeries) {
  if (series.size > maxSeries) throw new LogQLError(`maximum number of series (${maxSeries}) reached for a single query; consider reducing query cardinality by adding more specific stream selectors, reducing the time range, or aggregating results with functions like sum(), count() or topk()`);
  return series;
}
