//! The section `page` as an operator writes it.

use std::net::IpAddr;

use schemars::{Schema, json_schema};

use crate::config::Secret;
use crate::config::page::StoredLogs;
use crate::config::problem::Code;
use crate::config::read::{Amount, At, FromText, Pairs, Period, Size, choices, section};

section! {
    /// The fleet page, its API and its store. Without tokens and proxy only the machine that Fanin runs on may see them.
    Page {
        /// Who may see the page and use its API.
        access: PageAccess,
        /// What is kept for the page: a window, not the backend of record.
        store: PageStore,
        /// Links that lead out, by name, such as `console` or `grafana`: URLs in which `{account_id}`, `{tenant}`, `{region}`,
        /// `{from}`, `{to}` (milliseconds since 1970) and `{query}` are filled in.
        links: Pairs<At<String>>,
        /// Views that a team shares.
        views: Vec<PageView>,
        /// How long a silence may last. Default `7d`; from `1h` to `365d`.
        silence_max: At<Period>,
        /// After how long without anything an account is shown as silent, unless it usually says nothing for longer. Default
        /// `15m`; from `1m` to `1d`.
        silent_after: At<Period>,
        /// What telemetry costs, so that accounts can be told their share. Default: no prices are shown.
        price: PagePrice,
    }
}

section! {
    /// Who may see the page and use its API.
    PageAccess {
        /// Tokens: `Authorization: Bearer`, or typed into the page once.
        tokens: Vec<PageToken>,
        /// A proxy in front that knows who asks.
        proxy: PageProxy,
    }
}

section! {
    /// A token and what it is good for.
    PageToken {
        /// Name of who has it, for logs and as the author of silences; never the token itself.
        name: At<String>,
        /// The token, of at least 16 characters. Best from outside: `${file:/run/secrets/page}`.
        token: At<Secret>,
        /// Ids of the only tenants whose accounts it shows. Default: the whole fleet.
        tenants: Vec<At<String>>,
        /// Whether it may silence, acknowledge and replay. Default `false`.
        write: At<bool>,
    }
}

section! {
    /// A proxy that tells who asks, in headers that it sets itself and takes away from what others send.
    PageProxy {
        /// Header with the name of who asks, such as `X-Forwarded-User`. Requests without it need a token.
        user_header: At<String>,
        /// Header with the ids of the tenants that are shown, separated by commas. Where it is absent or empty, the fleet is.
        tenants_header: At<String>,
        /// Names that may silence, acknowledge and replay; `"*"` for all. Default: none.
        writers: Vec<At<String>>,
        /// Addresses that the proxy comes from. Default: this machine.
        from: Vec<At<IpAddr>>,
    }
}

section! {
    /// What is kept for the page.
    PageStore {
        /// Log records that are kept: `all` (the default), `errors`, or `off`, where they are read in a backend.
        logs: At<StoredLogs>,
        /// Size of the file at most. Default `2GiB`; from `16MiB` to `1024GiB`. When it is full the oldest records go.
        size_max: At<Size>,
        /// How long log records are kept at most. Default `3d`; from `1h` to `90d`.
        age_max: At<Period>,
        /// The file. Default: `page.sqlite` in the folder of `storage.state`, or for temporary files where that is no folder.
        file: At<String>,
    }
}

section! {
    /// A view that a team shares.
    PageView {
        /// What it is called.
        name: At<String>,
        /// Where it leads, from the root of the page: `?group=ou&state=critical`, `alerts?by=tenant`.
        url: At<String>,
    }
}

section! {
    /// What telemetry costs.
    PagePrice {
        /// Of a gigabyte (1,000,000,000 bytes) of log messages and metric data, such as `0.50`.
        per_gigabyte: At<Amount>,
        /// Of 1,000 updates of metrics in a metric stream, such as `0.003`.
        per_1000_metric_updates: At<Amount>,
        /// Of a gigabyte of records as Kinesis and Firehose deliver them, mostly compressed, such as `0.08`.
        per_gigabyte_streamed: At<Amount>,
        /// The currency of all prices. Default `USD`.
        currency: At<String>,
        /// Other prices of Regions, by their names. They count for the accounts whose Region the directory names.
        regions: Pairs<RegionPrice>,
    }
}

section! {
    /// Prices of a Region, each in place of the general one.
    RegionPrice {
        /// Of a gigabyte (1,000,000,000 bytes) of log messages and metric data.
        per_gigabyte: At<Amount>,
        /// Of 1,000 updates of metrics in a metric stream.
        per_1000_metric_updates: At<Amount>,
        /// Of a gigabyte of records as Kinesis and Firehose deliver them.
        per_gigabyte_streamed: At<Amount>,
    }
}

choices! { StoredLogs { "off" => Self::Off, "errors" => Self::Errors, "all" => Self::All, } }

impl FromText for IpAddr {
    const WANTED: &'static str = "an IP address, such as \"10.0.0.5\"";

    fn from_text(text: &str) -> Result<Self, (Code, String)> {
        text.parse().map_err(|_| (Code::Value, "is not an IP address, such as \"10.0.0.5\"".into()))
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string", "examples": ["10.0.0.5"] })
    }
}
