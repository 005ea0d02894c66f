/// A method of the module that makes the layers of a kind, each where it is first called.
struct PyTorchMethod: Sendable {
  /// An argument that a call may leave out.
  struct Argument {
    let name: String
    /// What PyTorch calls it; `nil` where it is not passed on.
    let word: String?
    /// What it is in PyTorch where nothing is passed.
    let value: String
    /// Whether PyTorch has it right after those before it.
    let isPositional: Bool

    static func positional(_ name: String, _ value: String) -> Argument {
      Argument(name: name, word: name, value: value, isPositional: true)
    }

    static let epsilon = Argument(name: "epsilon", word: "eps", value: "1e-05", isPositional: true)
    static let affine = Argument(name: "affine", word: "affine", value: "True", isPositional: false)
    static let shared = Argument(name: "shared", word: nil, value: "False", isPositional: false)
  }

  /// What every call gives, after the input and the path.
  var required: [String] = []
  var optional: [Argument] = []
  /// A class that the layer needs, by its name in `functionTexts`.
  var function: String?
  /// The layer, up to the arguments that may be left out. `given`: those that calls give.
  let layer: @Sendable (_ helpers: PyTorchHelpers, _ given: Set<String>) -> String

  /// By the word of the kind.
  static let all: [String: PyTorchMethod] = [
    "conv": PyTorchMethod(
      required: ["out", "kernel"],
      optional: [
        .positional("stride", "1"), .positional("padding", "0"), .positional("dilation", "1"),
        .positional("groups", "1"), .positional("bias", "True"),
      ]
    ) { _, _ in "nn.Conv2d(x.shape[1], out, kernel" },
    "transposed_conv": PyTorchMethod(
      required: ["out", "kernel"],
      optional: [
        .positional("stride", "1"), .positional("padding", "0"), .positional("output_padding", "0"),
        .positional("groups", "1"), .positional("bias", "True"), .positional("dilation", "1"),
      ]
    ) { _, _ in "nn.ConvTranspose2d(x.shape[1], out, kernel" },
    "fc": PyTorchMethod(required: ["out"], optional: [.positional("bias", "True")]) { _, _ in
      "nn.Linear(x.shape[1], out"
    },
    "batch_norm": PyTorchMethod(optional: [.epsilon, .affine]) { helpers, _ in
      let type =
        helpers.normalizesVectors ? "(nn.BatchNorm2d if x.dim() == 4 else nn.BatchNorm1d)" : "nn.BatchNorm2d"
      return "\(type)(x.shape[1]"
    },
    "scale": PyTorchMethod(optional: [.positional("shift", "True")], function: "Scale") { _, _ in
      "Scale(x.shape[1]"
    },
    "layer_norm": PyTorchMethod(optional: [.epsilon], function: "ChannelNorm") { _, _ in "ChannelNorm(x.shape[1]" },
    "group_norm": PyTorchMethod(required: ["groups"], optional: [.epsilon]) { _, _ in
      "nn.GroupNorm(groups, x.shape[1]"
    },
    "prelu": PyTorchMethod(optional: [.shared]) { helpers, given in
      if given.contains("shared") { return "nn.PReLU(1 if shared else x.shape[1]" }
      return "nn.PReLU(\(helpers.standard(of: "shared", "prelu") == "True" ? "1" : "x.shape[1]")"
    },
  ]

  /// Methods that are always the same, each as its lines.
  static let texts: [String: [String]] = [
    "locally_connected": [
      "def locally_connected(self, x, path, out, kernel, stride, bias=True):",
      "    return self.get(path, lambda: LocallyConnected(x.shape, out, kernel, stride, bias))(x)",
    ],
    "drop": [
      "def drop(self, x, probability):  # stochastic depth",
      "    kept = torch.rand(len(x), *[1] * (x.dim() - 1), device=x.device) >= probability",
      "    return x * kept / (1 - probability) if self.training else x",
    ],
  ]
}

extension PyTorchHelpers {
  /// The methods of the module that make layers, each as its lines.
  var methodLines: [[String]] {
    methods.keys.sorted().compactMap { name in
      PyTorchMethod.all[name].map { lines(of: $0, name) } ?? PyTorchMethod.texts[name]
    }
  }

  private func lines(of method: PyTorchMethod, _ name: String) -> [String] {
    let given = methods[name] ?? []
    var (parameters, arguments) = (method.required.map { ", \($0)" }.joined(), "")
    var isInOrder = true
    for argument in method.optional {
      // Calls leave out a padding of 0, whatever the definition has by default.
      let standard = argument.name == "padding" ? "0" : standard(of: argument.name, name)
      let isGiven = given.contains(argument.name)
      if isGiven { parameters += ", \(argument.name)=\(standard)" }
      guard let word = argument.word, isGiven || standard != argument.value else {
        isInOrder = false
        continue
      }
      let value = isGiven ? argument.name : standard
      arguments += isInOrder && argument.isPositional ? ", \(value)" : ", \(word)=\(value)"
    }
    return [
      "def \(name)(self, x, path\(parameters)):",
      "    return self.get(path, lambda: \(method.layer(self, given))\(arguments)))(x)",
    ]
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
    for function in functions.sorted() { result.append(Self.functionTexts[function] ?? []) }
    return result
  }

  /// The functions and classes that a module may need, by their names.
  static let functionTexts: [String: [String]] = [
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
