//! Ordinary traffic: what a control plane, its nodes, operators and people do all day.

use super::cluster::{Cluster, Workload, cluster_role, person, service_account, user_json};
use super::record::{Actor, Object, Record};
use super::rng::Rng;

pub struct Noise {
    pub cluster: Cluster,
    pub resource_version: u64,
}

type Kind = fn(&mut Noise, &mut Rng) -> Record;

/// Of a thousand events, how many are of each kind.
const MIX: &[(u64, Kind)] = &[
    (215, Noise::node_lease),
    (105, Noise::leader_lease),
    (45, Noise::node_status),
    (40, Noise::kubelet_get_node),
    (120, Noise::watch),
    (85, Noise::pod_status),
    (25, Noise::pod_create),
    (25, Noise::pod_bind),
    (18, Noise::pod_delete),
    (45, Noise::endpoint_slice),
    (40, Noise::event_create),
    (30, Noise::token_request),
    (100, Noise::operator),
    (25, Noise::token_review),
    (22, Noise::probe),
    (30, Noise::autoscaler),
    (12, Noise::rollout),
    (13, Noise::own_config),
    (5, Noise::scanner),
];

pub fn object(
    resource: &'static str,
    group: &'static str,
    version: &'static str,
    namespace: &str,
    name: &str,
) -> Object {
    Object { resource, group, version, namespace: namespace.to_string(), name: name.to_string(), ..Object::default() }
}

impl Noise {
    pub fn new(rng: &mut Rng, small: bool) -> Noise {
        Noise { cluster: Cluster::new(rng, small), resource_version: 48_211_734 }
    }

    pub fn next(&mut self, rng: &mut Rng) -> Record {
        let mut at = rng.below(1000);
        for &(weight, kind) in MIX {
            if at < weight {
                return kind(self, rng);
            }
            at -= weight;
        }
        self.somebody(rng)
    }

    pub fn next_version(&mut self) -> u64 {
        self.resource_version += 3;
        self.resource_version
    }

    fn workload<'a>(&'a self, rng: &mut Rng) -> &'a Workload {
        rng.pick_skewed(&self.cluster.workloads)
    }

    fn node_lease(&mut self, rng: &mut Rng) -> Record {
        let resource_version = self.next_version();
        let node = rng.pick(&self.cluster.nodes);
        let lease = Object {
            uid: node.lease_uid.clone(),
            resource_version,
            ..object("leases", "coordination.k8s.io", "v1", "kube-node-lease", &node.name)
        };
        let uri = format!("{}?timeout=10s", lease.path());
        let record = Record::new(&node.kubelet, "update", uri, Some(lease));
        if rng.chance(4) { record.conflict() } else { record }
    }

    fn leader_lease(&mut self, rng: &mut Rng) -> Record {
        let resource_version = self.next_version();
        let name = ["kube-scheduler", "kube-controller-manager", "cert-manager-controller", "argocd-leader"];
        let which = rng.below(4) as usize;
        let actor = match which {
            0 => &self.cluster.scheduler,
            1 => &self.cluster.controllers[0],
            other => &self.cluster.operators[other - 2].actor,
        };
        let namespace = if which < 2 { "kube-system" } else { ["cert-manager", "argocd"][which - 2] };
        let mut lease = object("leases", "coordination.k8s.io", "v1", namespace, name[which]);
        let uri = format!("{}?timeout=5s", lease.path());
        if rng.chance(500) {
            return Record::new(actor, "get", uri, Some(lease));
        }
        lease.uid = self.cluster.leader_lease_uid.clone();
        lease.resource_version = resource_version;
        Record::new(actor, "update", uri, Some(lease))
    }

    fn node_status(&mut self, rng: &mut Rng) -> Record {
        let node = rng.pick(&self.cluster.nodes);
        let status = Object { subresource: "status", ..object("nodes", "", "v1", "", &node.name) };
        Record::new(&node.kubelet, "patch", format!("{}?timeout=10s", status.path()), Some(status))
    }

    fn kubelet_get_node(&mut self, rng: &mut Rng) -> Record {
        let node = rng.pick(&self.cluster.nodes);
        let target = object("nodes", "", "v1", "", &node.name);
        let uri = format!("{}?resourceVersion=0&timeout=10s", target.path());
        Record::new(&node.kubelet, "get", uri, Some(target))
    }

    fn watch(&mut self, rng: &mut Rng) -> Record {
        const KINDS: &[(&str, &str, &str)] = &[
            ("pods", "", "v1"),
            ("services", "", "v1"),
            ("endpointslices", "discovery.k8s.io", "v1"),
            ("configmaps", "", "v1"),
            ("nodes", "", "v1"),
            ("replicasets", "apps", "v1"),
            ("persistentvolumes", "", "v1"),
            ("customresourcedefinitions", "apiextensions.k8s.io", "v1"),
            ("clusterroles", "rbac.authorization.k8s.io", "v1"),
        ];
        let version = self.resource_version;
        let seconds = 300 + rng.below(300);
        let tail = format!(
            "resourceVersion={version}&timeout={}m{}s&timeoutSeconds={seconds}&watch=true",
            seconds / 60,
            seconds % 60
        );
        let stage = if rng.chance(500) { "ResponseStarted" } else { "ResponseComplete" };
        let mut record = if rng.chance(450) {
            let node = rng.pick(&self.cluster.nodes);
            let namespace = rng.pick(&self.cluster.namespaces);
            let map = object("configmaps", "", "v1", namespace, "kube-root-ca.crt");
            let list = Object { name: String::new(), ..map.clone() };
            let uri = format!(
                "{}?allowWatchBookmarks=true&fieldSelector=metadata.name%3Dkube-root-ca.crt&{tail}",
                list.path()
            );
            Record::new(&node.kubelet, "watch", uri, Some(map))
        } else {
            let (resource, group, version) = *rng.pick(KINDS);
            let target = object(resource, group, version, "", "");
            let actor = if rng.chance(600) {
                rng.pick(&self.cluster.controllers)
            } else {
                &rng.pick(&self.cluster.operators).actor
            };
            Record::new(actor, "watch", format!("{}?allowWatchBookmarks=true&{tail}", target.path()), Some(target))
        };
        record.stage = stage;
        record
    }

    fn pod_status(&mut self, rng: &mut Rng) -> Record {
        let workload = self.workload(rng);
        let pod = rng.pick(&workload.pods);
        let status = Object { subresource: "status", ..object("pods", "", "v1", &workload.namespace, &pod.name) };
        let record = Record::new(&self.cluster.nodes[pod.node].kubelet, "patch", status.path(), Some(status));
        if rng.chance(15) { record.not_found() } else { record }
    }

    fn pod_create(&mut self, rng: &mut Rng) -> Record {
        let Cluster { workloads, nodes, controllers, .. } = &mut self.cluster;
        let at = rng.below(workloads.len() as u64) as usize;
        let pod = workloads[at].start_pod(rng, nodes);
        let target = object("pods", "", "v1", &workloads[at].namespace, &pod.name);
        let uri = Object { name: String::new(), ..target.clone() }.path();
        Record::new(&controllers[0], "create", uri, Some(target))
            .note("pod-security.kubernetes.io/enforce-policy", "baseline:latest")
    }

    fn pod_bind(&mut self, rng: &mut Rng) -> Record {
        let workload = self.workload(rng);
        let Some(pod) = workload.pods.last() else { return self.probe(rng) };
        let target = Object {
            subresource: "binding",
            uid: pod.uid.clone(),
            ..object("pods", "", "v1", &workload.namespace, &pod.name)
        };
        Record::new(&self.cluster.scheduler, "create", target.path(), Some(target))
    }

    fn pod_delete(&mut self, rng: &mut Rng) -> Record {
        let at = rng.below(self.cluster.workloads.len() as u64) as usize;
        let workload = &mut self.cluster.workloads[at];
        if workload.pods.len() < 2 {
            return self.pod_create(rng);
        }
        let pod = workload.pods.remove(0);
        let target = object("pods", "", "v1", &workload.namespace, &pod.name);
        let kubelet = rng.chance(700);
        let actor = if kubelet { &self.cluster.nodes[pod.node].kubelet } else { &self.cluster.controllers[0] };
        let record = Record::new(actor, "delete", target.path(), Some(target));
        if rng.chance(40) { record.not_found() } else { record }
    }

    fn endpoint_slice(&mut self, rng: &mut Rng) -> Record {
        let resource_version = self.next_version();
        let workload = self.workload(rng);
        let name = format!("{}-{}", workload.name, &workload.hash[..5]);
        let slice = Object {
            resource_version,
            uid: workload.pods.first().map(|pod| pod.uid.clone()).unwrap_or_default(),
            ..object("endpointslices", "discovery.k8s.io", "v1", &workload.namespace, &name)
        };
        let record = Record::new(&self.cluster.controllers[2], "update", slice.path(), Some(slice));
        if rng.chance(30) { record.conflict() } else { record }
    }

    fn event_create(&mut self, rng: &mut Rng) -> Record {
        let workload = self.workload(rng);
        let pod = rng.pick(&workload.pods);
        let name = format!("{}.{:016x}", pod.name, rng.next() >> 3);
        let target = object("events", "", "v1", &workload.namespace, &name);
        let uri = Object { name: String::new(), ..target.clone() }.path();
        Record::new(&self.cluster.nodes[pod.node].kubelet, "create", uri, Some(target))
    }

    fn token_request(&mut self, rng: &mut Rng) -> Record {
        let workload = self.workload(rng);
        let pod = rng.pick(&workload.pods);
        let target =
            Object { subresource: "token", ..object("serviceaccounts", "", "v1", &workload.namespace, &workload.name) };
        let credential = rng.uuid();
        Record::new(&self.cluster.nodes[pod.node].kubelet, "create", target.path(), Some(target))
            .note("authentication.kubernetes.io/issued-credential-id", format!("JTI={credential}"))
    }

    fn operator(&mut self, rng: &mut Rng) -> Record {
        let resource_version = self.next_version();
        let operator = rng.pick(&self.cluster.operators);
        let (resource, group, version) = *rng.pick(operator.kinds);
        let workload = rng.pick_skewed(&self.cluster.workloads);
        let target = object(resource, group, version, &workload.namespace, &workload.name);
        let path = target.path();
        match rng.below(10) {
            0..=1 => {
                let all = object(resource, group, version, "", "");
                Record::new(&operator.actor, "list", format!("{}?limit=500&resourceVersion=0", all.path()), Some(all))
            }
            2..=6 => Record::new(&operator.actor, "get", path, Some(target)),
            7..=8 => Record::new(
                &operator.actor,
                "patch",
                format!("{path}?fieldManager={resource}&force=true"),
                Some(target),
            ),
            _ => {
                let uid = workload.pods.first().map(|pod| pod.uid.clone()).unwrap_or_default();
                let status = Object { subresource: "status", resource_version, uid, ..target };
                let record = Record::new(&operator.actor, "update", status.path(), Some(status));
                if rng.chance(120) { record.conflict() } else { record }
            }
        }
    }

    fn token_review(&mut self, rng: &mut Rng) -> Record {
        let (resource, group) =
            *rng.pick(&[("tokenreviews", "authentication.k8s.io"), ("subjectaccessreviews", "authorization.k8s.io")]);
        let review = object(resource, group, "v1", "", "");
        let node = rng.pick(&self.cluster.nodes);
        Record::new(&node.kubelet, "create", review.path(), Some(review))
    }

    fn probe(&mut self, rng: &mut Rng) -> Record {
        let mut anonymous =
            person("system:anonymous", "system:unauthenticated", "kube-probe/1.31", "10.0.1.2".to_string());
        let public = "system:public-info-viewer";
        anonymous.reason = cluster_role(public, public, "Group", "system:unauthenticated");
        let path = *rng.pick(&["/livez", "/readyz", "/healthz", "/version"]);
        Record::new(&anonymous, "get", path.to_string(), None)
    }

    fn autoscaler(&mut self, rng: &mut Rng) -> Record {
        let workload = self.workload(rng);
        let actor = &self.cluster.controllers[4];
        if rng.chance(500) {
            let scale = Object {
                subresource: "scale",
                ..object("deployments", "apps", "v1", &workload.namespace, &workload.name)
            };
            return Record::new(actor, "get", scale.path(), Some(scale));
        }
        let metrics = object("pods", "metrics.k8s.io", "v1beta1", &workload.namespace, "");
        let uri = format!("{}?labelSelector=app%3D{}", metrics.path(), workload.name);
        let record = Record::new(actor, "list", uri, Some(metrics));
        if rng.chance(10) { record.code(503) } else { record }
    }

    fn rollout(&mut self, rng: &mut Rng) -> Record {
        let deployer = deployer("10.42.7.31", "helm/v3.16.3");
        let workload = self.workload(rng);
        let target = object("deployments", "apps", "v1", &workload.namespace, &workload.name);
        let uri = format!("{}?fieldManager=helm", target.path());
        Record::new(&deployer, "patch", uri, Some(target))
    }

    fn own_config(&mut self, rng: &mut Rng) -> Record {
        let workload = self.workload(rng);
        let (resource, name) = *rng.pick(&[("configmaps", "settings"), ("secrets", "credentials"), ("pods", "")]);
        let target = object(resource, "", "v1", &workload.namespace, name);
        let verb = if name.is_empty() { "list" } else { "get" };
        let record = Record::new(&workload.account, verb, target.path(), Some(target));
        match rng.below(20) {
            0..=1 => record.forbidden(),
            2 => record.not_found(),
            _ => record,
        }
    }

    fn scanner(&mut self, rng: &mut Rng) -> Record {
        let agent = "Mozilla/5.0 zgrab/0.x";
        let ip = format!("198.51.100.{}", 1 + rng.below(254));
        let anonymous = person("system:anonymous", "system:unauthenticated", agent, ip);
        let path = *rng.pick(&["/", "/api", "/api/v1/secrets", "/.env", "/metrics"]);
        let mut record = Record::new(&anonymous, "get", path.to_string(), None);
        record.message = format!("forbidden: User \\\"system:anonymous\\\" cannot get path \\\"{path}\\\"");
        record.allowed = Some(false);
        record.code(403)
    }

    fn somebody(&mut self, rng: &mut Rng) -> Record {
        let human = rng.pick_skewed(&self.cluster.people).clone();
        let workload = self.workload(rng);
        let pod = rng.pick(&workload.pods);
        let namespace = &workload.namespace;
        let pods = object("pods", "", "v1", namespace, "");
        let one = object("pods", "", "v1", namespace, &pod.name);
        let deployment = object("deployments", "apps", "v1", namespace, &workload.name);
        match rng.below(20) {
            0..=5 => Record::new(&human, "list", format!("{}?limit=500", pods.path()), Some(pods)),
            6..=9 => Record::new(&human, "get", one.path(), Some(one)),
            10..=11 => {
                let log = Object { subresource: "log", ..one };
                Record::new(
                    &human,
                    "get",
                    format!("{}?container=main&follow=true&tailLines=200", log.path()),
                    Some(log),
                )
            }
            12..=13 => {
                let uri =
                    format!("{}?fieldManager=kubectl-client-side-apply&fieldValidation=Strict", deployment.path());
                Record::new(&human, "patch", uri, Some(deployment))
            }
            14 => {
                let uri = format!("{}?dryRun=All&fieldManager=kubectl-client-side-apply", deployment.path());
                Record::new(&human, "patch", uri, Some(deployment))
            }
            15 => Record::new(&human, "delete", one.path(), Some(one)),
            16 => {
                let exec = Object { subresource: "exec", ..one };
                let uri = format!("{}?command=sh&container=main&stdin=true&stdout=true&tty=true", exec.path());
                Record::new(&human, "get", uri, Some(exec)).code(101)
            }
            17 => {
                let secret = object("secrets", "", "v1", namespace, "credentials");
                let record = Record::new(&human, "get", secret.path(), Some(secret));
                if rng.chance(600) { record.forbidden() } else { record }
            }
            18 => {
                let mut record = Record::new(&human, "list", pods.path(), Some(pods));
                record.impersonated = user_json("support@example.com", "", &["system:authenticated"], "");
                record
            }
            _ => Record::new(&human, "get", "/apis?timeout=32s".to_string(), None),
        }
    }
}

/// The CI system's service account: the one whose token leaks in the sample.
pub fn deployer(ip: &str, agent: &str) -> Actor {
    // One credential for the day, so that the leak can be followed by it.
    service_account(&mut Rng::new(0xc1), "ci", "deployer", None, agent, ip.to_string())
}
