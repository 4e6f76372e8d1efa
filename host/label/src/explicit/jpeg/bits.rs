//! Bits of a scan: a byte FF is followed by a zero, and by anything else where the scan ends.

pub(super) struct BitReader<'a> {
    bytes: &'a [u8],
    pub(super) at: usize,
    held: u64,
    n_held: u32,
    /// How many bits were asked for that are not there.
    pub(super) n_missing: u32,
}

impl<'a> BitReader<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at, held: 0, n_held: 0, n_missing: 0 }
    }

    fn fill(&mut self) {
        while self.n_held <= 48 {
            let byte = match (self.bytes.get(self.at), self.bytes.get(self.at.saturating_add(1))) {
                (Some(0xFF), Some(0)) => {
                    self.at = self.at.saturating_add(2);
                    0xFF
                }
                (Some(0xFF), _) | (None, _) => {
                    self.n_missing = self.n_missing.saturating_add(8);
                    0
                }
                (Some(byte), _) => {
                    self.at = self.at.saturating_add(1);
                    *byte
                }
            };
            self.held = (self.held << 8) | u64::from(byte);
            self.n_held = self.n_held.saturating_add(8);
        }
    }

    /// The next 16 bits, without taking them.
    pub(super) fn peek(&mut self) -> u32 {
        self.fill();
        let held = self.held.checked_shr(self.n_held.saturating_sub(16)).unwrap_or_default();
        u32::try_from(held & 0xFFFF).unwrap_or_default()
    }

    pub(super) fn skip(&mut self, n: u32) {
        self.n_held = self.n_held.saturating_sub(n);
    }

    pub(super) fn take(&mut self, n: u32) -> u32 {
        if n == 0 {
            return 0;
        }
        let bits = self.peek().checked_shr(16_u32.saturating_sub(n)).unwrap_or_default();
        self.skip(n);
        bits
    }

    pub(super) fn bit(&mut self) -> bool {
        self.take(1) == 1
    }

    /// A number of `n` bits, whose first bit says whether it is positive.
    pub(super) fn number(&mut self, n: u32) -> i32 {
        let bits = i32::try_from(self.take(n)).unwrap_or_default();
        let half = 1_i32.checked_shl(n.saturating_sub(1)).unwrap_or_default();
        if n > 0 && bits < half { bits.saturating_sub(half.saturating_mul(2)).saturating_add(1) } else { bits }
    }

    /// Whether more was asked for than there is, beside what was only looked at.
    pub(super) fn is_over(&self) -> bool {
        self.n_missing > self.n_held
    }

    /// Drops what is left of a byte, and passes over a mark to begin anew; whether one stood there.
    pub(super) fn restart(&mut self) -> bool {
        (self.held, self.n_held, self.n_missing) = (0, 0, 0);
        match self.bytes.get(self.at..self.at.saturating_add(2)) {
            Some([0xFF, 0xD0..=0xD7]) => {
                self.at = self.at.saturating_add(2);
                true
            }
            _ => false,
        }
    }
}

#[derive(Default)]
pub(super) struct BitWriter {
    pub(super) bytes: Vec<u8>,
    held: u32,
    n_held: u32,
}

impl BitWriter {
    pub(super) fn put(&mut self, bits: u32, n: u32) {
        for shift in (0..n).rev() {
            self.held = (self.held << 1) | (bits.checked_shr(shift).unwrap_or_default() & 1);
            self.n_held = self.n_held.saturating_add(1);
            if self.n_held == 8 {
                let byte = u8::try_from(self.held & 0xFF).unwrap_or_default();
                self.bytes.push(byte);
                if byte == 0xFF {
                    self.bytes.push(0);
                }
                (self.held, self.n_held) = (0, 0);
            }
        }
    }

    /// Fills the last byte with ones.
    pub(super) fn finish(&mut self) {
        while self.n_held != 0 {
            self.put(1, 1);
        }
    }
}
