//! What a measurement is doing, said at once and again every few seconds: a wait is never a silent one.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

/// Between two repetitions.
const PERIOD: Duration = Duration::from_secs(3);

/// Clones speak for the same measurement. It falls silent when the last of them goes.
#[derive(Clone)]
pub(super) struct Progress(Arc<Mutex<Doing>>);

struct Doing {
    what: String,
    since: Instant,
}

impl Progress {
    pub fn start() -> Self {
        let doing = Arc::new(Mutex::new(Doing {
            what: "starting".into(),
            since: Instant::now(),
        }));
        let watched = Arc::downgrade(&doing);
        thread::spawn(move || loop {
            thread::sleep(PERIOD);
            let Some(doing) = watched.upgrade() else { return };
            let doing = lock(&doing);
            let seconds = doing.since.elapsed().as_secs();
            // What has only just begun was said a moment ago.
            if seconds > 0 {
                eprintln!("  {}, {seconds} s", doing.what);
            }
        });
        Self(doing)
    }

    /// Something else begins.
    pub fn say(&self, what: impl Into<String>) {
        let what = what.into();
        eprintln!("  {what}");
        let since = Instant::now();
        *lock(&self.0) = Doing { what, since };
    }

    /// The same goes on, and there is more to say about it.
    pub fn note(&self, what: impl Into<String>) {
        lock(&self.0).what = what.into();
    }
}

fn lock(doing: &Mutex<Doing>) -> MutexGuard<'_, Doing> {
    doing.lock().unwrap_or_else(PoisonError::into_inner)
}
