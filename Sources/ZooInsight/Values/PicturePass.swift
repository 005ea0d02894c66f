import ZooGraph
import ZooImages
import ZooKit
import ZooTensor

/// Shows pictures to a network, one batch after the other, in memory that does not grow with their number.
struct PicturePass {
  let model: Model
  let pictures: PictureSet
  /// Whether pictures that cannot be read are left out.
  let skipsBad: Bool

  /// The values of a batch.
  struct Batch {
    /// The places of the pictures that were read.
    var read: [Int] = []
    /// Those that were not, with what is wrong with them.
    var skipped: [(place: Int, reason: String)] = []
    /// Where the next batch begins.
    var end: Int
    /// The values of each of the model's outputs for `read`; empty when there is none.
    var values: [String: Tensor] = [:]
  }

  /// How much memory the values of a batch may take, in bytes.
  private static let budget = 64 << 20

  /// How many pictures are shown together. The values do not depend on it.
  private var batchSize: Int {
    let graph = model.network.graph
    let names = Set(model.outputs)
    let numbers = graph.nodes.filter { names.contains($0.name) }.reduce(0) { $0 + $1.shape.elementCount }
    return min(max(1, Self.budget / max(1, 4 * numbers)), 16)
  }

  /// `start`: the place of the first picture. `goesOn`: asked after each batch with how many are done. Returns whether
  /// all were shown. Throws what `body` throws; `ImageError` naming the picture unless such are left out; as
  /// `Model.values`.
  func run(
    from start: Int = 0, goesOn: (_ done: Int) -> Bool, _ body: (Batch) throws -> Void
  ) throws -> Bool {
    var position = start
    let size = batchSize
    while position < pictures.count {
      let places = position..<min(pictures.count, position + size)
      var batch = Batch(end: places.upperBound)
      var inputs: [Tensor] = []
      let results = concurrentResults(places.count, threads: model.threadCount) { offset in
        try input(places.lowerBound + offset)
      }
      for (place, result) in zip(places, results) {
        do {
          inputs.append(try result.get())
          batch.read.append(place)
        } catch let error as ImageError where skipsBad {
          batch.skipped.append((place, "\(error)"))
        }
      }
      if !inputs.isEmpty { batch.values = try model.values(for: Model.stacked(inputs)) }
      try body(batch)
      position = places.upperBound
      guard goesOn(position) || position == pictures.count else { return false }
    }
    return true
  }

  private func input(_ place: Int) throws -> Tensor {
    do {
      return try model.input(for: pictures.picture(at: place))
    } catch let error as ImageError {
      throw ImageError(name: error.name ?? pictures.names[place], fact: error.fact)
    }
  }
}

extension Tensor {
  /// Calls `body` with the map of a unit for one image of a batch `[N, …]` of values of a layer.
  func withMap<Result>(image: Int, unit: Int, area: Int, _ body: (UnsafeBufferPointer<Float>) -> Result) -> Result {
    withFloats { numbers in
      let start = image * (shape.elementCount / max(1, shape[0])) + unit * area
      return body(UnsafeBufferPointer(rebasing: numbers[start..<start + area]))
    }
  }
}
