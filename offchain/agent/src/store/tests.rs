use super::*;

const JOB: JobId = JobId(3);
const STEP: u32 = 2;

async fn store(folder: &tempfile::TempDir) -> Store {
    let store = Store::open(&folder.path().join("agent.db"), H256([1; 32]))
        .await
        .unwrap();
    store.set_job(JOB, JobState::Running, None).await.unwrap();
    store
}

fn checkpoint(machine: &[u8], vector: Option<&[u8]>, revealed: bool) -> Checkpoint {
    Checkpoint {
        machine: Zeroizing::new(machine.to_vec()),
        vector: vector.map(|vector| Zeroizing::new(vector.to_vec())),
        revealed,
    }
}

/// Saves, and says what is on disk then: attempt, machine, vector.
async fn save(store: &Store, attempt: u32, checkpoint: Checkpoint) -> Result<(u32, Vec<u8>, Vec<u8>)> {
    let figures = StepFigures::default();
    store.save_step(JOB, STEP, attempt, &checkpoint, figures).await?;
    let record = store.step(JOB, STEP).await?.unwrap();
    Ok((record.attempt, record.machine.unwrap().to_vec(), record.vector.to_vec()))
}

async fn vectors(store: &Store) -> u32 {
    let count = sqlx::query_scalar("SELECT COUNT(*) FROM vectors");
    count.fetch_one(store.pool()).await.unwrap()
}

#[tokio::test]
async fn a_vector_stays_until_another_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    let is = |attempt, machine: &[u8], vector: &[u8]| (attempt, machine.to_vec(), vector.to_vec());
    for (attempt, machine, vector, on_disk) in [
        (0, b"keys", Some(b"input".as_slice()), b"input".as_slice()),
        (0, b"deal", None, b"input"),
        (0, b"mask", Some(b"masked"), b"masked"),
        (1, b"keys", Some(b"input"), b"input"),
        (1, b"sign", Some(b""), b""),
    ]
    .map(|(attempt, machine, vector, on_disk)| (attempt, machine.as_slice(), vector, on_disk))
    {
        let saved = save(&store, attempt, checkpoint(machine, vector, false)).await.unwrap();
        assert_eq!(saved, is(attempt, machine, on_disk));
    }
}

#[tokio::test]
async fn what_is_refused_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    save(&store, 0, checkpoint(b"shares", Some(b"kept"), true))
        .await
        .unwrap();
    let again = save(&store, 1, checkpoint(b"keys", Some(b"input"), false)).await;
    assert!(matches!(again, Err(StoreError::Revealed)));
    let record = store.step(JOB, STEP).await.unwrap().unwrap();
    assert_eq!((record.attempt, record.vector.as_slice()), (0, b"kept".as_slice()));
}

#[tokio::test]
async fn vectors_go_with_their_step_and_job() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    save(&store, 0, checkpoint(b"keys", Some(b"input"), false))
        .await
        .unwrap();
    store.end_step(JOB, STEP).await.unwrap();
    assert_eq!(vectors(&store).await, 0);
    save(&store, 1, checkpoint(b"keys", Some(b"input"), false))
        .await
        .unwrap();
    store.set_job(JOB, JobState::Ended, None).await.unwrap();
    assert_eq!(vectors(&store).await, 0);
}
