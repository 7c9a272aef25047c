//! Quotas: the table, and the API.

use super::{DAY, Filler, HOUR};
use crate::config::file;
use crate::config::problem::Code;
use crate::config::quotas::{Quotas, ServiceQuotas};

impl Filler<'_> {
    pub(super) fn quotas(&mut self, written: file::Quotas) -> Quotas {
        Quotas {
            table: self.path(written.table),
            service_quotas: written.service_quotas.map(|written| self.service_quotas(written)),
        }
    }

    fn service_quotas(&mut self, written: file::ServiceQuotas) -> ServiceQuotas {
        let default = ServiceQuotas::default();
        let regions = written.regions.unwrap_or_default();
        if regions.is_empty() && !self.problems.is_noted_under(&written.place, "regions") {
            let message = "\"regions\" is missing: quotas are those of a Region, so name those that accounts use";
            self.problems.add(Code::Missing, &written.place, message);
        }
        let service = |at| self.checked_text(Some(at), is_service);
        let services = written.services.map(|services| services.into_iter().filter_map(service).collect::<Vec<_>>());
        ServiceQuotas {
            role: self.checked_text(written.role, is_role).unwrap_or(default.role),
            external_id: self.text(written.external_id),
            services: services.filter(|services| !services.is_empty()).unwrap_or(default.services),
            regions: regions.into_iter().map(|at| at.value).collect(),
            refresh: self.period(written.refresh, HOUR..=30 * DAY, default.refresh),
            endpoint: self.url(written.endpoint),
        }
    }
}

/// Source: Service Quotas API reference, pattern of `ServiceCode`.
fn is_service(text: &str) -> Result<(), &'static str> {
    let right = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if right { Ok(()) } else { Err("is no code of a service, such as \"lambda\"") }
}

/// Source: IAM user guide, "IAM and AWS STS quotas", names of roles, with their path.
fn is_role(text: &str) -> Result<(), &'static str> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"+=,.@_-/".contains(&b);
    let right = (1..=512).contains(&text.len()) && text.bytes().all(allowed);
    if right {
        Ok(())
    } else {
        Err("is no name of a role, such as \"FaninQuotaReader\"; its account is that which is read")
    }
}
