// The physical limits in a tab: merely reading a File, merely draining it through gzip.
const SLICE_BYTES = 16 * 1024 * 1024;

const chosen = () => document.querySelector("#file").files[0];

function worker() {
  const started = new Worker("worker.js");
  return { started, ready: new Promise((resolve) => started.addEventListener("message", resolve, { once: true })) };
}

const answer = (of, question) =>
  new Promise((resolve) => {
    of.addEventListener("message", (message) => resolve(message.data), { once: true });
    of.postMessage(question);
  });

/** Milliseconds in which `count` workers read the whole file, slice by slice. */
window.readOnly = async (count) => {
  const file = chosen();
  const workers = Array.from({ length: count }, worker);
  await Promise.all(workers.map((one) => one.ready));
  let next = 0;
  const began = performance.now();
  const drive = async ({ started }) => {
    while (next < file.size) {
      const from = next;
      next += SLICE_BYTES;
      await answer(started, { read: file.slice(from, from + SLICE_BYTES) });
    }
  };
  await Promise.all(workers.map(drive));
  const millis = performance.now() - began;
  workers.forEach(({ started }) => started.terminate());
  return millis;
};

/** Milliseconds and bytes of draining the file through DecompressionStream, in a worker. */
window.drainGzip = async () => {
  const one = worker();
  await one.ready;
  const told = await answer(one.started, { drain: chosen() });
  one.started.terminate();
  return told;
};
