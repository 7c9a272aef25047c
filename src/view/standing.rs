//! How accounts stand with their quotas, as lists show it.

use crate::api::quotas::{QuotaForecast, QuotaRequest, QuotaUse};
use crate::quota::forecast::{Forecast, HOURS_MIN};
use crate::quota::request::request;
use crate::quota::standing::Standing;
use crate::tenant::{Entry, UNASSIGNED};

/// One quota of one account.
#[must_use]
pub fn shown(standing: &Standing, entry: Option<&Entry>) -> QuotaUse {
    let value = standing.value.as_ref();
    let asked = request(standing, entry);
    QuotaUse {
        account: standing.account.to_string(),
        tenant: entry.map_or(UNASSIGNED, |entry| &entry.tenant).to_owned(),
        account_name: entry.and_then(|entry| entry.name.clone()).unwrap_or_default(),
        region: standing.region.to_string(),
        service: standing.service.to_string(),
        quota: standing.key.as_ref().map(|key| key.code.to_string()),
        name: standing.name.to_string(),
        used: standing.used.map(|(used, _)| used),
        used_at: standing.used.map(|(_, at)| at.into()),
        peak: standing.peak,
        value: value.map(|value| value.value),
        source: value.map(|value| value.source.as_str().to_owned()),
        owner: value.and_then(|value| value.owner.as_deref().map(str::to_owned)),
        share: standing.share(),
        forecast: forecast(standing),
        request: asked.map(|asked| QuotaRequest { desired: asked.desired, text: asked.text, command: asked.command }),
    }
}

fn forecast(standing: &Standing) -> QuotaForecast {
    let (kind, at, text) = match standing.forecast {
        Forecast::Unknown => ("unknown", None, unknown(standing).to_owned()),
        Forecast::Reached => ("reached", None, "used up".to_owned()),
        Forecast::TooShort { hours } => {
            ("not_enough_history", None, format!("{hours} hours are known of {HOURS_MIN} that a forecast needs"))
        }
        Forecast::NotGrowing => ("not_growing", None, "does not grow".to_owned()),
        Forecast::Later => ("later", None, "in more than a year".to_owned()),
        Forecast::At(at) => ("at", Some(at.into()), format!("about {}", &at.to_string()[..10])),
    };
    QuotaForecast { kind: kind.to_owned(), at, text }
}

const fn unknown(standing: &Standing) -> &'static str {
    match (standing.used, &standing.value) {
        (None, None) => "neither use nor quota is known",
        (None, Some(_)) => "its use is not known",
        (Some(_), _) => "its quota is not known",
    }
}
