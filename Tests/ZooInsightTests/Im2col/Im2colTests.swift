import Testing
import ZooInsight
import ZooKit
import ZooTensor

@Suite("A convolution as a product of matrices") struct Im2colTests {
  private func im2col(
    _ layers: String, input: String = "[2, 6, 7]", layer: String? = nil, group: Int = 0
  ) throws -> Im2col {
    let model = try Model.small(layers + "\n- fc: {name: fc, out: 3}", input: input)
    return try Im2col(
      layer, group: group, of: model.network, weights: model.weights, input: model.randomInput())
  }

  @Test("the first layer of AlexNet has the notes' matrices")
  func alexnet() throws {
    let model = try Model.small("- conv: {name: conv1, out: 96, kernel: 11, stride: 4}", input: "[3, 227, 227]")
    let product = try Im2col(of: model.network, weights: model.weights, input: model.randomInput())
    #expect([product.rows, product.columns] == [363, 3025])
    #expect(product.filters.shape == [96, 363])
    #expect(product.count == 363 * 3025)
    #expect(product.factor == Double(363 * 3025) / Double(3 * 227 * 227))
  }

  @Test("columns are patches, channel by channel, and padding is zero")
  func columns() throws {
    let model = try Model.small(
      "- conv: {name: c, out: 1, kernel: 2, stride: 2, padding: 1}\n- fc: {name: fc, out: 2}", input: "[2, 2, 2]")
    let input = Tensor(shape: [2, 2, 2], floats: [1, 2, 3, 4, 5, 6, 7, 8])
    let product = try Im2col(of: model.network, weights: model.weights, input: input)
    #expect(product.columns == 4)
    #expect(product.column(0) == [0, 0, 0, 1, 0, 0, 0, 5])
    #expect(product.column(1) == [0, 0, 2, 0, 0, 0, 6, 0])
    #expect(product.column(3) == [4, 0, 0, 0, 8, 0, 0, 0])
    #expect(product.window(3).rows == 1..<3)
    let matrix = try product.patches()
    #expect(matrix.shape == [8, 4])
    #expect(matrix.floats == (0..<8).flatMap { row in (0..<4).map { product.column($0)[row] } })
  }

  @Test(
    "the product is the layer's value",
    arguments: [
      "- conv: {name: c, out: 5, kernel: 3}", "- conv: {name: c, out: 5, kernel: 3, stride: 2, padding: 2}",
      "- conv: {name: c, out: 4, kernel: [3, 2], dilation: 2, bias: false}",
      "- conv: {name: c, out: 4, kernel: 1}\n- relu: {name: r}",
      "- conv: {name: c, out: 4, kernel: 7, padding: 5}\n- batch_norm: {name: n}\n- relu: {name: r}",
    ])
  func value(_ layers: String) throws {
    let product = try im2col(layers)
    let check = product.check()
    #expect(check.isEqual, "\(layers): off by \(check.difference) of \(check.largest)")
    #expect(check.columns == product.columns, "\(layers)")
    #expect(check.largest > 0, "\(layers): a value of nothing but zeros says nothing")
  }

  @Test("a convolution that reads a layer multiplies that layer's value, and each group its own channels")
  func deeper() throws {
    let layers =
      "- conv: {name: a, out: 6, kernel: 3}\n- relu: {name: r}\n- conv: {name: b, out: 4, kernel: 2, groups: 2}"
    var values: [[Float]] = []
    for group in 0..<2 {
      let product = try im2col(layers, layer: "b", group: group)
      #expect(product.reads == "r")
      #expect([product.rows, product.columns, product.filters.shape[0]] == [12, 12, 2])
      #expect(product.count == 2 * 12 * 12, "the patches of both groups")
      let check = product.check()
      #expect(check.isEqual, "group \(group): off by \(check.difference) of \(check.largest)")
      values.append(product.column(0))
    }
    #expect(values[0] != values[1], "the groups read other channels")
  }

  @Test("a check that may not multiply all columns takes some, evenly spread, and says how many")
  func sampled() throws {
    let product = try im2col("- conv: {name: c, out: 5, kernel: 3}")
    // 18 · 5 multiplications for each of 20 columns.
    let check = product.check(maximumCost: 90 * 7)
    #expect(check.columns == 7)
    #expect(check.isEqual)
  }

  @Test("a difference counts as a part of the largest value, and one that is not finite is none")
  func tolerance() {
    for (difference, largest, isEqual) in [
      (0.9e-5, 1, true), (1.1e-5, 1, false), (1.1e-5, 2, true), (0, 0, true), (1e-30, 0, false),
      (.infinity, .infinity, false),
    ] as [(Double, Double, Bool)] {
      let check = Im2col.Check(columns: 1, difference: difference, largest: largest)
      #expect(check.isEqual == isEqual, "off by \(difference) of \(largest)")
      let refusal = Im2colError.productDiffers(layer: "c", difference: difference, largest: largest)
      if isEqual {
        #expect(throws: Never.self, "off by \(difference) of \(largest)") { try check.requireEqual(layer: "c") }
      } else {
        #expect(throws: refusal, "off by \(difference) of \(largest)") { try check.requireEqual(layer: "c") }
      }
      #expect(refusal.category == .internalError)
    }
  }

  @Test("a figure says how matrices are reduced")
  func figure() throws {
    let product = try im2col("- conv: {name: c, out: 5, kernel: 3, padding: 1}", input: "[2, 30, 20]")
    let figure = product.figure(column: 0, picture: nil, notes: ["made so"])
    #expect(figure.title == "c as a product of matrices: 5×18 times 18×600")
    #expect(
      figure.panels.map(\.caption) == [
        "the mean of what it reads; patch 0, 0 framed", "patch 0, 0 as column 0 18×1",
        "filters 5×18", "patches 18×600, every 5th column", "product, with the bias 5×600, every 5th column",
      ])
    #expect(figure.notes.last == "made so")
    _ = try figure.svg()
  }

  @Test("what is no such product is refused by name")
  func refused() throws {
    let layers = "- conv: {name: c, out: 4, kernel: 3}\n- locally_connected: {name: l, out: 2, kernel: 3}"
    for (layer, group, words) in [
      ("fc", 0, "'fc' is no convolution, it is fc; the nearest that are: c"),
      (
        "l", 0,
        "'l' is locally connected: each of its 6 positions has filters of its own, so that no one matrix of filters multiplies all patches; name a convolution"
      ),
      ("c", 1, "'c' has no group 1; it has one, number 0"),
    ] {
      let error = #expect(throws: Im2colError.self, "\(layer)") { _ = try im2col(layers, layer: layer, group: group) }
      #expect(error?.description == words)
    }
    let error = #expect(throws: Im2colError.self) { _ = try im2col("- relu: {name: r}") }
    #expect(error?.description == "small has no convolution, so there is nothing to write as a product of matrices")
    #expect(
      Im2colError.position(row: 9, column: 2, layer: "c", rows: 4, columns: 5).description
        == "'c' has no row 9 and column 2; its value has 4×5 positions, counted from 0")
    #expect(
      Im2colError.tooLarge(layer: "c", rows: 8, columns: 9, limit: 70).description
        == "the patch matrix of 'c', 8×9, has more than 70 numbers; choose a smaller layer or input")
    #expect(
      Im2colError.group(4, layer: "c", groups: 2).description == "'c' has no group 4; its groups are 0 to 1")
  }
}
