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
