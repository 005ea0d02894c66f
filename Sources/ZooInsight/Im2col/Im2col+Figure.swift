import ZooImages
import ZooTensor

extension Im2col {
  /// The input with a patch framed, the patch as the column that it is, and the three matrices: filters, patches,
  /// product.
  ///
  /// Matrices with more than 128 rows or columns are drawn with every second, third, … of them, which their captions
  /// say.
  ///
  /// - Precondition: there is that column.
  /// - Parameters:
  ///   - column: the patch that is framed.
  ///   - picture: the input as a picture; the mean of the channels that the group reads in grey when `nil`, or when the
  ///     layer reads something of another size.
  ///   - notes: below the figure, one a line.
  /// - Returns: A figure.
  public func figure(column: Int, picture: PixelImage?, notes: [String] = []) -> Figure {
    let (row, place) = column.quotientAndRemainder(dividingBy: geometry.output.width)
    let shown = picture.flatMap { $0.extent == geometry.input ? $0 : nil }
    let patch = self.column(column)
    let outputs = filters.shape[0]
    let panels = [
      Figure.Panel(
        caption: shown == nil
          ? "the mean of what it reads; patch \(row), \(place) framed" : "patch \(row), \(place) framed",
        content: .picture(framed(column, on: shown ?? meanPicture()))),
      panel("patch \(row), \(place) as column \(column)", rows, 1) { row, _ in patch[row] },
      panel("filters", outputs, rows) { [filters] row, column in
        filters.withFloats { $0[row * rows + column] }
      },
      matrixOfPatches(),
      panel("product, with the bias", outputs, columns) { answer(output: $0, column: $1) },
    ]
    let ofGroup = geometry.groups == 1 ? "" : ", group \(group) of \(geometry.groups)"
    return Figure(
      title: "\(layer) as a product of matrices\(ofGroup): \(outputs)×\(rows) times \(rows)×\(columns)", panels: panels,
      columns: 3, notes: ["Black is the lowest number of a matrix, white the highest."] + notes)
  }

  /// Large enough that its frame is seen.
  private func framed(_ column: Int, on picture: PixelImage) -> PixelImage {
    let scale = max(1, 256 / max(picture.width, picture.height))
    let window = window(column)
    var canvas = Canvas(picture.enlarged(by: scale))
    // What is in the padding is beyond the picture.
    let patch = Canvas.Rectangle(
      left: max(window.columns.lowerBound, 0) * scale, top: max(window.rows.lowerBound, 0) * scale,
      right: min(window.columns.upperBound, picture.width) * scale,
      bottom: min(window.rows.upperBound, picture.height) * scale)
    // Around the patch, in red and white, so that it is seen on any picture, however small the patch is.
    for (margin, colour) in [(5, Colour(red: 255, green: 255, blue: 255)), (3, Colour(red: 214, green: 40, blue: 20))] {
      let frame = Canvas.Rectangle(
        left: max(0, patch.left - margin), top: max(0, patch.top - margin),
        right: min(canvas.width, patch.right + margin), bottom: min(canvas.height, patch.bottom + margin))
      canvas.outline(frame, thickness: margin == 5 ? 2 : 3, with: colour)
    }
    return canvas.image
  }

  private func meanPicture() -> PixelImage {
    let (area, channels) = (geometry.input.area, geometry.inputChannelsPerGroup)
    let means = input.withFloats { floats in
      (0..<area).map { position in
        (0..<channels).reduce(Float(0)) { $0 + floats[(group * channels + $1) * area + position] } / Float(channels)
      }
    }
    return grey(means, rows: geometry.input.height, columns: geometry.input.width)
  }

  private static let longestSide = 128

  private func matrixOfPatches() -> Figure.Panel {
    let step = Self.step(columns)
    let places = Array(stride(from: 0, to: columns, by: step))
    let drawn = places.map { column($0) }
    return panel("patches", rows, columns) { drawn[$1 / step][$0] }
  }

  private static func step(_ count: Int) -> Int { (count + longestSide - 1) / longestSide }

  private func panel(
    _ name: String, _ rows: Int, _ columns: Int, _ number: (_ row: Int, _ column: Int) -> Float
  ) -> Figure.Panel {
    let (lines, places) = (
      Array(stride(from: 0, to: rows, by: Self.step(rows))), Array(stride(from: 0, to: columns, by: Self.step(columns)))
    )
    let numbers = lines.flatMap { line in places.map { number(line, $0) } }
    var picture = grey(numbers, rows: lines.count, columns: places.count)
    // One column alone is too thin to be seen.
    if columns == 1 { picture = picture.repeated(columns: max(1, lines.count / 12)) }
    let steps = [("row", Self.step(rows)), ("column", Self.step(columns))].filter { $0.1 > 1 }
      .map { "every \(Self.ordinal($0.1)) \($0.0)" }
    let sampled = steps.isEmpty ? "" : ", \(steps.joined(separator: ", "))"
    return Figure.Panel(caption: "\(name) \(rows)×\(columns)\(sampled)", content: .picture(picture))
  }

  /// `2nd`, `13th`, `21st`.
  private static func ordinal(_ number: Int) -> String {
    let isTeen = (11...13).contains(number % 100)
    switch number % 10 {
    case 1 where !isTeen: return "\(number)st"
    case 2 where !isTeen: return "\(number)nd"
    case 3 where !isTeen: return "\(number)rd"
    default: return "\(number)th"
    }
  }

  private func grey(_ numbers: [Float], rows: Int, columns: Int) -> PixelImage {
    let finite = numbers.filter(\.isFinite)
    let (low, high) = (finite.min() ?? 0, finite.max() ?? 0)
    let range = Double(high) - Double(low)
    return PixelImage(
      width: columns, height: rows, layout: .grey,
      trusted: numbers.map { number in
        guard number.isFinite, range > 0 else { return 128 }
        return UInt8((255 * (Double(number) - Double(low)) / range).rounded())
      })
  }
}

extension PixelImage {
  /// A picture of one grey column, made wider.
  fileprivate func repeated(columns: Int) -> PixelImage {
    PixelImage(
      width: columns, height: height, layout: .grey,
      trusted: pixels.flatMap { [UInt8](repeating: $0, count: columns) })
  }
}
