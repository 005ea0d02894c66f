import ZooSpec
import ZooWeights

/// One way to read a checkpoint for a network: rules for its names, and what its images must be.
struct WeightReading {
  let mapping: NameMapping
  /// The published file that the rules are for; `nil` for those of every file.
  let source: Card.WeightsSource?

  /// The ways in which a checkpoint may be meant, the likeliest first.
  ///
  /// An archive with a definition has been read already: its tensors are as its network reads them. For any other
  /// checkpoint, what the network's definition says about a file of this name comes first, then what it says about files of
  /// this kind, then the rules for all, then what it says about files of no particular kind.
  static func candidates(for checkpoint: Checkpoint, _ network: Network, isNative: Bool) -> [WeightReading] {
    let general = network.card.weightNames
    let common = WeightReading(mapping: NameMapping(rules: general, transformsKnownNames: !isNative), source: nil)
    guard !isNative else { return [common] }
    let special = network.card.weights.filter { !$0.names.isEmpty || $0.preprocess != nil }
    let name = checkpoint.fileName
    let format = checkpoint.originalFormat
    let named = special.filter { $0.file == name }
    let ofKind = special.filter { $0.file != name && $0.format != nil && $0.format == format }
    let ofNoKind = special.filter { $0.file != name && $0.format == nil && !$0.names.isEmpty }
    func reading(_ source: Card.WeightsSource) -> WeightReading {
      WeightReading(mapping: NameMapping(rules: source.names + general), source: source)
    }
    return named.map(reading) + ofKind.map(reading) + [common] + ofNoKind.map(reading)
  }

  /// The first way in which the checkpoint fits; if there is none, the one in which most of it does.
  static func best(
    of candidates: [WeightReading], _ expected: [ExpectedTensor], in checkpoint: Checkpoint, options: MappingOptions
  ) -> WeightReading {
    guard candidates.count > 1 else { return candidates[0] }
    var best = (reading: candidates[0], loadable: -1)
    for reading in candidates {
      let report = reading.mapping.report(expected, in: checkpoint, options: options)
      if report.isComplete { return reading }
      if report.loadable.count > best.loadable { best = (reading, report.loadable.count) }
    }
    return best.reading
  }
}

extension Checkpoint {
  /// The name of the file, or of the one that it was packed from, without its folder.
  var fileName: String? {
    metadata[Provenance.fileKey] ?? path.split(separator: "/").last.map(String.init)
  }

  /// The kind of file, or of the one that it was packed from.
  var originalFormat: Card.WeightsSource.Format? {
    switch sourceFormat {
    case .archive: .archive
    case .safetensors: .safetensors
    case .torchZip, .torchLegacy, .torchTar: .pytorch
    case .numpyDirectory, .numpyFile, .numpyZip: .numpy
    case .caffe, .caffeMean: .caffe
    case .onnx: .onnx
    case .darknet: .darknet
    case .hdf5, .keras, .synthetic, .memory: nil
    }
  }
}
