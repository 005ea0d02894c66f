#!/usr/bin/env python3
"""Writes the models of Tests/ZooImportTests/Fixtures/onnx: small networks as PyTorch's two exporters and others write them,
each with an input and the answer that PyTorch gives in double precision.

    python tools/reference/onnx_fixtures.py Tests/ZooImportTests/Fixtures/onnx

Needs torch, onnx, onnxscript and numpy. Weights are random with a fixed seed; nothing is downloaded.
"""
import sys, os, logging, warnings
import numpy as np, onnx, torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn
import torch.nn.functional as F

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)
torch.set_num_threads(1)


class Block(nn.Module):
    """A residual block with squeeze-and-excitation, whose ReLU is used twice."""

    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, groups=2, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.fc1 = nn.Conv2d(channels, 2, 1)
        self.fc2 = nn.Conv2d(2, channels, 1)

    def forward(self, x):
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        gate = torch.sigmoid(self.fc2(F.relu(self.fc1(F.adaptive_avg_pool2d(y, 1)))))
        return self.relu(y * gate + x)


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.layer = nn.Sequential(Block(8), Block(8))
        self.fc = nn.Linear(8, 5)

    def forward(self, x):
        x = self.layer(F.max_pool2d(self.conv(x), 3, 2, ceil_mode=True))
        return self.fc(torch.flatten(F.adaptive_avg_pool2d(x, 1), 1))


class Functions(nn.Module):
    """Every activation, one after the other."""

    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(4 if i else 3, 4, 1) for i in range(12))
        self.prelu = nn.PReLU(4)
        self.functions = [
            F.relu6, F.hardswish, F.hardsigmoid, F.silu, F.gelu, lambda x: F.gelu(x, approximate="tanh"), torch.tanh,
            F.elu, lambda x: F.leaky_relu(x, 0.2), torch.sigmoid, lambda x: torch.clamp(x, -0.5, 0.75), self.prelu,
        ]

    def forward(self, x):
        for conv, function in zip(self.convs, self.functions):
            x = function(conv(x))
        return x.mean([2, 3])


class Shuffle(nn.Module):
    """Halves of the channels, a shuffle, and shapes that are computed from shapes."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.branch = nn.Conv2d(4, 4, 3, padding=1, groups=4)
        self.classifier = nn.Linear(8 * 4 * 4, 3)

    def forward(self, x):
        x = self.conv(x)
        left, right = x.chunk(2, dim=1)
        x = torch.cat((left, self.branch(right)), dim=1)
        n, c, h, w = x.shape
        x = x.view(n, 2, c // 2, h, w).transpose(1, 2).contiguous().view(n, -1, h, w)
        x = F.avg_pool2d(x, 2, 2, 0)
        return F.softmax(self.classifier(x.view(x.size(0), -1)), dim=1)


class ChannelsLast(nn.Module):
    """As ConvNeXt: layer norm and products with the channels last."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 2, stride=2)
        self.depthwise = nn.Conv2d(8, 8, 3, padding=1, groups=8)
        self.norm = nn.LayerNorm(8, eps=1e-6)
        self.expand = nn.Linear(8, 16)
        self.project = nn.Linear(16, 8)
        self.scale = nn.Parameter(torch.linspace(0.5, 1.5, 8).reshape(8, 1, 1))
        self.group = nn.GroupNorm(2, 8)
        self.head = nn.Linear(8, 4)

    def forward(self, x):
        x = self.stem(x)
        y = self.depthwise(x).permute(0, 2, 3, 1)
        y = self.project(F.gelu(self.expand(self.norm(y)))).permute(0, 3, 1, 2)
        x = self.group(self.scale * y + x)
        return self.head(x.mean([-2, -1]))


class Decoder(nn.Module):
    """Padding, enlarging, a transposed convolution: a map comes out."""

    def __init__(self):
        super().__init__()
        self.pad = nn.ReflectionPad2d((1, 2, 2, 1))
        self.conv = nn.Conv2d(3, 6, 3, dilation=(1, 2))
        self.up = nn.ConvTranspose2d(6, 4, 3, stride=2, padding=1, output_padding=1)
        self.last = nn.Conv2d(4, 2, 1)

    def forward(self, x):
        x = self.up(F.relu(self.conv(self.pad(x))))
        x = F.interpolate(x, scale_factor=2, mode="nearest")
        return self.last(F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False))


def settle(model, seed):
    """Weights and statistics that are not those of a network before training."""
    generator = torch.Generator().manual_seed(seed)
    for parameter in model.parameters():
        if parameter.dim() == 1:
            parameter.data = torch.rand(parameter.shape, generator=generator) * 0.8 + 0.4
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.copy_(torch.randn(module.num_features, generator=generator) * 0.2)
            module.running_var.copy_(torch.rand(module.num_features, generator=generator) + 0.5)
    return model.eval()


def tensorflow(seed):
    """What tf2onnx writes of a network with channels last: transpositions, SAME padding, MatMul and Add, BiasAdd."""
    random = np.random.default_rng(seed)
    def weight(name, *shape):
        array = random.normal(0, 0.4, shape).astype(np.float32)
        weights[name] = torch.tensor(array)
        initializers.append(numpy_helper.from_array(array, name))
    weights, initializers, nodes = {}, [], []
    weight("net/conv1/Conv2D/ReadVariableOp:0", 6, 3, 3, 3)
    weight("net/conv1/BiasAdd/ReadVariableOp:0", 6)
    weight("net/norm/scale:0", 6)
    weight("net/norm/shift:0", 6)
    weight("net/dense/MatMul/ReadVariableOp:0", 6 * 4 * 5, 4)
    weight("net/dense/BiasAdd/ReadVariableOp:0", 4)
    def node(kind, inputs, output, **attributes):
        nodes.append(helper.make_node(kind, inputs, [output], name=output.removesuffix(":0"), **attributes))
    def constant(name, values, kind=TensorProto.INT64):
        initializers.append(helper.make_tensor(name, kind, [len(values)], values))
    node("Transpose", ["image:0"], "nchw:0", perm=[0, 3, 1, 2])
    node("Conv", ["nchw:0", "net/conv1/Conv2D/ReadVariableOp:0"], "net/conv1/Conv2D:0", auto_pad="SAME_UPPER",
         strides=[2, 2], kernel_shape=[3, 3])
    constant("bias_shape", [1, 6, 1, 1])
    node("Reshape", ["net/conv1/BiasAdd/ReadVariableOp:0", "bias_shape"], "bias:0")
    node("Add", ["net/conv1/Conv2D:0", "bias:0"], "net/conv1/BiasAdd:0")
    node("Transpose", ["net/conv1/BiasAdd:0"], "nhwc:0", perm=[0, 2, 3, 1])
    node("Mul", ["nhwc:0", "net/norm/scale:0"], "net/norm/mul:0")
    node("Add", ["net/norm/mul:0", "net/norm/shift:0"], "net/norm/add:0")
    node("Relu", ["net/norm/add:0"], "net/relu/Relu:0")
    node("Transpose", ["net/relu/Relu:0"], "nchw2:0", perm=[0, 3, 1, 2])
    node("MaxPool", ["nchw2:0"], "pool:0", auto_pad="SAME_UPPER", kernel_shape=[2, 2], strides=[2, 2])
    node("Transpose", ["pool:0"], "nhwc2:0", perm=[0, 2, 3, 1])
    node("Shape", ["nhwc2:0"], "shape:0")
    constant("zero", [0]); constant("one", [1]); constant("rest", [-1])
    node("Slice", ["shape:0", "zero", "one", "zero"], "images:0")
    node("Concat", ["images:0", "rest"], "flat_shape:0", axis=0)
    node("Reshape", ["nhwc2:0", "flat_shape:0"], "flat:0")
    node("MatMul", ["flat:0", "net/dense/MatMul/ReadVariableOp:0"], "net/dense/MatMul:0")
    node("Add", ["net/dense/MatMul:0", "net/dense/BiasAdd/ReadVariableOp:0"], "net/dense/BiasAdd:0")
    node("Softmax", ["net/dense/BiasAdd:0"], "net/softmax/Softmax:0")
    graph = helper.make_graph(
        nodes, "tf2onnx",
        [helper.make_tensor_value_info("image:0", TensorProto.FLOAT, ["n", 15, 18, 3])],
        [helper.make_tensor_value_info("net/softmax/Softmax:0", TensorProto.FLOAT, ["n", 4])], initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], producer_name="tf2onnx", ir_version=8)
    onnx.checker.check_model(model)
    x = torch.tensor(random.normal(0, 1, (1, 3, 15, 18)).astype(np.float32))
    w = {name: tensor.double() for name, tensor in weights.items()}
    y = F.conv2d(F.pad(x.double(), (0, 1, 1, 1)), w["net/conv1/Conv2D/ReadVariableOp:0"], stride=2)
    y = y + w["net/conv1/BiasAdd/ReadVariableOp:0"].reshape(1, 6, 1, 1)
    y = F.relu(y * w["net/norm/scale:0"].reshape(1, 6, 1, 1) + w["net/norm/shift:0"].reshape(1, 6, 1, 1))
    y = F.max_pool2d(y, 2, 2, ceil_mode=True).permute(0, 2, 3, 1).reshape(1, -1)
    y = F.softmax(y @ w["net/dense/MatMul/ReadVariableOp:0"] + w["net/dense/BiasAdd/ReadVariableOp:0"], dim=1)
    return model, x, y


def save(folder, name, x, y):
    np.save(f"{folder}/{name}-in.npy", x.numpy().astype(np.float32))
    np.save(f"{folder}/{name}-out.npy", y.detach().numpy().astype(np.float64))


def main():
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    networks = {
        "residual": (Residual, (3, 21, 18)), "functions": (Functions, (3, 5, 6)), "shuffle": (Shuffle, (3, 10, 10)),
        "channels-last": (ChannelsLast, (3, 10, 8)), "decoder": (Decoder, (3, 5, 7)),
    }
    for index, (name, (kind, shape)) in enumerate(networks.items()):
        torch.manual_seed(index)
        model = settle(kind(), index)
        x = torch.randn(1, *shape, generator=torch.Generator().manual_seed(100 + index))
        for opset in (11, 17):
            path = f"{folder}/{name}-script{opset}.onnx"
            torch.onnx.export(
                model, (x,), path, dynamo=False, opset_version=opset, input_names=["image"],
                dynamic_axes={"image": {0: "n"}})
        torch.onnx.export(model, (x,), f"{folder}/{name}-dynamo.onnx", dynamo=True, external_data=False, verbose=False)
        strip(f"{folder}/{name}-dynamo.onnx")
        save(folder, name, x, model.double()(x.double()))
    model, x, y = tensorflow(7)
    onnx.save(model, f"{folder}/tensorflow.onnx")
    save(folder, "tensorflow", x, y)


def strip(path):
    """Leaves out traces of stacks, which name the folders of whoever ran this."""
    model = onnx.load(path)
    for node in model.graph.node:
        kept = [p for p in node.metadata_props if p.key in ("namespace", "pkg.torch.onnx.class_hierarchy", "pkg.torch.onnx.name_scopes")]
        del node.metadata_props[:]
        node.metadata_props.extend(kept)
        node.doc_string = ""
    onnx.save(model, path)


main()
