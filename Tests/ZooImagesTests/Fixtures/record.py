#!/usr/bin/env python3
"""Writes recorded.json: what Pillow 13 answers for resizes of odd sizes, for rare kinds of PNG and JPEG files, and for
the ways in which a file says how its picture is turned.

The JPEG kinds that Pillow cannot write come from libjpeg-turbo's cjpeg and jpegtran, found on the PATH.
    pip install 'pillow==13.*' numpy && python record.py
"""
import base64, hashlib, io, json, pathlib, struct, subprocess, zlib
import numpy as np
from PIL import Image, ImageOps

here = pathlib.Path(__file__).parent
sha = lambda im: hashlib.sha256(np.asarray(im).tobytes()).hexdigest()


def composite(im):
    return Image.alpha_composite(Image.new("RGBA", im.size, "white"), im.convert("RGBA")).convert("RGB")


# Resizes: [file, mode, filter, width, height, SHA-256]. Columns are first where the height shrinks by more than twice as many
# pixels as the width: 40 and 41 of 61 rows are on either side of that, beside 87 of 97 columns.
filters = dict(nearest=Image.NEAREST, bilinear=Image.BILINEAR, bicubic=Image.BICUBIC)
resizes = []
for file, mode, sizes in (
    ("rgb.png", "RGB", ((1, 1), (13, 61), (97, 7), (96, 60), (98, 62), (200, 31), (31, 200), (291, 183), (5, 400),
                       (87, 40), (87, 41), (96, 20), (300, 60), (300, 61))),
    ("rgb.png", "L", ((1, 1), (13, 61), (97, 7), (96, 60), (98, 62), (200, 31), (31, 200), (87, 40), (87, 41))),
    ("china.jpg", "RGB", ((641, 426), (321, 7), (3, 427), (255, 256), (600, 100))),
    ("china.jpg", "L", ((224, 224), (639, 428))),
    ("digit-8x8.png", "L", ((28, 28), (32, 32), (8, 28), (7, 9))),
    ("one-pixel.jpg", "RGB", ((1, 5), (9, 4))),
):
    source = Image.open(here / file).convert(mode)
    for size in sizes:
        for name, method in filters.items():
            resizes.append([file, mode, name, *size, sha(source.resize(size, method))])

# PNG kinds, written by hand: [name, base64, SHA-256 of RGB]
W, H = 13, 11
rng = np.random.default_rng(7)


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def rows(samples, depth):  # samples: (rows, columns, channels)
    out = b""
    for row in samples:
        if depth == 16:
            line = row.astype(">u2").tobytes()
        elif depth == 8:
            line = row.astype(np.uint8).tobytes()
        else:
            bits = "".join(format(int(v), f"0{depth}b") for v in row.ravel())
            bits += "0" * (-len(bits) % 8)
            line = bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))
        out += b"\0" + line
    return out


def png(samples, depth, colour, interlaced, before=b"", after=b""):
    header = struct.pack(">IIBBBBB", samples.shape[1], samples.shape[0], depth, colour, 0, 0, interlaced)
    if interlaced:
        passes = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
        parts = [samples[y::dy, x::dx] for y, x, dy, dx in passes]
        raw = b"".join(rows(p, depth) for p in parts if p.size)
    else:
        raw = rows(samples, depth)
    body = chunk(b"IHDR", header) + before + chunk(b"IDAT", zlib.compress(raw, 9)) + after + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def spec(samples, depth, colour, transparent):
    """The PNG specification in numpy, for what Pillow gets wrong: a transparent colour compared at full depth."""
    to8 = lambda v: (v >> 8 if depth == 16 else v * (255 // ((1 << depth) - 1))).astype(np.uint8)
    rgb = np.repeat(to8(samples[..., :1]), 3, 2) if colour in (0, 4) else to8(samples[..., :3])
    alpha = np.where((samples == np.asarray(transparent)).all(2), 0, 255).astype(np.uint8)
    return composite(Image.fromarray(np.dstack([rgb, alpha])))


pngs = []
for interlaced in (0, 1):
    suffix = ", interlaced" * interlaced
    for colour, kind, channels, depths in (
        (0, "grey", 1, (1, 2, 4, 8, 16)), (2, "RGB", 3, (8, 16)), (3, "palette", 1, (1, 2, 4, 8)),
        (4, "grey with alpha", 2, (8, 16)), (6, "RGB with alpha", 4, (8, 16)),
    ):
        for depth in depths:
            samples = rng.integers(0, 1 << depth, (H, W, channels))
            if channels in (2, 4):
                samples[0, :4, -1] = 0, (1 << depth) - 1, 1, (1 << depth) - 2
            plain, seen = b"", b""
            if colour == 3:
                palette = rng.integers(0, 256, (1 << depth, 3)).astype(np.uint8)
                plain = chunk(b"PLTE", palette.tobytes())
                seen = plain + chunk(b"tRNS", rng.integers(0, 256, (1 << depth) - 1).astype(np.uint8).tobytes())
            variants = [("", plain, None)]
            if colour == 3:
                variants.append((", transparent entries", seen, None))
            if colour in (0, 2):
                key = [int(v) for v in samples[3, 5]]
                variants.append((", transparent colour", chunk(b"tRNS", struct.pack(f">{len(key)}H", *key)), key))
            for words, before, key in variants:
                file = png(samples, depth, colour, interlaced, before)
                im = Image.open(io.BytesIO(file))
                im.load()
                if key is not None:
                    rgb = spec(samples, depth, colour, key)
                    if colour == 2 and depth == 8:
                        assert sha(rgb) == sha(composite(im))
                elif im.mode.startswith("I;16"):
                    rgb = Image.fromarray((np.asarray(im) >> 8).astype(np.uint8)).convert("RGB")
                elif im.mode in ("LA", "RGBA") or "transparency" in im.info:
                    rgb = composite(im)
                else:
                    rgb = im.convert("RGB")
                pngs.append([f"{kind} {depth}-bit{words}{suffix}", base64.b64encode(file).decode(), sha(rgb)])

# PNG with an EXIF block, before and after the pixels; gamma and a colour profile change nothing.
exif = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
samples = rng.integers(0, 256, (H, W, 3))
turned = Image.fromarray(samples.astype(np.uint8)).transpose(Image.Transpose.ROTATE_270)
for words, before, after in (
    ("EXIF before the pixels", chunk(b"eXIf", exif), b""), ("EXIF after the pixels", b"", chunk(b"eXIf", exif)),
):
    file = png(samples, 8, 2, 0, before, after)
    assert sha(ImageOps.exif_transpose(Image.open(io.BytesIO(file)))) == sha(turned)
    pngs.append([words, base64.b64encode(file).decode(), sha(turned)])
extra = chunk(b"gAMA", struct.pack(">I", 100000)) + chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(100000)))
file = png(samples, 8, 2, 0, extra)
pngs.append(["gamma and profile", base64.b64encode(file).decode(), sha(Image.fromarray(samples.astype(np.uint8)))])

# JPEG kinds: [name, base64, SHA-256 of RGB]
small = Image.open(here / "rgb.png").resize((43, 29), Image.BICUBIC)
jpegs = []


def jpeg(name, file):
    im = ImageOps.exif_transpose(Image.open(io.BytesIO(file)))
    jpegs.append([name, base64.b64encode(file).decode(), sha(im.convert("RGB"))])


def saved(im, **options):
    out = io.BytesIO()
    im.save(out, "JPEG", **options)
    return out.getvalue()


def run(tool, *options, input):
    return subprocess.run([tool, *options], input=input, capture_output=True, check=True).stdout


ppm = b"P6 43 29 255\n" + small.tobytes()
for sampling in ("4x1", "1x2", "2x4", "3x1", "1x1,2x1,1x2"):
    jpeg(f"sampling {sampling}", run("cjpeg", "-quality", "85", "-sample", sampling, input=ppm))
jpeg("RGB", run("cjpeg", "-quality", "85", "-rgb", input=ppm))
jpeg("arithmetic", run("cjpeg", "-quality", "85", "-arithmetic", input=ppm))
jpeg("progressive arithmetic", run("cjpeg", "-quality", "85", "-arithmetic", "-progressive", input=ppm))
jpeg("progressive grey", run("cjpeg", "-quality", "85", "-grayscale", "-progressive", input=ppm))
jpeg("restart in every block", run("cjpeg", "-quality", "60", "-restart", "1B", input=ppm))
cmyk = Image.frombytes("CMYK", (43, 29), rng.integers(0, 256, 29 * 43 * 4).astype(np.uint8).tobytes())
cmyk = cmyk.resize((5, 4), Image.BICUBIC).resize((43, 29), Image.BICUBIC)
plain = saved(cmyk, quality=90)
jpeg("CMYK", plain)
jpeg("CMYK progressive", run("jpegtran", "-progressive", "-copy", "all", input=plain))
adobe = plain.index(b"Adobe")
jpeg("YCCK", plain[: adobe + 11] + b"\x02" + plain[adobe + 12 :])
at = plain.index(b"\xff\xee")
jpeg("CMYK without an Adobe segment", plain[:at] + plain[at + 2 + int.from_bytes(plain[at + 2 : at + 4]) :])
good = saved(small, quality=85)
jpeg("bytes after the end", good + b"trailing bytes")
jpeg("stray bytes before a marker", good[:-2] + bytes(64) + good[-2:])
jpeg("unknown JFIF revision", good.replace(b"JFIF\0\x01\x01", b"JFIF\0\x02\x01"))
tiny = saved(small.resize((19, 11)), quality=50)
for orientation in range(1, 9):
    for order, header in (("little", b"II*\0\x08\0\0\0"), ("big", b"MM\0*\0\0\0\x08")):
        number = lambda value, size: value.to_bytes(size, order)
        other = number(0x0110, 2) + number(2, 2) + number(4, 4) + b"zoo\0"
        tag = number(0x0112, 2) + number(3, 2) + number(1, 4) + number(orientation, 2) + b"\0\0"
        block = b"Exif\0\0" + header + number(2, 2) + other + tag + number(0, 4)
        segment = b"\xff\xe1" + (len(block) + 2).to_bytes(2, "big") + block
        jpeg(f"orientation {orientation}, {order}-endian", tiny[:2] + segment + tiny[2:])

# Orientation: [name, base64, SHA-256 of RGB]
orientations = []
jpeg_base = saved(Image.fromarray(np.arange(15, dtype=np.uint8).reshape(3, 5) * 15), quality=40)
png_samples = np.arange(18).reshape(2, 3, 3) * 13
png_base = png(png_samples, 8, 2, 0)
turns = {2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE", 6: "ROTATE_270", 7: "TRANSVERSE", 8: "ROTATE_90"}


def oriented(name, upright, file, expected, pillow="agrees"):
    """`expected` is the orientation; Pillow agrees, or refuses the file, or does not look where it stands."""
    im = Image.open(io.BytesIO(upright)).convert("RGB")
    if expected != 1:
        im = im.transpose(Image.Transpose[turns[expected]])
    if pillow == "agrees":
        assert sha(ImageOps.exif_transpose(Image.open(io.BytesIO(file))).convert("RGB")) == sha(im), name
    orientations.append([name, base64.b64encode(file).decode(), sha(im)])


def tiff(value, tag=0x0112, kind=3):
    return b"MM\0*\0\0\0\x08\0\x01" + struct.pack(">HHIHH", tag, kind, 1, value, 0) + bytes(4)


def attribute(value):
    return f'<x:xmpmeta><rdf:Description tiff:Make="zoo" tiff:Orientation="{value}"/></x:xmpmeta>'.encode()


def element(value):
    return f"<x:xmpmeta><tiff:Orientation>{value}</tiff:Orientation></x:xmpmeta>".encode()


def app1(body):
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


EXIF, XMP = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0"
for name, segments, expected in (
    *((f"JPEG, XMP attribute {value}", [XMP + attribute(value)], value) for value in range(1, 9)),
    ("JPEG, XMP element", [XMP + element(5)], 5),
    ("JPEG, XMP attribute 0", [XMP + attribute(0)], 1),
    ("JPEG, XMP attribute 9", [XMP + attribute(9)], 1),
    ("JPEG, XMP with another prefix", [XMP + attribute(6).replace(b"tiff:O", b"t:O")], 1),
    ("JPEG, XMP in single quotes", [XMP + attribute(6).replace(b'"', b"'")], 1),
    ("JPEG, XMP with a second match", [XMP + b"<tiff:Orientation/>" + element("x") + element(6) + element(3)], 6),
    ("JPEG, XMP cut after the name", [XMP + b"tiff:Orientation"], 1),
    ("JPEG, XMP cut before the value", [XMP + b'tiff:Orientation="'], 1),
    ("JPEG, two XMP segments", [XMP + attribute(3), XMP + attribute(6)], 6),
    ("JPEG, the last XMP segment without", [XMP + attribute(3), XMP + b"<x:xmpmeta/>"], 1),
    ("JPEG, extended XMP", [b"http://ns.adobe.com/xmp/extension/\0" + attribute(6)], 1),
    ("JPEG, EXIF before XMP", [EXIF + tiff(3), XMP + attribute(6)], 3),
    ("JPEG, XMP before EXIF", [XMP + attribute(6), EXIF + tiff(3)], 3),
    ("JPEG, EXIF says upright", [EXIF + tiff(1), XMP + attribute(6)], 1),
    ("JPEG, EXIF of no meaning", [EXIF + tiff(9), XMP + attribute(6)], 1),
    ("JPEG, EXIF with text", [EXIF + tiff(6, kind=2), XMP + attribute(6)], 1),
    ("JPEG, EXIF without the tag", [EXIF + tiff(3, tag=0x0111), XMP + attribute(6)], 6),
    ("JPEG, EXIF twice signed", [EXIF + EXIF + tiff(8)], 8),
):
    oriented(name, jpeg_base, jpeg_base[:2] + b"".join(map(app1, segments)) + jpeg_base[2:], expected)
oriented("JPEG, XMP after the pixels", jpeg_base, jpeg_base[:-2] + app1(XMP + attribute(6)) + jpeg_base[-2:], 1)

RAW, ADOBE = b"Raw profile type exif", b"XML:com.adobe.xmp"


def raw(body, name="exif", width=72):
    digits = body.hex()
    lines = [digits[i : i + width] for i in range(0, len(digits), width)]
    return "\n".join(["", name, f"{len(body):8}", *lines, ""]).encode()


def text(keyword, body):
    return chunk(b"tEXt", keyword + b"\0" + body)


def compressed(keyword, body):
    return chunk(b"zTXt", keyword + b"\0\0" + zlib.compress(body))


def international(keyword, body, flag=0, method=0):
    return chunk(b"iTXt", keyword + b"\0" + bytes([flag, method]) + b"en\0Titel\0" + (zlib.compress(body) if flag else body))


bomb = zlib.compressobj(9)
bomb = b"".join([bomb.compress(attribute(6)), *(bomb.compress(bytes(1 << 20)) for _ in range(2)), bomb.flush()])
xmp6 = attribute(6)
for name, chunks, expected, *pillow in (
    *((f"PNG, XMP attribute {value}", international(ADOBE, attribute(value)), value) for value in range(1, 9)),
    ("PNG, XMP element", international(ADOBE, element(7)), 7),
    ("PNG, XMP compressed", international(ADOBE, xmp6, flag=1), 6),
    ("PNG, XMP that is not UTF-8", international(ADOBE, b"\xff" + xmp6), 6),
    ("PNG, XMP compressed in an unknown way", international(ADOBE, xmp6, flag=1, method=1), 1),
    ("PNG, XMP plain with a method", international(ADOBE, xmp6, method=1), 6),
    ("PNG, XMP in tEXt", text(ADOBE, xmp6), 6),
    ("PNG, XMP in zTXt", compressed(ADOBE, xmp6), 6),
    ("PNG, XMP without a language", chunk(b"iTXt", ADOBE + b"\0\0\0" + xmp6), 1),
    ("PNG, XMP without anything", chunk(b"iTXt", ADOBE + b"\0"), 1),
    ("PNG, XMP, compressed bytes damaged", chunk(b"iTXt", ADOBE + b"\0\1\0\0\0x\x9c" + b"\xff" * 20), 1),
    ("PNG, XMP, compressed bytes cut short", chunk(b"iTXt", ADOBE + b"\0\1\0\0\0" + zlib.compress(xmp6, 0)[:-6]), 6),
    ("PNG, XMP, compressed bytes without end", chunk(b"iTXt", ADOBE + b"\0\1\0\0\0" + bomb), 6, "refuses"),
    ("PNG, two XMP chunks", international(ADOBE, element(3)) + international(ADOBE, xmp6), 6),
    ("PNG, another keyword", international(b"XML:com.adobe.xmpx", xmp6), 1),
    ("PNG, eXIf before XMP", chunk(b"eXIf", tiff(3)) + international(ADOBE, xmp6), 3),
    ("PNG, eXIf says upright", chunk(b"eXIf", tiff(1)) + international(ADOBE, xmp6), 1),
    ("PNG, eXIf without the tag", chunk(b"eXIf", tiff(3, tag=0x0111)) + international(ADOBE, xmp6), 6),
    ("PNG, eXIf signed as in JPEG", chunk(b"eXIf", EXIF + tiff(8)), 8),
    ("PNG, raw profile in tEXt", text(RAW, raw(EXIF + tiff(6))), 6),
    ("PNG, raw profile in zTXt", compressed(RAW, raw(EXIF + tiff(5))), 5),
    ("PNG, raw profile in iTXt", international(RAW, raw(EXIF + tiff(7))), 7),
    ("PNG, raw profile in compressed iTXt", international(RAW, raw(EXIF + tiff(8)), flag=1), 8),
    ("PNG, raw profile without a signature", text(RAW, raw(tiff(6))), 6),
    ("PNG, raw profile in capitals and short lines", text(RAW, raw(tiff(6), width=10).upper()), 6),
    ("PNG, raw profile before XMP", compressed(RAW, raw(EXIF + tiff(3))) + international(ADOBE, xmp6), 3),
    ("PNG, raw profile without the tag", compressed(RAW, raw(EXIF + tiff(3, tag=0x0111))) + international(ADOBE, xmp6), 6),
    ("PNG, eXIf before a raw profile", compressed(RAW, raw(EXIF + tiff(3))) + chunk(b"eXIf", tiff(6)), 6),
    ("PNG, raw profile that is not hexadecimal", text(RAW, raw(tiff(6))[:-2] + b"zz"), 1, "refuses"),
    ("PNG, raw profile of an odd count", text(RAW, raw(tiff(6)) + b"0"), 1, "refuses"),
    ("PNG, raw profile without lines", text(RAW, tiff(6).hex().encode()), 1, "refuses"),
    ("PNG, raw profile APP1 with EXIF", compressed(b"Raw profile type APP1", raw(EXIF + tiff(6), "APP1")), 6, "does not look"),
    ("PNG, raw profile APP1 with XMP", compressed(b"Raw profile type APP1", raw(XMP + xmp6, "APP1")), 6, "does not look"),
    ("PNG, raw profile xmp", text(b"Raw profile type xmp", raw(xmp6, "xmp")), 6, "does not look"),
):
    oriented(name, png_base, png(png_samples, 8, 2, 0, chunks), expected, *pillow)
after = png(png_samples, 8, 2, 0, b"", international(ADOBE, xmp6))
oriented("PNG, XMP after the pixels", png_base, after, 6)
oriented("PNG, XMP after the end", png_base, png_base + international(ADOBE, xmp6), 1)

parts = [f'"{name}": [\n' + ",\n".join("  " + json.dumps(row) for row in rows) + "\n]"
         for name, rows in (("resizes", resizes), ("pngs", pngs), ("jpegs", jpegs),
                                ("orientations", orientations))]
(here / "recorded.json").write_text("{\n" + ",\n".join(parts) + "\n}\n")
print(len(resizes), "resizes,", len(pngs), "PNG files,", len(jpegs), "JPEG files,",
      len(orientations), "orientations")
