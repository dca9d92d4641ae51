#!/usr/bin/env python3
"""Makes data/example.bam and its index: a small real BAM for the example specs.

Sixty reads of 100 bases on the human mitochondrion (`chrM` of hg38), all of which match the reference: the sequence is
written with `=`, the code that BAM has for that, so no reference is needed to make it. Nothing but the standard library
is used, and the same bytes come out each time (the compression aside, which may differ between versions of zlib).

Formats: "Sequence Alignment/Map Format Specification", sections 4 (BAM, BGZF) and 5 (indexing).
"""

import struct
import zlib
from pathlib import Path

REFERENCES = [("chrM", 16569)]
READS = 60
LENGTH = 100
START = 3000
STEP = 40
READS_PER_BLOCK = 20

# An empty block at the end says that the file is whole (specification, 4.1.2).
END_OF_FILE = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")


def block(data: bytes) -> bytes:
    """One BGZF block: gzip with its own size in an extra field."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(data) + packer.flush()
    header = struct.pack("<4BI2BH", 31, 139, 8, 4, 0, 0, 255, 6)
    extra = struct.pack("<2BHH", 66, 67, 2, len(packed) + 25)
    return header + extra + packed + struct.pack("<II", zlib.crc32(data), len(data))


def header() -> bytes:
    text = "@HD\tVN:1.6\tSO:coordinate\n"
    text += "".join(f"@SQ\tSN:{name}\tLN:{length}\n" for name, length in REFERENCES)
    text += "@RG\tID:example\tSM:EXAMPLE\tPL:ILLUMINA\n"
    data = b"BAM\1" + struct.pack("<i", len(text)) + text.encode()
    data += struct.pack("<i", len(REFERENCES))
    for name, length in REFERENCES:
        data += struct.pack("<i", len(name) + 1) + name.encode() + b"\0" + struct.pack("<i", length)
    return data


def bin_of(begin: int, end: int) -> int:
    """The bin that holds an interval (specification, 5.3)."""
    end -= 1
    for shift, offset in ((14, 4681), (17, 585), (20, 73), (23, 9), (26, 1)):
        if begin >> shift == end >> shift:
            return offset + (begin >> shift)
    return 0


def read(number: int) -> tuple[int, int, bytes]:
    """One alignment: its begin and end, counted from 0, and its record."""
    begin = START + number * STEP
    end = begin + LENGTH
    name = f"read{number:03}".encode() + b"\0"
    flags = 16 if number % 2 else 0
    cigar = struct.pack("<I", LENGTH << 4)
    sequence = bytes((LENGTH + 1) // 2)
    qualities = bytes([30 + number % 10]) * LENGTH
    tags = b"RGZexample\0" + b"NMC\0"
    record = struct.pack(
        "<iiBBHHHiiii", 0, begin, len(name), 60, bin_of(begin, end), 1, flags, LENGTH, -1, -1, 0
    )
    record += name + cigar + sequence + qualities + tags
    return begin, end, struct.pack("<i", len(record)) + record


def build() -> tuple[bytes, bytes]:
    """The BAM and its index."""
    bam = block(header())
    bins: dict[int, list[tuple[int, int]]] = {}
    windows: dict[int, int] = {}
    first = None
    last = 0
    for low in range(0, READS, READS_PER_BLOCK):
        records = [read(number) for number in range(low, min(low + READS_PER_BLOCK, READS))]
        packed = block(b"".join(record for _, _, record in records))
        inside = 0
        for index, (begin, end, record) in enumerate(records):
            # A virtual offset: where the block begins, and where the record begins in the unpacked block.
            start = len(bam) << 16 | inside
            inside += len(record)
            stop = (len(bam) + len(packed)) << 16 if index + 1 == len(records) else len(bam) << 16 | inside
            chunks = bins.setdefault(bin_of(begin, end), [])
            if chunks and chunks[-1][1] == start:
                chunks[-1] = (chunks[-1][0], stop)
            else:
                chunks.append((start, stop))
            for window in range(begin >> 14, (end - 1 >> 14) + 1):
                windows.setdefault(window, start)
            first = start if first is None else first
            last = stop
        bam += packed
    bam += END_OF_FILE

    index = b"BAI\1" + struct.pack("<i", len(REFERENCES))
    index += struct.pack("<i", len(bins) + 1)
    for number, chunks in sorted(bins.items()):
        index += struct.pack("<Ii", number, len(chunks))
        index += b"".join(struct.pack("<QQ", *chunk) for chunk in chunks)
    # The pseudo-bin: where the reference's reads are, and how many are mapped and unmapped (specification, 5.2).
    index += struct.pack("<IiQQQQ", 37450, 2, first, last, READS, 0)
    count = max(windows) + 1
    index += struct.pack("<i", count)
    index += b"".join(struct.pack("<Q", windows.get(window, 0)) for window in range(count))
    index += struct.pack("<Q", 0)
    return bam, index


def main() -> None:
    folder = Path(__file__).parent / "data"
    folder.mkdir(exist_ok=True)
    bam, index = build()
    (folder / "example.bam").write_bytes(bam)
    (folder / "example.bam.bai").write_bytes(index)


if __name__ == "__main__":
    main()
