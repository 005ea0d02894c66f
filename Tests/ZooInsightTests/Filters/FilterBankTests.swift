import Testing
import ZooImages
import ZooInsight
import ZooKit
import ZooTensor

@Suite("Filters") struct FilterBankTests {
  private func network(_ channels: String, input: Int, body: String) throws -> Network {
    try Network(
      yaml: """
        zoo: 1
        name: tiny
        input: [\(input), 4, 4]
        preprocess: {resize: {to: [4, 4], filter: bilinear}, channels: \(channels), divide_by: 255}
        layers:
        \(body)
        """, path: "tiny.yaml")
  }

  @Test("weights are those of the checkpoint, and a BGR network's filters are drawn in RGB")
  func colours() throws {
    let body = "- conv: {name: first, out: 2, kernel: 2}\n- fc: {name: fc, out: 3}"
    for order in ["rgb", "bgr"] {
      let network = try network(order, input: 3, body: body)
      let loaded = try LoadedWeights.load(.synthetic(seed: 1), for: network)
      let bank = try FilterBank(of: network, weights: loaded)
      #expect(bank.layer == "first")
      #expect(bank.weights.floats == (try loaded.tensor("first.weight")).floats, "\(order)")
      let picture = bank.picture(of: 1)
      let limit = bank.limit(of: 1)
      for channel in 0..<3 {
        let plane = bank.slice(1, channel: order == "bgr" ? 2 - channel : channel)
        let expected = plane.map { UInt8((128 + 127 * $0 / limit).rounded()) }
        let found = (0..<4).map { picture.pixels[3 * $0 + channel] }
        #expect(found == expected, "\(order), channel \(channel)")
      }
      #expect(picture.pixels.contains { $0 == 255 || $0 == 1 }, "the strongest weight has the end of the scale")
    }
  }

  @Test("a fully connected layer has the shape of what it reads; on the input it is drawn as pictures")
  func fullyConnected() throws {
    let direct = try network("grey", input: 1, body: "- flatten: {name: flat}\n- fc: {name: fc, out: 3}")
    let bank = try FilterBank(of: direct, weights: .load(.synthetic(seed: 1), for: direct))
    #expect(bank.weights.shape == [3, 1, 4, 4])
    #expect(bank.reads == .colour(.grey))
    #expect(bank.picture(of: 0).layout == .grey)
    let behind = try network(
      "rgb", input: 3, body: "- conv: {name: c, out: 5, kernel: 3}\n- fc: {name: a, out: 6}\n- fc: {name: b, out: 2}")
    let loaded = try LoadedWeights.load(.synthetic(seed: 1), for: behind)
    #expect(try FilterBank("a", of: behind, weights: loaded).weights.shape == [6, 5, 2, 2])
    let last = try FilterBank("b", of: behind, weights: loaded)
    #expect(last.weights.shape == [2, 6, 1, 1])
    #expect(last.reads == .channels)
    #expect(
      FilterRoughness(try FilterBank("c", of: behind, weights: loaded))?.reading == .kernelTooSmall,
      "3×3 weights of trained networks alternate too")
    let noise = try network(
      "rgb", input: 3, body: "- conv: {name: c, out: 200, kernel: 5, padding: 1}\n- fc: {name: f, out: 2}")
    let wide = try #require(FilterRoughness(FilterBank(of: noise, weights: .load(.synthetic(seed: 1), for: noise))))
    #expect(wide.reading == .noisy, "weights of a formula without any order: \(wide.mean ?? 0)")
    #expect(abs(try #require(wide.mean) - 1) < 4 * (try #require(wide.standardError)))
    #expect(FilterRoughness(last) == nil, "single weights have no neighbours")
  }

  @Test("a layer without filters is answered with the nearest that have")
  func withoutFilters() throws {
    let network = try Network.find("lenet")
    let loaded = try LoadedWeights.load(.synthetic(seed: 1), for: network)
    let error = #expect(throws: ValuesError.self) { try FilterBank("pool1", of: network, weights: loaded) }
    #expect(
      error.map { "\($0)" }
        == "'pool1' has no filters, it is max_pool; the nearest layers that have: conv1, conv2, ip1")
  }
}
