//! What a contribution must be, and the circuit that says so.
//!
//! An entry x of `bits` bits is encoded as the bits of x + 2^(bits - 1). Behind the entries stand the bits of the slack
//! s = norm^2 - sum of x^2. The circuit has two outputs that must be zero: a random combination of b·(b - 1) over all bits b,
//! and s + sum of x^2 - norm^2. Since s is made of bits it is not negative, and no sum can wrap around the field.

use crate::Error;
use prio::{
    field::{Field128, FieldElement, FieldElementWithInteger},
    flp::{
        gadgets::{Mul, ParallelSum, ParallelSumGadget},
        Flp, FlpError, Gadget, Type,
    },
};

/// The most bits that a sum of squares may have: far below the field's 128.
const MOST_BITS: u32 = 120;

/// What every contribution to a sum must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    length: usize,
    bits: u32,
    norm: u64,
    /// Bits of the slack.
    slack: usize,
    /// Products that one call of the gadget adds up.
    chunk: usize,
}

impl Bound {
    /// Vectors of `length` integers from -2^(bits - 1) to 2^(bits - 1) - 1 whose L2 norm is at most `norm`, in the units of
    /// the entries.
    ///
    /// Errors: [`Error::Bound`] where there is no entry, an entry has fewer than 2 or more than 48 bits, the norm is zero, or
    /// squares could add up to more than the field holds.
    pub fn new(length: usize, bits: u32, norm: u64) -> Result<Self, Error> {
        if length == 0 || length > 1 << 24 {
            return Err(Error::Bound("a vector has from 1 to 2^24 entries"));
        }
        if !(2..=48).contains(&bits) {
            return Err(Error::Bound("an entry has from 2 to 48 bits"));
        }
        if norm == 0 {
            return Err(Error::Bound("the norm must be above zero"));
        }
        let square = u128::from(norm) * u128::from(norm);
        let slack = 128 - square.leading_zeros();
        if slack > MOST_BITS || 2 * (bits - 1) + usize::BITS - length.leading_zeros() > MOST_BITS {
            return Err(Error::Bound("the squares add up to more than can be proven"));
        }
        let slack = slack as usize;
        // The proof is as long as one chunk and as many numbers as there are calls: their product is given.
        let inputs = length * bits as usize + slack + length;
        let chunk = inputs.isqrt().max(1);
        Ok(Self {
            length,
            bits,
            norm,
            slack,
            chunk,
        })
    }

    /// Entries of a vector.
    pub fn length(&self) -> usize {
        self.length
    }

    /// Bits of an entry, two's complement.
    pub fn bits(&self) -> u32 {
        self.bits
    }

    /// The largest L2 norm.
    pub fn norm(&self) -> u64 {
        self.norm
    }

    /// What is added to an entry, so that it is not negative.
    pub(crate) fn offset(&self) -> i128 {
        1 << (self.bits - 1)
    }

    fn square(&self) -> u128 {
        u128::from(self.norm) * u128::from(self.norm)
    }

    /// Whether a vector is within the bound; if so, its slack.
    pub(crate) fn check(&self, values: &[i64]) -> Result<u128, Error> {
        if values.len() != self.length {
            return Err(Error::Length {
                have: values.len(),
                need: self.length,
            });
        }
        let range = -self.offset()..self.offset();
        if let Some(index) = values.iter().position(|value| !range.contains(&i128::from(*value))) {
            return Err(Error::Entry { index, bits: self.bits });
        }
        // At most 2^24 squares of 94 bits.
        let squares: u128 = values.iter().map(|value| u128::from(value.unsigned_abs()).pow(2)).sum();
        self.square()
            .checked_sub(squares)
            .ok_or(Error::Norm { norm: self.norm })
    }

    fn bit_calls(&self) -> usize {
        self.input_len().div_ceil(self.chunk)
    }

    fn calls(&self) -> usize {
        self.bit_calls() + self.length.div_ceil(self.chunk)
    }

    /// The entries, each still with its offset.
    fn entries<'a>(&self, input: &'a [Field128]) -> impl Iterator<Item = Field128> + 'a {
        input[..self.length * self.bits as usize]
            .chunks(self.bits as usize)
            .map(number)
    }
}

/// The number that these bits are, lowest first; or of shares of bits a share of it.
fn number(bits: &[Field128]) -> Field128 {
    bits.iter()
        .rev()
        .fold(Field128::zero(), |number, bit| number + number + *bit)
}

fn push_bits(number: u128, bits: usize, to: &mut Vec<Field128>) {
    to.extend((0..bits).map(|at| Field128::from(number >> at & 1)));
}

impl Flp for Bound {
    type Field = Field128;

    fn gadget(&self) -> Vec<Box<dyn Gadget<Field128>>> {
        let gadget: ParallelSum<Field128, Mul> = ParallelSumGadget::new(Mul::new(self.calls()), self.chunk);
        vec![Box::new(gadget)]
    }

    fn num_gadgets(&self) -> usize {
        1
    }

    fn valid(
        &self,
        gadgets: &mut Vec<Box<dyn Gadget<Field128>>>,
        input: &[Field128],
        joint_rand: &[Field128],
        num_shares: usize,
    ) -> Result<Vec<Field128>, FlpError> {
        self.valid_call_check(input, joint_rand)?;
        let shares = Field128::from(num_shares as u128);
        // Of a constant, each share has its part.
        let part = shares.inv();
        let one = part;
        let offset = Field128::from(self.offset() as u128) * part;
        let gadget = &mut gadgets[0];
        let mut arguments = vec![Field128::zero(); 2 * self.chunk];

        let mut bits = Field128::zero();
        for (chunk, random) in input.chunks(self.chunk).zip(joint_rand) {
            arguments.fill(Field128::zero());
            let mut weight = *random;
            for (bit, pair) in chunk.iter().zip(arguments.chunks_mut(2)) {
                pair[0] = weight * *bit;
                pair[1] = *bit - one;
                weight *= *random;
            }
            bits += gadget.eval(&arguments)?;
        }

        let entries: Vec<Field128> = self.entries(input).map(|entry| entry - offset).collect();
        let mut squares = Field128::zero();
        for chunk in entries.chunks(self.chunk) {
            arguments.fill(Field128::zero());
            for (entry, pair) in chunk.iter().zip(arguments.chunks_mut(2)) {
                pair.fill(*entry);
            }
            squares += gadget.eval(&arguments)?;
        }
        let slack = number(&input[self.length * self.bits as usize..]);
        Ok(vec![bits, squares + slack - Field128::from(self.square()) * part])
    }

    fn input_len(&self) -> usize {
        self.length * self.bits as usize + self.slack
    }

    fn proof_len(&self) -> usize {
        // The wires' seeds, and the gadget's polynomial, of twice the degree of the wires'.
        2 * self.chunk + 2 * ((1 + self.calls()).next_power_of_two() - 1) + 1
    }

    fn verifier_len(&self) -> usize {
        // The output, the wires, and the gadget's polynomial, at one point each.
        2 + 2 * self.chunk
    }

    fn joint_rand_len(&self) -> usize {
        self.bit_calls()
    }

    fn eval_output_len(&self) -> usize {
        2
    }

    fn prove_rand_len(&self) -> usize {
        2 * self.chunk
    }
}

impl Type for Bound {
    type Measurement = Vec<i64>;
    type AggregateResult = Vec<i128>;

    fn encode_measurement(&self, values: &Vec<i64>) -> Result<Vec<Field128>, FlpError> {
        let slack = self
            .check(values)
            .map_err(|error| FlpError::Encode(error.to_string()))?;
        let mut input = Vec::with_capacity(self.input_len());
        for value in values {
            let shifted = i128::from(*value) + self.offset();
            push_bits(shifted as u128, self.bits as usize, &mut input);
        }
        push_bits(slack, self.slack, &mut input);
        Ok(input)
    }

    /// The entries with their offsets, which [`Type::decode_result`] takes off.
    fn truncate(&self, input: Vec<Field128>) -> Result<Vec<Field128>, FlpError> {
        self.truncate_call_check(&input)?;
        Ok(self.entries(&input).collect())
    }

    fn decode_result(&self, data: &[Field128], parties: usize) -> Result<Vec<i128>, FlpError> {
        let offset = Field128::from(self.offset() as u128 * parties as u128);
        let signed = |element: Field128| {
            let number = u128::from(element);
            let modulus = Field128::modulus();
            match number > modulus / 2 {
                true => -((modulus - number) as i128),
                false => number as i128,
            }
        };
        Ok(data.iter().map(|element| signed(*element - offset)).collect())
    }

    fn output_len(&self) -> usize {
        self.length
    }
}
