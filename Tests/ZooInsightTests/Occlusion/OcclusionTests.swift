import Testing
import ZooImages
import ZooInsight
import ZooKernels
import ZooKit
import ZooRuntime
import ZooTensor

@Suite("Occlusion")
struct OcclusionTests {
  /// A model whose networks are small, and what brute force says: every input built, a whole pass for each.
  private func expectBruteForce(
    _ model: Model, _ input: Tensor, patch: Int, stride: Int, fill: Fill, _ what: String
  ) throws {
    let occlusion = try Occlusion(patch: patch, stride: stride, fill: fill, of: model.network.input)
    let map = try #require(try occlusion.map(for: input, model))
    let direct = try Model(
      model.network, weights: .synthetic(seed: 3), options: Model.Options(numerics: .direct))
    let before = try Model.scores(direct.logits(input))[0]
    let best = before.indices.max { (before[$0], -$0) < (before[$1], -$1) }
    #expect(map.classIndex == best, "\(what)")
    let filled = try fill.tensor(for: input, model).floats
    let (height, width) = (input.shape[1], input.shape[2])
    var index = 0
    for top in Swift.stride(from: 0, through: height - patch, by: stride) {
      for left in Swift.stride(from: 0, through: width - patch, by: stride) {
        var floats = input.floats
        for channel in 0..<input.shape[0] {
          for row in top..<top + patch {
            for column in left..<left + patch {
              let position = (channel * height + row) * width + column
              floats[position] = filled[position]
            }
          }
        }
        let scores = try Model.scores(direct.logits(Tensor(shape: input.shape, floats: floats)))[0]
        let change = scores[map.classIndex] - before[map.classIndex]
        #expect(map.scoreChanges[index].bitPattern == change.bitPattern, "\(what), patch at \(top), \(left)")
        func probability(_ scores: [Float]) -> Double {
          model.answer.function.probabilities(scores.map(Double.init))[map.classIndex]
        }
        #expect(map.probabilityChanges[index] == Float(probability(scores) - probability(before)), "\(what)")
        index += 1
      }
    }
    #expect(index == map.scoreChanges.count && map.tensor.shape.elementCount == index, "\(what)")
  }

  @Test("the bits of brute force, for every family", arguments: ["lenet", "resnet20", "mobilenet_v2", "googlenet"])
  func families(_ name: String) throws {
    let isLarge = ["mobilenet_v2", "googlenet"].contains(name)
    let network = try Network.find(name, input: isLarge ? [3, 40, 33] : nil)
    let model = try Model(network, weights: .synthetic(seed: 3))
    try expectBruteForce(model, model.randomInput(), patch: 9, stride: 8, fill: .mean, name)
  }

  @Test("normalisation across channels, groups, locally connected layers, a softmax at the end")
  func layers() throws {
    let model = try Model.small(
      """
      - conv: {name: c, out: 32, kernel: 3, padding: 1}
      - relu
      - lrn: {size: 5, alpha: 0.1, beta: 0.75, k: 1, convention: mean}
      - max_pool: {kernel: 3, stride: 2}
      - conv: {name: d, out: 32, kernel: 3, groups: 2, padding: 1}
      - locally_connected: {name: l, out: 8, kernel: 3}
      - relu
      - fc: {name: f, out: 7}
      - softmax
      """, input: "[3, 20, 17]")
    for fill in Fill.allCases where fill != .black {
      try expectBruteForce(model, model.randomInput(), patch: 5, stride: 4, fill: fill, fill.rawValue)
    }
  }

  @Test("why one class and not another: the difference of the two maps; what lowers a score speaks for it")
  func contrastAndExplanation() throws {
    let model = try Model.small(
      "- conv: {name: c, out: 8, kernel: 3}\n- relu\n- global_average_pool\n- fc: {name: f, out: 4}",
      input: "[3, 12, 10]")
    let input = model.randomInput()
    let occlusion = try Occlusion(patch: 4, stride: 3, of: model.network.input)
    let contrast = try #require(try occlusion.map(of: .contrast(1, against: 3), for: input, model))
    let parts = try [1, 3].map { try #require(try occlusion.map(of: .score($0), for: input, model)) }
    #expect(contrast.classIndex == 1 && contrast.against == 3 && contrast.target == .contrast(1, against: 3))
    #expect(contrast.probabilityChanges == parts[0].probabilityChanges)
    let differences = zip(parts[0].scoreChanges, parts[1].scoreChanges).map { $0 - $1 }
    for (found, expected) in zip(contrast.scoreChanges, differences) {
      #expect(abs(found - expected) < 1e-5, "\(contrast.scoreChanges) and \(differences)")
    }
    #expect(contrast.scoreChanges.contains { $0 != 0 })
    #expect(throws: InsightError.notAScore) {
      try occlusion.map(of: .unit(layer: "c", unit: 0), for: input, model)
    }
    #expect(throws: ZooError.classNotFound("4", count: 4, suggestions: [])) {
      try occlusion.map(of: .contrast(1, against: 4), for: input, model)
    }
    let method = ExplanationMethod.occlusion(patch: 4, stride: 3)
    let map = try #require(try method.explain(model, input, .score(1)) { _, _ in true })
    #expect(method.isSigned && map.values == parts[0].scoreChanges.map { -$0 })
    // The middle of the first patch, and a step.
    #expect(map.placement?.origin == .init(x: 2, y: 2) && map.placement?.step == .init(x: 3, y: 3))
    #expect(try ExplanationMethod.named("occlusion").title == "occlusion")
  }

  @Test func defaultsAndPlaces() throws {
    let occlusion = try Occlusion(of: [3, 224, 224])
    #expect(occlusion.patch == 32 && occlusion.stride == 16)
    #expect(occlusion.positions == Extent(height: 13, width: 13) && occlusion.regions.count == 169)
    #expect(occlusion.region(row: 12, column: 1) == MapRegion(rows: 192..<224, columns: 16..<48))
    let edge = try Occlusion(patch: 5, stride: 3, of: [1, 7, 12])
    #expect(edge.positions == Extent(height: 1, width: 3))
  }

  @Test func whatCannotBe() throws {
    func message(_ patch: Int, _ stride: Int, _ input: Shape = [3, 20, 17]) -> String {
      do throws(OcclusionError) {
        _ = try Occlusion(patch: patch, stride: stride, of: input)
        return ""
      } catch {
        return "\(error)"
      }
    }
    #expect(
      message(18, 1)
        == "a patch of 18×18 pixels cannot hide a part of the network's input, which is 20×17; choose a side of 1 to 17"
    )
    #expect(message(0, 1).hasSuffix("choose a side of 1 to 17"))
    #expect(message(17, 0) == "a patch cannot move by 0 pixels over an input of 20×17; choose a stride of 1 to 20")
    #expect(message(17, 21).hasSuffix("choose a stride of 1 to 20"))
    #expect(
      message(1, 1, [64]) == "the network reads 64, which has no rows and columns that a patch could hide")
    let model = try Model.small("- conv: {name: c, out: 3, kernel: 3}\n- global_average_pool\n- flatten")
    let occlusion = try Occlusion(patch: 2, of: model.network.input)
    #expect(throws: ZooError.classNotFound("3", count: 3, suggestions: [])) {
      try occlusion.map(of: 3, for: model.randomInput(), model)
    }
    #expect(throws: WindowedError.self) { try occlusion.map(for: model.randomInput(), model, memoryLimit: 10) }
    #expect(throws: ZooError.noPreprocessing(model: "small")) {
      try Occlusion(patch: 2, fill: .black, of: model.network.input).map(for: model.randomInput(), model)
    }
  }

  @Test func stopsWhenAsked() throws {
    let model = try Model.small("- conv: {name: c, out: 3, kernel: 3}\n- global_average_pool\n- flatten")
    let map = try Occlusion(patch: 1, stride: 1, of: model.network.input)
      .map(for: model.randomInput(), model) { done, total in
        #expect(total == 36)
        return done < 16
      }
    #expect(map == nil)
  }

  @Test("a patch over what a class is read from lowers its logit there and nowhere else")
  func readsOnePlace() throws {
    // Of a 4×4 input, the only class is the sum of the four pixels in the lower right corner.
    let model = try Model.small(
      "- fc: {name: fc, out: 1}", input: "[1, 4, 4]",
      weights: [
        "fc.weight": (0..<16).map { $0 / 4 >= 2 && $0 % 4 >= 2 ? 1 : 0 }, "fc.bias": [0],
      ])
    let input = Tensor(shape: [1, 4, 4], floats: Array(repeating: 2, count: 16))
    let map = try #require(try Occlusion(patch: 2, stride: 2, fill: .zero, of: [1, 4, 4]).map(for: input, model))
    #expect(map.scoreChanges == [0, 0, 0, -8])
    #expect(map.strongest(5).map(\.region) == [MapRegion(rows: 2..<4, columns: 2..<4)])
    #expect(map.probabilityChanges[0] == 0 && abs(map.probabilityChanges[3] + 0.49966465) < 1e-6)
    let figure = map.figure(on: nil, of: "corner", notes: [])
    #expect(figure.panels.count == 1 && figure.scale == .signed(8, unit: "logit with the patch − without"))
  }

  @Test("several changes at a time, and none")
  func changedInputs() throws {
    let model = try Model.small(
      "- conv: {name: c, out: 16, kernel: 3, padding: 1}\n- relu\n- global_average_pool\n- flatten", input: "[2, 9, 9]")
    let input = model.randomInput()
    let inputs = try ChangedInputs(model, input: input)
    let patch = MapRegion(rows: 2..<4, columns: 3..<4)
    let corner = MapRegion(rows: 8..<9, columns: 8..<9)
    let hidden = [patch, corner].map { region in
      InputChange(region, values: zeros(region))
    }
    let found = try #require(try inputs.scores(of: [hidden, []]))
    var floats = input.floats
    for channel in 0..<2 { for place in [21, 30, 80] { floats[channel * 81 + place] = 0 } }
    let direct = try Model(model.network, weights: .synthetic(seed: 3), options: Model.Options(numerics: .direct))
    #expect(found[0] == (try Model.scores(direct.logits(Tensor(shape: input.shape, floats: floats)))[0]))
    #expect(found[1] == inputs.scores && found[0] != found[1])
    #expect(try inputs.cost(of: [patch]).multiplyAccumulates == 4 * 3 * 16 * 18)
  }
}

private func zeros(_ region: MapRegion) -> Tensor {
  let shape = Shape([2, region.rows.count, region.columns.count])
  return Tensor(shape: shape, floats: Array(repeating: 0, count: shape.elementCount))
}
