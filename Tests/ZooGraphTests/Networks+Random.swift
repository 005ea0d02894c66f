import ZooGraph
import ZooTensor
import ZooTestSupport

extension Networks {
  /// A graph of up to 25 nodes on 4×6×6 maps, with branches, sums, several outputs and a fully connected end.
  static func random(using generator: inout SplitMix64) throws -> Graph {
    var net = try NetworkBuilder("random", input: [4, 6, 6])
    var maps = [net.last]
    for index in 0..<Int.random(in: 3...20, using: &generator) {
      // Mostly the newest value, so that chains arise that can be fused.
      let recent = maps[maps.count - 1]
      let input =
        Int.random(in: 0..<4, using: &generator) > 0 ? recent : maps.randomElement(using: &generator) ?? recent
      net.last = input
      let name = "n\(index)"
      switch Int.random(in: 0..<10, using: &generator) {
      case 0...2: try net.convolution(name, 4, 3, padding: 1, bias: Bool.random(using: &generator))
      case 3...4: try net.batchNorm(name)
      case 5: try net.relu(name)
      case 6:
        let other = maps.randomElement(using: &generator) ?? recent
        try net.add(name, .add(Bool.random(using: &generator) ? .relu : nil), from: [input, other])
      case 7: try net.add(name, .dropout(probability: 0.5))
      case 8: try net.add(name, .adaptiveAveragePool(Extent(6)))
      default: try net.add(name, .concat)
      }
      maps.append(net.last)
    }
    try net.add("flatten", .flatten)
    try net.add("dropout", .dropout(probability: 0.5))
    try net.fullyConnected("fc", 3)
    var graph = net.classifier()
    for index in 0..<Int.random(in: 0...2, using: &generator) {
      let value = maps.randomElement(using: &generator) ?? net.last
      graph.outputs.append(Output(name: "features\(index)", role: .features, value: value))
    }
    return graph
  }
}
