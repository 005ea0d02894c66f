import Testing
import ZooGraph
import ZooTensor

@Suite struct ComposeChannelSelectionsTests {
  private func slice(_ first: Int, _ channels: Int) -> Operation {
    .selectChannels(.slice(first: first, channels: channels))
  }

  private let shuffle = Operation.selectChannels(.shuffle(groups: 2))

  @Test func `halves of a shuffled concatenation are read from its branches`() throws {
    var net = try NetworkBuilder("unit", input: [6, 5, 5])
    let input = net.last
    let first = try net.add("first", slice(0, 3), from: [input])
    try net.add("second", slice(3, 3), from: [input])
    let branch = try net.convolution("branch", 3, 1)
    try net.add("joined", .concat, from: [first, branch])
    let shuffled = try net.add("shuffled", shuffle)
    let kept = try net.add("kept", slice(0, 3), from: [shuffled])
    try net.add("worked on", slice(3, 3), from: [shuffled])
    let after = try net.convolution("after", 3, 1)
    try net.add("end", .concat, from: [kept, after])
    let graph = net.classifier()
    let composed = try graph.optimized()
    #expect(composed.nodes.map(\.name) == ["input", "second", "branch", "kept", "worked on", "after", "end"])
    // Shuffled are input 0, branch 0, input 1, branch 1, input 2, branch 2; the input has six channels.
    let kinds = Dictionary(uniqueKeysWithValues: composed.nodes.map { ($0.name, $0) })
    #expect(kinds["kept"]?.operation == .selectChannels(.listed([0, 6, 1])))
    #expect(kinds["worked on"]?.operation == .selectChannels(.listed([7, 2, 8])))
    #expect(kinds["kept"]?.inputs.map { composed[$0].name } == ["input", "branch"])
    #expect(computesTheSame(graph, composed))
  }

  @Test func `what comes back in order is no selection`() throws {
    var net = try NetworkBuilder("order", input: [6, 5, 5])
    let input = net.last
    let first = try net.convolution("a", 4, 1, from: input)
    let second = try net.convolution("b", 4, 1, from: input)
    let joined = try net.add("joined", .concat, from: [first, second])
    let back = try net.add("back", slice(4, 4), from: [joined])
    try net.add("twice", .selectChannels(.shuffle(groups: 4)), from: [back])
    let graph = net.classifier()
    let composed = try graph.optimized()
    // Four groups of one channel.
    #expect(composed.nodes.map(\.name) == ["input", "b"])
    #expect(computesTheSame(graph, composed))
  }

  @Test func `a part of one branch is a slice of it`() throws {
    var net = try NetworkBuilder("part", input: [6, 5, 5])
    let input = net.last
    let first = try net.convolution("a", 4, 1, from: input)
    let second = try net.convolution("b", 5, 1, from: input)
    try net.add("joined", .concat, from: [first, second])
    try net.add("part", slice(3, 6))
    try net.add("inner", slice(2, 3))
    let graph = net.classifier()
    let composed = try graph.optimized()
    #expect(composed.nodes.map(\.name) == ["input", "b", "inner"])
    #expect(composed.nodes[2].operation == slice(1, 3))
    #expect(computesTheSame(graph, composed))
  }

  @Test func `a slice over several branches reads the whole, which is there`() throws {
    var net = try NetworkBuilder("whole", input: [6, 5, 5])
    let input = net.last
    let first = try net.convolution("a", 4, 1, from: input)
    let second = try net.convolution("b", 4, 1, from: input)
    try net.add("joined", .concat, from: [first, second])
    try net.add("part", slice(2, 4))
    let graph = net.classifier()
    #expect(try graph.optimized() == graph)
  }

  @Test func `outputs keep their values`() throws {
    var net = try NetworkBuilder("outputs", input: [6, 5, 5])
    let input = net.last
    let shuffled = try net.add("shuffled", shuffle)
    let both = try net.add("both", .concat, from: [input, shuffled])
    let again = try net.add("again", .selectChannels(.shuffle(groups: 3)), from: [both])
    var graph = net.classifier()
    graph.outputs = [shuffled, both, again].map { Output(name: graph[$0].name, role: .features, value: $0) }
    let composed = try graph.optimized()
    #expect(composed.outputs.map { composed[$0.value].name } == ["shuffled", "both", "again"])
    // Each channel is selected twice, which one selection of the input cannot say.
    #expect(computesTheSame(graph, composed))
  }
}
