// Failing on command: POST /standin/faults with a list of faults; each serves `times` requests
// (default 1) whose path contains `path`, whose LogQL contains `says` and which have the parameter `has`
// (default any), in order, then is gone.
//   {status, body, contentType, retryAfter}   an answer in words
//   {html: "title", status}                   a gateway's page
//   {cut: bytes}                              the answer's first bytes, then the end
//   {drop: true}                              the connection closes without an answer
//   {delayMillis}                             slow, then as usual
//   {hold: true}                              kept until the faults are set anew, then as those say
//   {contentType}                             the right answer under another name

export class Faults {
  waiting = [];
  held = [];

  set(list) {
    this.waiting = list.map(fault => ({ times: 1, path: '', says: '', ...fault }));
    for (const release of this.held.splice(0)) release();
  }

  /** The fault that this request meets, once it is no longer held. */
  async next(path, params, response) {
    const query = params.get('query') ?? '';
    const meets = f => f.times > 0 && path.includes(f.path) && query.includes(f.says) && (!f.has || params.has(f.has));
    for (;;) {
      const fault = this.waiting.find(meets);
      if (fault) fault.times -= 1;
      if (!fault?.hold) return fault;
      await new Promise(release => this.held.push(release));
      // Given up meanwhile: a fault is for those who still wait.
      if (response.destroyed) return { drop: true };
    }
  }

  /** Answers the request with the fault; true when nothing is left to do. */
  async apply(fault, response) {
    if (fault.delayMillis) await new Promise(done => setTimeout(done, fault.delayMillis));
    if (fault.drop) {
      response.socket?.destroy();
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
