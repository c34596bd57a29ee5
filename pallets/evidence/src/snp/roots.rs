//! AMD's certificates, as AMD's key distribution service publishes them at
//! `https://kdsintf.amd.com/{vcek,vlek}/v1/{Milan,Genoa,Turin}/cert_chain`. ARK and ASK are those built into the crate
//! `sev` 8.0.0; the ASVKs are those that `google/go-sev-guest` ships. A test checks that each intermediate descends
//! from its root, so that a root alone has to be trusted: `sha256sum roots/*-ark.der` can be compared with any other
//! copy.

use super::{product::Product, report::SigningKey};

/// The root of a generation: ARK, self-signed.
pub(crate) fn root(product: Product) -> &'static [u8] {
    match product {
        Product::Milan => include_bytes!("../../roots/milan-ark.der"),
        Product::Genoa => include_bytes!("../../roots/genoa-ark.der"),
        Product::Turin => include_bytes!("../../roots/turin-ark.der"),
    }
}

/// The intermediate: ASK, which issues VCEKs, or ASVK, which issues VLEKs.
pub(crate) fn intermediate(product: Product, issues: SigningKey) -> &'static [u8] {
    match (product, issues) {
        (Product::Milan, SigningKey::Vcek) => include_bytes!("../../roots/milan-ask.der"),
        (Product::Genoa, SigningKey::Vcek) => include_bytes!("../../roots/genoa-ask.der"),
        (Product::Turin, SigningKey::Vcek) => include_bytes!("../../roots/turin-ask.der"),
        (Product::Milan, SigningKey::Vlek) => include_bytes!("../../roots/milan-asvk.der"),
        (Product::Genoa, SigningKey::Vlek) => include_bytes!("../../roots/genoa-asvk.der"),
        (Product::Turin, SigningKey::Vlek) => include_bytes!("../../roots/turin-asvk.der"),
    }
}
