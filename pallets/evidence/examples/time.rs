//! Times each verification natively: `cargo run --release --example time`. The figures of the README are from this.

use secureflow_evidence::{
    dcap::{self, AcceptedStatuses, Collateral, TcbStatus},
    snp::{verify_chain, verify_report, Policy, RevocationList},
    Error,
};
use std::time::Instant;

/// The vectors are valid then, unix s.
const SNP_TIME: u64 = 1_788_220_800;
const TDX_TIME: u64 = 1_750_329_207;

fn time<T>(what: &str, verify: impl Fn() -> Result<T, Error>) -> Result<T, Error> {
    const TIMES: u32 = 100;
    let result = verify()?;
    let start = Instant::now();
    for _ in 0..TIMES {
        verify()?;
    }
    println!(
        "{what:<52} {:>6.2} ms",
        start.elapsed().as_secs_f64() * 1e3 / f64::from(TIMES)
    );
    Ok(result)
}

fn main() -> Result<(), Error> {
    let report = include_bytes!("../tests/vectors/snp/milan-report.bin");
    let vcek = include_bytes!("../tests/vectors/snp/milan-vcek.der");
    let list = include_bytes!("../tests/vectors/snp/milan-crl.der");
    time("SEV-SNP: revocation list", || RevocationList::verify(list, SNP_TIME))?;
    let key = time("SEV-SNP: chain", || verify_chain(vcek, None, None, SNP_TIME))?;
    time("SEV-SNP: report", || {
        verify_report(report, &key, &Policy::default(), None, SNP_TIME)
    })?;

    let quote = include_bytes!("../tests/vectors/dcap/tdx-quote.bin");
    let json = include_bytes!("../tests/vectors/dcap/tdx-quote-collateral.json");
    let collateral = Collateral::from_json(json)?;
    let accepted = AcceptedStatuses::default().and(TcbStatus::SWHardeningNeeded);
    let policy = dcap::Policy {
        accepted,
        ..dcap::Policy::default()
    };
    let verified = time("Intel: collateral", || collateral.verify(TDX_TIME))?;
    time("Intel: quote, collateral verified before", || {
        dcap::verify_quote(quote, &verified, &policy, TDX_TIME)
    })?;
    time("Intel: quote and collateral at once, by dcap-qvl", || {
        dcap::verify_by_reference(quote, &collateral, &policy, TDX_TIME)
    })?;
    Ok(())
}
