//! The processor's threads.

use std::{
    num::NonZeroUsize,
    sync::OnceLock,
    thread::{available_parallelism, scope},
};

/// Threads for a work of this many parts, each of which is worth starting one.
pub(crate) fn threads(parts: usize) -> usize {
    static MOST: OnceLock<usize> = OnceLock::new();
    let most = *MOST.get_or_init(|| available_parallelism().map_or(1, NonZeroUsize::get));
    parts.clamp(1, most)
}

/// Does the same work in so many threads, this one among them.
pub(crate) fn run(threads: usize, work: impl Fn() + Sync) {
    scope(|scope| {
        for _ in 1..threads {
            scope.spawn(&work);
        }
        work();
    });
}

/// Results in the items' order. `worth` is how many items make a thread worth its start.
pub(crate) fn map<T: Sync, U: Send>(items: &[T], worth: usize, f: impl Fn(&T) -> U + Sync) -> Vec<U> {
    let threads = threads(items.len() / worth);
    if threads == 1 {
        return items.iter().map(f).collect();
    }
    let f = &f;
    let mut results = Vec::with_capacity(items.len());
    scope(|scope| {
        let parts: Vec<_> = items
            .chunks(items.len().div_ceil(threads))
            .map(|part| scope.spawn(move || part.iter().map(f).collect::<Vec<U>>()))
            .collect();
        for part in parts {
            results.extend(part.join().expect("a panic of a part is one of the whole"));
        }
    });
    results
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn results_come_in_the_items_order() {
        for length in [0, 1, 2, 3, 7, 1000] {
            let items: Vec<usize> = (0..length).collect();
            let squares: Vec<usize> = items.iter().map(|item| item * item).collect();
            assert_eq!(map(&items, 1, |item| item * item), squares);
        }
    }

    #[test]
    fn as_many_threads_as_asked_for() {
        for threads in [1, 2, 5] {
            let ran = AtomicUsize::new(0);
            run(threads, || {
                ran.fetch_add(1, Ordering::Relaxed);
            });
            assert_eq!(ran.into_inner(), threads);
        }
    }

    #[test]
    fn small_works_get_one_thread() {
        assert_eq!(threads(0), 1);
        assert_eq!(threads(1), 1);
    }
}
