//! Names that the performance logs of Container Insights give, as the semantic conventions have them. The members stay.
//!
//! Sources: CloudWatch user guide, "Container Insights performance log events for Amazon ECS" and "... for Amazon EKS and
//! Kubernetes".

use bumpalo::Bump;

use crate::record::attribute;
use crate::record::log::Log;
use crate::record::value::{Members, Value};

/// A member, or one of a map that is a member, and the attribute that it is. Of several for one attribute the first stands.
type Row = (&'static [&'static str], &'static str);

/// `PodName` of the older agents is the name of what owns the pod; the pod's own stands further in.
const EKS: &[Row] = &[
    (&["ClusterName"], attribute::K8S_CLUSTER_NAME),
    (&["NodeName"], attribute::K8S_NODE_NAME),
    (&["Namespace"], attribute::K8S_NAMESPACE_NAME),
    (&["kubernetes", "namespace_name"], attribute::K8S_NAMESPACE_NAME),
    (&["kubernetes", "pod_name"], attribute::K8S_POD_NAME),
    (&["FullPodName"], attribute::K8S_POD_NAME),
    (&["PodName"], attribute::K8S_POD_NAME),
    (&["kubernetes", "pod_id"], attribute::K8S_POD_UID),
    (&["kubernetes", "container_name"], attribute::K8S_CONTAINER_NAME),
    (&["ContainerName"], attribute::K8S_CONTAINER_NAME),
    (&["kubernetes", "docker", "container_id"], attribute::CONTAINER_ID),
    (&["kubernetes", "containerd", "container_id"], attribute::CONTAINER_ID),
    (&["InstanceId"], attribute::HOST_ID),
    (&["InstanceType"], attribute::HOST_TYPE),
];

const ECS: &[Row] = &[
    (&["ClusterName"], attribute::ECS_CLUSTER_NAME),
    (&["ServiceName"], attribute::ECS_SERVICE_NAME),
    (&["TaskId"], attribute::ECS_TASK_ID),
    (&["TaskDefinitionFamily"], attribute::ECS_TASK_FAMILY),
    (&["TaskDefinitionRevision"], attribute::ECS_TASK_REVISION),
    (&["ContainerName"], attribute::CONTAINER_NAME),
    (&["Image"], attribute::CONTAINER_IMAGE_NAME),
    (&["EC2InstanceId"], attribute::HOST_ID),
    (&["AvailabilityZone"], attribute::CLOUD_AVAILABILITY_ZONE),
];

/// Kinds of what owns a pod.
const OWNERS: [(&str, &str); 6] = [
    ("Deployment", attribute::K8S_DEPLOYMENT_NAME),
    ("DaemonSet", attribute::K8S_DAEMONSET_NAME),
    ("StatefulSet", attribute::K8S_STATEFULSET_NAME),
    ("ReplicaSet", attribute::K8S_REPLICASET_NAME),
    ("Job", attribute::K8S_JOB_NAME),
    ("CronJob", attribute::K8S_CRONJOB_NAME),
];

/// Whether it is a performance log event, with metrics or without.
pub(super) fn recognise(members: &Members<'_>) -> bool {
    members.has("Type") && members.has("ClusterName") && members.has("Timestamp")
}

/// Adds what log groups of Container Insights tell of the thing that was measured.
pub(super) fn attributes<'a>(members: &Members<'a>, log: &mut Log<'a>, log_group: &str) {
    if log_group.starts_with("/aws/ecs/containerinsights/") {
        rows(ECS, members, log);
        launch_type(members, log);
    } else if log_group.starts_with("/aws/containerinsights/") {
        rows(EKS, members, log);
        owner(members, log);
    }
}

/// What the record is about, in a few words: `Pod amazon-cloudwatch/cloudwatch-agent`. `None` where it is none of these.
pub(super) fn subject<'a>(members: &Members<'a>, bump: &'a Bump) -> Option<&'a str> {
    const NAMES: [&str; 6] = ["ContainerName", "PodName", "TaskId", "ServiceName", "NodeName", "ClusterName"];
    if !recognise(members) {
        return None;
    }
    let (kind, place) = (members.text("Type"), members.text("Namespace"));
    let name = NAMES.iter().map(|name| members.text(name)).find(|name| !name.is_empty())?;
    let slash = if place.is_empty() { "" } else { "/" };
    Some(bumpalo::format!(in bump, "{} {}{}{}", kind, place, slash, name).into_bump_str())
}

fn rows<'a>(rows: &'static [Row], members: &Members<'a>, log: &mut Log<'a>) {
    for (path, name) in rows {
        let told = log.attributes.iter().any(|attribute| attribute.key == *name) || members.has(name);
        if let Some(text) = found(members, path).and_then(|value| value.text()).filter(|_| !told) {
            log.text(name, text);
        }
    }
}

fn found<'a>(members: &Members<'a>, path: &[&str]) -> Option<Value<'a>> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(members.get(first)?, |value, name| value.get(name))
}

fn owner<'a>(members: &Members<'a>, log: &mut Log<'a>) {
    let owners = found(members, &["kubernetes", "pod_owners"]).unwrap_or(Value::Null).list();
    let Some(owner) = owners.first() else { return };
    let text = |name| owner.get(name).and_then(|value| value.text()).unwrap_or_default();
    if let Some((_, name)) = OWNERS.iter().find(|(kind, _)| *kind == text("owner_kind")) {
        log.text(name, text("owner_name"));
    }
}

/// The conventions write it small.
fn launch_type<'a>(members: &Members<'a>, log: &mut Log<'a>) {
    let launch_type = match members.text("LaunchType") {
        "EC2" => "ec2",
        "FARGATE" => "fargate",
        other => other,
    };
    log.text(attribute::ECS_LAUNCHTYPE, launch_type);
}
