//! Compiles the protocol buffers.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    tonic_prost_build::configure().bytes(".").compile_protos(
        &[
            "proto/secureflow/v1/aggregation.proto",
            "proto/secureflow/v1/verification.proto",
        ],
        &["proto"],
    )?;
    Ok(())
}
