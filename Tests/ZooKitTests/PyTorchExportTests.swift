import Foundation
import Testing
import ZooKit

/// The text of PyTorch modules. `tools/bench/check-pytorch` runs them, with PyTorch.
@Suite struct PyTorchExportTests {
  private static func export(_ name: String) throws -> PyTorchExport {
    let network = try Network.find(name)
    return try PyTorchExport(
      network, weights: .load(.synthetic(seed: 0), for: network), weightsFile: "\(name).safetensors")
  }

  private static func export(layers: String, blocks: String = "") throws -> PyTorchExport {
    let network = try Network(
      yaml: "zoo: 1\nname: mine\ninput: [4, 9, 9]\n\(blocks)layers:\n\(layers)\n", path: "mine.yaml")
    return try PyTorchExport(network, weights: .load(.synthetic(seed: 0), for: network))
  }

  private static func lines(_ export: PyTorchExport) -> [Substring] { export.text.split(separator: "\n") }

  @Test("blocks, loops and conditions of a definition are those of the module")
  func residual() throws {
    let export = try Self.export("resnet18")
    let lines = export.text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count <= 61 && export.hasBlocks && export.className == "Resnet18", "\(lines.count)")
    let body = export.text.range(of: "    def projection").map { String(export.text[$0.lowerBound...]) }
    #expect(
      body == """
            def projection(self, x, p, out, stride):
                return self.batch_norm(self.conv(x, f"{p}0", out, 1, stride=stride), f"{p}1")

            def basic(self, x, p, width, stride=1, project=False):
                y = F.relu(self.batch_norm(self.conv(x, f"{p}conv1", width, 3, stride=stride, padding=1), f"{p}bn1"))
                bn2 = self.batch_norm(self.conv(y, f"{p}conv2", width, 3, padding=1), f"{p}bn2")
                y = self.projection(x, f"{p}downsample.", out=width, stride=stride) if project else x
                return F.relu(bn2 + y)

            def forward(self, x):
                x = F.relu(self.batch_norm(self.conv(x, "conv1", 64, 7, stride=2, padding=3), "bn1"))
                x = F.max_pool2d(x, 3, stride=2, padding=1)
                for i in range(2):
                    x = self.basic(x, f"layer1.{i}.", width=64)
                for i in range(2):
                    x = self.basic(x, f"layer2.{i}.", width=128, stride=2 if i == 0 else 1, project=i == 0)
                for i in range(2):
                    x = self.basic(x, f"layer3.{i}.", width=256, stride=2 if i == 0 else 1, project=i == 0)
                for i in range(2):
                    x = self.basic(x, f"layer4.{i}.", width=512, stride=2 if i == 0 else 1, project=i == 0)
                return self.get("fc", lambda: nn.Linear(512, 1000))(F.adaptive_avg_pool2d(x, 1).flatten(1))

        """)
  }

  /// One of each family.
  static let families = [
    "alexnet-caffe", "convnext_tiny", "crepe-tiny", "darknet53", "densenet121", "efficientnet_b0", "efficientnet_v2_s",
    "googlenet", "inception_v3", "lenet", "mnasnet0_5", "mobilenet_v2", "mobilenet_v3_small", "mtcnn-onet",
    "regnet_y_400mf",
    "resnet20", "resnet50", "shufflenet_v2_x0_5", "squeezenet1_0", "vgg11-bn", "zfnet",
  ]

  @Test("networks of the catalogue keep their blocks, and their tensors' names are the keys")
  func catalogue() throws {
    for name in Self.families {
      let export = try Self.export(name)
      #expect(export.hasBlocks, "\(name)")
      #expect(Self.lines(export).count <= 110, "\(name)")
      let network = try Network.find(name)
      #expect(export.keys == network.graph.tensors.filter { !$0.isTrainingOnly }.map(\.name), "\(name)")
      #expect(!export.text.unicodeScalars.contains { $0.value < 32 && $0 != "\n" }, "\(name)")
    }
  }

  @Test("what a definition says cannot end a string, and names are no words of Python's")
  func strangers() throws {
    let export = try Self.export(
      layers: """
          - use: {block: forward, name: class, with: {self: 2}}
          - conv: {name: conv2/3x3, out: 2, kernel: 1}
          - conv: {name: x, out: 2, kernel: 1}
          - conv: {name: lambda, from: conv2/3x3, out: 2, kernel: 1}
          - add: {from: [x, lambda]}
        """,
      blocks: #"""
        title: "\"\"\" + __import__('os') \\ \u202e"
        blocks:
          forward: {parameters: {self: int}, layers: [{conv: {name: type, out: $self, kernel: 3}}]}

        """#)
    let text = export.text
    #expect(text.hasPrefix("\"\"\"''' + __import__('os') ' ?. Written by"), "\(text)")
    #expect(text.components(separatedBy: "\"\"\"").count == 3)
    let method = "def forward_2(self, x, p, self_):\n        return self.conv(x, f\"{p}type\", self_, 3)"
    #expect(text.contains(method), "\(text)")
    #expect(text.contains("self.forward_2(x, \"class.\", self_=2)") && text.contains("\"conv2/3x3\""), "\(text)")
    #expect(text.contains("lambda_2 = ") || text.contains("x_2 + x"), "\(text)")
  }

  @Test("slopes that a definition shares unless told otherwise are shared")
  func sharedSlopes() throws {
    let defaults = "defaults: {prelu: {shared: true}}\n"
    let shared = try Self.export(layers: "  - prelu: {name: a}", blocks: defaults).text
    #expect(
      shared.contains(
        """
            def prelu(self, x, path):
                return self.get(path, lambda: nn.PReLU(1))(x)
        """) && shared.contains("self.prelu(x, \"a\")"), "\(shared)")
    let both = try Self.export(layers: "  - prelu: {name: a}\n  - prelu: {name: b, shared: false}", blocks: defaults)
      .text
    #expect(
      both.contains(
        """
            def prelu(self, x, path, shared=True):
                return self.get(path, lambda: nn.PReLU(1 if shared else x.shape[1]))(x)
        """) && both.contains("self.prelu(self.prelu(x, \"a\"), \"b\", shared=False)"), "\(both)")
  }

  @Test("windows that PyTorch has otherwise are written out")
  func windows() throws {
    let text = try Self.export(
      layers: """
          - conv: {name: a, out: 4, kernel: 3, padding: {top: 0, left: 1, bottom: 2, right: 3}}
          - max_pool: {kernel: 3, stride: 2, padding: 2, rounding: ceil}
          - average_pool: {kernel: 2, stride: 1, padding: same, count_padding: false}
          - lrn: {size: 3, alpha: 0.5, beta: 0.75, k: 1, convention: sum}
          - max_pool: {kernel: 2, stride: 2, rounding: caffe}
          - fc: {name: fc, out: 2}
        """
    ).text
    for words in [
      "F.pad(x, (1, 3, 0, 2))", ", 3, (2, 2), (2, 2, 2, 2), ceil_mode=True)",
      "same(torch.ones_like(x), (2, 2), (1, 1))", "alpha=1.5", "ceil_mode=True",
    ] {
      #expect(text.contains(words), "\(words): \(text)")
    }
  }

  @Test("files that load into each other, and nothing is replaced unasked")
  func files() throws {
    let temporary = try Folder()
    let path = "\(temporary.path)/n.py"
    let network = try Network.find("lenet-digits")
    let weights = try LoadedWeights.load(.automatic, for: network)
    let written = try Export(to: path).write(network, weights: weights)
    #expect(written.files == [path, "\(temporary.path)/n.safetensors"] && written.tensors == 8)
    #expect(try String(contentsOfFile: path, encoding: .utf8).contains("load_file(\"n.safetensors\")"))
    let read = try Checkpoint.open("\(temporary.path)/n.safetensors")
    #expect(read.entries.map(\.name) == network.graph.tensors.map(\.name) && read.metadata["format"] == "pt")
    try FileManager.default.removeItem(atPath: path)
    #expect(throws: ZooError.alreadyExists(path: "\(temporary.path)/n.safetensors")) { _ = try Export(to: path) }
  }

  @Test("layers that one module cannot have are refused, all at once")
  func refusal() throws {
    #expect(
      throws: ZooError.notForPyTorch(
        model: "mine",
        [
          "a.b: inside of a, which is a layer itself", "a.b.c: inside of a.b, which is a layer itself",
          "training.d: PyTorch's modules have another use for the name training",
        ])
    ) {
      _ = try Self.export(
        layers: """
            - conv: {name: a, out: 4, kernel: 1}
            - conv: {name: a.b, out: 4, kernel: 1}
            - conv: {name: a.b.c, out: 4, kernel: 1}
            - conv: {name: training.d, out: 4, kernel: 1}
          """)
    }
  }
}
