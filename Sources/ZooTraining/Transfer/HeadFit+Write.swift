import ZooGraph
import ZooKit
import ZooTensor
import ZooWeights

extension HeadFit {
  /// The names of the classifier's tensors where it is no layer of a network.
  public static let weightName = "classifier.weight"
  /// The name of the tensor that the bias of a bare classifier has.
  public static let biasName = "classifier.bias"

  /// Writes the network with the classifier as its last layer, which needs nothing else to classify; or the
  /// classifier's weights and bias by themselves, where it cannot be that layer.
  ///
  /// - Parameters:
  ///   - result: the fitted classifier.
  ///   - path: where the archive will be.
  ///   - overwrite: whether a file that is there is replaced.
  /// - Throws: `ZooError.alreadyExists`, `.cannotWrite`; `WeightsError` with nothing left behind.
  public func write(_ result: Result, to path: String, overwrite: Bool = false) throws {
    try FileSystem.checkFile(path, overwrite: overwrite)
    let classifier = result.classifier
    var metadata = metadata(of: result)
    switch destination {
    case .tensors:
      metadata[Package.labelsKey] = codes.classes.joined(separator: "\n")
      try Checkpoint([
        (name: Self.weightName, tensor: classifier.weight), (name: Self.biasName, tensor: classifier.bias),
      ]).pack(to: path, metadata: metadata, overwrite: overwrite)
    case .network(let network, let weights):
      let changed = try network.adopting(weights).replacingHead(labels: codes.classes)
      guard let head = changed.linearHead, let weight = head.parameter(.weight), let bias = head.parameter(.bias)
      else { throw ZooError.noHead(model: network.name, node: network.name) }
      let (weightNames, biasNames) = (weight.value.tensors.map(\.name), bias.value.tensors.map(\.name))
      let untrained = weights.untrained.filter { !(weightNames + biasNames).contains($0) }
      metadata[Package.untrainedKey] = untrained.isEmpty ? nil : untrained.joined(separator: " ")
      var tensors: [(name: String, tensor: Tensor)] = []
      for declaration in changed.graph.tensors {
        if weightNames.contains(declaration.name) {
          tensors.append((declaration.name, classifier.weight.reshaped(to: declaration.shape)))
        } else if biasNames.contains(declaration.name) {
          tensors.append((declaration.name, classifier.bias))
        } else if weights.checkpoint.entry(named: declaration.name)?.shape == declaration.shape {
          // Those of auxiliary classifiers have the shape of other classes, and no answer needs them.
          tensors.append((declaration.name, try weights.tensor(declaration.name)))
        }
      }
      try Package.write(changed, tensors: tensors, metadata: metadata, to: path)
    }
  }

  /// What the archive says about the fit.
  private func metadata(of result: Result) -> [String: String] {
    let report = result.classifier.report
    var metadata = [
      "fit.loss": report.loss.rawValue, "fit.lambda": "\(report.regularisation)", "fit.codes": "\(codes.count)",
    ]
    metadata["fit.layer"] = record?.layer
    if let accuracy = report.crossValidation?.accuracy {
      metadata["fit.cross-validation"] = "\(accuracy.correct)/\(accuracy.count)"
    }
    if let accuracy = result.test?.accuracy { metadata["fit.test"] = "\(accuracy.correct)/\(accuracy.count)" }
    return metadata
  }
}

extension FeaturesRecord {
  /// The fields that may differ between codes that belong together.
  static let fieldsOfData: Set<String> = ["data", "split"]
}
