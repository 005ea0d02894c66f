import Testing
import ZooGraph
import ZooImages
import ZooInsight
import ZooKit
import ZooTensor
import ZooTestSupport

@Suite("Where top patches are") struct TopPatchBoxTests {
  @Test(
    "a patch is the receptive box clipped to the input: nothing outside it changes the value, everything within may")
  func receptive() throws {
    let folder = try PictureFolder()
    for index in 0..<6 { try folder.add("data/\(index).png", width: 8, height: 8, seed: UInt64(index)) }
    let pictures = try PictureSet("\(folder.path)/data")
    for layer in ["relu", "pool"] {
      let model = try Model(
        Network(yaml: TinyNetwork.yaml, path: "tiny.yaml"), weights: .synthetic(seed: 3), outputs: [layer])
      let index = try TopPatches(model, layer: layer, capacity: 6).run(over: pictures, to: nil).index
      var corners = 0
      for unit in 0..<5 {
        for patch in try index.patches(of: unit, model: model, pictures: pictures) {
          let box = try #require(patch.inputBox)
          #expect(patch.pictureBox == box, "the picture is the input")
          let picture = try pictures.picture(at: #require(pictures.index(of: patch.picture)))
          #expect(patch.crop == picture.cropped(to: box.extent, row: box.row, column: box.column))
          if box.extent.area < (layer == "relu" ? 9 : 16) { corners += 1 }
          // Another picture everywhere else.
          let grey = picture.convertedToGrey().pixels
          var pixels = grey.map { 255 - $0 }
          for row in box.row..<box.row + box.extent.height {
            for column in box.column..<box.column + box.extent.width {
              pixels[row * 8 + column] = grey[row * 8 + column]
            }
          }
          let changed = try PixelImage(width: 8, height: 8, layout: .grey, pixels: pixels)
          let value = try #require(try model.values(for: model.input(for: changed))[layer])
          let side = layer == "relu" ? 8 : 4
          #expect(
            value.floats[(unit * side + patch.row) * side + patch.column] == patch.value,
            "\(layer), unit \(unit), \(box)")
        }
      }
      #expect(corners > 0, "\(layer): some boxes are clipped")
    }
  }

  @Test("boxes go back through resize and crop to the picture's own pixels, odd sizes and black borders too")
  func placement() throws {
    let preprocessing = Preprocessing(resize: .shorterSide(16, .bilinear), crop: .centre(Extent(12)), channels: .grey)
    // 40 × 20 becomes 32 × 16, of which columns 10 to 21 and rows 2 to 13 are kept.
    let placement = InputPlacement(preprocessing, of: Extent(height: 20, width: 40))
    let box = try #require(PixelBox(rows: 0..<3, columns: 4..<8))
    #expect(placement.box(of: box) == PixelBox(rows: 2..<7, columns: 17..<23))
    let small = InputPlacement(Preprocessing(crop: .centre(Extent(8)), channels: .grey), of: Extent(4))
    #expect(small.box(of: try #require(PixelBox(rows: 0..<8, columns: 0..<8))) == PixelBox(rows: 0..<4, columns: 0..<4))
    #expect(small.box(of: try #require(PixelBox(rows: 0..<2, columns: 0..<8))) == nil, "black only")
  }

  @Test("a layer that sees everything has the whole input as its patch")
  func everything() throws {
    let folder = try PictureFolder()
    try folder.add("data/a.png", width: 20, height: 11, seed: 1)
    let pictures = try PictureSet("\(folder.path)/data")
    let model = try Model(
      Network(yaml: TinyNetwork.yaml, path: "tiny.yaml"), weights: .synthetic(seed: 3), outputs: ["fc"])
    let index = try TopPatches(model, layer: "fc").run(over: pictures, to: nil).index
    let patch = try #require(try index.patches(of: 1, model: model, pictures: pictures).first)
    #expect(patch.inputBox == PixelBox(rows: 0..<8, columns: 0..<8))
    #expect(patch.crop?.extent == Extent(height: 11, width: 20))
    try folder.add("data/a.png", width: 21, height: 13, seed: 4)
    let other = try PictureSet("\(folder.path)/data")
    #expect(throws: TopIndexError.pictureMissing("a.png", folder: other.path)) {
      try index.patches(of: 1, model: model, pictures: other)
    }
  }
}
