//! The section `quotas` as an operator writes it.

use crate::config::read::{At, Period, section};
use crate::id::Region;

section! {
    /// How much AWS allows each account. What accounts use comes in metric streams, which carry no quotas.
    Quotas {
        /// A table of quotas that people keep, YAML or CSV; read again when it changes. See `docs/quotas.md`.
        table: At<String>,
        /// The Service Quotas API, asked in each account by a role that may only read. Default: it is not asked.
        service_quotas: ServiceQuotas,
    }
}

section! {
    /// The Service Quotas API, asked in each active account of the directory.
    ServiceQuotas {
        /// Name of the role in each account. Default `FaninQuotaReader`. It needs `servicequotas:ListServiceQuotas` and
        /// `servicequotas:ListAWSDefaultServiceQuotas`.
        role: At<String>,
        /// The external id that the role asks for. Default: none.
        external_id: At<String>,
        /// Codes of the services whose quotas are read. Default `lambda`, `ec2`, `fargate`.
        services: Vec<At<String>>,
        /// Regions whose quotas are read.
        regions: Vec<At<Region>>,
        /// How old what was read of an account may become. Default `24h`; from `1h` to `30d`. Accounts are read one after the other,
        /// at most five calls a second.
        refresh: At<Period>,
        /// URL of another endpoint than AWS, for tests and emulators.
        endpoint: At<String>,
    }
}
