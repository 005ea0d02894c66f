import Testing
import ZooTensor

@Suite struct NearestTests {
  @Test(
    arguments: [
      ("widht", ["width", "height"], "width"), ("stride", ["strides", "string"], "strides"), ("x", ["y"], "y"),
      ("abcdef", ["ghijkl"], nil), ("kernel", [], nil), ("ab", ["ba"], "ba"), ("conv", ["fc"], nil),
    ] as [(String, [String], String?)])
  func `the nearest name is suggested when it is near`(name: String, candidates: [String], nearest: String?) {
    #expect(name.nearest(among: candidates) == nearest, "\(name)")
  }

  @Test func `of equally near names the first is suggested, within the limit alone`() {
    #expect("abcd".nearest(among: ["abxx", "abyy", "abcdefgh"], within: 2) == "abxx")
    #expect("abcd".nearest(among: ["abxx", "abce"], within: 2) == "abce")
    #expect("abcd".nearest(among: ["abxx"], within: 1) == nil)
    // Of long names the beginnings count.
    let long = String(repeating: "a", count: 300)
    #expect(long.nearest(among: ["b", long + "b"], within: 3) == long + "b")
    #expect(long.nearest(among: [long]) == nil)
  }

  @Test(arguments: [("", "", 0), ("a", "", 1), ("kitten", "sitting", 3), ("ab", "ba", 1), ("abc", "abc", 0)])
  func `the distance counts edits`(left: String, right: String, distance: Int) {
    #expect(left.editDistance(to: right) == distance)
    #expect(right.editDistance(to: left) == distance)
  }

  @Test(
    arguments: [
      ("resnet19", ["alexnet", "resnet18", "resnet101", "ResNet9"], ["ResNet9", "resnet18", "resnet101"]),
      ("Conv", ["bn1", "layer1.conv1", "conv2d"], ["layer1.conv1", "conv2d"]),
      ("layer4.0.conv1", ["conv1", "layer"], ["conv1", "layer"]), ("x", ["y", "axe"], ["axe"]), ("", ["a", "b"], []),
    ] as [(String, [String], [String])])
  func `misspellings come before names that hold each other`(
    name: String, candidates: [String], near: [String]
  ) {
    #expect(name.near(among: candidates) == near)
  }

  @Test(
    arguments: [
      ("layer1._orig_mod.conv", "._orig_mod.", true), ("aab", "ab", true), ("ab", "abc", false), ("", "", true),
      ("a", "", true), ("", "a", false), ("abab", "abb", false), ("naïve", "ï", true),
    ])
  func `a part is found where it is`(text: String, part: String, isHeld: Bool) {
    #expect(text.holds(part) == isHeld)
    #expect((text.contains(part) || part.isEmpty) == isHeld)
  }
}
