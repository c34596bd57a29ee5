//! How fast masks go, beside what the processor could do at best:
//! `cargo bench -p secureflow-secagg --features bench`.

#[path = "masks/floor.rs"]
mod floor;

use std::{hint::black_box, time::Instant};

use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use secureflow_secagg::bench;

const ENTRIES: usize = 100_000;
const PARTIES: usize = 1000;

/// Nanoseconds of the fastest of so many runs: everything else is the machine's other business.
fn best(runs: usize, mut work: impl FnMut()) -> f64 {
    (0..runs)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed().as_nanos() as f64
        })
        .fold(f64::INFINITY, f64::min)
}

fn per_entry() {
    println!("one mask on {ENTRIES} entries, one thread, ns per entry:");
    let masks = bench::Masks::of(1);
    let mut words = vec![0u32; ENTRIES];
    let u32s = best(500, || masks.apply_alone(black_box(&mut words))) / ENTRIES as f64;
    let mut words = vec![0u64; ENTRIES];
    let u64s = best(500, || masks.apply_alone(black_box(&mut words))) / ENTRIES as f64;
    let floor = floor::aes_ns_per_block();
    let of_floor = |ns: f64, blocks: f64| match floor {
        Some(floor) => format!(
            "{:.2} times the {:.3} of AES alone",
            ns / floor / blocks,
            floor * blocks
        ),
        None => "no AES instructions to compare with".into(),
    };
    println!("  u32            {u32s:.3}   {}", of_floor(u32s, 0.25));
    println!("  u64            {u64s:.3}   {}", of_floor(u64s, 0.5));
    println!("  two u32 added  {:.3}   from memory", floor::addition_ns_per_entry());
}

fn client() {
    println!("a party's masks, {PARTIES} parties on the full graph, {ENTRIES} entries, all threads:");
    let agree = bench::agree(PARTIES - 1, &mut ChaCha20Rng::seed_from_u64(1));
    let agree = best(3, || drop(black_box(agree())));
    let masks = bench::Masks::of(PARTIES);
    let mut words = vec![0u32; ENTRIES];
    let u32s = best(10, || masks.apply(black_box(&mut words)));
    let mut words = vec![0u64; ENTRIES];
    let u64s = best(10, || masks.apply(black_box(&mut words)));
    println!("  key agreement  {:.1} ms", agree / 1e6);
    println!("  u32            {:.1} ms", u32s / 1e6);
    println!("  u64            {:.1} ms", u64s / 1e6);
}

fn server() {
    let dropped = PARTIES * 3 / 10;
    for degree in [100, PARTIES - 1] {
        // Of a drop-out's neighbours, seven of ten survive.
        let count = PARTIES - dropped + dropped * degree * 7 / 10;
        println!("what the server takes off, {dropped} of {PARTIES} gone, {degree} neighbours, {count} masks:");
        let masks = bench::Masks::of(count);
        let mut words = vec![0u32; ENTRIES];
        let u32s = best(2, || masks.apply(black_box(&mut words)));
        println!("  u32            {:.2} s", u32s / 1e9);
    }
}

fn main() {
    // `cargo test --benches` builds it and runs it with this.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    per_entry();
    client();
    server();
}
