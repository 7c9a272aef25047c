//! Kubernetes on EKS.

use fastrand::Rng;
use serde_json::json;

use super::Moment;
use super::lambda::Invocation;
use super::words::{address, hex, one_of, uuid};
use crate::time::Timestamp;

pub(super) fn audit_place(random: &mut Rng, _: Timestamp) -> (String, String) {
    ("/aws/eks/shop/cluster".into(), format!("kube-apiserver-audit-{}", hex(random, 32)))
}

pub(super) fn audit(random: &mut Rng, moment: &Moment, _: &mut Invocation) -> String {
    let (verb, resource, code) = one_of(
        random,
        &[
            ("get", "pods", 200),
            ("list", "deployments", 200),
            ("update", "leases", 200),
            ("create", "pods", 201),
            ("get", "secrets", 403),
        ],
    );
    let time = format!("{}.{:06}Z", &moment.time.to_string()[..19], random.u32(..1_000_000));
    json!({
        "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata", "auditID": uuid(random), "stage": "ResponseComplete",
        "requestURI": format!("/api/v1/namespaces/shop/{resource}/web"), "verb": verb,
        "user": {"username": "system:serviceaccount:shop:web", "uid": uuid(random), "groups": ["system:serviceaccounts", "system:authenticated"]},
        "sourceIPs": [address(random)], "userAgent": "kubectl/v1.33.0",
        "objectRef": {"resource": resource, "namespace": "shop", "name": "web", "apiVersion": "v1"},
        "responseStatus": {"metadata": {}, "code": code}, "requestReceivedTimestamp": time, "stageTimestamp": time,
        "annotations": {"authorization.k8s.io/decision": if code == 403 { "forbid" } else { "allow" }, "authorization.k8s.io/reason": ""},
    })
    .to_string()
}

pub(super) fn scheduler_place(random: &mut Rng, _: Timestamp) -> (String, String) {
    ("/aws/eks/shop/cluster".into(), format!("kube-scheduler-{}", hex(random, 32)))
}

pub(super) fn klog(random: &mut Rng, moment: &Moment, _: &mut Invocation) -> String {
    let (_, month, day) = moment.time.date();
    let level = one_of(random, &['I', 'I', 'I', 'W', 'E']);
    format!(
        "{level}{month:02}{day:02} {}.{:06}      11 schedule_one.go:{}] \"Unable to schedule pod; waiting\" pod=\"shop/web-{}\"",
        &moment.time.to_string()[11..19],
        random.u32(..1_000_000),
        random.u32(100..900),
        hex(random, 5)
    )
}

pub(super) fn insights_place(random: &mut Rng, _: Timestamp) -> (String, String) {
    ("/aws/containerinsights/shop/performance".into(), format!("ip-10-0-1-{}.internal", random.u8(..)))
}

pub(super) fn insights(random: &mut Rng, moment: &Moment, _: &mut Invocation) -> String {
    json!({
        "Version": "0", "Type": "Pod", "Timestamp": moment.time.millis().to_string(), "ClusterName": "shop", "Namespace": "shop",
        "PodName": "web", "NodeName": "ip-10-0-1-17.internal", "InstanceId": format!("i-{}", hex(random, 17)),
        "CloudWatchMetrics": [{"Namespace": "ContainerInsights", "Dimensions": [["PodName", "ClusterName", "Namespace"], ["ClusterName"]],
            "Metrics": [{"Unit": "Percent", "Name": "pod_cpu_utilization"}, {"Unit": "Percent", "Name": "pod_memory_utilization"}]}],
        "pod_cpu_utilization": random.f64() * 90.0, "pod_memory_utilization": random.f64() * 70.0, "pod_number_of_containers": 1,
    })
    .to_string()
}
