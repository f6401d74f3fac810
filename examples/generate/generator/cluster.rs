//! The cast: a cluster's nodes, namespaces, workloads, service accounts and people.

use super::record::Actor;
use super::rng::Rng;

/// A deployment and the pods it has at the moment.
pub struct Workload {
    pub namespace: String,
    pub name: String,
    pub hash: String,
    pub pods: Vec<Pod>,
    /// Acts through its newest pod.
    pub account: Actor,
}

#[derive(Clone)]
pub struct Pod {
    pub name: String,
    pub uid: String,
    pub node: usize,
}

pub struct Node {
    pub name: String,
    /// Empty in a small cluster, where tokens say less about their pod.
    pub uid: String,
    pub lease_uid: String,
    pub kubelet: Actor,
}

pub struct Cluster {
    pub nodes: Vec<Node>,
    pub namespaces: Vec<String>,
    pub workloads: Vec<Workload>,
    pub people: Vec<Actor>,
    pub operators: Vec<Operator>,
    pub scheduler: Actor,
    pub controllers: Vec<Actor>,
    pub leader_lease_uid: String,
}

/// `(resource, group, version)`.
pub type ResourceKind = (&'static str, &'static str, &'static str);

/// A controller of custom resources.
pub struct Operator {
    pub actor: Actor,
    pub kinds: &'static [ResourceKind],
}

pub const KUBE_VERSION: &str = "v1.31.4 (linux/amd64) kubernetes/a78aa47";
const CONTROL_PLANE_IP: &str = "10.0.1.5";

const TEAMS: &[&str] = &["shop", "search", "billing", "identity", "media", "data", "mail", "maps"];
const STAGES: &[&str] = &["prod", "staging", "dev"];
const SERVICES: &[&str] = &["api", "web", "worker", "cache", "gateway", "scheduler", "importer"];
const FIRST_NAMES: &[&str] = &[
    "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy", "ken", "lena", "mallory", "niaj",
    "olivia", "peggy", "quentin", "rupert", "sybil", "trent", "ursula", "victor", "wendy", "xavier", "yara", "zoe",
];

/// A user object with its groups and, for a service account's token, where it was issued to.
pub fn user_json(name: &str, uid: &str, groups: &[&str], extra: &str) -> String {
    let uid = if uid.is_empty() { String::new() } else { format!(r#","uid":"{uid}""#) };
    let extra = if extra.is_empty() { String::new() } else { format!(r#","extra":{{{extra}}}"#) };
    format!(r#"{{"username":"{name}"{uid},"groups":["{}"]{extra}}}"#, groups.join(r#"",""#))
}

pub fn cluster_role(binding: &str, role: &str, kind: &str, subject: &str) -> String {
    format!(r#"RBAC: allowed by ClusterRoleBinding \"{binding}\" of ClusterRole \"{role}\" to {kind} \"{subject}\""#)
}

/// A service account's actor as it calls from `pod` on `node`.
pub fn service_account(
    rng: &mut Rng,
    namespace: &str,
    name: &str,
    pod: Option<(&Pod, &Node)>,
    agent: &str,
    ip: String,
) -> Actor {
    let user = format!("system:serviceaccount:{namespace}:{name}");
    let group = format!("system:serviceaccounts:{namespace}");
    let credential = rng.uuid();
    let mut extra = format!(r#""authentication.kubernetes.io/credential-id":["JTI={credential}"]"#);
    if let Some((pod, node)) = pod {
        extra += &format!(r#","authentication.kubernetes.io/node-name":["{}"]"#, node.name);
        if !node.uid.is_empty() {
            extra += &format!(
                r#","authentication.kubernetes.io/node-uid":["{}"],"authentication.kubernetes.io/pod-name":["{}"],"authentication.kubernetes.io/pod-uid":["{}"]"#,
                node.uid, pod.name, pod.uid
            );
        }
    }
    Actor {
        user: user_json(&user, &rng.uuid(), &["system:serviceaccounts", &group, "system:authenticated"], &extra),
        reason: cluster_role(name, name, "ServiceAccount", &format!("{name}/{namespace}")),
        name: user,
        agent: agent.to_string(),
        ip,
    }
}

pub fn person(name: &str, group: &str, agent: &str, ip: String) -> Actor {
    Actor {
        name: name.to_string(),
        user: user_json(name, "", &[group, "system:authenticated"], ""),
        agent: agent.to_string(),
        ip,
        reason: cluster_role(&format!("{group}-edit"), "edit", "Group", group),
    }
}

fn control_plane(name: &str, agent: &str) -> Actor {
    Actor {
        name: name.to_string(),
        user: user_json(name, "", &["system:authenticated"], ""),
        agent: format!("{agent}/{KUBE_VERSION}"),
        ip: CONTROL_PLANE_IP.to_string(),
        reason: cluster_role(name, name, "User", name),
    }
}

fn nodes(rng: &mut Rng, count: usize, small: bool) -> Vec<Node> {
    (0..count)
        .map(|index| {
            let name = format!("pool-{}-{}", ["general", "memory", "spot"][index % 3], rng.suffix(5));
            let user = format!("system:node:{name}");
            let kubelet = Actor {
                user: user_json(&user, "", &["system:nodes", "system:authenticated"], ""),
                name: user,
                agent: format!("kubelet/{KUBE_VERSION}"),
                ip: format!("10.0.2.{}", 10 + index),
                reason: String::new(),
            };
            Node { name, uid: if small { String::new() } else { rng.uuid() }, lease_uid: rng.uuid(), kubelet }
        })
        .collect()
}

impl Workload {
    fn new(rng: &mut Rng, nodes: &[Node], namespace: &str, name: &str) -> Workload {
        let mut workload = Workload {
            namespace: namespace.to_string(),
            name: name.to_string(),
            hash: rng.suffix(10),
            pods: Vec::new(),
            account: Actor::default(),
        };
        for _ in 0..2 + rng.below(3) {
            workload.start_pod(rng, nodes);
        }
        workload
    }

    /// Replaces nothing; adds a pod and lets the account act from it.
    pub fn start_pod(&mut self, rng: &mut Rng, nodes: &[Node]) -> Pod {
        let node = rng.below(nodes.len() as u64) as usize;
        let pod = Pod { name: format!("{}-{}-{}", self.name, self.hash, rng.suffix(5)), uid: rng.uuid(), node };
        let ip = format!("10.42.{node}.{}", 2 + rng.below(250));
        let agent = format!("{}/v2.{}.0 (linux/amd64) client-go/v0.31.0", self.name, self.name.len());
        self.account = service_account(rng, &self.namespace, &self.name, Some((&pod, &nodes[node])), &agent, ip);
        self.pods.push(pod.clone());
        pod
    }
}

const OPERATORS: &[(&str, &str, &[ResourceKind])] = &[
    (
        "argocd",
        "argocd-application-controller",
        &[("applications", "argoproj.io", "v1alpha1"), ("deployments", "apps", "v1"), ("configmaps", "", "v1")],
    ),
    (
        "cert-manager",
        "cert-manager",
        &[("certificates", "cert-manager.io", "v1"), ("certificaterequests", "cert-manager.io", "v1")],
    ),
    (
        "monitoring",
        "prometheus-operator",
        &[("servicemonitors", "monitoring.coreos.com", "v1"), ("statefulsets", "apps", "v1")],
    ),
    (
        "external-secrets",
        "external-secrets",
        &[("externalsecrets", "external-secrets.io", "v1"), ("secrets", "", "v1")],
    ),
    (
        "ingress-nginx",
        "ingress-nginx",
        &[("ingresses", "networking.k8s.io", "v1"), ("endpointslices", "discovery.k8s.io", "v1")],
    ),
    ("velero", "velero", &[("backups", "velero.io", "v1"), ("persistentvolumeclaims", "", "v1")]),
];

const CONTROLLERS: &[&str] = &[
    "replicaset-controller",
    "deployment-controller",
    "endpointslice-controller",
    "job-controller",
    "horizontal-pod-autoscaler",
    "generic-garbage-collector",
    "cronjob-controller",
    "namespace-controller",
];

impl Cluster {
    /// A small one has 6 nodes and the four best-known namespaces.
    pub fn new(rng: &mut Rng, small: bool) -> Cluster {
        let nodes = nodes(rng, if small { 6 } else { 36 }, small);
        let teams = if small { &TEAMS[..0] } else { TEAMS };
        let mut namespaces: Vec<String> =
            ["prod", "staging", "ci", "kube-system", "default"].map(str::to_string).into();
        for team in teams {
            namespaces.extend(STAGES.iter().map(|stage| format!("{team}-{stage}")));
        }
        let mut workloads = Vec::new();
        for namespace in namespaces.iter().filter(|name| *name != "kube-system" && *name != "default") {
            for service in &SERVICES[..3 + namespace.len() % 4] {
                workloads.push(Workload::new(rng, &nodes, namespace, service));
            }
        }
        let operators = OPERATORS
            .iter()
            .map(|(namespace, name, kinds)| {
                let agent = format!("{name}/v1.{}.2 (linux/amd64) kubernetes/$Format", name.len());
                let mut home = Workload::new(rng, &nodes, namespace, name);
                let pod = home.start_pod(rng, &nodes);
                let ip = format!("10.42.{}.9", pod.node);
                let actor = service_account(rng, namespace, name, Some((&pod, &nodes[pod.node])), &agent, ip);
                Operator { actor, kinds }
            })
            .collect();
        let controllers = CONTROLLERS
            .iter()
            .map(|name| {
                let agent = format!("kube-controller-manager/{KUBE_VERSION}/system:serviceaccount:kube-system:{name}");
                service_account(rng, "kube-system", name, None, &agent, CONTROL_PLANE_IP.to_string())
            })
            .collect();
        Cluster {
            people: people(),
            scheduler: control_plane("system:kube-scheduler", "kube-scheduler"),
            leader_lease_uid: rng.uuid(),
            nodes,
            namespaces,
            workloads,
            operators,
            controllers,
        }
    }
}

fn people() -> Vec<Actor> {
    const AGENTS: &[&str] = &[
        "kubectl/v1.31.2 (darwin/arm64) kubernetes/5864a46",
        "kubectl/v1.30.4 (linux/amd64) kubernetes/a51b3b7",
        "k9s/v0.32.5 (darwin/arm64) kubernetes/$Format",
        "Lens/2024.11 (win32/x64)",
        "kubectl/v1.29.9 (windows/amd64) kubernetes/87c0dc2",
    ];
    let mut people = vec![person("alice@example.com", "platform", AGENTS[0], "10.0.3.16".to_string())];
    for (index, name) in FIRST_NAMES.iter().enumerate() {
        for (other, team) in TEAMS[..2].iter().enumerate() {
            let number = index * 2 + other;
            let ip = format!("10.0.3.{}", 20 + number);
            people.push(person(&format!("{name}.{team}@example.com"), team, AGENTS[number % AGENTS.len()], ip));
        }
    }
    people
}
