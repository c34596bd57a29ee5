//! What proofs of validity cost, by the number of entries: `cargo run --release -p secureflow-validity --example cost`.

use secureflow_validity::{contribute, Bound, Party, Session, Verifier, VerifyKey, Worker};
use std::time::Instant;

const BITS: u32 = 16;
const PARTY: Party = Party(0);

fn main() -> Result<(), secureflow_validity::Error> {
    println!("entries of {BITS} bits | party, ms | each worker, ms | to the first worker, bytes | to the second | between them");
    let session = Session([0; 32]);
    for length in [100, 1_000, 10_000, 100_000] {
        let bound = Bound::new(length, BITS, 1 << 20)?;
        let values = vec![100; length];
        let begun = Instant::now();
        let [first, second] = contribute(&bound, &session, PARTY, &values)?;
        let party = begun.elapsed();
        let worker = |worker| Verifier::new(bound, session, worker, VerifyKey::new([1; 32]));
        let (mut one, mut two) = (worker(Worker::First)?, worker(Worker::Second)?);
        let begun = Instant::now();
        let to_two = one.take(PARTY, &first)?;
        let to_one = two.take(PARTY, &second)?;
        one.judge(PARTY, &to_one)?;
        two.judge(PARTY, &to_two)?;
        let workers = begun.elapsed() / 2;
        println!(
            "{length} | {:.1} | {:.1} | {} | {} | {}",
            party.as_secs_f64() * 1e3,
            workers.as_secs_f64() * 1e3,
            first.public.len() + first.share.len(),
            second.public.len() + second.share.len(),
            to_one.len(),
        );
    }
    Ok(())
}
