use super::*;

const JOB: JobId = JobId(3);
const GENESIS: [u8; 32] = [1; 32];

/// A database of the release before utilities, with a job whose result, in that release's form, was about to be sent.
#[tokio::test]
async fn an_older_database_is_taken_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("worker.db");
    let older = Database::open(&path, &schema::MIGRATIONS[..2], GENESIS).await.unwrap();
    sqlx::raw_sql(
        "INSERT INTO jobs (job, spec_hash, next_step, result)
             VALUES (3, x'0909090909090909090909090909090909090909090909090909090909090909', 2, x'00');
         INSERT INTO receipts (job, step, party, row_count, compute_ms, bytes) VALUES (3, 1, 7, 40, 50, 60)",
    )
    .execute(older.pool())
    .await
    .unwrap();
    older.close().await;
    drop(older);

    let store = Store::open(&path, H256(GENESIS)).await.unwrap();
    let job = store.job(JOB).await.unwrap().unwrap();
    assert_eq!((job.next_step, job.state, job.result), (2, JobState::Running, None));
    let record = PartyRecord {
        rows: 40,
        compute_ms: 50,
        bytes: 60,
        utility: 0,
    };
    let receipts = store.receipts(JOB).await.unwrap();
    assert_eq!(receipts, [((Round(1), OrgId(7)), record)].into());
}

#[tokio::test]
async fn receipts_keep_their_figures() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("worker.db");
    let store = Store::open(&path, H256(GENESIS)).await.unwrap();
    store.begin_job(JOB, H256([9; 32])).await.unwrap();
    store.save_step(JOB, 2, 0, b"machine").await.unwrap();
    let record = PartyRecord {
        rows: 1,
        compute_ms: 2,
        bytes: 3,
        utility: 700_000,
    };
    let commitment = RoundCommitment {
        round: Round(2),
        output: H256([4; 32]),
        participants: vec![OrgId(7)].try_into().unwrap(),
    };
    let records = [(OrgId(7), record)].into();
    store.finish_step(JOB, &commitment, &records, None).await.unwrap();
    store.close().await;
    drop(store);

    let store = Store::open(&path, H256(GENESIS)).await.unwrap();
    assert_eq!(
        store.receipts(JOB).await.unwrap(),
        [((Round(2), OrgId(7)), record)].into()
    );
}
