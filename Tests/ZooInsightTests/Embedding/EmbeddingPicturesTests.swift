import FoundationEssentials
import Testing
import ZooImages
import ZooInsight
import ZooKernels
import ZooTensor

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

@Suite("Pictures of layouts") struct EmbeddingPicturesTests {
  private let layout: Embedding
  private let labels = (0..<30).map { $0 % 3 }

  init() throws {
    layout = try TSNE(iterations: 250, starts: 1)
      .embed(EmbeddingFixtures.clusters(30, of: 3, width: 5), pool: ThreadPool(exactly: 1))
  }

  @Test("the scatter has a mark for each code, the classes and the notes, light and dark")
  func scatter() throws {
    let svg = try layout.svg(
      Embedding.Legend(
        title: "Codes & <labels>", labels: labels, classes: ["ant", "bee", "cat \"s\""],
        names: (0..<30).map { "\($0).png" },
        notes: ["zoo vis tsne"]))
    #expect(
      svg.components("<circle").count - 1 == 11 && svg.components("<path").count - 1 == 22, "10 of each and the legend")
    #expect(svg.contains("<title>7.png (bee)</title>") && svg.contains("Codes &amp; &lt;labels&gt;"))
    #expect(svg.contains(">cat &quot;s&quot; (10)</text>") && svg.contains(">zoo vis tsne</text>"))
    #expect(svg.contains("prefers-color-scheme:dark") && svg.contains("trustworthiness"))
    #expect(!svg.contains("nan") && !svg.contains("inf"))
  }

  @Test("a code that is marked has a ring around its mark")
  func marked() throws {
    func svg(_ marked: Int?) throws -> String {
      try layout.svg(Embedding.Legend(title: "", labels: labels, classes: ["a", "b", "c"], marked: marked))
    }
    let place = try #require(
      try svg(3).components("<circle class=\"marked\"").last?.prefix { $0 != "r" }.split(separator: "\"").map(
        String.init))
    // The third class comes round, and 3 is the first with a circle but one.
    #expect(try svg(3).contains("<circle cx=\"\(place[1])\" cy=\"\(place[3])\""))
    #expect(try svg(nil).contains("class=\"marked\"") == false)
    #expect(throws: EmbeddingError.markOutOfRange(row: 30, rows: 30)) { try svg(30) }
  }

  @Test("what does not belong to the codes is refused")
  func refused() {
    #expect(throws: EmbeddingError.labelCount(rows: 30, labels: 0)) {
      try layout.svg(Embedding.Legend(title: "", labels: [], classes: []))
    }
    #expect(throws: EmbeddingError.labelOutOfRange(row: 2, label: 2, classes: 2)) {
      try layout.svg(Embedding.Legend(title: "", labels: labels, classes: ["a", "b"]))
    }
    #expect(throws: EmbeddingError.nameCount(rows: 30, names: 1)) { try layout.csv(names: ["a"]) }
    #expect(throws: EmbeddingError.labelCount(rows: 30, labels: 1)) {
      try layout.mosaic(labels: [1], picture: { _ in try PixelImage(width: 1, height: 1, pixels: [0, 0, 0]) })
    }
  }

  @Test("the table quotes what needs quotes")
  func csv() throws {
    var names = (0..<30).map { "\($0).png" }
    names[1] = "a,\"b\".png"
    let lines = try layout.csv(names: names, classes: labels.map { "c\($0)" }).split(separator: "\n")
    #expect(lines.count == 31 && lines[0] == "picture,class,x,y")
    #expect(lines[1] == "0.png,c0,\(layout.x[0]),\(layout.y[0])")
    #expect(lines[2].hasPrefix("\"a,\"\"b\"\".png\",c1,"))
  }

  @Test("the mosaic has each picture once, in a frame of its class")
  func mosaic() throws {
    let mosaic = try layout.mosaic(labels: labels) { row in
      let grey = UInt8(8 * row)
      return try PixelImage(width: 60, height: 40, layout: .grey, pixels: [UInt8](repeating: grey, count: 2400))
    }
    #expect(mosaic.rows == 5 && mosaic.columns == 6 && mosaic.isExact && mosaic.cell == 48)
    #expect(mosaic.image.width == 288 && mosaic.image.height == 240)
    func pixel(_ x: Int, _ y: Int) -> [UInt8] { Array(mosaic.image.pixels[3 * (y * 288 + x)..<3 * (y * 288 + x) + 3]) }
    var seen: Set<Int> = []
    for cell in 0..<30 {
      let (left, top) = (cell % 6 * 48, cell / 6 * 48)
      let middle = pixel(left + 24, top + 24)
      let row = Int(middle[0]) / 8
      seen.insert(row)
      let colour = ClassMarks.colour(of: row % 3)
      #expect(middle == [UInt8](repeating: UInt8(8 * row), count: 3))
      #expect(
        pixel(left, top) == [colour.red, colour.green, colour.blue] && pixel(left + 47, top + 1) == pixel(left, top))
      #expect(pixel(left + 2, top + 2) == middle, "the frame is two pixels wide")
    }
    #expect(seen.count == 30)
  }

  @Test("the colours of classes differ for everybody, on a light page and on a dark one")
  func colours() {
    func linear(_ channel: UInt8) -> Double {
      let value = Double(channel) / 255
      return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
    }
    func product(_ matrix: [[Double]], _ v: [Double]) -> [Double] {
      matrix.map { min(max(zip($0, v).reduce(0) { $0 + $1.0 * $1.1 }, 0), 1.1) }
    }
    let xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    // Machado, Oliveira & Fernandes (2009): none, protanopia, deuteranopia.
    let simulations = [
      [[1.0, 0, 0], [0, 1, 0], [0, 0, 1]],
      [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
      [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    ]
    func lab(_ v: [Double]) -> [Double] {
      let white = xyz.map { $0.reduce(0, +) }
      let f = zip(product(xyz, v), white).map { x, w in
        x / w > 0.008856 ? cbrt(x / w) : 7.787 * x / w + 16.0 / 116
      }
      return [116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])]
    }
    #expect(ClassMarks.colours.count == 10)
    for (number, matrix) in simulations.enumerated() {
      let seen = ClassMarks.colours.map { lab(product(matrix, [linear($0.red), linear($0.green), linear($0.blue)])) }
      for first in seen.indices {
        for second in 0..<first {
          let distance = zip(seen[first], seen[second]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
          #expect(distance > 18, "colours \(first) and \(second), simulation \(number)")
        }
      }
    }
    for (index, colour) in ClassMarks.colours.enumerated() {
      let luminance = product(xyz, [linear(colour.red), linear(colour.green), linear(colour.blue)])[1]
      #expect(1.05 / (luminance + 0.05) >= 3, "colour \(index) on white")
      // #0f172a
      let page = product(xyz, [linear(0x0f), linear(0x17), linear(0x2a)])[1]
      #expect((luminance + 0.05) / (page + 0.05) >= 3, "colour \(index) on the dark page")
    }
  }
}

extension String {
  fileprivate func components(_ separator: String) -> [Substring] {
    var (parts, rest) = ([Substring](), self[...])
    while let range = rest.firstRange(of: separator) {
      parts.append(rest[..<range.lowerBound])
      rest = rest[range.upperBound...]
    }
    return parts + [rest]
  }
}
