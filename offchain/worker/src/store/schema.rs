//! The schema, by version. A migration never changes once it has been released.

pub(super) const MIGRATIONS: &[&str] = &[
    "
CREATE TABLE jobs (
    job INTEGER PRIMARY KEY,
    spec_hash BLOB NOT NULL,
    state TEXT NOT NULL DEFAULT 'running',
    next_step INTEGER NOT NULL DEFAULT 0,
    momentum BLOB,
    reason TEXT,
    result BLOB
);
CREATE TABLE steps (
    job INTEGER NOT NULL REFERENCES jobs (job),
    step INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    machine BLOB,
    output BLOB,
    PRIMARY KEY (job, step)
);
CREATE TABLE receipts (
    job INTEGER NOT NULL REFERENCES jobs (job),
    step INTEGER NOT NULL,
    party INTEGER NOT NULL,
    row_count INTEGER NOT NULL,
    compute_ms INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (job, step, party)
);
",
    secureflow_service::outbox::MIGRATION,
    // A result without utilities is not readable as one with them; where it is still to be sent it follows from the
    // receipts again.
    "
ALTER TABLE receipts ADD COLUMN utility INTEGER NOT NULL DEFAULT 0;
UPDATE jobs SET result = NULL;
",
    // The sum under way, apart from the machine: it is long, and few messages change it. Machines of the form before are
    // not readable: their steps begin anew, with another attempt.
    "
CREATE TABLE sums (
    job INTEGER NOT NULL REFERENCES jobs (job),
    step INTEGER NOT NULL,
    sum BLOB NOT NULL,
    PRIMARY KEY (job, step)
);
UPDATE steps SET machine = NULL, attempt = attempt + 1 WHERE machine IS NOT NULL AND output IS NULL;
",
    // Of steps whose contributions are proven to be bounded: a party's newest part, as the first of two workers and as the
    // second; and what a second worker has said of a step. A second worker has no record of the job itself.
    "
CREATE TABLE parts (
    job INTEGER NOT NULL,
    party INTEGER NOT NULL,
    step INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    public BLOB NOT NULL,
    share BLOB NOT NULL,
    peer BLOB,
    holds INTEGER,
    PRIMARY KEY (job, party)
);
CREATE TABLE seconded (
    job INTEGER NOT NULL,
    step INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    length INTEGER NOT NULL,
    key BLOB NOT NULL,
    parties BLOB,
    sum BLOB,
    PRIMARY KEY (job, step)
);
",
];
