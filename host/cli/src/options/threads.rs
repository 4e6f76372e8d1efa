//! How many threads judge.

use clap::Args;

/// How many threads judge.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct ThreadOptions {
    /// How many threads judge [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=256))]
    threads: Option<u32>,
}

impl ThreadOptions {
    /// The number that was given, else one for each processor.
    pub(crate) fn count(self) -> u32 {
        self.threads.unwrap_or_else(|| {
            let available = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
            u32::try_from(available).unwrap_or(1).min(256)
        })
    }
}
