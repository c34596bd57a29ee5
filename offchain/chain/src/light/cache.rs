//! What was proven of the newest blocks, within bounds.

use std::collections::{BTreeMap, VecDeque};

use secureflow_primitives::H256;

use crate::Header;

const BLOCKS: usize = 4;
const BYTES: usize = 16 << 20;
const HEADERS: usize = 256;

type Values = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

#[derive(Default)]
pub(crate) struct Cache {
    /// Oldest first.
    values: VecDeque<(H256, Values)>,
    bytes: usize,
    headers: Headers,
    sealed: Headers,
}

#[derive(Default)]
struct Headers(VecDeque<(H256, Header)>);

impl Headers {
    fn get(&self, block: H256) -> Option<Header> {
        let mut newest = self.0.iter().rev();
        newest
            .find(|(hash, _)| *hash == block)
            .map(|(_, header)| header.clone())
    }

    fn add(&mut self, block: H256, header: Header) {
        if self.get(block).is_some() {
            return;
        }
        if self.0.len() == HEADERS {
            self.0.pop_front();
        }
        self.0.push_back((block, header));
    }
}

impl Cache {
    /// The header of a block that is proven to be final.
    pub(crate) fn header(&self, block: H256) -> Option<Header> {
        self.headers.get(block)
    }

    pub(crate) fn add_header(&mut self, block: H256, header: Header) {
        self.headers.add(block, header);
    }

    /// The header of a block that a validator has sealed, final or not.
    pub(crate) fn sealed(&self, block: H256) -> Option<Header> {
        self.sealed.get(block)
    }

    pub(crate) fn add_sealed(&mut self, block: H256, header: Header) {
        self.sealed.add(block, header);
    }

    /// What is known of a key; `Some(None)` where the state has nothing under it.
    pub(crate) fn value(&self, block: H256, key: &[u8]) -> Option<Option<Vec<u8>>> {
        let (_, values) = self.values.iter().find(|(hash, _)| *hash == block)?;
        values.get(key).cloned()
    }

    pub(crate) fn add_values(&mut self, block: H256, values: impl IntoIterator<Item = (Vec<u8>, Option<Vec<u8>>)>) {
        if !self.values.iter().any(|(hash, _)| *hash == block) {
            if self.values.len() == BLOCKS {
                self.forget_oldest();
            }
            self.values.push_back((block, Values::new()));
        }
        let Some((_, known)) = self.values.iter_mut().find(|(hash, _)| *hash == block) else {
            return;
        };
        for (key, value) in values {
            let size = key.len() + value.as_ref().map_or(0, Vec::len);
            if size <= BYTES && known.insert(key, value).is_none() {
                self.bytes += size;
            }
        }
        while self.bytes > BYTES {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        let Some((_, values)) = self.values.pop_front() else {
            self.bytes = 0;
            return;
        };
        let size = |(key, value): (Vec<u8>, Option<Vec<u8>>)| key.len() + value.map_or(0, |value| value.len());
        self.bytes -= values.into_iter().map(size).sum::<usize>();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_blocks_stay_within_bounds() {
        let mut cache = Cache::default();
        let block = |number: u8| H256::repeat_byte(number);
        for number in 0..6 {
            cache.add_values(block(number), [(vec![1], Some(vec![number]))]);
        }
        assert_eq!(cache.value(block(1), &[1]), None);
        assert_eq!(cache.value(block(2), &[1]), Some(Some(vec![2])));
        assert_eq!(cache.value(block(2), &[2]), None);
        cache.add_values(block(2), [(vec![2], None)]);
        assert_eq!(cache.value(block(2), &[2]), Some(None));

        for key in 0..40u8 {
            cache.add_values(block(7), [(vec![key], Some(vec![0; 1 << 20]))]);
            assert!(cache.bytes <= BYTES);
        }
        cache.add_values(block(8), [(vec![0], Some(vec![0; BYTES + 1]))]);
        assert_eq!(cache.value(block(8), &[0]), None);
    }

    #[test]
    fn headers_are_forgotten_in_their_order() {
        let mut cache = Cache::default();
        let header = |number| Header::new(number, H256::zero(), H256::zero(), H256::zero(), Default::default());
        use sp_runtime::traits::Header as _;
        for number in 0..300 {
            cache.add_header(H256::from_low_u64_be(number.into()), header(number));
        }
        assert_eq!(cache.header(H256::from_low_u64_be(1)), None);
        assert_eq!(cache.header(H256::from_low_u64_be(299)).unwrap().number, 299);
    }
}
