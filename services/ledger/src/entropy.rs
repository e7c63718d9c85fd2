//! Randomness from the operating system's generator, by way of aws-lc-rs.

use aws_lc_rs::rand;
use verbund_model::Entropy;

/// The randomness that a running node uses; tests pass their own.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        // aws-lc stops the process itself when its generator can't be seeded; a node must never go on with weak salts.
        rand::fill(bytes).expect("the cryptographic generator can't fail once it is seeded");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_everything_anew_each_time() {
        let (mut a, mut b) = ([0; 64], [0; 64]);
        SystemEntropy.fill(&mut a);
        SystemEntropy.fill(&mut b);
        assert_ne!(a, b);
        assert_ne!(a[32..], [0; 32]);
    }
}
