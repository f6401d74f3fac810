onmessage = async ({ data }) => {
  if (data.read) {
    const buffer = new FileReaderSync().readAsArrayBuffer(data.read);
    postMessage(buffer.byteLength);
  } else {
    const began = performance.now();
    const reader = data.drain.stream().pipeThrough(new DecompressionStream("gzip")).getReader();
    let bytes = 0;
    for (let step = await reader.read(); !step.done; step = await reader.read()) bytes += step.value.length;
    postMessage({ bytes, millis: performance.now() - began });
  }
};
postMessage("ready");
