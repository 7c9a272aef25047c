//! Who is told: from the class or receiver that a rule names to receivers.
//!
//! 1. The route that the rule asks for by its name.
//! 2. Else the first route that matches all accounts of the notification and leads the class somewhere.
//! 3. Else the receiver with the name of the class.
//!
//! A class that leads nowhere is nobody's; `Routes::leads` lets the checker say so before anything fires.

use crate::config::alerting::{Alerting, NotifyRoute, Receiver};
use crate::config::problem::{did_you_mean, quoted};
use crate::id::AccountId;
use crate::incident::{AlertShown, Notification};
use crate::predicate::account::Account;
use crate::predicate::field::Field;
use crate::predicate::{Fields, Predicate, Subject};
use crate::record::value::Value;
use crate::tenant::Directory;

/// Routes, compiled.
#[derive(Clone, Debug)]
pub struct Routes {
    routes: Vec<Route>,
    receivers: Vec<Receiver>,
}

#[derive(Clone, Debug)]
struct Route {
    written: NotifyRoute,
    matches: Option<Predicate>,
}

impl Routes {
    /// Compiles them. A route whose predicate is wrong matches nothing; `check_routes` tells of it.
    #[must_use]
    pub fn new(alerting: &Alerting) -> Self {
        let compiled = |written: &NotifyRoute| {
            let matches = match written.matches.as_deref().map(|text| Predicate::parse(text, Subject::Account)) {
                None => None,
                Some(Ok(predicate)) => Some(predicate),
                Some(Err(_)) => return None,
            };
            Some(Route { written: written.clone(), matches })
        };
        Self { routes: alerting.routes.iter().filter_map(compiled).collect(), receivers: alerting.receivers.clone() }
    }

    /// The receivers that are told of a notification, each once, in the order written; empty where its class leads nowhere.
    #[must_use]
    pub fn receivers(&self, notification: &Notification, directory: &Directory) -> Vec<&Receiver> {
        self.each(self.names(notification, directory))
    }

    /// The receivers of these names, each once.
    fn each(&self, names: Vec<&str>) -> Vec<&Receiver> {
        let mut receivers: Vec<&Receiver> = Vec::new();
        for name in names {
            let known = self.receiver(name);
            receivers.extend(known.filter(|known| receivers.iter().all(|other| other.name != known.name)));
        }
        receivers
    }

    /// The receiver of that name.
    #[must_use]
    pub fn receiver(&self, name: &str) -> Option<&Receiver> {
        self.receivers.iter().find(|receiver| receiver.name == name)
    }

    /// Whether a class leads to a receiver, for some account at least.
    ///
    /// # Errors
    /// With what is wrong, and what was meant where that can be guessed.
    pub fn leads(&self, class: &str, route: Option<&str>) -> Result<(), String> {
        if let Some(name) = route
            && !self.routes.iter().any(|route| route.written.name.as_deref() == Some(name))
        {
            let names: Vec<&str> = self.routes.iter().filter_map(|route| route.written.name.as_deref()).collect();
            return Err(format!("there is no route {}{}", quoted(name), did_you_mean(name, &names)));
        }
        let usable = |candidate: &&Route| {
            let asked_for = candidate.written.name.as_deref() == route && route.is_some();
            asked_for || !candidate.is_only_asked_for()
        };
        let in_route = self.routes.iter().filter(usable).any(|route| route.leads_to(class).is_some());
        if in_route || self.receiver(class).is_some() {
            return Ok(());
        }
        let classes = self.routes.iter().flat_map(|route| route.written.receivers.keys()).map(String::as_str);
        let names: Vec<&str> = classes.chain(self.receivers.iter().map(|receiver| receiver.name.as_str())).collect();
        Err(format!("{} is neither a receiver nor a class of a route{}", quoted(class), did_you_mean(class, &names)))
    }

    /// The receivers that a class leads to for an account, where a rule with these labels tells of it.
    #[must_use]
    pub fn told(
        &self,
        class: &str,
        route: Option<&str>,
        account: &Account<'_>,
        labels: &[(Box<str>, Box<str>)],
    ) -> Vec<&Receiver> {
        let told = Told { account, labels };
        let matches = |route: &Route| route.matches.as_ref().is_none_or(|predicate| predicate.holds(&told));
        let names = self.led(class, route, matches);
        self.each(names.map_or_else(|| vec![class], |names| names.iter().map(String::as_str).collect()))
    }

    fn names<'a>(&'a self, notification: &'a Notification, directory: &Directory) -> Vec<&'a str> {
        let class: &str = &notification.to;
        let found = self.led(class, notification.route.as_deref(), |route| route.matches(notification, directory));
        found.map_or_else(|| vec![class], |names| names.iter().map(String::as_str).collect())
    }

    /// The names in the first route that matches and leads the class somewhere; the one that is asked for comes first.
    fn led(&self, class: &str, wanted: Option<&str>, matches: impl Fn(&Route) -> bool) -> Option<&[String]> {
        let asked_for = |route: &&Route| wanted.is_some() && route.written.name.as_deref() == wanted;
        let mut candidates = self
            .routes
            .iter()
            .filter(asked_for)
            .chain(self.routes.iter().filter(|route| !route.is_only_asked_for()))
            .filter(|route| matches(route));
        candidates.find_map(|route| route.leads_to(class))
    }
}

/// An account that a rule would tell of: what the rule says of it, then what the directory says.
struct Told<'a> {
    account: &'a Account<'a>,
    labels: &'a [(Box<str>, Box<str>)],
}

impl Fields for Told<'_> {
    fn get(&self, field: &Field) -> Option<Value<'_>> {
        let label = |wanted: &str| self.labels.iter().find(|(name, _)| **name == *wanted).map(|(_, value)| value);
        if let Field::Tenant(name) | Field::Attribute(name) = field {
            return label(name).map(|value| Value::Text(value)).or_else(|| self.account.tenant(name));
        }
        self.account.get(field)
    }
}

impl Route {
    const fn is_only_asked_for(&self) -> bool {
        self.written.name.is_some() && self.matches.is_none()
    }

    fn leads_to(&self, class: &str) -> Option<&[String]> {
        self.written.receivers.get(class).map(Vec::as_slice).filter(|names| !names.is_empty())
    }

    /// Every account that is shown must match: of a fleet, those are the worst.
    fn matches(&self, notification: &Notification, directory: &Directory) -> bool {
        let Some(predicate) = &self.matches else { return true };
        let holds = |alert: &AlertShown| {
            let account = alert.account.map(|id| Account { id, entry: directory.get(id) });
            predicate.holds(&Concerned { alert, notification, account })
        };
        !notification.alerts.is_empty() && notification.alerts.iter().all(holds)
    }
}

/// The account that an alert is of, as predicates see it: what the notification says, then what the directory says.
struct Concerned<'a> {
    alert: &'a AlertShown,
    notification: &'a Notification,
    account: Option<Account<'a>>,
}

impl Fields for Concerned<'_> {
    fn get(&self, field: &Field) -> Option<Value<'_>> {
        match field {
            Field::Account => self.alert.account.as_ref().map(AccountId::as_str).map(Value::Text),
            Field::Region => not_empty(&self.alert.region),
            Field::Tenant(name) | Field::Attribute(name) => self.named(name),
            Field::Service
            | Field::Level
            | Field::Message
            | Field::LogGroup
            | Field::Bytes
            | Field::LogStream
            | Field::Source
            | Field::Event
            | Field::Namespace
            | Field::Metric
            | Field::Unit
            | Field::Dimension(_) => None,
        }
    }
}

impl Concerned<'_> {
    fn named(&self, name: &str) -> Option<Value<'_>> {
        match name {
            "id" | "tenant" => not_empty(&self.alert.tenant),
            "name" => not_empty(&self.alert.tenant_name),
            "tier" => not_empty(&self.alert.tier),
            // What the notification was made with stands over the directory of today.
            label => {
                let of_rule = self.notification.labels.get(label).map(|value| Value::Text(value));
                of_rule.or_else(|| self.account.as_ref()?.tenant(label))
            }
        }
    }
}

fn not_empty(text: &str) -> Option<Value<'_>> {
    (!text.is_empty()).then_some(Value::Text(text))
}

/// What is wrong with the predicates of routes: the key of each and the message.
#[must_use]
pub fn check_routes(alerting: &Alerting) -> Vec<(String, String)> {
    let mut problems = Vec::new();
    for (index, route) in alerting.routes.iter().enumerate() {
        let Some(text) = &route.matches else { continue };
        for fault in Predicate::parse(text, Subject::Account).err().into_iter().flatten() {
            problems.push((format!("alerting.routes[{index}].match"), fault.message));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::alerting::{Log, ReceiverKind};
    use crate::notify::samples;

    fn route(name: Option<&str>, matches: Option<&str>, receivers: &[(&str, &[&str])]) -> NotifyRoute {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        NotifyRoute {
            name: name.map(Into::into),
            matches: matches.map(Into::into),
            receivers: receivers.iter().map(|(class, list)| ((*class).to_owned(), names(list))).collect(),
        }
    }

    fn alerting() -> Alerting {
        let receiver = |name: &str| Receiver::new(name, ReceiverKind::Log(Log { alerts_max: 1 }));
        Alerting {
            receivers: ["page", "oncall", "chat", "payments", "jira"].map(receiver).into(),
            routes: vec![
                route(Some("payments"), None, &[("page", &["payments"])]),
                route(None, None, &[("page", &["oncall", "chat", "oncall"]), ("ticket", &["jira"])]),
            ],
            ..Alerting::default()
        }
    }

    fn told(alerting: &Alerting, to: &str, route: Option<&str>) -> Vec<String> {
        let notification = Notification { to: to.into(), route: route.map(Into::into), ..samples::individual() };
        let routes = Routes::new(alerting);
        let directory = Directory::new([], "tenant.id", &[]);
        let receivers = routes.receivers(&notification, &directory);
        receivers.into_iter().map(|receiver| receiver.name.clone()).collect()
    }

    #[test]
    fn a_class_leads_to_the_receivers_of_the_first_route_that_has_it() {
        assert_eq!(told(&alerting(), "page", None), ["oncall", "chat"]);
        assert_eq!(told(&alerting(), "ticket", None), ["jira"]);
    }

    #[test]
    fn an_account_that_may_be_told_of_is_looked_up_as_one_that_is() {
        let mut alerting = alerting();
        alerting.routes.insert(0, route(None, Some("tenant.team == \"payments\""), &[("page", &["payments"])]));
        let routes = Routes::new(&alerting);
        let account = Account { id: "111122223333".parse().unwrap(), entry: None };
        let told = |class, route, labels: &[(Box<str>, Box<str>)]| -> Vec<String> {
            routes.told(class, route, &account, labels).into_iter().map(|it| it.name.clone()).collect()
        };
        assert_eq!(told("page", None, &[]), ["oncall", "chat"]);
        assert_eq!(told("page", None, &[("team".into(), "payments".into())]), ["payments"]);
        assert_eq!(told("page", Some("payments"), &[]), ["payments"]);
        assert_eq!(told("chat", None, &[]), ["chat"]);
        assert_eq!(told("nobody", None, &[]), [""; 0]);
    }

    #[test]
    fn a_route_that_the_rule_asks_for_comes_first() {
        assert_eq!(told(&alerting(), "page", Some("payments")), ["payments"]);
        assert_eq!(told(&alerting(), "ticket", Some("payments")), ["jira"], "it has no tickets");
        assert_eq!(told(&alerting(), "page", Some("gone")), ["oncall", "chat"]);
    }

    #[test]
    fn else_a_class_is_the_name_of_a_receiver() {
        let alerting = Alerting { routes: Vec::new(), ..alerting() };
        assert_eq!(told(&alerting, "page", None), ["page"]);
        assert_eq!(told(&alerting, "nobody", None), [""; 0]);
    }

    #[test]
    fn a_route_is_for_the_accounts_that_it_matches() {
        let mut alerting = alerting();
        alerting.routes.insert(0, route(None, Some("tier == \"gold\""), &[("page", &["chat"])]));
        assert_eq!(told(&alerting, "page", None), ["chat"]);
        assert_eq!(told(&alerting, "ticket", None), ["jira"], "the first route that leads the class somewhere");
        alerting.routes[0].matches = Some("tier == \"free\"".into());
        assert_eq!(told(&alerting, "page", None), ["oncall", "chat"]);
        alerting.routes[0].name = Some("asked".into());
        assert_eq!(told(&alerting, "page", Some("asked")), ["oncall", "chat"], "asked for, but for other accounts");
    }

    #[test]
    fn a_predicate_that_is_wrong_is_told_of_and_matches_nothing() {
        let mut alerting = alerting();
        alerting.routes.insert(0, route(None, Some("teir == \"gold\" &&"), &[("page", &["chat"])]));
        let problems = check_routes(&alerting);
        assert!(
            !problems.is_empty() && problems.iter().all(|(key, _)| key == "alerting.routes[0].match"),
            "{problems:?}"
        );
        assert_eq!(told(&alerting, "page", None), ["oncall", "chat"]);
    }

    #[test]
    fn a_class_that_leads_nowhere_is_found_before_it_matters() {
        let routes = Routes::new(&alerting());
        assert_eq!(routes.leads("page", None), Ok(()));
        assert_eq!(routes.leads("chat", None), Ok(()));
        assert_eq!(
            routes.leads("page", Some("payment")),
            Err("there is no route \"payment\", did you mean \"payments\"?".into())
        );
        let unknown = "\"tickets\" is neither a receiver nor a class of a route, did you mean \"ticket\"?";
        assert_eq!(routes.leads("tickets", None), Err(unknown.into()));
    }

    #[test]
    fn a_predicate_sees_the_account_its_tenant_and_labels() {
        let notification = samples::individual();
        let seen = Concerned { alert: &notification.alerts[0], notification: &notification, account: None };
        let tenant = |name: &str| Field::Tenant(name.into());
        assert_eq!(seen.get(&Field::Account), Some(Value::Text("123456789012")));
        assert_eq!(seen.get(&tenant("id")), Some(Value::Text("acme")));
        assert_eq!(seen.get(&tenant("tier")), Some(Value::Text("gold")));
        assert_eq!(seen.get(&Field::Region), Some(Value::Text("eu-central-1")));
        assert_eq!(seen.get(&tenant("team")), Some(Value::Text("platform")));
        assert_eq!(seen.get(&tenant("state")), None);
        assert_eq!(seen.get(&Field::Message), None);
    }
}
