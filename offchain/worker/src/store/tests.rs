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
         INSERT INTO steps (job, step, attempt, machine) VALUES (3, 2, 0, x'00');
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
    // The step under way begins anew: its machine is of a form that is not read any more.
    let step = store.step(JOB, 2).await.unwrap().unwrap();
    assert_eq!((step.machine, step.attempt), (None, 1));
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
    let checkpoint = Checkpoint {
        machine: b"machine".to_vec(),
        sum: Some(b"sum".to_vec()),
    };
    store.save_step(JOB, 2, 0, &checkpoint).await.unwrap();
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

#[tokio::test]
async fn a_sum_stays_until_another_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("worker.db"), H256(GENESIS))
        .await
        .unwrap();
    store.begin_job(JOB, H256([9; 32])).await.unwrap();
    let save = async |attempt, machine: &[u8], sum: Option<&[u8]>| {
        let checkpoint = Checkpoint {
            machine: machine.to_vec(),
            sum: sum.map(<[u8]>::to_vec),
        };
        store.save_step(JOB, 2, attempt, &checkpoint).await.unwrap();
        let step = store.step(JOB, 2).await.unwrap().unwrap();
        (step.attempt, step.machine.unwrap(), step.sum)
    };
    let is = |attempt, machine: &[u8], sum: &[u8]| (attempt, machine.to_vec(), sum.to_vec());
    assert_eq!(save(0, b"begun", Some(b"")).await, is(0, b"begun", b""));
    assert_eq!(save(0, b"one", Some(b"sum")).await, is(0, b"one", b"sum"));
    assert_eq!(save(0, b"signed", None).await, is(0, b"signed", b"sum"));
    assert_eq!(save(0, b"two", Some(b"more")).await, is(0, b"two", b"more"));
    assert_eq!(save(1, b"again", Some(b"")).await, is(1, b"again", b""));
    save(1, b"one", Some(b"sum")).await;
    store.end_job(JOB, JobState::Failed, None).await.unwrap();
    let step = store.step(JOB, 2).await.unwrap().unwrap();
    assert_eq!((step.machine, step.sum.len()), (None, 0));
}

fn part(byte: u8) -> secureflow_validity::Contribution {
    secureflow_validity::Contribution {
        public: vec![1],
        share: vec![byte],
    }
}

#[tokio::test]
async fn a_partys_newest_part_is_kept_and_judged_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("worker.db"), H256(GENESIS))
        .await
        .unwrap();
    let org = OrgId(2);
    assert!(store.keep_part(JOB, (0, 1), org, &part(1)).await.unwrap());
    assert!(store.keep_part(JOB, (0, 1), org, &part(1)).await.unwrap(), "a repeat");
    assert!(
        !store.keep_part(JOB, (0, 1), org, &part(2)).await.unwrap(),
        "another one"
    );
    assert!(
        !store.keep_part(JOB, (0, 0), org, &part(1)).await.unwrap(),
        "an earlier attempt"
    );
    assert!(store.judge_part(JOB, (0, 1), org, &[7], true).await.unwrap());
    assert!(store.judge_part(JOB, (0, 1), org, &[7], true).await.unwrap());
    assert!(
        !store.judge_part(JOB, (0, 1), org, &[8], true).await.unwrap(),
        "another message"
    );
    let kept = store.part(JOB, (0, 1), org).await.unwrap().unwrap();
    assert_eq!(
        (kept.contribution, kept.peer, kept.holds),
        (part(1), Some(vec![7]), Some(true))
    );

    assert!(store.keep_part(JOB, (1, 0), org, &part(3)).await.unwrap());
    assert!(
        store.part(JOB, (0, 1), org).await.unwrap().is_none(),
        "the step is over"
    );
    assert_eq!(store.part(JOB, (1, 0), org).await.unwrap().unwrap().peer, None);
    store.forget_seconded(JOB).await.unwrap();
    assert!(store.part(JOB, (1, 0), org).await.unwrap().is_none());
}

#[tokio::test]
async fn a_second_worker_agrees_to_one_key_and_one_sum() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("worker.db"), H256(GENESIS))
        .await
        .unwrap();
    let second = |attempt, length, key| {
        let store = store.clone();
        async move { store.second(JOB, (0, attempt), length, &[key; 32]).await.unwrap() }
    };
    assert!(second(0, 10, 1).await && second(0, 10, 1).await);
    assert!(
        !second(0, 10, 2).await && !second(0, 11, 1).await,
        "another key, another length"
    );
    assert!(second(1, 10, 2).await, "a later attempt");
    assert!(!second(0, 10, 1).await, "an earlier one");
    let parties = [OrgId(1), OrgId(5)].into();
    store.finish_seconded(JOB, 0, &parties, &[9, 9]).await.unwrap();
    store.finish_seconded(JOB, 0, &[OrgId(1)].into(), &[8]).await.unwrap();
    let seconded = store.seconded(JOB, 0).await.unwrap().unwrap();
    assert_eq!((seconded.attempt, seconded.length, *seconded.key), (1, 10, [2; 32]));
    assert_eq!(seconded.finished, Some((parties, vec![9, 9])));
    assert!(!second(2, 10, 3).await, "no attempt after the sum");
}
