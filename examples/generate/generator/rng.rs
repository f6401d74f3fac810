//! SplitMix64 (Steele, Lea, Flood 2014). Ours, because a seed must give the same events for ever.

pub struct Rng(u64);

impl Rng {
    pub fn new(seed: u64) -> Rng {
        Rng(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Below `end`, which is not 0.
    pub fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(end)) >> 64) as u64
    }

    pub fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len() as u64) as usize]
    }

    /// Favours the front: the first items come up far more often, as users and names do.
    pub fn pick_skewed<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        let end = of.len() as u64;
        let reach = self.below(end) + 1;
        &of[self.below(reach) as usize]
    }

    /// A gap of an even stream of chances, in the unit of `mean`: roughly exponential.
    pub fn gap(&mut self, mean: u64) -> u64 {
        let uniform = (self.next() >> 11) as f64 / (1u64 << 53) as f64;
        // A rational stand-in for -ln(1-u): exact arithmetic, so the same on every machine.
        let tail = uniform * (2.0 - uniform) / (2.0 * (1.0 - uniform) + 0.02);
        (mean as f64 * tail * 0.487) as u64 + 1
    }

    pub fn uuid(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            high >> 16 & 0xffff,
            high & 0xfff,
            low >> 48 & 0x3fff | 0x8000,
            low & 0xffff_ffff_ffff
        )
    }

    /// The random end of a generated name: `x7k2p` (the letters Kubernetes uses).
    pub fn suffix(&mut self, length: usize) -> String {
        const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
        (0..length).map(|_| *self.pick(LETTERS) as char).collect()
    }
}
