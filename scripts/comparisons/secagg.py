"""A whole round of secure aggregation with drop-outs, beside the one that Flower's SecAgg+ primitives make.

Flower's client module and workflow are made for its runtime; here their steps are called in the same order in one process,
without messages. Flower folds every seed to 32 bits for a Mersenne Twister, which an attacker can try out; this project expands
seeds of 256 bits with AES. Both do their clients' work and their server's work, one party after the other.
"""

import importlib.metadata
import os
import time

import numpy as np
from figures import row
from flwr.common.secure_aggregation.crypto.shamir import combine_shares, create_shares
from flwr.common.secure_aggregation.crypto.symmetric_encryption import decrypt, encrypt, generate_shared_key
from flwr.common.secure_aggregation.ndarrays_arithmetic import (
    parameters_addition,
    parameters_mod,
    parameters_subtraction,
)
from flwr.common.secure_aggregation.quantization import dequantize, quantize
from flwr.common.secure_aggregation.secaggplus_utils import (
    pseudo_rand_gen,
    share_keys_plaintext_concat,
    share_keys_plaintext_separate,
)
from flwr.supercore.primitives.asymmetric import (
    bytes_to_private_key,
    bytes_to_public_key,
    generate_key_pairs,
    private_key_to_bytes,
    public_key_to_bytes,
)

# As in Flower's own workflow: values in [-8, 8] on 2^22 steps, in a ring of 32 bits.
CLIP, TARGET, MODULUS = 8.0, 1 << 22, 1 << 32


class Party:
    """One client, with its keys and what the others have entrusted to it."""

    def __init__(self, number: int, threshold: int):
        self.number, self.threshold = number, threshold
        first, second = generate_key_pairs(), generate_key_pairs()
        self.mask_key, self.mask_public = private_key_to_bytes(first[0]), public_key_to_bytes(first[1])
        self.seal_key, self.seal_public = private_key_to_bytes(second[0]), public_key_to_bytes(second[1])
        self.seed = os.urandom(32)
        self.sealing, self.seeds, self.keys = {}, {}, {}

    def share(self, neighbours):
        """Sealed shares of this party's two secrets, by the neighbour that they are for."""
        everyone = sorted([*neighbours, self], key=lambda party: party.number)
        seeds = create_shares(self.seed, self.threshold, len(everyone))
        keys = create_shares(self.mask_key, self.threshold, len(everyone))
        sealed = {}
        for other, seed, key in zip(everyone, seeds, keys, strict=True):
            if other is self:
                self.seeds[self.number], self.keys[self.number] = seed, key
                continue
            shared = agree(self.seal_key, other.seal_public)
            self.sealing[other.number] = shared
            plain = share_keys_plaintext_concat(self.number, other.number, seed, key)
            sealed[other.number] = encrypt(shared, plain)
        return sealed

    def open(self, source: int, sealed: bytes):
        said, meant, seed, key = share_keys_plaintext_separate(decrypt(self.sealing[source], sealed))
        assert (said, meant) == (source, self.number)
        self.seeds[source], self.keys[source] = seed, key

    def mask(self, update, neighbours):
        vector = quantize([update], CLIP, TARGET)
        shape = [vector[0].shape]
        vector = parameters_addition(vector, pseudo_rand_gen(self.seed, MODULUS, shape))
        for other in neighbours:
            pair = pseudo_rand_gen(agree(self.mask_key, other.mask_public), MODULUS, shape)
            join = parameters_addition if self.number > other.number else parameters_subtraction
            vector = join(vector, pair)
        return parameters_mod(vector, MODULUS)


def agree(private: bytes, public: bytes) -> bytes:
    return generate_shared_key(bytes_to_private_key(private), bytes_to_public_key(public))


def flower_round(count: int, entries: int, dropped: int, neighbours: int):
    """Seconds of one client (mean) and of the server; the sum is checked against the updates'."""
    threshold = 2 * (neighbours + 1) // 3 + 1
    half = neighbours // 2
    random = np.random.default_rng(1)

    def around(number):
        if neighbours == count - 1:
            return [party for party in parties if party.number != number]
        return [parties[(number + step) % count] for step in range(-half, half + 1) if step]

    began = time.perf_counter()
    parties = [Party(number, threshold) for number in range(count)]
    sealed = {party.number: party.share(around(party.number)) for party in parties}
    for party in parties:
        for other in around(party.number):
            party.open(other.number, sealed[other.number][party.number])
    clients_s = time.perf_counter() - began

    left, gone = parties[: count - dropped], parties[count - dropped :]
    truth, total, server_s = np.zeros(entries), None, 0.0
    for party in left:
        update = random.uniform(-1, 1, entries)
        truth += update
        began = time.perf_counter()
        masked = party.mask(update, around(party.number))
        clients_s += time.perf_counter() - began
        began = time.perf_counter()
        total = masked if total is None else parameters_addition(total, masked)
        server_s += time.perf_counter() - began

    began = time.perf_counter()
    shape = [total[0].shape]
    for party in left:
        shares = [other.seeds[party.number] for other in [party, *around(party.number)] if other in left]
        seed = combine_shares(shares[:threshold])
        total = parameters_subtraction(total, pseudo_rand_gen(seed, MODULUS, shape))
    for party in gone:
        shares = [other.keys[party.number] for other in around(party.number) if other in left]
        key = combine_shares(shares[:threshold])
        for other in around(party.number):
            if other not in left:
                continue
            pair = pseudo_rand_gen(agree(key, other.mask_public), MODULUS, shape)
            # What the neighbour has put in for the one that is gone.
            join = parameters_subtraction if other.number > party.number else parameters_addition
            total = join(total, pair)
    total = parameters_mod(total, MODULUS)
    # Each quantised value is shifted by the clipping range.
    found = dequantize(total, CLIP, TARGET)[0] - (len(left) - 1) * CLIP
    server_s += time.perf_counter() - began
    assert np.abs(found - truth).max() < len(left) * 2 * CLIP / TARGET * 2, "Flower's sum is wrong"
    return clients_s / count, server_s


def compare(programs):
    count, entries, dropped = (20, 10_000, 2) if programs.quick else (100, 1_000_000, 10)
    ours = programs.run("round", count, entries, dropped)
    client_s, server_s = flower_round(count, entries, dropped, ours["neighbours"])
    peer = f"flwr {importlib.metadata.version('flwr')}"
    work = f"{count} parties, {entries:,} entries, {dropped} dropped, {ours['neighbours']} neighbours each"
    return [
        row(f"{work}: whole round", peer, ours["whole_s"], client_s * count + server_s),
        row("of this, the server", peer, ours["server_s"], server_s),
        row("of this, one client", peer, ours["client_s"], client_s),
    ]
