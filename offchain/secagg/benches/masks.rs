//! How fast masks go, beside what the processor could do at best:
//! `cargo bench -p secureflow-secagg --features bench [-- entry client server]`.

#[path = "masks/floor.rs"]
mod floor;

use std::{hint::black_box, time::Instant};

use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use secureflow_secagg::{bench, Config, Graph, PartyId, SessionId};

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

/// Seconds that this process has had of all processors, where the system says so: on a machine that does other things
/// too, it says more than the time on the wall.
fn processor_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = stat.rsplit(')').next()?.split_whitespace().collect();
    let ticks = |field: usize| fields.get(field)?.parse::<f64>().ok();
    Some((ticks(11)? + ticks(12)?) / 100.0)
}

fn timed(name: &str, work: impl FnOnce()) {
    let (start, before) = (Instant::now(), processor_seconds());
    work();
    let wall = start.elapsed().as_secs_f64();
    match (before, processor_seconds()) {
        (Some(before), Some(after)) => println!("  {name:28} {wall:.2} s, {:.2} s of processors", after - before),
        _ => println!("  {name:28} {wall:.2} s"),
    }
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
    let neighbours = Graph::Regular {
        degree: 100,
        threshold: 51,
    };
    for (graph, name, degree) in [
        (neighbours, "100 neighbours", 100),
        (Graph::Full, "the full graph", PARTIES - 1),
    ] {
        // Of a drop-out's neighbours, seven of ten survive.
        let count = PARTIES - dropped + dropped * degree * 7 / 10;
        println!("from the last share to the sum, {dropped} of {PARTIES} gone, {name}, all threads:");
        let masks = bench::Masks::of(count);
        let mut words = vec![0u32; ENTRIES];
        timed(&format!("{count} masks, u32"), || masks.apply(black_box(&mut words)));
        let config = Config {
            session: SessionId([7; 32]),
            parties: (0..PARTIES as u32).map(PartyId).collect(),
            threshold: PARTIES / 2 + 1,
            length: ENTRIES,
            graph,
        };
        let mut server = bench::LastShare::<u32>::new(config, dropped, ChaCha20Rng::seed_from_u64);
        timed("with shares and agreements", || {
            server.finish().expect("all shares are right")
        });
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // `cargo test --benches` builds it and runs it with this.
    if arguments.iter().any(|argument| argument == "--test") {
        return;
    }
    let parts: [(&str, fn()); 3] = [("entry", per_entry), ("client", client), ("server", server)];
    let wanted: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    for (name, run) in parts {
        if wanted.is_empty() || wanted.iter().any(|wanted| *wanted == name) {
            run();
        }
    }
}
