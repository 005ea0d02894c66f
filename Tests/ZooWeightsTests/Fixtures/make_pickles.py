#!/usr/bin/env python3
"""Writes pickles.N.pth, protocol N: NumPy arrays as weights beside what else Python can pickle. Needs numpy alone."""
import argparse, collections, datetime, decimal, fractions, functools, http, pathlib, pickle, random, uuid, zipfile
import numpy as np

HERE = pathlib.Path(__file__).parent
six = np.arange(6).reshape(2, 3)


class Config(dict):
    """A dictionary of its own kind."""


class Slots:
    __slots__ = ("a",)

    def __getnewargs_ex__(self):
        return (), {"a": 1}

    def __new__(cls, *, a=0):
        self = super().__new__(cls)
        self.a = a
        return self


weights = collections.OrderedDict(
    plain=six.astype("<f4"), big=six.astype(">f4"), fortran=np.asfortranarray(six.astype("<f8")), transposed=six.astype("<f4").T,
    half=six.astype("<f2"), flags=six % 2 == 1, count=np.array(7), empty=np.zeros((0, 3), "<f4"), view=np.arange(12, dtype="<f4")[::2])
beside = dict(
    args=argparse.Namespace(lr=0.1, path=pathlib.PurePosixPath("/data"), nested=argparse.Namespace(x=[1, (2, 3)])),
    when=datetime.datetime(2024, 1, 31, tzinfo=datetime.timezone.utc), status=http.HTTPStatus.OK,
    partial=functools.partial(int, base=2), function=functools.reduce, kind=pathlib.PurePosixPath, config=Config(a=1, b=Config()),
    slots=Slots(), default=collections.defaultdict(list, a=[1]), counter=collections.Counter("aab"), double=collections.deque([1, 2], 5),
    some={1, "a"}, frozen=frozenset({1}), number=3 + 4j, decimal=decimal.Decimal("1.5"), fraction=fractions.Fraction(1, 3),
    identity=uuid.UUID(int=7), raw=b"\x00\xff", array=bytearray(b"\x80"), large=1 << 100, small=-(1 << 40), span=range(3), text="é" * 300,
    random=random.Random(0).getstate(), numpy=np.random.RandomState(0).get_state(), generator=np.random.default_rng(0),
    scalar=np.float64(71.2), type=np.dtype("<f4"), objects=np.array([None, {}], dtype=object), record=np.zeros(2, [("a", "<f4"), ("b", "<i4")]),
    matrix=np.matrix([[1.0]]), masked=np.ma.masked_array([1.0, 2.0], [True, False]), error=ValueError("x"), nothing=..., flag=True)
beside["self"] = beside
for protocol in range(2, 6):
    with zipfile.ZipFile(HERE / f"pickles.{protocol}.pth", "w") as file:
        for name, data in ("data.pkl", pickle.dumps({"state_dict": weights, **beside}, protocol)), ("version", b"3\n"):
            file.writestr(zipfile.ZipInfo("pickles/" + name, (1980, 1, 1, 0, 0, 0)), data)
