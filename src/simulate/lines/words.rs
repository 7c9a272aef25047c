//! Words, names and numbers that all simulated lines are made of.

use fastrand::Rng;

pub(in super::super) const FUNCTIONS: [&str; 6] =
    ["orders-create", "orders-query", "stock-sync", "invoice-render", "auth-token", "mail-send"];
const WORDS: [&str; 16] = [
    "order",
    "accepted",
    "for",
    "customer",
    "stock",
    "reserved",
    "in",
    "warehouse",
    "payment",
    "captured",
    "after",
    "retry",
    "shipment",
    "label",
    "printed",
    "again",
];
pub(super) const PATHS: [&str; 5] = ["/orders", "/orders/{id}", "/stock", "/login", "/health"];
pub(super) const HOSTS: [&str; 4] =
    ["api.acme.example", "shop.acme.example", "events.example.org", "telemetry.example"];

/// One sentence in this many holds something that must not leave.
const SECRET_ONE_IN: u32 = 300;

pub(super) fn one_of<T: Copy>(random: &mut Rng, choices: &[T]) -> T {
    choices[random.usize(..choices.len())]
}

pub(super) fn level(random: &mut Rng) -> &'static str {
    match random.u32(..100) {
        0..12 => "DEBUG",
        12..92 => "INFO",
        92..97 => "WARN",
        _ => "ERROR",
    }
}

pub(super) fn status(random: &mut Rng) -> u32 {
    match random.u32(..100) {
        0..90 => 200,
        90..96 => 404,
        96..98 => 429,
        _ => 502,
    }
}

pub(super) fn sentence(random: &mut Rng) -> String {
    let words = random.usize(4..18);
    let mut sentence = (0..words).map(|_| one_of(random, &WORDS)).collect::<Vec<_>>().join(" ");
    if random.u32(..SECRET_ONE_IN) == 0 {
        // The key is the one of AWS's own documentation.
        let secret = one_of(random, &["jane.doe@example.com", "AKIAIOSFODNN7EXAMPLE", "4111 1111 1111 1111"]);
        sentence.push_str(" of ");
        sentence.push_str(secret);
    }
    sentence
}

pub(super) fn address(random: &mut Rng) -> String {
    format!("10.{}.{}.{}", random.u8(..4), random.u8(..), random.u8(1..))
}

pub(super) fn hex(random: &mut Rng, digits: usize) -> String {
    (0..digits).map(|_| char::from(b"0123456789abcdef"[random.usize(..16)])).collect()
}

pub(super) fn uuid(random: &mut Rng) -> String {
    let mut part = |digits| hex(random, digits);
    format!("{}-{}-4{}-a{}-{}", part(8), part(4), part(3), part(3), part(12))
}
