#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A second reader of journals, written from the description in src/store/journal.h: prints how many whole frames, blocks and
# runs the files hold, each block counted once. A torn tail is left out; anything else that is wrong is an error.
#
# usage: journal.py STATUSES FILE...     STATUSES: how many statuses a run may have
import struct
import sys
import zlib


def frames(data):
    if len(data) < 64:
        return
    if data[:8] != b"\x89KLJRN\r\n" or struct.unpack("<I", data[60:64])[0] != zlib.crc32(data[:60]):
        sys.exit("the header is wrong")
    identity, at, sequence = data[16:48], 64, 0
    while len(data) - at >= 36:
        header = data[at:at + 32]
        magic, version, length, number, crc = struct.unpack("<8sIQQI", header)
        if crc != zlib.crc32(identity + header[:28]) or at + 36 + length > len(data):
            return
        payload = data[at + 32:at + 32 + length]
        if struct.unpack("<I", data[at + 32 + length:at + 36 + length])[0] != zlib.crc32(payload, crc):
            return
        if magic != b"\x89KLFRM\r\n" or version != 1 or number < sequence:
            sys.exit(f"frame {number} at {at} is wrong")
        yield payload
        at += 36 + length
        sequence = number + 1


def main():
    statuses, n_frames, runs = int(sys.argv[1]), 0, {}
    for path in sys.argv[2:]:
        with open(path, "rb") as file:
            data = file.read()
        for payload in frames(data):
            n_frames += 1
            left, at = struct.unpack("<Q", payload[:8])[0], 8
            while left > 0:
                size, index = struct.unpack("<QQ", payload[at:at + 16])
                runs[index] = sum(struct.unpack(f"<{statuses}I", payload[at + 16:at + 16 + 4 * statuses]))
                at, left = at + size, left - size
            if left != 0:
                sys.exit("the blocks of a frame are longer than it says")
    print(n_frames, len(runs), sum(runs.values()))


main()
