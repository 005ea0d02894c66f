/// How the scores of shifted images fit together along one side.
///
/// Score `cell` of the image without its first `shift` pixels lies at `cell · stride + shift`; sorted by where they lie,
/// the scores of all shifts are `step` pixels apart.
struct Interleaving: Hashable, Sendable {
  /// The network's own.
  let stride: Int
  let step: Int
  /// The scores that there are without a gap, from the first on.
  let count: Int

  /// Precondition: `step` divides `stride`. `cells`: the scores of an image of so many pixels.
  init(length: Int, window: Int, stride: Int, step: Int, cells: (Int) throws -> Int) rethrows {
    self.stride = stride
    self.step = step
    var cellsOfShift: [Int] = []
    for shift in Swift.stride(from: 0, to: stride, by: step) {
      // A window must fit into what is left.
      cellsOfShift.append(length - shift >= window ? try cells(length - shift) : 0)
    }
    let shifts = cellsOfShift.count
    count = cellsOfShift.enumerated().map { $0.element * shifts + $0.offset }.min() ?? 0
  }

  /// The shifts that contribute, in pixels.
  var shifts: [Int] { Array(Swift.stride(from: 0, to: min(stride, count * step), by: step)) }

  func index(cell: Int, shift: Int) -> Int { (cell * stride + shift) / step }
}
