#!/usr/bin/env python3
"""Writes what PyTorch says of the first step of training, in double precision, for PyTorchGradientTests.swift.

    python3 -m venv venv && venv/bin/pip install numpy torch torchvision
    venv/bin/python tools/reference/gradients.py [NETWORK...]

Run by hand, with PyTorch 2 or newer; nothing here is needed to build or to test. The files are written to
Tests/ZooTrainingTests/Fixtures/gradients. GoogLeNet and MobileNetV2 are torchvision's, LeNet is Caffe's, ResNet-20 is that of
https://github.com/akamaster/pytorch_resnet_cifar10 (shortcuts of option A).

No checkpoint is stored: weights and images come from the formula of `SyntheticCheckpoint`. For a tensor called KEY with n
elements in C order and a seed,

    h    = FNV-1a 64 of KEY's UTF-8 bytes, xor the seed
    u[i] = (splitmix64(h + (i + 1) * 0x9E3779B97F4A7C15) >> 40) / 2^24                     i = 0 .. n-1

and the value, in double, rounded once to float32, is (2u - 1) * sqrt(6 / fan-in) for weights of rank 2 and above,
0.6 + 0.3u for a batch norm's scale, 0.5 + u for running_var, (2u - 1) * 0.1 for everything else, (2u - 1) * 2 for the images
(KEY = "input", the shape N x C x H x W). Image i is of the class (7i + 3) mod classes.

The shift of a batch norm is 1 greater in float32, or else rounding errors grow by a third with every layer, as gradients do.

The network is in the mode of training, without dropout; the loss is the mean cross entropy, auxiliary heads count 0.3. The
seed of the weights is 0. That of the images is the first for which no rectifier's input, and no two largest values of a
pooling window, are so near to a kink that rounding to float32 decides: `margin` is the smallest distance, in units of the root
mean square of the difference between the layer's inputs in float32 and in double precision.

A tensor is recorded by its number of elements, Euclidean norm, sum, product with the numbers (2u - 1) * 0.1 of the KEY
"NAME.probe" in float32, largest magnitude, and its elements at the positions floor(k (n - 1) / 7), k = 0 .. 7, or all of them
when there are no more than eight. `float32` is the largest error of PyTorch's own step in float32, relative to the largest
magnitude.
"""
import copy
import json
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F
import torchvision
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

FIXTURES = pathlib.Path(__file__).parents[2] / "Tests/ZooTrainingTests/Fixtures/gradients"
MARGIN = 1.4
SHIFT = 1
MASK = (1 << 64) - 1


def uniform(key, count, seed):
    hashed = 0xCBF29CE484222325
    for byte in key.encode():
        hashed = ((hashed ^ byte) * 0x100000001B3) & MASK
    with np.errstate(over="ignore"):
        z = np.uint64(hashed ^ seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(40)).astype(np.float64) / 2.0**24


def synthetic(key, shape, seed):
    u = uniform(key, int(np.prod(shape)), seed)
    leaf = key.rsplit(".", 1)[-1]
    if key == "input":
        value = (2 * u - 1) * 2
    elif leaf == "weight" and len(shape) > 1:
        value = (2 * u - 1) * np.sqrt(6.0 / np.prod(shape[1:]))
    elif leaf == "weight":
        value = 0.6 + 0.3 * u
    elif leaf == "running_var":
        value = 0.5 + u
    else:
        value = (2 * u - 1) * 0.1
    return torch.from_numpy(value.astype(np.float32).reshape(shape)).double()


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 20, 5), nn.Conv2d(20, 50, 5)
        self.ip1, self.ip2 = nn.Linear(800, 500), nn.Linear(500, 10)

    def forward(self, x):
        x = F.max_pool2d(self.conv1(x), 2)
        x = F.max_pool2d(self.conv2(x), 2)
        return self.ip2(F.relu(self.ip1(x.flatten(1))))


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.widens = (outputs - inputs) // 2

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.widens:
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.widens, self.widens))
        return F.relu(y + x)


class ResNet20(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16)
        inputs = 16
        for stage, outputs in enumerate((16, 32, 64)):
            blocks = []
            for block in range(3):
                blocks.append(BasicBlock(inputs, outputs, 2 if stage > 0 and block == 0 else 1))
                inputs = outputs
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
        self.linear = nn.Linear(64, 10)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.linear(x.mean((2, 3)))


def googlenet():
    return torchvision.models.googlenet(
        weights=None, aux_logits=True, transform_input=False, init_weights=False, dropout=0.0, dropout_aux=0.0)


def mobilenet_v2():
    return torchvision.models.mobilenet_v2(weights=None, dropout=0.0)


# By the catalogue's name: the constructor and the shape of the batch.
NETWORKS = {
    "lenet": (LeNet, (4, 1, 28, 28)),
    "resnet20": (ResNet20, (4, 3, 32, 32)),
    "googlenet": (googlenet, (2, 3, 80, 80)),
    "mobilenet_v2": (mobilenet_v2, (4, 3, 48, 48)),
}


class Kinks(TorchDispatchMode):
    """Keeps what decides on which side of a kink a pass is: the distances of each rectifier and of each pooling window."""

    def __init__(self):
        super().__init__()
        self.distances = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        name, x = function.__name__.split(".")[0], args[0] if args else None
        if name in ("relu", "relu_", "hardtanh", "hardtanh_"):
            # Before it is changed in place.
            self.distances.append(x.double().flatten().clone())
            if name.startswith("hardtanh"):
                self.distances.append(x.double().flatten() - 6)
        elif name == "max_pool2d_with_indices":
            kernel = args[1][0]
            stride = args[2][0] if len(args) > 2 and args[2] else kernel
            padding = args[3][0] if len(args) > 3 else 0
            # A window that is cut off at the end is filled up, as those at the border are.
            y = F.pad(x.double(), (padding, padding + kernel) * 2, value=-1e300)
            size = function(*args, **(kwargs or {}))[0].shape
            windows = y.unfold(2, kernel, stride).unfold(3, kernel, stride)[:, :, : size[2], : size[3]]
            largest = windows.flatten(4).topk(2).values
            self.distances.append((largest[..., 0] - largest[..., 1]).flatten())
        return function(*args, **(kwargs or {}))

    @staticmethod
    def margin(exact, rounded):
        """The smallest distance from a kink, in units of the root mean square of what rounding does to the layer's."""
        margin = float("inf")
        for x, y in zip(exact.distances, rounded.distances):
            # Not those of windows of one value.
            x, y = x[x < 1e100], y[x < 1e100]
            error = (x - y).square().mean().sqrt()
            # A zero is where nothing reaches, such as a border of zeros, or between zeros behind a rectifier.
            x = x[x != 0]
            if len(x) and error > 0:
                margin = min(margin, float(x.abs().min() / error))
        return margin


def record(name, tensor, single):
    flat = tensor.detach().flatten()
    count = flat.numel()
    probe = synthetic(name + ".probe", (count,), 0)
    positions = range(count) if count <= 8 else [k * (count - 1) // 7 for k in range(8)]
    numbers = {
        "norm": flat.norm(), "sum": flat.sum(), "probe": flat @ probe, "largest": flat.abs().max(),
    }
    error = (single.detach().double() - tensor).abs().max() / numbers["largest"]
    numbers = {key: short(float(value)) for key, value in numbers.items()}
    numbers["float32"] = float(f"{error:.2g}")
    return {"name": name, "count": count, **numbers, "values": [short(float(flat[i])) for i in positions]}


def short(value):
    return float(f"{value:.11g}")


def prepared(make):
    """The network with its weights, in the mode of training, in double precision."""
    network = make().double().train()
    state = network.state_dict()
    for key, value in state.items():
        if value.is_floating_point():
            state[key] = synthetic(key, tuple(value.shape), 0)
    for key, module in network.named_modules():
        if isinstance(module, nn.BatchNorm2d):
            state[key + ".bias"] = (state[key + ".bias"].float() + SHIFT).double()
    network.load_state_dict(state)
    return network


def step(network, images):
    """The losses of the heads, with their weights; the gradients are in the network afterwards."""
    scores = network(images)
    if isinstance(scores, torch.Tensor):
        heads = [("logits", 1.0, scores)]
    else:
        heads = [("logits", 1.0, scores.logits), ("aux1", 0.3, scores.aux_logits1), ("aux2", 0.3, scores.aux_logits2)]
    classes = heads[0][2].shape[1]
    targets = torch.tensor([(7 * i + 3) % classes for i in range(images.shape[0])])
    losses = [(name, weight, F.cross_entropy(scores, targets)) for name, weight, scores in heads]
    total = sum(weight * loss for _, weight, loss in losses)
    total.backward()
    return total.item(), [{"name": name, "weight": weight, "loss": short(loss.item())} for name, weight, loss in losses]


def write(name):
    make, shape = NETWORKS[name]
    network = prepared(make)
    single = copy.deepcopy(network).float()
    for seed in range(1000):
        images = synthetic("input", shape, seed)
        with torch.no_grad():
            with Kinks() as exact:
                copy.deepcopy(network)(images)
            with Kinks() as rounded:
                copy.deepcopy(single)(images.float())
        margin = Kinks.margin(exact, rounded)
        print(f"{name}, seed {seed}: margin {margin:.2g}", flush=True)
        if margin >= MARGIN:
            break
    else:
        sys.exit(f"{name}: no seed keeps away from kinks")
    loss, heads = step(network, images)
    step(single, images.float())
    lines = [
        f'{{"network": "{name}", "seed": {seed}, "shape": {list(shape)}, "margin": {margin:.3g}',
        f'"loss": {short(loss)}',
        f'"heads": {json.dumps(heads)}',
    ]
    rounded = {**dict(single.named_parameters()), **dict(single.named_buffers())}
    gradients = [record(key, value.grad, rounded[key].grad) for key, value in network.named_parameters()]
    running = [record(key, value, rounded[key]) for key, value in network.named_buffers() if value.is_floating_point()]
    for title, tensors in (("gradients", gradients), ("running", running)):
        rows = [json.dumps(tensor, separators=(",", ":")) for tensor in tensors]
        lines.append(f'"{title}": [' + ("\n" if rows else "") + ",\n".join(rows) + "]")
    FIXTURES.mkdir(parents=True, exist_ok=True)
    path = FIXTURES / f"{name}.json"
    path.write_text(",\n".join(lines) + "}\n")
    json.loads(path.read_text())
    print(f"{path.name}: {path.stat().st_size} bytes, {len(gradients)} gradients, {len(running)} running statistics")


def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    for name in sys.argv[1:] or NETWORKS:
        write(name)


if __name__ == "__main__":
    main()
