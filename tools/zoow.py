#!/usr/bin/env python3
"""A second reader of zoo archives, in plain Python: Schemas/archive.md describes the format.

    zoow.py list FILE          the tensors, the metadata and the content identifier
    zoow.py check FILE         recompute every checksum and digest
    zoow.py dump FILE NAME     the elements of one tensor, little-endian, to standard output
"""
import hashlib, json, math, struct, sys, zlib

MAGIC = b"\x89ZOO\r\n\x1a\n"
TYPES = {1: ("float64", 8, True), 2: ("float32", 4, True), 3: ("float16", 2, True), 4: ("bfloat16", 2, True), 5: ("int64", 8, False),
         6: ("int32", 4, False), 7: ("int16", 2, False), 8: ("int8", 1, False), 9: ("uint8", 1, False), 10: ("bool", 1, False)}
CHUNK = 1 << 18

def need(condition, what):
    if not condition:
        sys.exit(f"zoow.py: {what}")

def read(path):
    data = memoryview(open(path, "rb").read())
    need(len(data) >= 128 and data[:8] == MAGIC and data[-8:] == MAGIC[::-1], "not an archive, or cut short")
    major, _, flags, crc = struct.unpack_from("<HHII", data, 8)
    need(zlib.crc32(data[:16]) == crc and major == 1 and flags == 0 and not any(data[20:64]), "bad superblock")
    start, length, index_crc, content, crc = struct.unpack_from("<QQI32sI", data, len(data) - 64)
    need(zlib.crc32(data[-64:-12]) == crc and start + length == len(data) - 64, "bad footer")
    index, at, tensors, identity = data[start:start + length], 4, {}, hashlib.sha256()
    need(zlib.crc32(index) == index_crc, "bad index")

    def take(form):
        nonlocal at
        at += struct.calcsize("<" + form)
        return struct.unpack_from("<" + form, index, at - struct.calcsize("<" + form))

    for _ in range(struct.unpack_from("<I", index)[0]):
        record = at
        name = bytes(take(f"{take('H')[0]}s")[0]).decode()
        code, rank = take("BB")
        shape, identified = take(f"{rank}Q"), at
        count, digest = take("I32s")
        planes, chunks = TYPES[code][1], []
        for _ in range(count):
            offset, elements = take("QI")
            chunks.append((offset, elements, [take("BI") for _ in range(planes)], take("I")[0]))
        need(name not in tensors and sum(c[1] for c in chunks) == math.prod(shape), f"bad record of {name}")
        need(all(c[1] == CHUNK for c in chunks[:-1]), f"bad chunks of {name}")
        tensors[name] = (code, shape, digest, chunks)
        identity.update(bytes(index[record:identified]) + digest)
    metadata = {bytes(take(f"{take('H')[0]}s")[0]).decode(): bytes(take(f"{take('I')[0]}s")[0]).decode() for _ in range(take("I")[0])}
    need(list(tensors) == sorted(tensors, key=str.encode) and at == length and identity.digest() == content, "bad index")
    place = 64
    for offset, _, streams, _ in sorted(c for t in tensors.values() for c in t[3]):
        need(offset == place, "chunks out of place")
        place += sum(s[1] for s in streams)
    need(place == start, "bytes that belong to no tensor")
    return data, tensors, metadata, content.hex()

def elements(data, code, chunks):
    _, size, rotated = TYPES[code]
    for offset, count, streams, crc in chunks:
        need(zlib.crc32(data[offset:offset + sum(s[1] for s in streams)]) == crc, f"bad chunk at byte {offset}")
        out = bytearray(size * count)
        for plane, (codec, length) in zip(range(size - 1, -1, -1), streams):
            stream, offset = data[offset:offset + length], offset + length
            if codec == 1:
                inflate = zlib.decompressobj(-15)
                stream = inflate.decompress(stream)
                need(inflate.eof and not inflate.unused_data, "bad stream")
            need(codec < 2 and len(stream) == count, "bad stream")
            out[plane::size] = stream
        if rotated:  # as one large number: move all bits down, and the lowest bit of each element to its top
            low, top = int.from_bytes(bytes([1] + [0] * (size - 1)) * count, "little"), 8 * size - 1
            number = int.from_bytes(out, "little")
            out = (((number & ~low) >> 1) | ((number & low) << top)).to_bytes(size * count, "little")
        yield bytes(out)

def main(command, path, name=None):
    data, tensors, metadata, content = read(path)
    if command == "dump":
        need(name in tensors, f"no tensor {name}")
        for part in elements(data, tensors[name][0], tensors[name][3]):
            sys.stdout.buffer.write(part)
        return
    for name, (code, shape, digest, chunks) in tensors.items():
        if command == "check":
            total = hashlib.sha256()
            for part in elements(data, code, chunks):
                total.update(part)
            need(total.digest() == digest, f"bad digest of {name}")
        print(name, TYPES[code][0], "x".join(map(str, shape)) or "scalar", digest.hex(), sep="\t")
    for key, value in metadata.items():
        print("metadata", json.dumps(key), json.dumps(value), sep="\t")
    print("content", content, sep="\t")

if __name__ == "__main__":
    need(len(sys.argv) in (3, 4) and sys.argv[1] in ("list", "check", "dump"), __doc__)
    main(*sys.argv[1:])
