#!/usr/bin/env python3
"""Writes the files in this folder with the libraries that people use: pip install torch numpy safetensors."""
import collections, pathlib
import numpy as np, torch
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
six = torch.arange(6).reshape(2, 3)

# Every type of element; the values are 0 to 5, of bool the parity.
types = {str(t).split(".")[1]: six.to(t) for t in (
    torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8)}
types["bool"] = six % 2 == 1
types["scalar"] = torch.tensor(7.5)
types["empty"] = torch.zeros(0, 4)
torch.save(types, HERE / "types.pth")
save_file(types, HERE / "types.safetensors", metadata={"format": "pt", "note": "a \"quoted\" ü\n"})

# Tensors that are not contiguous or share a storage.
base = torch.arange(24, dtype=torch.float32)
image = torch.arange(24, dtype=torch.float32).reshape(1, 2, 3, 4).contiguous(memory_format=torch.channels_last)
torch.save({"base": base, "tail": base[20:], "transposed": base.reshape(4, 6).t(), "column": base.reshape(4, 6)[:, 1],
            "channels_last": image, "tied": base}, HERE / "views.pth")

# What a training script saves: weights under a key, wrapped for several devices, with version attributes.
model = torch.nn.DataParallel(torch.nn.Sequential(collections.OrderedDict(
    fc=torch.nn.Linear(2, 2), bn=torch.nn.BatchNorm1d(2))))
with torch.no_grad():
    model.module.fc.weight.copy_(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
training = {"epoch": 3, "state_dict": model.state_dict(), "best": torch.tensor(0.5), "optimizer": optimizer.state_dict()}
torch.save(training, HERE / "training.pth")
torch.save(training, HERE / "legacy.pth", _use_new_zipfile_serialization=False)
torch.save({"weight": torch.nn.Parameter(torch.ones(3))}, HERE / "parameter.pth", pickle_protocol=4)
torch.save(model.module.fc, HERE / "whole-model.pth")
torch.serialization.set_crc32_options(False)
torch.save({"weight": torch.ones(3)}, HERE / "no-checksum.pth")

np.save(HERE / "fortran.npy", np.asfortranarray(np.arange(24, dtype=np.float32).reshape(2, 3, 4)))
np.save(HERE / "big-endian.npy", np.arange(6, dtype=">f8").reshape(2, 3))
np.save(HERE / "scalar.npy", np.array(7, dtype=np.int16))
np.save(HERE / "objects.npy", np.array([None, {}], dtype=object))
np.save(HERE / "records.npy", np.zeros(2, dtype=[("a", "<f4"), ("b", "<i4")]))
with open(HERE / "version-2.npy", "wb") as f:
    np.lib.format.write_array(f, np.arange(3, dtype=np.uint8), version=(2, 0))
arrays = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "f": np.asfortranarray(np.arange(6, dtype=np.float64).reshape(2, 3)),
          "big": np.arange(6, dtype=">i2"), "yes": np.array([True, False]), "scalar": np.array(7, dtype=np.int64),
          "empty": np.zeros((0, 3), dtype=np.float16), "layer/ünïcode": np.arange(300_000, dtype=np.uint8)}
np.savez_compressed(HERE / "compressed.npz", **arrays)
np.savez(HERE / "stored.npz", np.arange(4, dtype=np.int32), **{k: v for k, v in arrays.items() if k != "layer/ünïcode"})


def save_tar(obj, path, views={}):
    """What torch.save did before 0.1.10. `views` gives a storage's key the key, offset and length of the part that it is."""
    import io, pickle, struct, tarfile
    tensors, storages = {}, {}
    # Addresses, which were keys, take more than 32 bits.
    key = lambda address: 0x7F00_0000_0000 + address % 0xFFFF_FFFF

    class Pickler(pickle.Pickler):
        def persistent_id(self, value):
            if isinstance(value, torch.Tensor):
                tensors[key(id(value))] = value
                return str(key(id(value)))

    parts = {name: io.BytesIO() for name in ("sys_info", "pickle", "tensors", "storages")}
    dump = lambda value, part: pickle.dump(value, parts[part], protocol=2)
    dump({"protocol_version": 1000, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 8}}, "sys_info")
    Pickler(parts["pickle"], protocol=2).dump(obj)
    dump(len(tensors), "tensors")
    for number, tensor in tensors.items():
        storage = tensor.storage()
        where = key(storage.data_ptr())
        storages[where] = storage
        dump((number, views.get(tensor, (where,))[0], getattr(torch, tensor.type().split(".")[1])), "tensors")
        # The upper half of the number of dimensions was whatever lay in memory.
        parts["tensors"].write(struct.pack("<iI", tensor.dim(), 0xDEADBEEF))
        for numbers in (tensor.size(), tensor.stride(), (tensor.storage_offset(),)):
            parts["tensors"].write(struct.pack(f"<{len(numbers)}q", *numbers))
    dump(len(storages), "storages")
    for where, storage in storages.items():
        dump((where, "cpu", getattr(torch, storage.pickle_storage_type())), "storages")
        parts["storages"].write(struct.pack("<q", len(storage)) + bytes(storage.untyped()))
    dump([(part, key(root.storage().data_ptr()), offset, length)
          for root, (part, offset, length) in views.items()], "storages")
    with tarfile.open(path, "w:", format=tarfile.PAX_FORMAT) as tar:
        for name, part in parts.items():
            info = tarfile.TarInfo(name)
            # A fraction of a second makes an extended header.
            info.size, info.mtime = len(part.getvalue()), 1486000000.5
            tar.addfile(info, io.BytesIO(part.getvalue()))


layers = collections.OrderedDict()
layers["features.weight"] = torch.arange(24, dtype=torch.float32).reshape(2, 3, 4)
layers["features.transposed"] = layers["features.weight"].reshape(6, 4).t()
layers["classifier.weight"] = torch.arange(6, dtype=torch.float64).reshape(2, 3)
layers["counter"] = torch.arange(3)
whole = torch.arange(10, dtype=torch.float32)
layers["part"] = whole.clone()[:4]
save_tar({"epoch": 90, "state_dict": layers}, HERE / "alexnet.tar.pth", views={layers["part"]: (5, 3, 7)})
loaded = torch.load(HERE / "alexnet.tar.pth", weights_only=False)["state_dict"]
assert list(loaded) == list(layers) and all(torch.equal(loaded[k], layers[k]) for k in layers if k != "part")
assert loaded["part"].tolist() == [3, 4, 5, 6]

# Tensors that have no class of storage, attributes, or a Parameter of their own.
marked = torch.arange(6, dtype=torch.float32).reshape(2, 3)
marked.note = "x"
parameter = torch.nn.Parameter(torch.arange(3, dtype=torch.float16))
parameter.note = "x"
torch.save({"marked": marked, "parameter": parameter, "type": torch.float32, "half": torch.ones(2).half().t()}, HERE / "attributes.pth")
for name, tensor in {"uint16": torch.zeros(3, dtype=torch.uint16), "float8": torch.zeros(3).to(torch.float8_e4m3fn),
                     "complex": torch.zeros(3, dtype=torch.complex64), "sparse": torch.eye(3).to_sparse(),
                     "quantized": torch.quantize_per_tensor(torch.zeros(3), 0.1, 0, torch.qint8)}.items():
    torch.save({"w": tensor}, HERE / f"unsupported-{name}.pth")
