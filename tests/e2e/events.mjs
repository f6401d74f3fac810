// Small audit logs, made on the spot.

const START = Date.parse("2026-03-03T09:00:00Z");

/** A timestamp so many milliseconds after 09:00, in microseconds' spelling. */
export const timestamp = (millis) => new Date(START + millis).toISOString().replace("Z", "000Z");

/** One event: number `n`, a second after the one before; `changes` override its fields. */
export function event(n, changes = {}) {
  const verb = ["get", "list", "create", "delete"][n % 4];
  const namespace = ["prod", "staging", "dev"][n % 3];
  return {
    kind: "Event",
    apiVersion: "audit.k8s.io/v1",
    level: "Metadata",
    auditID: `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`,
    stage: "ResponseComplete",
    requestURI: `/api/v1/namespaces/${namespace}/pods/pod-${n}`,
    verb,
    user: { username: n % 5 ? `user-${n % 5}@example.com` : "system:serviceaccount:ci:deployer", groups: ["system:authenticated"] },
    sourceIPs: [`10.0.0.${n % 7}`],
    userAgent: "kubectl/v1.31.0 (linux/amd64) kubernetes/abc",
    objectRef: { resource: "pods", namespace, name: `pod-${n}`, apiVersion: "v1" },
    responseStatus: { metadata: {}, code: n % 10 ? 200 : 403 },
    requestReceivedTimestamp: timestamp(n * 1000),
    stageTimestamp: timestamp(n * 1000 + 7),
    annotations: {
      "authorization.k8s.io/decision": n % 10 ? "allow" : "forbid",
      "authorization.k8s.io/reason": n % 10 ? 'RBAC: allowed by ClusterRoleBinding "b" of ClusterRole "r" to User "u"' : "",
    },
    ...changes,
  };
}

export const events = (count, from = 0) => Array.from({ length: count }, (_, index) => event(from + index));
export const lines = (list) => list.map((one) => JSON.stringify(one) + "\n").join("");
export const file = (name, content) => ({ name, buffer: Buffer.from(content) });
/** A plain log of `count` events. */
export const log = (count, name = "audit.log", from = 0) => file(name, lines(events(count, from)));
