//! What the benches of the processor share: one pass of Fanin over a delivery, and the fastest of several passes.

use std::hint::black_box;
use std::time::{Duration, Instant};

use fanin::config::Normalize;
use fanin::delivery::Delivery;
use fanin::processor::output::Output;
use fanin::processor::{Processor, Surroundings, units};
use fanin::tenant::Directory;

const ROUNDS: usize = 9;

/// How many log records a delivery gave. Points of metrics that log messages hold leave as chunks of their own.
pub(crate) fn fanin(delivery: &Delivery, directory: &Directory) -> u64 {
    // Joined lines would be fewer records than the plain way makes.
    let settings = Normalize { multiline: false, ..Normalize::default() };
    let around = Surroundings::new(directory, &settings);
    let (mut processor, mut output, mut records) = (Processor::default(), Output::default(), 0);
    for unit in 0..units(&delivery.payload) {
        processor.process(delivery, unit, &around, &mut output);
        records += output.tally.formats.iter().map(|(_, count)| count).sum::<u64>();
        let _ = black_box(&output.chunks);
        output.clear();
    }
    records
}

/// The fastest of some rounds, each of which must make so many records: the machine's other work only makes one slower.
#[expect(clippy::disallowed_methods, reason = "a bench reads the clock")]
pub(crate) fn fastest(records: u64, run: impl Fn() -> u64) -> Duration {
    let round = || {
        let start = Instant::now();
        assert_eq!(black_box(run()), records);
        start.elapsed()
    };
    (0..ROUNDS).map(|_| round()).min().unwrap_or_default()
}
