#!/usr/bin/env python3
"""Checks, without a network, that an entry stands in a chain's audit log.

    python3 scripts/audit-proof.py FILE BLOCK_HASH [--genesis HASH]

FILE is what `secureflow audit proof` writes. BLOCK_HASH is the hash of a block that you know to be final, from a source
that you trust: everything is checked against it, nothing in the file is believed. With --genesis the chain is checked
too.

What is checked, in this order:
  1. the header's hash (BLAKE2b-256) is BLOCK_HASH, and its number is the one that the file gives;
  2. the trie nodes lead from the header's state root to the peaks of the log's Merkle mountain range and to the hash of
     block zero, and every node is needed for that;
  3. the entry, hashed under its domain with its place, and its siblings give one of these peaks.

Then the entry is printed. Exit code: 0 proven, 1 not proven, 64 wrong usage. Needs Python 3.8 and nothing else.
"""

import argparse
import hashlib
import json
import sys

FORMAT = "secureflow/audit-proof/v1"
FIELDS = {"format", "genesis", "block", "header", "index", "entry", "siblings", "peaks", "nodes"}
# twox_128("Audit") + twox_128("Peaks"), and twox_128("System") + twox_128("BlockHash") + twox_64(0) + 0.
PEAKS_KEY = "b0f1012b5c160ae4cf55cbde0777e49b9632985ebb7810ba3fbe481b54b1f43f"
GENESIS_KEY = "26aa394eea5630e07c48ae0c9558cef7a44704b568d21667356a5a050c118746b4def25cfda6ef3a00000000"
DOMAIN = b"secureflow/audit-entry/v2"

SUBJECTS = "Organisation Dataset Space Job Worker Measurement Consortium Code".split()
KINDS = """
    OrganisationAdmitted OrganisationSuspended KeysSet OperatorAdded OperatorRemoved DatasetRegistered PolicySet
    DatasetRetired SpaceCreated Invited InvitationAccepted JobProposed JobApproved JobAssigned RoundCommitted
    JobCompleted JobFailed JobCancelled JobExpired WorkerRegistered WorkerRevoked MeasurementAccepted AgreementSet
    EscrowFunded Settled AuditorGranted Note OrganisationReinstated MeasurementDropped PolicyRevoked EvidencePolicySet ValidatorsNamed
    OrganisationRemoved UpgradeAuthorized ValidatorEquivocated AuditorRevoked EpochRotated PointsMinted PointsConfigured
    PayoutClaimed ReceiptDisputed DisputeResolved NodesNamed JobUnassigned EscrowReleased
""".split()


class NotProven(Exception):
    """Why the entry is not proven."""


def blake2(data):
    return hashlib.blake2b(data, digest_size=32).digest()


def need(condition, reason):
    if not condition:
        raise NotProven(reason)


def unhex(text, what, length=None):
    need(isinstance(text, str) and text.startswith("0x") and text == text.lower(), f"{what} is not lower-case hex")
    try:
        data = bytes.fromhex(text[2:])
    except ValueError:
        raise NotProven(f"{what} is not hex") from None
    need(text == "0x" + data.hex(), f"{what} is not plain hex")
    need(length is None or len(data) == length, f"{what} does not have {length} bytes")
    return data


def number(value, what, limit):
    need(type(value) is int and 0 <= value < limit, f"{what} is not a number below {limit}")
    return value


class Reader:
    """SCALE, from the front."""

    def __init__(self, data, what):
        self.data, self.at, self.what = data, 0, what

    def take(self, count):
        need(self.at + count <= len(self.data), f"{self.what} is too short")
        self.at += count
        return self.data[self.at - count : self.at]

    def uint(self, size):
        return int.from_bytes(self.take(size), "little")

    def compact(self):
        first = self.uint(1)
        mode, size = first & 3, [0, 1, 3]
        if mode == 3:
            count = (first >> 2) + 4
            value = self.uint(count)
            need(value >= 1 << 30 and value >> (8 * (count - 1)), f"{self.what} has a length in a wrong form")
            return value
        value = (first | int.from_bytes(self.take(size[mode]), "little") << 8) >> 2
        need(mode == 0 or value >= [0, 1 << 6, 1 << 14][mode], f"{self.what} has a length in a wrong form")
        return value

    def option(self, read):
        tag = self.uint(1)
        need(tag < 2, f"{self.what} has an option that is neither there nor not")
        return read() if tag else None

    def done(self):
        need(self.at == len(self.data), f"bytes trail {self.what}")


def nibbles(key):
    return [half for byte in key for half in (byte >> 4, byte & 15)]


def look_up(root, nodes, key):
    """The value under a key in a Substrate state trie (version 0 or 1) of which some nodes are known by their hashes.
    Marks the nodes on the way as used."""

    def node(reference):
        if len(reference) < 32:
            return reference
        need(reference in nodes, "a trie node is missing or was changed")
        nodes[reference][1] = True
        return nodes[reference][0]

    path, data = nibbles(key), node(root)
    while True:
        reader = Reader(data, "a trie node")
        first = reader.uint(1)
        for mask, bits, branch, value in (
            (0b11 << 6, 0b01 << 6, False, "plain"),
            (0b11 << 6, 0b10 << 6, True, None),
            (0b11 << 6, 0b11 << 6, True, "plain"),
            (0b111 << 5, 0b001 << 5, False, "hashed"),
            (0b1111 << 4, 0b0001 << 4, True, "hashed"),
        ):
            if first & mask == bits:
                break
        else:
            raise NotProven("a trie node is of an unknown kind")
        most = ~mask & 0xFF
        length = first & most
        if length == most:
            while True:
                more = reader.uint(1)
                length += more
                if more < 255:
                    break
        packed = nibbles(reader.take((length + 1) // 2))
        if length % 2:
            need(packed[0] == 0, "a trie node's key is padded wrongly")
        partial = packed[length % 2 :]
        bitmap = reader.uint(2) if branch else 0
        found = None
        if value == "plain":
            found = reader.take(reader.compact())
        elif value == "hashed":
            found = reader.take(32)
        need(path[:length] == partial, "the state holds no such value")
        path = path[length:]
        if not path:
            need(value is not None, "the state holds no such value")
            return node(found) if value == "hashed" else found
        need(bitmap >> path[0] & 1, "the state holds no such value")
        for child in range(16):
            if bitmap >> child & 1:
                reference = reader.take(reader.compact())
                if child == path[0]:
                    break
        path, data = path[1:], node(reference)


def header_of(bundle, block_hash):
    header = unhex(bundle["header"], "the header")
    need(blake2(header) == block_hash, "the header is not that of this block")
    reader = Reader(header, "the header")
    reader.take(32)
    height = reader.compact()
    need(number(bundle["block"], "the block", 1 << 32) == height, f"the header is that of block {height}")
    return height, reader.take(32)


def state_of(bundle, root):
    """Peaks and genesis, as the state with this root holds them."""
    nodes = {}
    for text in bundle["nodes"]:
        data = unhex(text, "a trie node")
        need(blake2(data) not in nodes, "a trie node stands there twice")
        nodes[blake2(data)] = [data, False]
    reader = Reader(look_up(root, nodes, bytes.fromhex(PEAKS_KEY)), "the peaks")
    peaks = [(reader.uint(4), reader.take(32)) for _ in range(reader.compact())]
    reader.done()
    genesis = look_up(root, nodes, bytes.fromhex(GENESIS_KEY))
    need(all(used for _, used in nodes.values()), "a trie node is of no use")
    said = [(number(height, "a height", 64), unhex(peak, "a peak", 32)) for height, peak in bundle["peaks"]]
    need(said == peaks, "the peaks are not those that the state holds")
    need(unhex(bundle["genesis"], "the genesis", 32) == genesis, "the genesis is not the one that the state remembers")
    return peaks, genesis


def leads_to_a_peak(bundle, entry, peaks):
    index = number(bundle["index"], "the index", 1 << 64)
    siblings = [unhex(sibling, "a sibling", 32) for sibling in bundle["siblings"]]
    domain = bytes([len(DOMAIN) << 2]) + DOMAIN
    node = blake2(domain + index.to_bytes(8, "little") + entry)
    first = 0
    for height, peak in peaks:
        if index < first + (1 << height):
            break
        first += 1 << height
    else:
        raise NotProven(f"the log has {first} entries, and no entry {index}")
    need(len(siblings) == height, f"there are {len(siblings)} siblings, and the peak is {height} high")
    place = index - first
    for sibling in siblings:
        left, right = (sibling, node) if place & 1 else (node, sibling)
        node, place = blake2(b"\x01" + left + right), place >> 1
    need(node == peak, "the entry does not lead to a peak of the log")
    return index


def entry_of(data):
    """The entry's fields, for people."""
    reader = Reader(data, "the entry")
    fields = {"block": reader.uint(4)}
    fields["actor"] = reader.option(lambda: "0x" + reader.take(32).hex())
    fields["space"] = reader.option(lambda: reader.uint(4))
    subject = reader.uint(1)
    need(subject < len(SUBJECTS), "the entry is about something unknown")
    name = SUBJECTS[subject]
    if name in ("Worker", "Measurement", "Code"):
        size = 48 if name == "Measurement" else 32
        fields["subject"] = f"{name} 0x{reader.take(size).hex()}"
    else:
        fields["subject"] = name if name == "Consortium" else f"{name} {reader.uint(4)}"
    kind = reader.uint(1)
    need(kind < len(KINDS), "what the entry says happened is unknown")
    fields["kind"] = KINDS[kind]
    fields["policy"] = reader.option(lambda: reader.uint(4))

    def details():
        space, epoch = reader.uint(4), reader.uint(4)
        call = reader.option(lambda: "0x" + reader.take(32).hex())
        ciphertext = reader.take(reader.compact())
        sealed = f"{len(ciphertext)} bytes, BLAKE2b-256 0x{blake2(ciphertext).hex()}"
        return {"space": space, "epoch": epoch, "call": call, "ciphertext": sealed}

    fields["details"] = reader.option(details)
    reader.done()
    return fields


def check(bundle, block_hash, genesis=None):
    need(isinstance(bundle, dict) and set(bundle) == FIELDS, "the file has other fields than a proof")
    need(bundle["format"] == FORMAT, f"the file is not of the format {FORMAT}")
    try:
        height, root = header_of(bundle, block_hash)
        peaks, found = state_of(bundle, root)
        entry = unhex(bundle["entry"], "the entry")
        index = leads_to_a_peak(bundle, entry, peaks)
    except (TypeError, ValueError):
        raise NotProven("a field is of another type than it should be") from None
    need(genesis is None or genesis == found, "the proof is for another chain")
    return {"index": index, "proven_at": height, "genesis": "0x" + found.hex(), "entry": entry_of(entry)}


def hash_argument(text):
    try:
        return unhex(text.lower(), "it", 32)
    except NotProven as error:
        raise argparse.ArgumentTypeError(str(error)) from None


class Usage(argparse.ArgumentParser):
    def error(self, message):
        self.print_usage(sys.stderr)
        self.exit(64, f"{self.prog}: {message}\n")


def main():
    lines = __doc__.split("\n\n")
    parser = Usage(description=lines[0], epilog="\n\n".join(lines[2:]), formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("file", help="what `secureflow audit proof` has written")
    parser.add_argument("block_hash", type=hash_argument, help="the hash of a final block, from a trusted source")
    parser.add_argument("--genesis", type=hash_argument, help="the hash of the chain's block zero")
    arguments = parser.parse_args()
    try:
        with open(arguments.file, encoding="utf-8") as file:
            bundle = json.load(file)
    except OSError as error:
        parser.error(str(error))
    except ValueError as error:
        sys.exit(f"NOT PROVEN: the file is no JSON: {error}")
    try:
        proven = check(bundle, arguments.block_hash, arguments.genesis)
    except NotProven as error:
        sys.exit(f"NOT PROVEN: {error}")
    print(json.dumps(proven, indent=2))


if __name__ == "__main__":
    main()
