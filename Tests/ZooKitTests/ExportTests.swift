import Testing
import ZooKit

@Suite struct ExportTests {
  @Test("the name of an output says what is written")
  func formats() throws {
    #expect(try OutputFormat(path: "a/b.ONNX") == .onnx)
    #expect(try OutputFormat(path: "b.safetensors") == .safetensors)
    #expect(try OutputFormat(path: "b.py") == .pytorch)
    #expect(try OutputFormat(path: "b.npz", among: [.npz, .folder]) == .npz)
    for folder in ["b", "v1.2", "a.b/c", "b.pth/", ".hidden", "a/.hidden", "b."] {
      #expect(try OutputFormat(path: folder) == .folder, "\(folder)")
    }
    #expect(throws: ZooError.outputFormat("b.pth", ending: "pth", endings: [".onnx", ".safetensors", ".npz", ".py"])) {
      _ = try OutputFormat(path: "b.pth")
    }
    #expect(throws: ZooError.outputFormat("b.onnx", ending: "onnx", endings: [".npz"])) {
      _ = try OutputFormat(path: "b.onnx", among: [.npz, .folder])
    }
  }

  @Test("each format is written, says what it holds, and replaces nothing by itself")
  func written() throws {
    let temporary = try Folder()
    let folder = temporary.path
    defer { withExtendedLifetime(temporary) {} }
    let network = try Network.find("lenet-digits")
    let weights = try LoadedWeights.load(.automatic, for: network)
    for (name, files) in [
      ("a.safetensors", ["\(folder)/a.safetensors"]), ("a.npz", ["\(folder)/a.npz"]),
      ("a.onnx", ["\(folder)/a.onnx", "\(folder)/a.onnx.data"]),
    ] {
      let path = "\(folder)/\(name)"
      let written = try Export(to: path, hasExternalData: name.hasSuffix(".onnx")).write(network, weights: weights)
      #expect(written.files == files && written.tensors == weights.checkpoint.entries.count, "\(name)")
      #expect((written.nodes != nil) == name.hasSuffix(".onnx"), "\(name)")
      #expect(files.allSatisfy(FileSystem.exists), "\(name)")
      #expect(throws: ZooError.alreadyExists(path: path), "\(name)") { _ = try Export(to: path) }
      _ = try Export(to: path, overwrite: true)
    }
    let written = try Export(to: "\(folder)/model").write(network, weights: weights)
    #expect(written.files.sorted() == (try FileSystem.list("\(folder)/model")))
    #expect(throws: WeightsError(path: "\(folder)/model", .file(.exists))) {
      _ = try Export(to: "\(folder)/model", overwrite: true)
    }
    #expect(throws: ZooError.externalData("\(folder)/b")) { _ = try Export(to: "\(folder)/b", hasExternalData: true) }
  }

  @Test("a reference means weights, a network, or a network in the place of weights")
  func references() throws {
    let temporary = try Folder()
    let folder = temporary.path
    defer { withExtendedLifetime(temporary) {} }
    let network = try Network.find("lenet-digits")
    let weights = try LoadedWeights.load(.automatic, for: network)
    try Export(to: "\(folder)/w.safetensors").write(network, weights: weights)
    try Export(to: "\(folder)/model").write(network, weights: weights)
    try Package.write(network, weights: weights, to: "\(folder)/p.zoo")
    #expect(try Checkpoint.find("\(folder)/w.safetensors")?.entries.count == weights.checkpoint.entries.count)
    for network in ["\(folder)/model", "\(folder)/p.zoo", "resnet18", "\(folder)/none.pth", "\(folder)/none.yaml"] {
      #expect(try Checkpoint.find(network) == nil, "\(network)")
    }
    for network in ["resnet18", "mine.yaml"] {
      #expect(throws: ZooError.modelForWeights(network)) { _ = try Checkpoint.openWeights(network) }
    }
    #expect(throws: WeightsError(path: "none.pth", .file(.missing))) { _ = try Checkpoint.openWeights("none.pth") }

    #expect(try Network.find("\(folder)/p.zoo").packagedWeights()?.entries.count == weights.checkpoint.entries.count)
    #expect(try Network.find("\(folder)/model").packagedWeights() != nil)
    #expect(try network.packagedWeights() == nil)
    #expect(network.originNote(calledAs: "lenet-digits") == nil)
    #expect(
      network.originNote(calledAs: "lenet_digits.yaml")
        == "no lenet_digits.yaml here; using the catalogue's lenet-digits")
  }
}
