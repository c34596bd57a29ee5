//! How many neighbours a session needs:
//! `cargo run -p secureflow-secagg --example graph_parameters [parties drop-outs colluders]`.

use secureflow_secagg::{Adversary, Assumptions};

fn print(parties: usize, dropouts: usize, colluders: usize) {
    println!("{parties} parties, {dropouts} drop out, {colluders} collude with the server:");
    for (adversary, name) in [
        (Adversary::Curious, "a curious server"),
        (Adversary::Lying, "a lying server"),
    ] {
        let assumptions = Assumptions {
            parties,
            dropouts,
            colluders,
            adversary,
            privacy_bits: 40,
            completion_bits: 20,
        };
        println!("  {name}: {}", assumptions.parameters());
    }
}

fn main() {
    let arguments: Result<Vec<usize>, _> = std::env::args().skip(1).map(|argument| argument.parse()).collect();
    match arguments.as_deref() {
        Ok([]) => {
            for parties in [100, 300, 1000] {
                for (dropouts, colluders) in [(5, 5), (10, 5), (30, 5), (30, 10)] {
                    print(parties, parties * dropouts / 100, parties * colluders / 100);
                }
            }
        }
        Ok([parties, dropouts, colluders]) if dropouts.max(colluders) < parties => {
            print(*parties, *dropouts, *colluders)
        }
        _ => {
            eprintln!("give the parties, those of them that may drop out and those that may collude, or nothing");
            std::process::exit(64);
        }
    }
}
