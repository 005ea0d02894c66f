import ZooSpec
import ZooTensor

/// `config.json`: the keys of timm's files on the hub (`timm.models.save_for_hf`), and `id2label` and `label2id` as in
/// transformers'.
struct ModelConfiguration: Encodable {
  let architecture: String
  let num_classes: Int
  /// transformers' word for classes that are there or not independently of each other.
  let problem_type: String?
  let num_features: Int?
  let torch_dtype: String?
  let id2label: [String: String]?
  let label2id: [String: Int]?
  /// WordNet identifiers where the labels have them, else the labels.
  let label_names: [String]?
  let label_descriptions: [String: String]?
  let pretrained_cfg: Pretrained

  struct Pretrained: Encodable {
    let input_size: [Int]
    let num_classes: Int
    let interpolation: String?
    let crop_pct: Double?
    let crop_mode: String?
    let mean: [Double]?
    let std: [Double]?
    let first_conv: String?
    let classifier: String?
    let license: String?
    let paper_name: String?
    let url: String?
    /// What the convention cannot say: `bgr` or `grey`.
    let channels: String?
    /// Nor this: that a mean image, which the definition holds, is subtracted first.
    let mean_image: Bool?
  }

  init(_ facts: ExportFacts) {
    let card = facts.network.card
    architecture = facts.architecture
    num_classes = facts.classes
    problem_type = facts.network.knownAnswer?.function == .sigmoid ? "multi_label_classification" : nil
    num_features = facts.classifier?.features
    torch_dtype = facts.elementTypes.count == 1 ? facts.elementTypes.first?.rawValue : nil
    let labels = facts.labels?.labels
    id2label = labels.map { labels in
      Dictionary(uniqueKeysWithValues: labels.enumerated().map { ("\($0)", $1.name) })
    }
    label2id = labels.map { labels in
      Dictionary(labels.enumerated().map { ($1.name, $0) }) { first, _ in first }
    }
    let identifiers = labels.flatMap { labels in
      let identifiers = labels.compactMap(\.wordNetID)
      return identifiers.count == labels.count && !labels.isEmpty ? identifiers : nil
    }
    label_names = identifiers ?? labels?.map(\.name)
    label_descriptions = identifiers.flatMap { identifiers in
      labels.map { Dictionary(zip(identifiers, $0.map(\.name))) { first, _ in first } }
    }
    let preprocess = facts.preprocess
    pretrained_cfg = Pretrained(
      input_size: facts.network.input.dimensions, num_classes: facts.classes,
      interpolation: preprocess?.filter?.rawValue, crop_pct: preprocess?.cropFraction,
      crop_mode: preprocess?.cropMode, mean: preprocess.flatMap { $0.meanImage == nil ? $0.meanOfUnit : nil },
      std: preprocess?.deviationOfUnit,
      first_conv: facts.firstConvolution, classifier: facts.classifier?.path, license: facts.license,
      paper_name: card.paper?.title, url: facts.published?.url,
      channels: preprocess.flatMap { $0.channels == .rgb ? nil : $0.channels.rawValue },
      mean_image: preprocess?.meanImage.map { _ in true })
  }
}

/// `preprocessor_config.json`, as transformers' image processors for convolutional networks have it.
struct ProcessorConfiguration: Encodable {
  let image_processor_type = "BitImageProcessor"
  let do_convert_rgb: Bool
  let do_resize: Bool
  let size: [String: Int]?
  /// Pillow's number of the filter.
  let resample: Int?
  let do_center_crop: Bool
  let crop_size: [String: Int]?
  let do_rescale: Bool
  let rescale_factor: Double
  let do_normalize: Bool
  let image_mean: [Double]?
  let image_std: [Double]?
  /// What the convention cannot say: `bgr` or `grey`.
  let channels: String?
  /// Nor this: that a mean image, which the definition holds, is subtracted first.
  let mean_image: Bool?

  init(_ preprocess: Preprocessing) {
    do_convert_rgb = preprocess.channels != .grey
    do_resize = preprocess.filter != nil
    size =
      switch preprocess.resize {
      case .none: nil
      case .shorterSide(let side, _): ["shortest_edge": side]
      case .exact(let extent, _): ["height": extent.height, "width": extent.width]
      }
    resample = preprocess.filter.map { filter in
      switch filter {
      case .nearest: 0
      case .bilinear: 2
      case .bicubic: 3
      }
    }
    let crop = preprocess.cropExtent
    do_center_crop = crop != nil
    crop_size = crop.map { ["height": $0.height, "width": $0.width] }
    do_rescale = preprocess.factor != 1
    rescale_factor = preprocess.factor
    do_normalize = !preprocess.mean.isEmpty || !preprocess.standardDeviation.isEmpty
    image_mean = do_normalize ? preprocess.fullMean : nil
    image_std = do_normalize ? preprocess.fullStandardDeviation : nil
    channels = preprocess.channels == .rgb ? nil : preprocess.channels.rawValue
    mean_image = preprocess.meanImage.map { _ in true }
  }
}

extension Preprocessing {
  fileprivate var cropExtent: Extent? { if case .centre(let extent) = crop { extent } else { nil } }

  /// What pixels are multiplied by.
  fileprivate var factor: Double {
    switch scale {
    case .none: 1
    case .divided(let divisor): 1 / divisor
    case .multiplied(let factor): factor
    }
  }

  /// The mean of pixels that were divided by 255, which is how the convention states it.
  fileprivate var meanOfUnit: [Double] { fullMean.map(ofUnit) }
  fileprivate var deviationOfUnit: [Double] { fullStandardDeviation.map(ofUnit) }

  private func ofUnit(_ value: Double) -> Double {
    switch scale {
    case .none: value / 255
    case .divided(by: 255): value
    case .divided(let divisor): value * divisor / 255
    case .multiplied(let factor): value / factor / 255
    }
  }

  /// `squash` where the sides are stretched, timm's word for it.
  fileprivate var cropMode: String? {
    if case .exact = resize { return "squash" }
    return cropExtent == nil ? nil : "center"
  }

  /// The side of the crop as a part of the resized image's shorter side.
  ///
  /// Readers divide by it and round down, so it is made a little smaller where that would lose a pixel.
  package var cropFraction: Double? {
    guard let crop = cropExtent, case .shorterSide(let side, _) = resize, side > 0 else {
      return filter == nil ? nil : 1
    }
    let length = Double(min(crop.height, crop.width))
    var fraction = length / Double(side)
    while (length / fraction).rounded(.down) < Double(side) { fraction = fraction.nextDown }
    return fraction
  }
}
