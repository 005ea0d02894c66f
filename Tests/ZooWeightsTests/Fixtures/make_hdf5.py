"""Makes the HDF5 fixtures. Needs numpy and h5py (3.16 was used): python3 make_hdf5.py"""

import pathlib

import h5py
import numpy

here = pathlib.Path(__file__).parent
text = h5py.string_dtype()


def numbers(*shape, dtype="<f4"):
    """0, 1, 2, … in a shape."""
    return numpy.arange(numpy.prod(shape, dtype=int)).reshape(shape).astype(dtype)


def compact(group, name, data):
    """A dataset inside its object header, which h5py itself has no call for."""
    creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    creation.set_layout(h5py.h5d.COMPACT)
    space = h5py.h5s.create_simple(data.shape)
    kind = h5py.h5t.py_create(data.dtype)
    h5py.h5d.create(group.id, name.encode(), kind, space, creation).write(h5py.h5s.ALL, h5py.h5s.ALL, data)


def fill(file):
    file.attrs["keras_version"] = "2.0.5"
    file.attrs["backend"] = numpy.bytes_("tensorflow")
    file.attrs["model_config"] = '{"class_name": "ünïcode"}'
    file.attrs["number"] = 7
    layer = file.create_group("model_weights/conv")
    layer.attrs["weight_names"] = numpy.array([b"conv/kernel:0", b"conv/bias:0"])
    layer.attrs.create("names", ["a", "", "long enough"], dtype=text)
    layer.attrs.create("none", [], dtype="S1")
    layer["conv/kernel:0"] = numbers(3, 2, 2)
    layer["conv/bias:0"] = numbers(2, dtype=">f8")
    compact(file, "compact", numbers(2, 2))
    return file.create_group("types")


with h5py.File(here / "old.h5", "w") as file:
    types = fill(file)
    for kind in ["<f2", ">f4", "<f8", "i1", "u1", ">i2", "<i4", ">i8"]:
        types[kind[-2:]] = numbers(6, dtype=kind)
    types["scalar"] = numpy.float32(7)
    types["empty"] = numbers(0, 3)
    types["bfloat16"] = numpy.array([b"\x80\x3f", b"\x00\x40"], dtype="V2")
    types["bfloat16"].attrs["dtype"] = "bfloat16"
    # No tensors of zoo's.
    types["u4"] = numbers(2, dtype="<u4")
    types["flag"] = numpy.array([True, False])
    types["text"] = "text"
    types["nothing"] = h5py.Empty("f4")
    types["opaque"] = numpy.array([b"\x80\x3f"], dtype="V2")
    types["soft"] = h5py.SoftLink("/compact")
    file.create_group("others")["external"] = h5py.ExternalLink("other.h5", "/a")
    file["optimizer_weights/iterations:0"] = numbers(1)

with h5py.File(here / "chunks.h5", "w") as file:
    for name, options in {
        "plain": {},
        "deflate": {"compression": "gzip"},
        "shuffle": {"shuffle": True},
        "fletcher": {"fletcher32": True},
        "all": {"compression": "gzip", "shuffle": True, "fletcher32": True},
    }.items():
        file.create_dataset(name, data=numbers(5, 7), chunks=(2, 3), **options)
    file.create_dataset("odd", data=numbers(3, 3, dtype="i1"), chunks=(3, 1), fletcher32=True)
    file.create_dataset("big", data=numbers(4, dtype=">f8"), chunks=(3,), compression="gzip", shuffle=True)

for version in ["v108", "v110"]:
    with h5py.File(here / f"{version}.h5", "w", libver=(version, version)) as file:
        types = fill(file)
        ordered = file.create_group("ordered", track_order=True)
        for name in ["z", "a"]:
            ordered[name] = numbers(2)
        options = {"compression": "gzip"} if version == "v110" else {"fletcher32": True}
        types.create_dataset("chunk", data=numbers(2, 3), chunks=(2, 3), **options)

# So many links that the B-tree has two levels.
with h5py.File(here / "links.h5", "w") as file:
    file["w"] = numbers(2)
    for number in range(280):
        file[f"l{number:03}"] = h5py.SoftLink("/w")
