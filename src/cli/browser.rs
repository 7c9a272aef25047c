//! Opens the page in a browser, where a person sits before it.

use std::io::{IsTerminal, stderr, stdout};
use std::process::{Command, Stdio};

use super::Environment;

/// What opens a URL.
const OPENER: &str = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };

/// Whether somebody would see it: at a terminal with a screen, and not in a build.
pub(super) fn is_welcome(environment: &Environment) -> bool {
    let is_set = |name: &str| environment.get(name).is_some_and(|value| !value.is_empty());
    let has_screen = cfg!(target_os = "macos") || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY");
    stdout().is_terminal() && stderr().is_terminal() && has_screen && !is_set("CI")
}

/// Opens the URL. Whether there is a browser is not our business.
pub(super) fn open(url: &str) {
    let mut command = Command::new(OPENER);
    let _ = command.arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let _there_may_be_none = command.spawn();
}
