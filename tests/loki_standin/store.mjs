// Streams of lines in memory, sorted by time; one of two identical lines at one nanosecond is kept.

export class Store {
  streams = new Map();

  push(body) {
    for (const { stream: labels, values } of body.streams) {
      const key = JSON.stringify(Object.entries(labels).sort());
      if (!this.streams.has(key)) this.streams.set(key, { labels, records: [], keys: new Set(), sorted: true });
      const stream = this.streams.get(key);
      for (const [nanos, line] of values) {
        const identity = `${nanos} ${line}`;
        if (stream.keys.has(identity)) continue;
        stream.keys.add(identity);
        stream.records.push({ nanos: BigInt(nanos), line });
        stream.sorted = false;
      }
    }
  }

  all() {
    for (const stream of this.streams.values()) {
      if (!stream.sorted) {
        stream.records.sort((a, b) => (a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0));
        stream.sorted = true;
      }
    }
    return [...this.streams.values()];
  }

  /** Records with from <= nanos < to, oldest first. */
  static between(stream, from, to) {
    return stream.records.slice(lowerBound(stream.records, from), lowerBound(stream.records, to));
  }
}

function lowerBound(records, nanos) {
  let low = 0;
  let high = records.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (records[middle].nanos < nanos) low = middle + 1;
    else high = middle;
  }
  return low;
}
