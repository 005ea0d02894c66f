"""Writes pictures-{ustar,gnu,pax}.tar: the members of a few samples, each with its own name as contents, by Python's tarfile.

Long names (GNU and pax: longer than the header; ustar: with a prefix), hard links and symbolic ones, to what comes before and after,
through another link, out of the file and to nothing, folders, hidden files, names that are not UTF-8 and sizes of all remainders.
"""
import io
import sys
import tarfile

LONG = "a" * 60 + "/" + "b" * 60 + "/" + "c" * 30 + ".jpg"
LONGER = "d" * 200 + ".png"


def member(tar, name, data=None, kind=tarfile.REGTYPE, target=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mtime = kind, target, 1_700_000_000
    data = (name.encode("utf-8", "surrogateescape") if data is None else data) if kind == tarfile.REGTYPE else b""
    info.size = len(data)
    tar.addfile(info, io.BytesIO(data))


for form, number in [("ustar", tarfile.USTAR_FORMAT), ("gnu", tarfile.GNU_FORMAT), ("pax", tarfile.PAX_FORMAT)]:
    with tarfile.open(f"{sys.argv[1]}/pictures-{form}.tar", "w", format=number, errors="surrogateescape") as tar:
        member(tar, "./", kind=tarfile.DIRTYPE)
        member(tar, "./00/17.jpg")
        member(tar, "./00/17.cls", b"3\n")
        member(tar, "./00/17.seg.png")
        member(tar, "./00/18.JPEG")
        member(tar, "./00/18.cls", b"0")
        member(tar, "./00/18.json", b"{}" * 300)
        member(tar, "later.jpg", kind=tarfile.SYMTYPE, target="00/../00/./20.png")
        member(tar, "hard.png", kind=tarfile.LNKTYPE, target="./00/17.jpg")
        member(tar, "twice.png", kind=tarfile.LNKTYPE, target="hard.png")
        member(tar, "nowhere.jpg", kind=tarfile.SYMTYPE, target="/etc/motd.jpg")
        member(tar, "circle.jpg", kind=tarfile.SYMTYPE, target="circle.jpg")
        member(tar, "./00/20.png")
        member(tar, "00/.hidden.jpg")
        member(tar, ".thumbnails/x.jpg")
        member(tar, "../above.jpg")
        member(tar, "/whole/path.jpg")
        member(tar, "a.1.jpg", b"x" * 512)
        member(tar, "a.2.jpg", b"x" * 513)
        member(tar, "empty.jpg", b"")
        member(tar, "no picture.txt")
        member(tar, "gr\udcfc\u00df.jpg".encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape"))
        member(tar, LONG)
        if form != "ustar":
            member(tar, LONGER)
            member(tar, "long.png", kind=tarfile.LNKTYPE, target=LONGER)
