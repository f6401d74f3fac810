// The same events as other tools export them, for the bench: a Loki answer, and GKE's LogEntry lines.
import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { once } from "node:events";
import { createInterface } from "node:readline";

const NANOS_PER_MILLI = 1_000_000n;
const received = (event) => event.requestReceivedTimestamp ?? event.stageTimestamp;

/** One line of JSON as an entry of a Loki stream. */
function lokiEntry(line, event) {
  const nanos = (BigInt(Date.parse(received(event))) * NANOS_PER_MILLI).toString();
  return JSON.stringify([nanos, line]);
}

/** The event as Cloud Logging keeps it: one timestamp, the status in gRPC's words. */
function gkeEntry(event) {
  const ref = event.objectRef ?? {};
  const group = ref.apiGroup ? `io.k8s.${ref.apiGroup}.v1` : "io.k8s.core.v1";
  const path = ["core/v1", ref.namespace && `namespaces/${ref.namespace}`, ref.resource, ref.name].filter(Boolean).join("/");
  return JSON.stringify({
    insertId: event.auditID,
    logName: "projects/bench/logs/cloudaudit.googleapis.com%2Factivity",
    operation: { first: true, id: event.auditID, last: true, producer: "k8s.io" },
    protoPayload: {
      "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
      authenticationInfo: { principalEmail: event.user?.username },
      authorizationInfo: [{ granted: true, permission: `${group}.${ref.resource}.${event.verb}`, resource: path }],
      methodName: `${group}.${ref.resource}.${event.verb}`,
      requestMetadata: { callerIp: event.sourceIPs?.[0], callerSuppliedUserAgent: event.userAgent },
      resourceName: path,
      serviceName: "k8s.io",
      status: {},
    },
    receiveTimestamp: event.stageTimestamp,
    resource: { labels: { cluster_name: "bench", location: "europe-west1-b", project_id: "bench" }, type: "k8s_cluster" },
    timestamp: received(event),
  });
}

const SHAPES = {
  loki: {
    head: '{"status":"success","data":{"resultType":"streams","result":[{"stream":{"cluster":"bench","component":"audit"},"values":[',
    entry: lokiEntry,
    between: ",",
    tail: "]}],\"stats\":{}}}",
  },
  gke: { head: "", entry: (_, event) => gkeEntry(event), between: "\n", tail: "\n" },
};

/** Writes the events of `plain` (JSON lines) to `path` in that shape; made once. */
export async function wrapped(plain, path, shape) {
  if (existsSync(path)) return path;
  const { head, entry, between, tail } = SHAPES[shape];
  const out = createWriteStream(path);
  out.write(head);
  let first = true;
  for await (const line of createInterface({ input: createReadStream(plain) })) {
    if (!out.write((first ? "" : between) + entry(line, JSON.parse(line)))) await once(out, "drain");
    first = false;
  }
  out.end(tail);
  await once(out, "close");
  return path;
}
