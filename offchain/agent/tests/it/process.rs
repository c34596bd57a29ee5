//! An agent or a worker with a runtime of its own, so that it can be killed without ceremony.

use std::{future::Future, time::Duration};
use tokio::runtime::{Builder, Runtime};
use tokio_util::sync::CancellationToken;

pub struct Process {
    runtime: Option<Runtime>,
    stop: CancellationToken,
}

impl Process {
    pub fn start<F>(run: impl FnOnce(CancellationToken) -> F) -> Self
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let stop = CancellationToken::new();
        let run = run(stop.clone());
        runtime.spawn(async move {
            if let Err(error) = run.await {
                eprintln!("a process ended: {error:#}");
            }
        });
        Self {
            runtime: Some(runtime),
            stop,
        }
    }

    /// As `kill -9`: every task is dropped where it stands.
    pub fn kill(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Dropping a runtime waits, which the runtime of the test itself does not allow. A thread that was not waited
            // for could go on writing, as no killed process does.
            let ending = std::thread::spawn(move || runtime.shutdown_timeout(Duration::from_secs(10)));
            ending.join().unwrap();
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop.cancel();
        self.kill();
    }
}
