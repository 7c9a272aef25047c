//! The rules that the demo runs: those of the packs, and its own.

use std::path::{Path, PathBuf};

use crate::config::alerting::{Alerting, Log, Receiver, ReceiverKind};

/// The packs by name, as they are shipped.
const PACKS: [(&str, &str); 8] = [
    ("demo", include_str!("../../../alerts/demo/rules.yaml")),
    ("lambda", include_str!("../../../alerts/lambda/rules.yaml")),
    ("api", include_str!("../../../alerts/api/rules.yaml")),
    ("queues-and-streams", include_str!("../../../alerts/queues-and-streams/rules.yaml")),
    ("database", include_str!("../../../alerts/database/rules.yaml")),
    ("security", include_str!("../../../alerts/security/rules.yaml")),
    ("quotas", include_str!("../../../alerts/quotas/rules.yaml")),
    ("fleet", include_str!("../../../alerts/fleet/rules.yaml")),
];

/// Writes the packs into a folder and gives the settings that run them. Who is told is the log.
pub(super) async fn write(folder: &Path, url: &str) -> std::io::Result<Alerting> {
    for (name, text) in PACKS {
        let pack: PathBuf = folder.join(name);
        tokio::fs::create_dir_all(&pack).await?;
        tokio::fs::write(pack.join("rules.yaml"), text).await?;
    }
    let receivers = ["page", "ticket"].map(|name| Receiver::new(name, ReceiverKind::Log(Log { alerts_max: 10 })));
    Ok(Alerting {
        rules: vec![folder.to_owned()],
        external_url: Some(url.into()),
        receivers: receivers.into(),
        ..Alerting::default()
    })
}
