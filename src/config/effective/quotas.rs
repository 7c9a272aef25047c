//! The section `quotas` in the shape of the file.

use super::{Tree, map, period, text, texts};
use crate::config::quotas::{Quotas, ServiceQuotas};

pub(super) fn tree(quotas: &Quotas) -> Tree {
    map([
        ("table", quotas.table.as_ref().and_then(|path| text(path.display()))),
        ("service_quotas", quotas.service_quotas.as_ref().map(service_quotas)),
    ])
}

fn service_quotas(of: &ServiceQuotas) -> Tree {
    map([
        ("role", text(&of.role)),
        ("external_id", of.external_id.as_ref().and_then(text)),
        ("services", Some(texts(&of.services))),
        ("regions", Some(texts(&of.regions))),
        ("refresh", period(of.refresh)),
        ("endpoint", of.endpoint.as_ref().and_then(text)),
    ])
}
