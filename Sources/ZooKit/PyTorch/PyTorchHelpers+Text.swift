import ZooGraph

extension PyTorchHelpers {
  /// The methods of the module that make layers, each as its lines.
  var methodLines: [[String]] {
    methods.keys.sorted().compactMap { method in
      let given = methods[method] ?? []
      func parameters(_ names: [(String, String)]) -> String {
        names.filter { given.contains($0.0) }.map { ", \($0.0)=\($0.1)" }.joined()
      }
      func arguments(_ names: [(name: String, word: String, value: String, torch: String)]) -> String {
        var isInOrder = true
        return names.map { argument in
          let isGiven = given.contains(argument.name)
          guard isGiven || argument.value != argument.torch else {
            isInOrder = false
            return ""
          }
          let value = isGiven ? argument.name : argument.value
          return isInOrder && argument.word != "affine" ? ", \(value)" : ", \(argument.word)=\(value)"
        }.joined()
      }
      func made(_ kind: OperationKind, _ positional: String, _ layer: String, _ names: [(String, String, String)])
        -> [String]
      {
        // Calls leave out a padding of 0, whatever the definition has by default.
        let values = names.map { name, word, torch in
          (name: name, word: word, value: name == "padding" ? "0" : standard(of: name, kind), torch: torch)
        }
        let header = "def \(method)(self, x, path\(positional)\(parameters(values.map { ($0.name, $0.value) }))):"
        return [header, "    return self.get(path, lambda: \(layer)\(arguments(values))))(x)"]
      }
      switch method {
      case "conv":
        return made(
          .convolution, ", out, kernel", "nn.Conv2d(x.shape[1], out, kernel",
          [
            ("stride", "stride", "1"), ("padding", "padding", "0"), ("dilation", "dilation", "1"),
            ("groups", "groups", "1"), ("bias", "bias", "True"),
          ])
      case "transposed_conv":
        return made(
          .transposedConvolution, ", out, kernel", "nn.ConvTranspose2d(x.shape[1], out, kernel",
          [
            ("stride", "stride", "1"), ("padding", "padding", "0"), ("output_padding", "output_padding", "0"),
            ("groups", "groups", "1"), ("bias", "bias", "True"), ("dilation", "dilation", "1"),
          ])
      case "fc": return made(.fullyConnected, ", out", "nn.Linear(x.shape[1], out", [("bias", "bias", "True")])
      case "batch_norm":
        let type = normalizesVectors ? "(nn.BatchNorm2d if x.dim() == 4 else nn.BatchNorm1d)" : "nn.BatchNorm2d"
        return made(
          .batchNorm, "", "\(type)(x.shape[1]", [("epsilon", "eps", "1e-05"), ("affine", "affine", "True")])
      case "scale": return made(.scale, "", "Scale(x.shape[1]", [("shift", "shift", "True")])
      case "layer_norm": return made(.layerNorm, "", "ChannelNorm(x.shape[1]", [("epsilon", "eps", "1e-05")])
      case "group_norm":
        return made(.groupNorm, ", groups", "nn.GroupNorm(groups, x.shape[1]", [("epsilon", "eps", "1e-05")])
      case "prelu":
        let count = given.contains("shared") ? "1 if shared else x.shape[1]" : "x.shape[1]"
        return [
          "def prelu(self, x, path\(parameters([("shared", "False")]))):",
          "    return self.get(path, lambda: nn.PReLU(\(count)))(x)",
        ]
      case "locally_connected":
        return [
          "def locally_connected(self, x, path, out, kernel, stride, bias=True):",
          "    return self.get(path, lambda: LocallyConnected(x.shape, out, kernel, stride, bias))(x)",
        ]
      case "drop":
        return [
          "def drop(self, x, probability):  # stochastic depth",
          "    kept = torch.rand(len(x), *[1] * (x.dim() - 1), device=x.device) >= probability",
          "    return x * kept / (1 - probability) if self.training else x",
        ]
      default: return nil
      }
    }
  }

  /// Functions and classes that come before the module, each as its lines.
  var functionLines: [[String]] {
    var result: [[String]] = []
    if usesNumbers {
      result.append([
        "def numbered(path):  # as nn.Sequential numbers its layers",
        "    return (f\"{path}{i}\" for i in itertools.count())",
      ])
    }
    for function in functions.sorted() { result.append(Self.texts[function] ?? []) }
    return result
  }

  private static let texts: [String: [String]] = [
    "Scale": [
      "class Scale(nn.Module):",
      "    def __init__(self, channels, shift=True):",
      "        super().__init__()",
      "        self.weight = nn.Parameter(torch.ones(channels))",
      "        self.bias = nn.Parameter(torch.zeros(channels)) if shift else None",
      "",
      "    def forward(self, x):",
      "        x = x.movedim(1, -1) * self.weight",
      "        return (x if self.bias is None else x + self.bias).movedim(-1, 1)",
    ],
    "ChannelNorm": [
      "class ChannelNorm(nn.LayerNorm):  # over the channels at each position",
      "    def forward(self, x):",
      "        return super().forward(x.movedim(1, -1)).movedim(-1, 1)",
    ],
    "LocallyConnected": [
      "class LocallyConnected(nn.Module):  # a convolution with weights of its own at each position",
      "    def __init__(self, shape, out, kernel, stride, bias):",
      "        super().__init__()",
      "        (_, channels, height, width), (h, w), self.stride = shape, kernel, stride",
      "        height, width = (height - h) // stride[0] + 1, (width - w) // stride[1] + 1",
      "        weight = torch.randn(height, width, out, channels, h, w) / (channels * h * w) ** 0.5",
      "        self.weight = nn.Parameter(weight)",
      "        self.bias = nn.Parameter(torch.zeros(out, height, width)) if bias else None",
      "",
      "    def forward(self, x):",
      "        for axis in (0, 1):",
      "            x = x.unfold(2 + axis, self.weight.shape[4 + axis], self.stride[axis])",
      "        x = torch.einsum(\"nchwij,hwkcij->nkhw\", x, self.weight)",
      "        return x if self.bias is None else x + self.bias",
    ],
    "same": [
      "def same(x, kernel, stride, dilation=(1, 1), value=0.0):  # as TensorFlow pads",
      "    sides = []",
      "    for size, k, s, d in reversed(list(zip(x.shape[2:], kernel, stride, dilation))):",
      "        total = max(0, (size - 1) // s * s + (k - 1) * d + 1 - size)",
      "        sides += [total // 2, total - total // 2]",
      "    return F.pad(x, sides, value=value)",
    ],
    "max_pool": [
      "def max_pool(x, kernel, stride, padding, ceil_mode=False):",
      "    height, width = x.shape[2] + padding[2], x.shape[3] + padding[0]",
      "    x = F.max_pool2d(F.pad(x, padding, value=-torch.inf), kernel, stride, ceil_mode=ceil_mode)",
      "    return x[:, :, : -(-height // stride[0]), : -(-width // stride[1])]  # none starts beyond the map",
    ],
    "average_pool": [
      "def average_pool(x, kernel, stride, padding, ceil_mode=False, counts=True):",
      "    height, width = x.shape[2] + padding[2], x.shape[3] + padding[0]",
      "    y = F.avg_pool2d(F.pad(x, padding), kernel, stride, ceil_mode=ceil_mode)",
      "    if not counts:",
      "        y = y / F.avg_pool2d(F.pad(torch.ones_like(x), padding), kernel, stride, ceil_mode=ceil_mode)",
      "    return y[:, :, : -(-height // stride[0]), : -(-width // stride[1])]  # none starts beyond the map",
    ],
  ]
}
