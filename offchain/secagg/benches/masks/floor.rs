//! What the processor could do at best: rounds of AES on registers, additions in memory.

use std::hint::black_box;

use super::best;

/// Nanoseconds for 16 bytes of AES-256, which is 14 rounds, on the widest registers there are.
pub fn aes_ns_per_block() -> Option<f64> {
    #[cfg(target_arch = "x86_64")]
    {
        x86::ns_per_block()
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        None
    }
}

/// Nanoseconds for adding one entry of four bytes to another, from memory: vectors of 256 MiB.
pub fn addition_ns_per_entry() -> f64 {
    let mut sum = vec![1u32; 64 << 20];
    let other = vec![2u32; 64 << 20];
    let entries = sum.len() as f64;
    best(5, || {
        for (sum, other) in sum.iter_mut().zip(&other) {
            *sum = sum.wrapping_add(*other);
        }
        black_box(&mut sum);
    }) / entries
}

#[cfg(target_arch = "x86_64")]
// No cipher: rounds without keys, to know how many fit into a second.
#[allow(unsafe_code)]
mod x86 {
    use super::*;
    use std::arch::x86_64::*;

    const BATCHES: usize = 5000;
    const ROUNDS: usize = 14;

    macro_rules! rounds {
        ($name:ident, $features:literal, $state:ty, $set:ident, $round:ident, $registers:literal) => {
            #[target_feature(enable = $features)]
            fn $name() {
                let key = $set(black_box(7));
                let mut states: [$state; $registers] = [key; $registers];
                for _ in 0..BATCHES * ROUNDS {
                    for state in &mut states {
                        *state = $round(*state, key);
                    }
                }
                black_box(states);
            }
        };
    }

    rounds!(
        wide,
        "avx512f,vaes",
        __m512i,
        _mm512_set1_epi32,
        _mm512_aesenc_epi128,
        16
    );
    rounds!(
        middle,
        "avx2,vaes",
        __m256i,
        _mm256_set1_epi32,
        _mm256_aesenc_epi128,
        12
    );
    rounds!(narrow, "avx,aes", __m128i, _mm_set1_epi32, _mm_aesenc_si128, 12);

    pub fn ns_per_block() -> Option<f64> {
        let vaes = is_x86_feature_detected!("vaes");
        let (run, blocks): (unsafe fn(), usize) = if vaes && is_x86_feature_detected!("avx512f") {
            (wide, 16 * 4)
        } else if vaes && is_x86_feature_detected!("avx2") {
            (middle, 12 * 2)
        } else if is_x86_feature_detected!("aes") && is_x86_feature_detected!("avx") {
            (narrow, 12)
        } else {
            return None;
        };
        // SAFETY: the features that each function needs were looked for.
        Some(best(20, || unsafe { run() }) / (BATCHES * blocks) as f64)
    }
}
