//! Audit log of Kubernetes, as EKS writes it: one JSON object for each stage of a request.
//!
//! `{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"..","verb":"update","user":{..},"objectRef":{..},"responseStatus":{"code":200}}`
//!
//! Values of secrets never leave: `data` and `stringData` of Secrets, and tokens and passwords wherever they stand in the
//! objects that were sent and given back. The line as it came is not kept then, whatever the configuration says.
//! Sources: Kubernetes documentation, "Auditing" and "kube-apiserver Audit Configuration (v1)"; EKS user guide, "Send control
//! plane logs to CloudWatch Logs". The semantic conventions have no names for audit events.

use bumpalo::Bump;

use crate::config::FormatName;
use crate::record::attribute;
use crate::record::draft::{Context, Draft};
use crate::record::format::tool::{line, member, request, secret};
use crate::record::format::{Format, Shape};
use crate::record::log::Log;
use crate::record::severity::Severity;
use crate::record::value::{Attribute, Members, Value};
use crate::time::{Subsecond, parse_rfc3339};

/// Told by the id of the audit event.
pub const FORMAT: Format = Format {
    name: FormatName::EksAudit,
    encoding: "aws.eks.audit",
    shape: Shape::Object {
        markers: &["auditID"],
        recognise: |members| members.has("auditID") && members.text("apiVersion").starts_with("audit.k8s.io/"),
        parse,
    },
    continues: None,
};

fn parse<'a>(mut members: Members<'a>, draft: &mut Draft<'a>, context: &Context<'a>) {
    let bump = context.bump;
    let log = &mut draft.log;
    log.body = Value::Text(human_line(&members, bump));
    take_severity(&members, log);
    if let Some((time, Subsecond::Given)) = parse_rfc3339(members.text("stageTimestamp")) {
        log.finer_time(time);
    }
    let verb = members.text("verb");
    log.text(attribute::HTTP_REQUEST_METHOD, method(verb));
    for (key, name) in [
        ("auditID", attribute::K8S_AUDIT_ID),
        ("verb", attribute::K8S_AUDIT_VERB),
        ("userAgent", attribute::USER_AGENT_ORIGINAL),
    ] {
        log.text(name, members.take_text(key).unwrap_or_default());
    }
    take_uri(members.take_text("requestURI").unwrap_or_default(), log);
    take_source(members.take("sourceIPs"), log);
    let secret = members.get("objectRef").and_then(|object| object.get("resource")) == Some(Value::Text("secrets"));
    let mut mask = Mask { bump, masked: 0 };
    for (key, name) in [
        ("annotations", attribute::K8S_AUDIT_ANNOTATIONS),
        ("requestObject", attribute::K8S_AUDIT_REQUEST_OBJECT),
        ("responseObject", attribute::K8S_AUDIT_RESPONSE_OBJECT),
    ] {
        if let Some(value) = members.take(key) {
            let secret = secret && key != "annotations";
            // An object as text, where it was too large or a patch: nothing in it can be told apart.
            let value = if secret && value.text().is_some() { mask.mask(value) } else { mask.value(value, secret) };
            log.value(name, value);
        }
    }
    take_user(members.take("user"), &mut mask, log);
    take_object(members.take("objectRef"), log, bump);
    take_response(members.take("responseStatus"), log, bump);
    for member in members.into_vec().into_iter().filter(|it| !is_told(it)) {
        let value = mask.value(member.value, false);
        member::keep_rest(log, attribute::K8S_AUDIT_PREFIX, [Attribute { key: member.key, value }], bump);
    }
    let masked = mask.masked;
    draft.masked(masked, "secrets");
}

/// What the format tells already.
fn is_told(member: &Attribute<'_>) -> bool {
    match member.key {
        "kind" => member.value == Value::Text("Event"),
        "apiVersion" => member.value == Value::Text("audit.k8s.io/v1"),
        _ => false,
    }
}

/// `update deployments shop/web by system:serviceaccount:shop:deployer 200`
fn human_line<'a>(members: &Members<'a>, bump: &'a Bump) -> &'a str {
    let of = |member: &str, key: &str| members.get(member).and_then(|it| it.get(key)?.text()).unwrap_or_default();
    let path = members.text("requestURI").split('?').next().unwrap_or_default();
    let namespace = of("objectRef", "namespace");
    let code = code(members).map_or("", |code| line::number(code, bump));
    let parts = [
        ("", members.text("verb")),
        (" ", if members.has("objectRef") { "" } else { path }),
        (" ", of("objectRef", "resource")),
        ("/", of("objectRef", "subresource")),
        (" ", namespace),
        (if namespace.is_empty() { " " } else { "/" }, of("objectRef", "name")),
        (" by ", of("user", "username")),
        (" ", code),
    ];
    line::sentence(&parts, bump)
}

fn code(members: &Members<'_>) -> Option<i64> {
    members.get("responseStatus")?.get("code")?.int()
}

/// As access logs by the code. Where that names no fault, a panic is an error, and what was forbidden a warning.
fn take_severity(members: &Members<'_>, log: &mut Log<'_>) {
    let decision = members.get("annotations").and_then(|it| it.get("authorization.k8s.io/decision"));
    let by_code = code(members).map(request::severity).unwrap_or_default();
    log.severity = match decision {
        _ if by_code > Severity::INFO => by_code,
        _ if members.text("stage") == "Panic" => Severity::ERROR,
        Some(Value::Text("forbid")) => Severity::WARN,
        _ => by_code,
    };
}

/// Verbs of requests for no resource are methods already, in small letters.
fn method(verb: &str) -> &'static str {
    match verb {
        "get" | "list" | "watch" => "GET",
        "create" | "post" | "connect" => "POST",
        "update" | "put" => "PUT",
        "patch" => "PATCH",
        "delete" | "deletecollection" => "DELETE",
        "head" => "HEAD",
        "options" => "OPTIONS",
        _ => "",
    }
}

fn take_uri<'a>(uri: &'a str, log: &mut Log<'a>) {
    let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
    log.text(attribute::URL_PATH, path);
    log.text(attribute::URL_QUERY, query);
}

/// The first address is the client's as far as proxies tell; where there are several, all are kept.
fn take_source<'a>(addresses: Option<Value<'a>>, log: &mut Log<'a>) {
    let Some(addresses) = addresses else { return };
    match addresses.list() {
        [Value::Text(address)] => log.text(attribute::CLIENT_ADDRESS, address),
        [Value::Text(address), ..] => {
            log.text(attribute::CLIENT_ADDRESS, address);
            log.attribute(attribute::K8S_AUDIT_SOURCE_IPS, addresses);
        }
        _ => log.value(attribute::K8S_AUDIT_SOURCE_IPS, addresses),
    }
}

fn take_user<'a>(user: Option<Value<'a>>, mask: &mut Mask<'a>, log: &mut Log<'a>) {
    let Some(user) = user.map(|user| mask.value(user, false)) else { return };
    if !matches!(user, Value::Map(_)) {
        return member::keep_rest(
            log,
            attribute::K8S_AUDIT_PREFIX,
            [Attribute { key: "user", value: user }],
            mask.bump,
        );
    }
    for part in user.map() {
        match part.key {
            "username" => log.value(attribute::USER_NAME, part.value),
            "uid" => log.value(attribute::USER_ID, part.value),
            _ => member::keep_rest(log, attribute::K8S_AUDIT_USER_PREFIX, [*part], mask.bump),
        }
    }
}

fn take_object<'a>(object: Option<Value<'a>>, log: &mut Log<'a>, bump: &'a Bump) {
    let Some(object) = object else { return };
    if !matches!(object, Value::Map(_)) {
        return member::keep_rest(log, attribute::K8S_AUDIT_PREFIX, [Attribute { key: "object", value: object }], bump);
    }
    let named = match object.get("resource").and_then(|it| it.text()).unwrap_or_default() {
        "pods" => attribute::K8S_POD_NAME,
        "nodes" => attribute::K8S_NODE_NAME,
        "namespaces" => attribute::K8S_NAMESPACE_NAME,
        "deployments" => attribute::K8S_DEPLOYMENT_NAME,
        "replicasets" => attribute::K8S_REPLICASET_NAME,
        "statefulsets" => attribute::K8S_STATEFULSET_NAME,
        "daemonsets" => attribute::K8S_DAEMONSET_NAME,
        "jobs" => attribute::K8S_JOB_NAME,
        "cronjobs" => attribute::K8S_CRONJOB_NAME,
        _ => attribute::K8S_AUDIT_OBJECT_NAME,
    };
    for part in object.map() {
        match part.key {
            "namespace" if named != attribute::K8S_NAMESPACE_NAME => {
                log.value(attribute::K8S_NAMESPACE_NAME, part.value);
            }
            "name" => log.value(named, part.value),
            _ => member::keep_rest(log, attribute::K8S_AUDIT_OBJECT_PREFIX, [*part], bump),
        }
    }
}

fn take_response<'a>(response: Option<Value<'a>>, log: &mut Log<'a>, bump: &'a Bump) {
    let Some(response) = response else { return };
    if !matches!(response, Value::Map(_)) {
        return member::keep_rest(
            log,
            attribute::K8S_AUDIT_PREFIX,
            [Attribute { key: "response", value: response }],
            bump,
        );
    }
    let failed = response.get("code").and_then(|code| code.int()).is_some_and(|code| code >= 400);
    for part in response.map() {
        match part.key {
            "code" => log.whole(attribute::HTTP_RESPONSE_STATUS_CODE, part.value),
            "reason" if failed => log.value(attribute::ERROR_TYPE, part.value),
            _ => member::keep_rest(log, attribute::K8S_AUDIT_RESPONSE_PREFIX, [*part], bump),
        }
    }
}

/// Takes secrets out of objects of Kubernetes.
struct Mask<'a> {
    bump: &'a Bump,
    masked: usize,
}

impl<'a> Mask<'a> {
    /// The value without secrets; `secret` where all of it is of a Secret.
    fn value(&mut self, value: Value<'a>, secret: bool) -> Value<'a> {
        let bump = self.bump;
        match value {
            Value::Map(members) => {
                let secret = secret || is_secret(value);
                let masked = members.iter().map(|it| Attribute { key: it.key, value: self.member(it, secret) });
                Value::Map(bump.alloc_slice_fill_iter(masked))
            }
            Value::List(items) => {
                Value::List(bump.alloc_slice_fill_iter(items.iter().map(|item| self.value(*item, secret))))
            }
            Value::Text(_) | Value::Int(_) | Value::Double(_) | Value::Bool(_) | Value::Null => value,
        }
    }

    fn member(&mut self, member: &Attribute<'a>, secret: bool) -> Value<'a> {
        /// The object as it was applied, data and all; and the value of one operation of a JSON patch.
        const OF_SECRETS: [&str; 4] =
            ["data", "stringData", "kubectl.kubernetes.io/last-applied-configuration", "value"];
        const ANYWHERE: [&str; 7] = [
            "token",
            "sessiontoken",
            "session_token",
            "password",
            "secretaccesskey",
            "x-amz-security-token",
            "clientsecret",
        ];
        if secret && OF_SECRETS.contains(&member.key) {
            return self.mask(member.value);
        }
        let scalar = !matches!(member.value, Value::Map(_) | Value::List(_) | Value::Bool(_));
        let named = ANYWHERE.iter().any(|name| name.eq_ignore_ascii_case(member.key));
        let listed = named && member.value.list().iter().any(|item| item.text().is_some());
        if named && (scalar || listed) { self.mask(member.value) } else { self.value(member.value, secret) }
    }

    /// The names of values stay, since they tell what was touched.
    fn mask(&mut self, value: Value<'a>) -> Value<'a> {
        if value.is_blank() {
            return value;
        }
        let Value::Map(members) = value else {
            self.masked += 1;
            return Value::Text(secret::MASK);
        };
        self.masked += members.len();
        let masked = members.iter().map(|it| Attribute { key: it.key, value: Value::Text(secret::MASK) });
        Value::Map(self.bump.alloc_slice_fill_iter(masked))
    }
}

fn is_secret(object: Value<'_>) -> bool {
    matches!(object.get("kind"), Some(Value::Text("Secret" | "SecretList")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::config::Normalize;
    use crate::record::normalize::tests::{Given, show};

    const GROUP: &str = "/aws/eks/prod/cluster";

    fn told(message: &str) -> String {
        Given { log_stream: "kube-apiserver-audit-1", ..Given::new(GROUP, &[message]) }.told().pop().unwrap()
    }

    #[test]
    fn a_request_is_a_line_that_tells_who_did_what_to_which_object() {
        let message = r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"c5f48f91-d4da-4659-97eb-56bdbcd0817c",
            "stage":"ResponseComplete","requestURI":"/apis/apps/v1/namespaces/shop/deployments/web?fieldManager=kubectl","verb":"update",
            "user":{"username":"system:serviceaccount:shop:deployer","uid":"u-1","groups":["system:authenticated"],
            "extra":{"accessKeyId":["AKIA"],"sessionName":["x"],"sessionToken":["verysecret"]}},
            "sourceIPs":["10.0.0.5"],"userAgent":"kubectl/v1.30","objectRef":{"resource":"deployments","namespace":"shop","name":"web",
            "apiGroup":"apps","apiVersion":"v1"},"responseStatus":{"metadata":{},"code":200},
            "requestReceivedTimestamp":"2020-03-05T16:30:36.200000Z","stageTimestamp":"2020-03-05T16:30:36.300001Z",
            "annotations":{"authorization.k8s.io/decision":"allow","authorization.k8s.io/reason":""}}"#;
        assert_eq!(
            told(message),
            "aws.eks.audit 9  | \"update deployments shop/web by system:serviceaccount:shop:deployer 200\" | \
             http.request.method=\"PUT\" k8s.audit.id=\"c5f48f91-d4da-4659-97eb-56bdbcd0817c\" k8s.audit.verb=\"update\" \
             user_agent.original=\"kubectl/v1.30\" url.path=\"/apis/apps/v1/namespaces/shop/deployments/web\" \
             url.query=\"fieldManager=kubectl\" client.address=\"10.0.0.5\" \
             k8s.audit.annotations={authorization.k8s.io/decision:\"allow\",authorization.k8s.io/reason:\"\"} \
             user.name=\"system:serviceaccount:shop:deployer\" user.id=\"u-1\" k8s.audit.user.groups=[\"system:authenticated\"] \
             k8s.audit.user.extra={accessKeyId:[\"AKIA\"],sessionName:[\"x\"],sessionToken:\"[redacted]\"} \
             k8s.audit.object.resource=\"deployments\" k8s.namespace.name=\"shop\" k8s.deployment.name=\"web\" \
             k8s.audit.object.api_group=\"apps\" k8s.audit.object.api_version=\"v1\" http.response.status_code=200 \
             k8s.audit.level=\"Metadata\" k8s.audit.stage=\"ResponseComplete\" \
             k8s.audit.request_received_timestamp=\"2020-03-05T16:30:36.200000Z\" \
             k8s.audit.stage_timestamp=\"2020-03-05T16:30:36.300001Z\""
        );
    }

    #[test]
    fn the_outcome_decides_the_severity() {
        let event = |rest: &str| {
            let told = told(&format!(
                r#"{{"apiVersion":"audit.k8s.io/v1","auditID":"1","verb":"get","requestURI":"/healthz?x",{rest}}}"#
            ));
            told.split(" | ").take(2).collect::<Vec<_>>().join(" | ")
        };
        assert_eq!(event(r#""responseStatus":{"code":503}"#), "aws.eks.audit 17  | \"get /healthz 503\"");
        assert_eq!(
            event(r#""responseStatus":{"code":403,"reason":"Forbidden"},"user":{"username":"eve"}"#),
            "aws.eks.audit 13  | \"get /healthz by eve 403\""
        );
        assert_eq!(
            event(r#""annotations":{"authorization.k8s.io/decision":"forbid"}"#),
            "aws.eks.audit 13  | \"get /healthz\""
        );
        assert_eq!(event(r#""stage":"Panic""#), "aws.eks.audit 17  | \"get /healthz\"");
        assert_eq!(event(r#""responseStatus":{"code":600}"#), "aws.eks.audit 0  | \"get /healthz 600\"");
        assert_eq!(event(r#""responseStatus":{"code":200}"#), "aws.eks.audit 9  | \"get /healthz 200\"");
    }

    #[test]
    fn values_of_secrets_never_leave_and_neither_does_the_line_as_it_came() {
        let message = r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"1","verb":"create",
            "objectRef":{"resource":"secrets","namespace":"shop","name":"db"},
            "requestObject":{"kind":"Secret","metadata":{"name":"db","annotations":
            {"kubectl.kubernetes.io/last-applied-configuration":"{\"data\":{\"p\":\"hidden1\"}}"}},
            "data":{"password":"hidden2"},"stringData":{"url":"hidden3"},"type":"Opaque"},
            "responseObject":{"kind":"SecretList","items":[{"data":{"a":"hidden4"}}]}}"#;
        let settings = Normalize { raw: true, ..Normalize::default() };
        let messages = [message];
        let given = Given { settings, ..Given::new(GROUP, &messages) };
        let told = given.told().pop().unwrap();
        assert!(!told.contains("hidden"), "{told}");
        assert!(
            told.contains(
                "k8s.audit.request_object={kind:\"Secret\",metadata:{name:\"db\",annotations:\
                 {kubectl.kubernetes.io/last-applied-configuration:\"[redacted]\"}},data:{password:\"[redacted]\"},stringData:{url:\"[redacted]\"},type:\"Opaque\"} \
                 k8s.audit.response_object={kind:\"SecretList\",items:[{data:{a:\"[redacted]\"}}]}"
            ),
            "{told}"
        );
        given.check(|draft| {
            let steps = draft.explain.clone().steps();
            assert!(steps.iter().any(|step| step.name == "redact" && step.detail == "masked 4 values of secrets"));
        });
    }

    #[test]
    fn tokens_patches_and_secrets_inside_of_other_objects_are_masked() {
        for (resource, object) in [
            ("serviceaccounts", r#"{"status":{"token":"hidden","expirationTimestamp":"x"}}"#),
            ("tokenreviews", r#"{"spec":{"token":"hidden"}}"#),
            ("secrets", r#"[{"op":"replace","path":"/data/a","value":"hidden"}]"#),
            ("secrets", r#""{\"data\":{\"a\":\"hidden\"}}""#),
            ("lists", r#"{"items":[{"kind":"Secret","data":{"a":"hidden"}}]}"#),
        ] {
            let told = told(&format!(
                r#"{{"apiVersion":"audit.k8s.io/v1","auditID":"1","verb":"patch","objectRef":{{"resource":"{resource}"}},"requestObject":{object}}}"#
            ));
            assert!(told.contains("[redacted]") && !told.contains("hidden"), "{told}");
        }
    }

    #[test]
    fn of_the_streams_of_a_cluster_only_the_audit_stream_is_of_audit_events() {
        use crate::record::format::choice::choose;
        let settings = Normalize::default();
        let name = |stream| choose(&settings, GROUP, stream).format.map(|format| format.name);
        assert_eq!(name("kube-apiserver-audit-1f"), Some(FormatName::EksAudit));
        assert_ne!(name("kube-apiserver-1f"), Some(FormatName::EksAudit));
        assert_ne!(name("authenticator-1f"), Some(FormatName::EksAudit));
    }

    #[test]
    fn data_of_other_objects_stays() {
        let told = told(
            r#"{"apiVersion":"audit.k8s.io/v1","auditID":"1","objectRef":{"resource":"configmaps"},"requestObject":{"kind":"ConfigMap","data":{"a":"kept"}}}"#,
        );
        assert!(told.contains("k8s.audit.request_object={kind:\"ConfigMap\",data:{a:\"kept\"}}"), "{told}");
    }

    proptest! {
        #[test]
        fn no_member_is_lost_whatever_its_type(key in 0_usize..10, value in 0_usize..6) {
            let key = ["user", "objectRef", "responseStatus", "sourceIPs", "annotations", "requestObject", "verb", "requestURI", "auditID", "userAgent"][key];
            let value = [r#""kept""#, "4711", "[\"kept\"]", r#"{"other":"kept"}"#, "[{\"a\":4711}]", "true"][value];
            let told = told(&format!(r#"{{"apiVersion":"audit.k8s.io/v1","{key}":{value},"auditID":"x"}}"#));
            let bump = Bump::new();
            let json = format!("{{\"x\":{value}}}");
            let wanted = crate::record::value::parse_object(&json, &bump).unwrap();
            let inner = show(&wanted[0].value);
            let inner = inner.trim_matches(['{', '}', '[', ']']).rsplit(':').next().unwrap().to_owned();
            prop_assert!(told.contains(&inner), "{} {}", told, inner);
        }
    }
}
