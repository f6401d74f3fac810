//! Request and response bodies, in the size and shape of the real ones.

use super::record::{Level, Object, Record};
use super::rng::Rng;
use std::fmt::Write;

/// Raises a record's level and gives it bodies. Secrets, config maps and reviews stay at
/// Metadata, as in every policy worth copying; so do reads of long-running requests.
pub fn add(rng: &mut Rng, record: &mut Record, level: Level) {
    let Some(object) = record.object.clone() else { return };
    let secretive = matches!(object.resource, "secrets" | "configmaps" | "tokenreviews" | "subjectaccessreviews")
        || matches!(object.subresource, "token" | "log" | "exec");
    if secretive || record.verb == "watch" {
        return;
    }
    record.level = level;
    let failed = record.code >= 400;
    match record.verb {
        "create" | "update" => record.request_body = body(rng, &object),
        "patch" => record.request_body = patch(rng, &object),
        "delete" => {
            record.request_body =
                r#"{"kind":"DeleteOptions","apiVersion":"v1","propagationPolicy":"Background"}"#.to_string();
        }
        _ => {}
    }
    if level == Level::RequestResponse {
        record.response_body = match record.verb {
            _ if failed => format!(
                r#"{{"kind":"Status","apiVersion":"v1","metadata":{{}},"status":"Failure","message":"{}","code":{}}}"#,
                record.message, record.code
            ),
            "list" => list(rng, &object),
            _ => body(rng, &object),
        };
    }
}

fn patch(rng: &mut Rng, object: &Object) -> String {
    if object.subresource == "status" {
        return format!(
            r#"{{"status":{{"$setElementOrder/conditions":[{{"type":"Ready"}}],"conditions":[{{"lastHeartbeatTime":"2026-03-02T08:0{}:00Z","status":"True","type":"Ready"}}]}}}}"#,
            rng.below(10)
        );
    }
    format!(r#"{{"spec":{{"replicas":{}}}}}"#, 1 + rng.below(12))
}

fn list(rng: &mut Rng, object: &Object) -> String {
    let items: Vec<String> = (0..2 + rng.below(4)).map(|_| body(rng, object)).collect();
    format!(
        r#"{{"kind":"List","apiVersion":"{}","metadata":{{"resourceVersion":"{}"}},"items":[{}]}}"#,
        object.version,
        object.resource_version.max(1),
        items.join(",")
    )
}

fn body(rng: &mut Rng, object: &Object) -> String {
    let mut out = String::with_capacity(3000);
    let api = if object.group.is_empty() { String::new() } else { format!("{}/", object.group) } + object.version;
    let kind = kind_of(object.resource);
    // Invariant: writing to a String cannot fail, so the results are dropped.
    let _ = write!(
        out,
        r#"{{"kind":"{kind}","apiVersion":"{api}","metadata":{{"name":"{}","namespace":"{}","uid":"{}","resourceVersion":"{}","creationTimestamp":"2026-02-1{}T09:00:00Z","labels":{{"app.kubernetes.io/name":"{}","pod-template-hash":"{}"}}"#,
        object.name,
        object.namespace,
        rng.uuid(),
        48_000_000 + rng.below(1_000_000),
        rng.below(10),
        object.name.split('-').next().unwrap_or_default(),
        rng.suffix(10),
    );
    if matches!(object.resource, "pods" | "deployments" | "nodes" | "statefulsets") {
        out.push_str(r#","managedFields":[{"manager":"kube-controller-manager","operation":"Update","apiVersion":"v1","time":"2026-02-10T09:00:01Z","fieldsType":"FieldsV1","fieldsV1":{"f:metadata":{"f:labels":{".":{},"f:app.kubernetes.io/name":{},"f:pod-template-hash":{}}},"f:spec":{"f:containers":{"k:{\"name\":\"main\"}":{".":{},"f:image":{},"f:imagePullPolicy":{},"f:name":{},"f:resources":{}}},"f:restartPolicy":{},"f:schedulerName":{}}}}]"#);
    }
    match object.resource {
        "leases" => {
            let _ = write!(
                out,
                r#"}},"spec":{{"holderIdentity":"{}","leaseDurationSeconds":40,"renewTime":"2026-03-02T08:00:0{}.000000Z"}}}}"#,
                object.name,
                rng.below(10)
            );
        }
        "pods" | "deployments" | "statefulsets" => {
            let _ = write!(
                out,
                r#"}},"spec":{{"containers":[{{"name":"main","image":"registry.example.com/team/app:{}","args":["--listen=:8080","--log-format=json"],"env":[{{"name":"POD_NAME","valueFrom":{{"fieldRef":{{"apiVersion":"v1","fieldPath":"metadata.name"}}}}}},{{"name":"GREETING","value":"say \"hello\"\n"}}],"resources":{{"limits":{{"memory":"512Mi"}},"requests":{{"cpu":"100m","memory":"256Mi"}}}},"volumeMounts":[{{"name":"kube-api-access","readOnly":true,"mountPath":"/var/run/secrets/kubernetes.io/serviceaccount"}}],"livenessProbe":{{"httpGet":{{"path":"/healthz","port":8080,"scheme":"HTTP"}},"timeoutSeconds":1,"periodSeconds":10,"successThreshold":1,"failureThreshold":3}},"imagePullPolicy":"IfNotPresent"}}],"restartPolicy":"Always","terminationGracePeriodSeconds":30,"dnsPolicy":"ClusterFirst","serviceAccountName":"default","schedulerName":"default-scheduler","tolerations":[{{"key":"node.kubernetes.io/not-ready","operator":"Exists","effect":"NoExecute","tolerationSeconds":300}}]}},"status":{{"phase":"Running","podIP":"10.42.{}.{}","qosClass":"Burstable"}}}}"#,
                rng.suffix(7),
                rng.below(36),
                2 + rng.below(250)
            );
        }
        _ => {
            let _ = write!(out, r#"}},"data":{{"generation":{},"note":"{}"}}}}"#, rng.below(90), rng.suffix(24));
        }
    }
    out
}

fn kind_of(resource: &str) -> &str {
    match resource {
        "pods" => "Pod",
        "leases" => "Lease",
        "nodes" => "Node",
        "events" => "Event",
        "deployments" => "Deployment",
        "statefulsets" => "StatefulSet",
        "endpointslices" => "EndpointSlice",
        "certificates" => "Certificate",
        "applications" => "Application",
        other => other,
    }
}
