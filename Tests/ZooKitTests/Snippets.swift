import ZooKit

/// The Swift of README and guides, to be compiled; `SnippetTests` compares the text. Nothing calls it.
enum Snippets {
  static func program() throws {
    let model = try Model("resnet18", weights: .file("resnet18.zoow"))
    for guess in try model.classify(path: "cat.jpg") {
      print(guess.label, guess.probability)
    }
  }

  static func landing() throws {
    let model = try Model("lenet-digits")
    for guess in try model.classify(path: "digit.png") {
      print(guess.label, guess.probability)
    }
  }

  static func features(images: Tensor) throws {
    let model = try Model(
      "resnet18", weights: .file("resnet18.zoow"), outputs: ["layer4.1.relu_2", "avgpool"])
    let values = try model.values(for: images)
    print(values["avgpool"]?.shape as Any)
  }

  static func scale() throws {
    let work = try PictureWork(.infer(top: 5), WorkManifest.open("photos", for: .infer), Network.find("resnet18"))
    let folder = try WorkFolder("answers", for: work.record)
    try work.run(in: folder, share: WorkShare("3/16"))
    let files = try WorkMerge(folder).write()
    print(files.map(\.sha256))
  }

  static func sliding() throws {
    let classifier = try SlidingClassifier(.find("vgg16"), weights: .file("vgg16.zoow"))
    let result = try classifier.classify(path: "street.jpg")
    for place in result.best(5, labels: classifier.labels) {
      print(place.classification.label, place.box)
    }
  }

  static func graph() throws {
    let network = try Network.find("resnet50")
    let drawing = try GraphDrawing(network.graph, collapsing: .levels(1))
    try drawing.image().writePNG(to: "resnet50.png")
  }

  func status(of error: any Error) -> (code: Int, words: String) {
    guard let failure = error as? any ZooFailure else { return (500, "\(error)") }
    switch failure.category {
    case .inputMissing: return (404, "\(failure)")
    case .usage, .badData: return (422, "\(failure)")
    default: return (500, "\(failure)")
    }
  }

  func words(_ error: ZooError) -> String {
    if case .alreadyExists = error { return error.description(remedy: "press Replace") }
    return "\(error)"
  }

  static func server(upload: [UInt8]) async throws {
    let queue = PassQueue(running: 2, waiting: 64)
    let model = try await Model.load(
      "resnet50", weights: .file("resnet50-11ad3fa6.pth"), options: Model.Options(queue: queue))

    func answer(_ upload: [UInt8]) async throws -> InferenceAnswer {
      let classes = try await model.classify(encoded: upload, name: "upload")
      return InferenceAnswer(model.network, results: [InferenceAnswer.Result(file: "upload", top: classes)])
    }
    print(try await answer(upload))
  }
}
