//! The sample's incident: a CI service account's token leaks and is used from outside.
//!
//! 09:21 it is tried out and looks around; 09:24 it is refused over and over; 09:31 it reads
//! secrets; 09:48 it starts a privileged pod and opens a shell in it; 10:06 a second token,
//! found on the node, binds cluster-admin; 10:11 kube-system's secrets are read; 10:19 the
//! traces are deleted. Apart from all that, alice deletes secret prod/db-password at 09:14:03.

use super::cluster::{cluster_role, person, service_account};
use super::noise::{Noise, deployer, object};
use super::record::{Actor, Object, Record};
use super::rng::Rng;
use auditscope::model::Micros;
use auditscope::model::time::{MICROS_PER_SECOND, parse_rfc3339};

pub const ALICE: &str = "alice@example.com";
/// An address of the documentation's range (RFC 5737).
pub const STRANGE_IP: &str = "203.0.113.66";
const KUBECTL: &str = "kubectl/v1.29.2 (linux/amd64) kubernetes/4b8e819";
const PYTHON: &str = "python-requests/2.31.0";
/// Where the leaked token may read nothing.
const CLOSED_NAMESPACES: &[&str] =
    &["default", "kube-system", "argocd", "cert-manager", "external-secrets", "ingress-nginx", "monitoring", "velero"];
const ROLES: &str = "rbac.authorization.k8s.io";
const AUTHORIZATION: &str = "authorization.k8s.io";

/// Writes the story down, one step after the other.
struct Story<'a> {
    rng: &'a mut Rng,
    records: Vec<Record>,
    clock: Micros,
}

impl Story<'_> {
    fn at(&mut self, time_of_day: &str) {
        let text = format!("2026-03-03T{time_of_day}Z");
        // Invariant: the script's own times are timestamps.
        self.clock = parse_rfc3339(text.as_bytes()).unwrap_or_default();
    }

    /// The request takes some milliseconds, the next one comes within a second or two.
    fn tell(&mut self, mut record: Record) {
        let latency = 1_500 + self.rng.below(9_000) as i64;
        record.received = self.clock;
        record.staged = self.clock + latency;
        self.clock = record.staged + 80_000 + self.rng.below(1_400_000) as i64;
        self.records.push(record);
    }

    fn list(&mut self, actor: &Actor, target: Object) -> Record {
        Record::new(actor, "list", format!("{}?limit=500", target.path()), Some(target))
    }

    fn get(&mut self, actor: &Actor, target: Object) {
        self.tell(Record::new(actor, "get", target.path(), Some(target)));
    }

    fn delete(&mut self, actor: &Actor, target: Object) {
        self.tell(Record::new(actor, "delete", target.path(), Some(target)));
    }
}

fn secret(namespace: &str, name: &str) -> Object {
    object("secrets", "", "v1", namespace, name)
}

/// The scripted events, each with its times.
pub fn script(rng: &mut Rng, noise: &mut Noise) -> Vec<Record> {
    let mut story = Story { rng, records: Vec::new(), clock: 0 };
    let mut thief = deployer(STRANGE_IP, PYTHON);
    alice(&mut story, noise);
    look_around(&mut story, &thief);
    thief.agent = KUBECTL.to_string();
    be_refused(&mut story, &thief);
    read_secrets(&mut story, &thief);
    break_out(&mut story, &thief, noise);
    rise(&mut story, &thief, noise);
    clean_up(&mut story, &thief);
    story.records
}

fn alice(story: &mut Story, noise: &Noise) {
    let agent = "kubectl/v1.31.2 (darwin/arm64) kubernetes/5864a46";
    let alice = person(ALICE, "platform", agent, "10.0.3.16".to_string());
    story.at("09:13:22.410332");
    let pods = object("pods", "", "v1", "prod", "");
    let list = story.list(&alice, pods);
    story.tell(list);
    let secrets = story.list(&alice, secret("prod", ""));
    story.tell(secrets);
    story.at("09:14:03.118204");
    story.delete(&alice, secret("prod", "db-password"));
    // What it broke: the pods that mount it.
    for minute in 15..40 {
        story.at(&format!("09:{minute}:{:02}.500120", minute * 7 % 60));
        let node = story.rng.pick(&noise.cluster.nodes);
        let target = secret("prod", "db-password");
        story.tell(Record::new(&node.kubelet, "get", target.path(), Some(target)).not_found());
    }
}

fn look_around(story: &mut Story, thief: &Actor) {
    story.at("09:21:07.902113");
    for path in ["/version", "/api", "/apis"] {
        story.tell(Record::new(thief, "get", format!("{path}?timeout=32s"), None));
    }
    for _ in ["default", "ci", "prod"] {
        let review = object("selfsubjectrulesreviews", AUTHORIZATION, "v1", "", "");
        story.tell(Record::new(thief, "create", review.path(), Some(review)));
    }
    for _ in 0..34 {
        let review = object("selfsubjectaccessreviews", AUTHORIZATION, "v1", "", "");
        story.tell(Record::new(thief, "create", review.path(), Some(review)));
    }
    let namespaces = story.list(thief, object("namespaces", "", "v1", "", ""));
    story.tell(namespaces);
}

fn be_refused(story: &mut Story, thief: &Actor) {
    story.at("09:24:41.220871");
    for (resource, group) in [
        ("nodes", ""),
        ("secrets", ""),
        ("serviceaccounts", ""),
        ("clusterroles", ROLES),
        ("clusterrolebindings", ROLES),
        ("persistentvolumes", ""),
        ("validatingwebhookconfigurations", "admissionregistration.k8s.io"),
    ] {
        let refused = story.list(thief, object(resource, group, "v1", "", "")).forbidden();
        story.tell(refused);
    }
    for (resource, group) in
        [("secrets", ""), ("configmaps", ""), ("pods", ""), ("serviceaccounts", ""), ("roles", ROLES)]
    {
        for namespace in CLOSED_NAMESPACES {
            let refused = story.list(thief, object(resource, group, "v1", namespace, "")).forbidden();
            story.tell(refused);
        }
    }
    let exec = Object { subresource: "exec", ..object("pods", "", "v1", "kube-system", "etcd-control-plane-0") };
    story.tell(Record::new(thief, "create", exec.path(), Some(exec)).forbidden());
}

fn read_secrets(story: &mut Story, thief: &Actor) {
    story.at("09:31:15.004417");
    for (namespace, names) in [
        ("ci", &["registry-push", "gitlab-runner-token", "sonar-token"][..]),
        ("staging", &["db-password", "s3-backup", "smtp"]),
        ("prod", &["stripe-api-key", "s3-backup", "oidc-client", "tls-wildcard", "session-keys"]),
    ] {
        let all = story.list(thief, secret(namespace, ""));
        story.tell(all);
        for name in names {
            story.get(thief, secret(namespace, name));
        }
    }
    let gone = secret("prod", "db-password");
    story.tell(Record::new(thief, "get", gone.path(), Some(gone)).not_found());
}

const DEBUG_POD: &str = "node-debug-7x2kq";

fn break_out(story: &mut Story, thief: &Actor, noise: &Noise) {
    let node = &noise.cluster.nodes[4];
    story.at("09:48:52.771009");
    let pod = object("pods", "", "v1", "ci", DEBUG_POD);
    let uri = "/api/v1/namespaces/ci/pods?fieldManager=kubectl-create&fieldValidation=Strict".to_string();
    story.tell(
        Record::new(thief, "create", uri, Some(pod.clone()))
            .note("pod-security.kubernetes.io/audit-violations", "would violate PodSecurity \\\"baseline:latest\\\": host namespaces (hostNetwork=true, hostPID=true), hostPath volumes (volume \\\"host\\\"), privileged (container \\\"shell\\\" must not set securityContext.privileged=true)")
            .note("pod-security.kubernetes.io/enforce-policy", "privileged:latest"),
    );
    let binding = Object { subresource: "binding", ..pod.clone() };
    story.tell(Record::new(&noise.cluster.scheduler, "create", binding.path(), Some(binding)));
    let status = Object { subresource: "status", ..pod.clone() };
    story.tell(Record::new(&node.kubelet, "patch", status.path(), Some(status)));
    for _ in 0..4 {
        story.get(thief, pod.clone());
    }
    let exec = Object { subresource: "exec", ..pod };
    let uri = format!(
        "{}?command=chroot&command=%2Fhost&command=sh&container=shell&stdin=true&stdout=true&tty=true",
        exec.path()
    );
    let shell = Record::new(thief, "get", uri, Some(exec)).code(101);
    let mut started = shell.clone();
    started.stage = "ResponseStarted";
    story.tell(started);
    // The shell stays open for a good half hour.
    let opened = story.clock - 900_000;
    story.tell(shell);
    if let Some(closed) = story.records.last_mut() {
        closed.received = opened;
        closed.staged = opened + 1_871 * MICROS_PER_SECOND + 302_117;
    }
}

fn rise(story: &mut Story, thief: &Actor, noise: &Noise) {
    let binding = object("clusterrolebindings", ROLES, "v1", "", "ci-metrics");
    let uri = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings?fieldManager=kubectl-create".to_string();
    story.at("10:02:10.556001");
    story.tell(Record::new(thief, "create", uri.clone(), Some(binding.clone())).forbidden());
    // Another pod's token, read from the node's disk, used from the node's own address.
    let mut rng = Rng::new(0xb1);
    let node_ip = noise.cluster.nodes[4].kubelet.ip.clone();
    let mut stolen = service_account(&mut rng, "kube-system", "helm-operator", None, KUBECTL, node_ip);
    stolen.reason = cluster_role("helm-operator", "cluster-admin", "ServiceAccount", "helm-operator/kube-system");
    story.at("10:06:33.081250");
    let review = object("selfsubjectrulesreviews", AUTHORIZATION, "v1", "", "");
    story.tell(Record::new(&stolen, "create", review.path(), Some(review)));
    story.tell(Record::new(&stolen, "create", uri, Some(binding)));
    let admin =
        Actor { reason: cluster_role("ci-metrics", "cluster-admin", "ServiceAccount", "deployer/ci"), ..thief.clone() };
    story.at("10:11:48.390774");
    let all = story.list(&admin, secret("kube-system", ""));
    story.tell(all);
    for name in ["bootstrap-token-k3v9x2", "etcd-backup-credentials", "cloud-provider-api-key"] {
        story.get(&admin, secret("kube-system", name));
    }
    let everywhere = story.list(&admin, secret("", ""));
    story.tell(everywhere);
    let nodes = story.list(&admin, object("nodes", "", "v1", "", ""));
    story.tell(nodes);
}

fn clean_up(story: &mut Story, thief: &Actor) {
    let admin =
        Actor { reason: cluster_role("ci-metrics", "cluster-admin", "ServiceAccount", "deployer/ci"), ..thief.clone() };
    story.at("10:19:30.647215");
    story.delete(&admin, object("pods", "", "v1", "ci", DEBUG_POD));
    for _ in 0..3 {
        let name = format!("{DEBUG_POD}.{:016x}", story.rng.next() >> 3);
        story.delete(&admin, object("events", "", "v1", "ci", &name));
    }
    let events = object("events", "", "v1", "ci", "");
    story.tell(Record::new(&admin, "deletecollection", events.path(), Some(events)));
    story.delete(&admin, object("clusterrolebindings", ROLES, "v1", "", "ci-metrics"));
    // One look back, and the rights are gone.
    let refused = story.list(thief, secret("kube-system", "")).forbidden();
    story.tell(refused);
}
