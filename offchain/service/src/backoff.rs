//! Exponential back-off with jitter: a crowd that lost the same peer does not come back at the same moment.

use rand::Rng;
use std::time::Duration;

/// Delays that double from `first` to `longest`.
#[derive(Clone, Debug)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    failures: u32,
}

impl Backoff {
    pub fn new(first: Duration, longest: Duration) -> Self {
        Self {
            first,
            longest,
            failures: 0,
        }
    }

    /// The delay after one more failure: within half of the nominal one around it, never above the longest.
    pub fn next_delay(&mut self) -> Duration {
        let nominal = self
            .first
            .saturating_mul(1u32.checked_shl(self.failures).unwrap_or(u32::MAX));
        self.failures = self.failures.saturating_add(1);
        nominal
            .min(self.longest)
            .mul_f64(rand::thread_rng().gen_range(0.5..1.5))
            .min(self.longest)
    }

    /// After a success.
    pub fn reset(&mut self) {
        self.failures = 0;
    }

    /// Failures since the last success.
    pub fn failures(&self) -> u32 {
        self.failures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_to_the_longest_and_start_again() {
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(5));
        let delays: Vec<_> = (0..100).map(|_| backoff.next_delay()).collect();
        assert!(delays[0] <= Duration::from_millis(150) && delays[0] >= Duration::from_millis(50));
        assert!(delays[3] >= Duration::from_millis(400));
        assert!(delays.iter().all(|delay| *delay <= Duration::from_secs(5)));
        assert!(delays[99] >= Duration::from_millis(2500));
        backoff.reset();
        assert!(backoff.next_delay() <= Duration::from_millis(150));
    }
}
