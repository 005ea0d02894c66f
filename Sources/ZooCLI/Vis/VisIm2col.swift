import ArgumentParser
import ZooInsight
import ZooKit

struct VisIm2col: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "im2col",
    abstract: "A convolution as a product of matrices: patches as columns, filters as rows.",
    discussion: """
      The patch that a filter sees at each position becomes a column, each filter
      a row; their product, with the bias, is the layer's value. It is multiplied
      out and compared with what the network computes, and the memory of the
      matrix is stated: overlapping patches repeat the input. The picture shows
      the input with one patch framed, the patch as a column, and the matrices.

      zoo itself does not compute convolutions like this: it reads patches where
      they are and never writes the matrix down. Depthwise and grouped layers are
      a product for each group; a locally connected layer is no such product.

        zoo vis im2col cat.jpg -m alexnet -w alexnet.pth -o im2col.png
        zoo vis im2col digit.png --layer conv2 --at 3,4 --save patches.npy
      """)

  @Argument(
    help: ArgumentHelp(
      "A JPEG or PNG file, or an .npy tensor that is fed as it is.", valueName: "IMAGE"), completion: .file())
  var image: String
  @OptionGroup var model: VisModelOptions
  @Option(help: ArgumentHelp("The convolution. Default: the first.", valueName: "LAYER"))
  var layer: String?
  @Option(help: ArgumentHelp("Which group of a convolution in groups.", valueName: "G"))
  var group = 0
  @Option(
    help: ArgumentHelp(
      "The patch that is framed, by its place in the layer's value. Default: the middle.", valueName: "ROW,COLUMN"))
  var at: String?
  @OptionGroup var output: VisOutputOptions

  func validate() throws { _ = try place() }

  private func place() throws -> (row: Int, column: Int)? {
    guard let at else { return nil }
    let numbers = at.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 2, let row = numbers[0], let column = numbers[1] else {
      throw ValidationError("'\(at)' is not a row and a column, such as 3,4")
    }
    return (row, column)
  }

  func run() throws {
    try output.check()
    let model = try model.load()
    let input = try ModelInput(image, for: model)
    let product = try Im2col(
      layer, group: group, of: model.network, weights: model.weights, input: input.tensor, options: model.options)
    let extent = product.geometry.output
    let (row, column) = try place() ?? (extent.height / 2, extent.width / 2)
    guard (0..<extent.height).contains(row), (0..<extent.width).contains(column) else {
      throw Im2colError.position(
        row: row, column: column, layer: product.layer, rows: extent.height, columns: extent.width)
    }
    let check = product.check()
    try check.requireEqual(layer: product.layer)
    if output.save != nil { try output.writeNumbers(product.patches()) }
    if let path = output.output {
      // The picture is what the layer reads only of the first ones.
      let picture = product.input.shape == input.tensor.shape && product.input.floats == input.tensor.floats
      let figure = product.figure(
        column: row * extent.width + column, picture: picture ? input.shown(model) : nil,
        notes: VisNotes.lines(model, [memory(product), "The product is \(words(check, product))"]))
      try figure.write(to: path, overwrite: output.force)
    }
    if output.json {
      try Console.json(Answer(model, product, check, row: row, column: column))
    } else {
      report(product, check)
    }
    if let path = output.output { Console.message("Wrote \(path)") }
  }

  private func report(_ product: Im2col, _ check: Im2col.Check) {
    let (geometry, outputs) = (product.geometry, product.filters.shape[0])
    if geometry.groups > 1 {
      Console.result("group    \(product.group) of \(geometry.groups), each a product of its own")
    }
    Console.result("layer    \(product.layer), \(geometry), reads \(product.reads)")
    Console.result("patches  \(product.rows)×\(product.columns), a column for each position")
    Console.result("filters  \(outputs)×\(product.rows), a row for each filter")
    Console.result("product  \(outputs)×\(product.columns) = \(words(check, product))")
    Console.result("memory   \(memory(product))")
  }

  private func memory(_ product: Im2col) -> String {
    let (count, input) = (product.count, product.input.shape.elementCount)
    return
      "\(NumberFormat.grouped(count)) numbers of patches, \(NumberFormat.bytes(4 * count)): \(NumberFormat.fixed(product.factor, 2)) times the \(NumberFormat.grouped(input)) of the input"
  }

  private func words(_ check: Im2col.Check, _ product: Im2col) -> String {
    let columns =
      check.columns == product.columns
      ? "all columns" : "\(NumberFormat.grouped(check.columns)) columns, evenly spread"
    return "the layer's value, within 1e-5 of its largest; compared at \(columns)"
  }

  private struct Answer: Encodable {
    var schema = "zoo.vis.im2col/1"
    var model: String
    var weights: String
    var layer: String
    var reads: String
    var group: Int
    var groups: Int
    /// Rows and columns.
    var patches: [Int]
    var filters: [Int]
    /// The patch that is framed.
    var at: [Int]
    /// Of all groups.
    var numbers: Int
    var timesInput: Double
    var columnsCompared: Int
    var difference: Double
    var largest: Double
    var isEqual: Bool

    init(_ model: Model, _ product: Im2col, _ check: Im2col.Check, row: Int, column: Int) {
      self.model = model.network.name
      weights = model.weights.summary
      (layer, reads, group, groups) = (product.layer, product.reads, product.group, product.geometry.groups)
      patches = [product.rows, product.columns]
      filters = product.filters.shape.dimensions
      at = [row, column]
      (numbers, timesInput) = (product.count, product.factor)
      (columnsCompared, difference, largest) = (check.columns, check.difference, check.largest)
      isEqual = check.isEqual
    }
  }
}
