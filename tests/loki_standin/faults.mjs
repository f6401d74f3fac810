// Failing on command: POST /standin/faults with a list of faults; each serves `times` requests
// (default 1) whose path contains `path` and whose LogQL contains `says` (default any), in order, then is gone.
//   {status, body, contentType, retryAfter}   an answer in words
//   {html: "title", status}                   a gateway's page
//   {cut: bytes}                              the answer's first bytes, then the end
//   {drop: true}                              the connection closes without an answer
//   {delayMillis}                             slow, then as usual
//   {contentType}                             the right answer under another name

export class Faults {
  waiting = [];

  set(list) {
    this.waiting = list.map(fault => ({ times: 1, path: '', says: '', ...fault }));
  }

  next(path, query) {
    const fault = this.waiting.find(f => f.times > 0 && path.includes(f.path) && query.includes(f.says));
    if (fault) fault.times -= 1;
    return fault;
  }

  /** Answers the request with the fault; true when nothing is left to do. */
  async apply(fault, response) {
    if (fault.delayMillis) await new Promise(done => setTimeout(done, fault.delayMillis));
    if (fault.drop) {
      response.socket.destroy();
      return true;
    }
    if (fault.retryAfter !== undefined) response.setHeader('Retry-After', fault.retryAfter);
    if (fault.html !== undefined) {
      response.writeHead(fault.status ?? 502, { 'Content-Type': 'text/html' });
      response.end(`<!DOCTYPE html><html><head><title>${fault.html}</title></head><body><h1>${fault.html}</h1></body></html>`);
      return true;
    }
    if (fault.status) {
      response.writeHead(fault.status, { 'Content-Type': fault.contentType ?? 'text/plain; charset=utf-8' });
      response.end(fault.body ?? '');
      return true;
    }
    return false;
  }
}
