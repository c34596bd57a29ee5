//! The schema, by version. A migration never changes once it has been released.

pub(super) const MIGRATIONS: &[&str] = &[
    "
CREATE TABLE datasets (
    dataset INTEGER PRIMARY KEY,
    path TEXT NOT NULL
);
CREATE TABLE jobs (
    job INTEGER PRIMARY KEY,
    state TEXT NOT NULL DEFAULT 'running',
    reason TEXT
);
CREATE TABLE steps (
    job INTEGER NOT NULL REFERENCES jobs (job),
    step INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    machine BLOB,
    revealed INTEGER,
    row_count INTEGER NOT NULL DEFAULT 0,
    compute_ms INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (job, step)
);
",
    secureflow_service::outbox::MIGRATION,
    "
CREATE TABLE directions (
    job INTEGER NOT NULL REFERENCES jobs (job),
    step INTEGER NOT NULL,
    direction BLOB NOT NULL,
    PRIMARY KEY (job, step)
);
ALTER TABLE steps ADD COLUMN utility INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN worker BLOB;
",
    // The long vector of a step under way, apart from its machine: few messages change it. Machines of the form before are
    // not readable.
    "
CREATE TABLE vectors (
    job INTEGER NOT NULL REFERENCES jobs (job),
    step INTEGER NOT NULL,
    vector BLOB NOT NULL,
    PRIMARY KEY (job, step)
);
UPDATE steps SET machine = NULL;
",
];
