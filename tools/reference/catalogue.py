#!/usr/bin/env python3
"""Compares the catalogue with torchvision, network by network, and records torchvision's answers for the tests.

    python3 -m venv venv && venv/bin/pip install numpy torch torchvision pyyaml
    venv/bin/python tools/reference/catalogue.py check [--zoo PROGRAM] [--all] [NETWORK...]
    venv/bin/python tools/reference/catalogue.py record [NETWORK...]

Run by hand, with torchvision 0.29 or newer; nothing here is needed to build or to test. The networks are those of zoo/ that
torchvision has under the same name, or with an underscore for a hyphen.

check compares, of each network:
- parameters, multiply-accumulates (those of convolutions and fully connected layers, from hooks), and names and shapes of all
  tensors: equal;
- the definition's published weights: file, address, accuracies and preprocessing as torchvision's weights say them;
- scores: torchvision's network gets random numbers everywhere, its state_dict() is saved, and `zoo infer` reads that file
  without being told anything about names. Both numerics, each --isa, 1 and 2 threads: within 1e-5 of the largest score that
  PyTorch computes in double precision, the same bits on any number of threads and, of --numerics direct, on each instruction
  set. Networks of 4 billion multiply-accumulates and more are left out here, without --all.

The random numbers: weights are normal, of variance 2 / fan-in; batch norms first take the statistics of two random images, so
that nothing vanishes or explodes in the depth, and these are then disturbed; their scales are from 0.3 to 0.9 and their shifts
from 0 to 0.8, because rounding errors grow with every rectifier that halves what it reads; biases are small. Scores are of the
order of one.

record writes Tests/ZooKitTests/Fixtures/torchvision: tensors.txt, with a line NAME COUNT HASH for each network, the hash being
FNV-1a 64 of the lines "name shape" of its tensors, sorted by name (shape as 64x3x7x7, without ones at the end); and NAME.json with the scores of some
small networks for the weights and the input that SyntheticCheckpoint in ZooWeights makes by formula, in double precision, and
the error of PyTorch's own float32 relative to the largest.
"""
import argparse
import itertools
import json
import math
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import torch
import torchvision
import yaml
from torch import nn

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "Tests/ZooKitTests/Fixtures/torchvision"
BOUND = 1e-5
LARGE = 4_000_000_000
# Small networks of most families, with the side of the image that their answers are recorded for. Inception's helper classifier
# needs all of its 299 pixels.
RECORDED = {
    "convnext_tiny": 64, "densenet121": 64, "efficientnet_b0": 64, "mnasnet0_5": 64, "mobilenet_v3_large": 64,
    "mobilenet_v3_small": 64, "regnet_x_400mf": 64, "regnet_y_400mf": 64, "shufflenet_v2_x0_5": 64, "squeezenet1_0": 64,
    "squeezenet1_1": 64,
}
MASK = (1 << 64) - 1


def definition(name):
    return yaml.safe_load((ROOT / f"zoo/{name}.yaml").read_text())


def networks():
    """Names of definitions; a hyphen in them may be an underscore in torchvision's."""
    names = torchvision.models.list_models(torchvision.models)
    return [path.stem for path in sorted((ROOT / "zoo").glob("*.yaml")) if function(path.stem) in names]


def function(name):
    """torchvision's name."""
    return name.replace("-", "_")


def make(name):
    # Inception and GoogLeNet would normalise their input once more with weights; the catalogue's preprocessing does.
    options = {"init_weights": False} if name in ("inception_v3", "googlenet") else {}
    return getattr(torchvision.models, function(name))(weights=None, **options).eval()


def own(key):
    """The catalogue's name of a tensor; the scale of ConvNeXt's layers is the only one that has no layer of its own."""
    return key + ".weight" if key.endswith("layer_scale") else key


def extent(shape):
    """A shape without the ones at its end: what a linear layer does at each position is a convolution here."""
    shape = list(shape)
    while len(shape) > 1 and shape[-1] == 1:
        shape.pop()
    return shape


def tensors(network):
    state = network.state_dict()
    return {own(key): extent(value.shape) for key, value in state.items() if value.is_floating_point()}


def is_auxiliary(key):
    return key.startswith(("AuxLogits.", "aux1.", "aux2."))


def count_macs(network, side):
    """Multiply-accumulates of one image, without computing any."""
    network = network.float().to("meta")
    total = 0

    def hook(module, inputs, output):
        nonlocal total
        if isinstance(module, nn.Conv2d):
            total += output.numel() * module.weight[0].numel()
        else:
            total += output.numel() * module.in_features

    handles = [m.register_forward_hook(hook) for m in network.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
    network(torch.empty(1, 3, side, side, device="meta"))
    for handle in handles:
        handle.remove()
    return total


def randomise(network, side, seed):
    """Random numbers in every tensor of a network."""
    generator = torch.Generator().manual_seed(seed)

    def uniform(tensor, low, high):
        tensor.copy_(torch.rand(tensor.shape, generator=generator) * (high - low) + low)

    def normal(tensor, deviation):
        tensor.copy_(torch.randn(tensor.shape, generator=generator) * deviation)

    norms = []
    for module in network.modules():
        for key, parameter in module.named_parameters(recurse=False):
            if key == "layer_scale":
                uniform(parameter, 0.1, 0.5)
            elif key == "weight" and parameter.dim() > 1:
                normal(parameter, (2 / parameter[0].numel()) ** 0.5)
            elif key == "weight":
                uniform(parameter, 0.3, 0.9)
            elif isinstance(module, nn.BatchNorm2d):
                uniform(parameter, 0, 0.8)
            else:
                normal(parameter, 0.1)
        if isinstance(module, nn.BatchNorm2d):
            norms.append(module)
            module.momentum = 1.0
            module.train()
    network(torch.randn(2, 3, side, side, generator=generator))
    for norm in norms:
        norm.eval()
        deviation = norm.running_var.sqrt()
        norm.running_mean += deviation * 0.2 * torch.randn(deviation.shape, generator=generator)
        uniform(deviation, 0.7, 1.4)
        norm.running_var.mul_(deviation).add_(1e-4)


def error(scores, expected):
    return float(np.abs(scores.astype(np.float64) - expected).max() / np.abs(expected).max())


def preprocessing(transform, normalises_again):
    options = transform.keywords
    filter = str(options.get("interpolation", "bilinear")).rsplit(".", 1)[-1].lower()
    mean = options.get("mean", (0.485, 0.456, 0.406))
    std = options.get("std", (0.229, 0.224, 0.225))
    if normalises_again:
        mean = std = (0.5, 0.5, 0.5)
    return {
        "resize": {"shorter_side": options.get("resize_size", 256), "filter": filter}, "crop": options["crop_size"],
        "channels": "rgb", "divide_by": 255, "mean": list(mean), "std": list(std),
    }


def check_card(name):
    """What is wrong with the published weights of a definition; those for other sizes of image have definitions of their own."""
    card = definition(name)
    base = definition(card["variant_of"].removesuffix(".yaml")) if "variant_of" in card else {}
    standard = card.get("preprocess", base.get("preprocess"))
    own = {weights["file"]: weights for weights in card.get("weights", [])}
    wrong = []
    for weights in torchvision.models.get_model_weights(function(name)):
        expected = preprocessing(weights.transforms, name in ("inception_v3", "googlenet"))
        if expected["crop"] != card.get("input", base.get("input"))[1]:
            continue
        file = weights.url.rsplit("/", 1)[1]
        accuracy = weights.meta["_metrics"]["ImageNet-1K"]
        if math.isnan(accuracy["acc@1"]):
            continue  # The layers before the classifier alone.
        found = own.get(file)
        if found is None:
            wrong.append(f"{file} is missing")
            continue
        if (found.get("url"), found.get("top1"), found.get("top5")) != (weights.url, accuracy["acc@1"], accuracy["acc@5"]):
            wrong.append(f"{file}: address or accuracy differs")
        if found.get("preprocess", standard) != expected:
            wrong.append(f"{file}: preprocessing differs: {found.get('preprocess', standard)}, torchvision has {expected}")
    return wrong


def check_scores(name, network, side, arguments, folder):
    with torch.no_grad():
        randomise(network, side, seed=1)
        image = torch.randn(1, 3, side, side, generator=torch.Generator().manual_seed(2))
        weights, picture = folder / f"{name}.pth", folder / "input.npy"
        torch.save(network.state_dict(), weights)
        np.save(picture, image.numpy())
        single = network(image).numpy()[0]
        expected = network.double()(image.double()).numpy()[0]
    found, wrong = {}, []
    for numerics, isa, threads in itertools.product(("fast", "direct"), arguments.isa, (1, 2)):
        scores = folder / "scores.npy"
        command = [
            arguments.zoo, "infer", str(picture), "-m", str(ROOT / f"zoo/{name}.yaml"), "-w", str(weights), "--numerics",
            numerics, "--threads", str(threads), "--save-logits", str(scores), *(["--isa", isa] if isa else []),
        ]
        run = subprocess.run(command, capture_output=True, text=True)
        if run.returncode:
            return f"{name}: {run.stderr.strip()}", [f"zoo answered {run.returncode}"]
        found[numerics, isa, threads] = np.load(scores).reshape(-1)
        same = [found[numerics, isa, 1], *([found[numerics, arguments.isa[0], 1]] if numerics == "direct" else [])]
        if any(each.tobytes() != found[numerics, isa, threads].tobytes() for each in same):
            wrong.append(f"{numerics}, {isa or 'the default instruction set'}, {threads} threads: other bits")
    weights.unlink()
    errors = {
        numerics: max(error(found[numerics, isa, 1], expected) for isa in arguments.isa) for numerics in ("fast", "direct")
    }
    wrong += [f"{numerics}: off by {value:.1e}" for numerics, value in errors.items() if not value <= BOUND]
    text = f"fast {errors['fast']:.1e}  direct {errors['direct']:.1e}  PyTorch float32 {error(single, expected):.1e}"
    return text + f"  largest score {np.abs(expected).max():.1f}", wrong


def check(name, arguments, folder):
    shown = subprocess.run(
        [arguments.zoo, "show", str(ROOT / f"zoo/{name}.yaml"), "--json"], capture_output=True, text=True)
    if shown.returncode:
        print(f"{name}: {shown.stderr.strip()}")
        return False
    shown = json.loads(shown.stdout)
    side = shown["input"][1]
    network = make(name)
    parameters = sum(value.numel() for key, value in network.named_parameters() if not is_auxiliary(key))
    wrong = check_card(name)
    found = {**shown["tensors"], **shown["trainingOnlyTensors"]}
    if {key: extent(shape) for key, shape in found.items()} != tensors(network):
        wrong.append("names or shapes of tensors differ")
    if shown["parameters"] != parameters:
        wrong.append(f"{shown['parameters']} parameters, torchvision has {parameters}")
    is_large = shown["macs"] >= LARGE and not arguments.all
    text = "counts and names alone"
    if not is_large:
        text, more = check_scores(name, network, side, arguments, folder)
        wrong += more
    macs = count_macs(network, side)
    if shown["macs"] != macs:
        wrong.append(f"{shown['macs']} multiply-accumulates, torchvision has {macs}")
    print(f"{name:20} {parameters:>12,} {macs:>16,} {len(tensors(network)):>5} tensors  {text}", *wrong, sep="\n    ", flush=True)
    return not wrong


# Recording


def fnv1a(data):
    hashed = 0xCBF29CE484222325
    for byte in data:
        hashed = ((hashed ^ byte) * 0x100000001B3) & MASK
    return hashed


def synthetic(key, shape):
    """The formula of SyntheticCheckpoint, with seed 0."""
    count = int(np.prod(shape))
    with np.errstate(over="ignore"):
        z = np.uint64(fnv1a(key.encode())) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    u = (z >> np.uint64(40)).astype(np.float64) / 2.0**24
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
    return torch.from_numpy(value.astype(np.float32).reshape(shape))


def record_scores(name, side):
    network = make(name)
    state = network.state_dict()
    for key, value in state.items():
        if value.is_floating_point():
            state[key] = synthetic(own(key), tuple(extent(value.shape))).reshape(value.shape)
    network.load_state_dict(state)
    image = synthetic("input", (1, 3, side, side))
    with torch.no_grad():
        single = network(image)[0].numpy()
        scores = network.double()(image.double())[0].numpy()
    answer = {
        "network": name, "input": [3, side, side], "float32": float(f"{error(single, scores):.2g}"),
        "logits": [float(f"{score:.9g}") for score in scores],
    }
    (FIXTURES / f"{name}.json").write_text(json.dumps(answer, separators=(",", ":")) + "\n")
    print(f"{name}: largest score {np.abs(scores).max():.3g}, PyTorch's own error in float32 {answer['float32']}", flush=True)


def record(names):
    FIXTURES.mkdir(parents=True, exist_ok=True)
    lines = []
    for name in networks():
        all = tensors(make(name))
        text = "".join(f"{key} {'x'.join(map(str, all[key]))}\n" for key in sorted(all, key=lambda key: key.encode()))
        lines.append(f"{name} {len(all)} {fnv1a(text.encode()):016x}\n")
    (FIXTURES / "tensors.txt").write_text("".join(lines))
    for name in names or RECORDED:
        if (ROOT / f"zoo/{name}.yaml").exists():
            record_scores(name, RECORDED[name])


def main():
    parser = argparse.ArgumentParser(description="Compares the catalogue with torchvision.")
    parser.add_argument("what", choices=["check", "record"])
    parser.add_argument("networks", nargs="*", help="names of torchvision's functions (default: all that the catalogue has)")
    parser.add_argument("--zoo", default="zoo", help="the program (default: zoo, as the shell finds it)")
    parser.add_argument("--all", action="store_true", help="compare the scores of large networks too")
    parser.add_argument(
        "--isa", action="append", help="an instruction set to compute with, may be repeated (default: the machine's best)")
    arguments = parser.parse_intermixed_args()
    arguments.isa = arguments.isa or [None]
    torch.set_num_threads(1)
    if arguments.what == "record":
        record(arguments.networks)
        return
    with tempfile.TemporaryDirectory() as folder:
        results = [check(name, arguments, pathlib.Path(folder)) for name in arguments.networks or networks()]
    print(f"{sum(results)} of {len(results)} networks agree")
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
