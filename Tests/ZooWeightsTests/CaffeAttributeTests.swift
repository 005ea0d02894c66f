import Testing
import ZooTensor
import ZooWeights

/// What Caffe's files say about layers, and the blobs of its relatives.
@Suite struct CaffeAttributeTests {
  private typealias Blob = ForgedCaffe.Blob

  private func layer(
    _ type: String, field: Int? = nil, isOld: Bool = false,
    _ blobs: [ForgedCaffe.Blob] = [.shaped([1, 1, 2, 2], [1, 2, 3, 4])],
    parameters: @escaping @Sendable (inout ForgedProtobuf) -> Void = { _ in }
  ) throws -> StoredLayer? {
    let layer = ForgedCaffe.Layer(name: "a", type: type, blobs: blobs) { message in
      if let field { message.message(field, parameters) }
    }
    let bytes = isOld ? ForgedCaffe.oldModel([layer]) : ForgedCaffe.model([layer])
    return try Checkpoint.open(bytes: bytes, name: "a.caffemodel").layers.first
  }

  @Test("A convolution's parameters, once for both sides, for each, or by names", arguments: [false, true])
  func convolution(isOld: Bool) throws {
    func convolution(_ parameters: @escaping @Sendable (inout ForgedProtobuf) -> Void) throws -> StoredLayer? {
      try layer(isOld ? "4" : "Convolution", field: isOld ? 10 : 106, isOld: isOld, parameters: parameters)
    }
    let plain = try convolution { $0.integer(1, 1) }
    #expect(plain?.kind == .convolution && plain?.tensors == ["weight": "a.weight"] && plain?.isWithoutNorm == false)
    #expect(plain?.stride == Extent(1) && plain?.dilation == Extent(1) && plain?.groups == 1 && plain?.kernel == nil)
    #expect(plain?.padding == .explicit(.none))
    let square = try convolution { parameters in
      for (field, number) in [(3, 1), (4, 2), (5, 3), (6, 4), (18, 5)] { parameters.integer(field, number) }
    }
    #expect(square?.padding == .explicit(Padding(1)) && square?.kernel == Extent(2) && square?.groups == 3)
    #expect(square?.stride == Extent(4) && square?.dilation == Extent(5))
    let sides = try convolution { parameters in
      for (field, number) in [(9, 1), (10, 2), (11, 3), (12, 4), (13, 5), (14, 6)] { parameters.integer(field, number) }
      parameters.integers(18, [7, 8])
    }
    #expect(sides?.padding == .explicit(Padding(top: 1, left: 2, bottom: 1, right: 2)))
    #expect(sides?.kernel == Extent(height: 3, width: 4) && sides?.stride == Extent(height: 5, width: 6))
    #expect(sides?.dilation == Extent(height: 7, width: 8))
  }

  @Test("A file that has no parameters says nothing about a convolution; a batch norm has Caffe's epsilon")
  func silent() throws {
    let bare = try layer("Convolution")
    #expect(bare?.stride == nil && bare?.padding == nil && bare?.groups == nil)
    let blobs: [Blob] = [.shaped([1], [0]), .shaped([1], [1]), .shaped([1], [1])]
    let norm = try layer("BatchNorm", blobs)
    #expect(norm?.kind == .batchNorm && norm?.epsilon == 1e-5)
    #expect(norm?.tensors == ["running_mean": "a.running_mean", "running_var": "a.running_var"])
    let stated = try layer("BatchNorm", field: 139, blobs) { $0.float(3, 0.25) }
    #expect(stated?.epsilon == 0.25)
  }

  @Test("An axis that is not the channels'")
  func axis() throws {
    let matrix = [Blob.shaped([1, 2], [1, 2])]
    for axis in [1, -1, -3] { #expect(try layer("InnerProduct", field: 117, matrix) { $0.integer(5, axis) } != nil) }
    #expect(
      problem { _ = try layer("InnerProduct", field: 117, matrix) { $0.integer(5, 2) } }
        == .caffe(.otherAxis(layer: "a", type: "InnerProduct", axis: 2)))
    #expect(
      problem { _ = try layer("Convolution", field: 106) { $0.integer(16, 0) } }
        == .caffe(.otherAxis(layer: "a", type: "Convolution", axis: 0)))
  }

  // MARK: Relatives

  private func blob(_ write: @escaping @Sendable (inout ForgedProtobuf) -> Void) throws -> ZooTensor.Tensor {
    let bytes = ForgedProtobuf { net in
      net.text(1, "net")
      net.message(100) { layer in
        layer.text(1, "a")
        layer.text(2, "Bias")
        layer.message(7) { blob in
          blob.message(7) { $0.integers(1, [2]) }
          write(&blob)
        }
      }
    }.bytes
    return try Checkpoint.open(bytes: bytes, name: "a.caffemodel").tensor(named: "a.bias")
  }

  @Test("NVIDIA's Caffe has elements as plain bytes")
  func rawData() throws {
    let floats = try blob { blob in
      blob.integer(10, 1)
      blob.data(12, littleEndian([1.5, -2]))
    }
    #expect(floats.floats == [1.5, -2])
    let halves = try blob { blob in
      blob.integer(10, 2)
      blob.data(12, [0x00, 0x3E, 0x00, 0xC0])
    }
    #expect(halves.elementType == .float16 && halves.convertedToFloat32().floats == [1.5, -2])
    let doubles = try blob { blob in
      blob.integer(10, 0)
      blob.data(12, [0, 0, 0, 0, 0, 0, 0xF8, 0x3F, 0, 0, 0, 0, 0, 0, 0, 0xC0])
    }
    #expect(doubles.elementType == .float64 && doubles.convertedToFloat32().floats == [1.5, -2])
  }

  @Test("Elements in other forms, or none at all, are named")
  func otherForms() {
    #expect(
      problem {
        _ = try blob { blob in
          blob.integer(10, 3)
          blob.data(12, littleEndian([1, 2]))
        }
      } == .caffe(.unsupportedRawData(tensor: "a.bias", type: 3)))
    #expect(
      problem {
        _ = try blob { blob in
          blob.floats(5, [1, 2])
          blob.integer(10, 1)
          blob.data(12, littleEndian([1, 2]))
        }
      } == .caffe(.rawDataTwice(tensor: "a.bias")))
    #expect(problem { _ = try blob { $0.floats(6, [1, 2]) } } == .caffe(.gradientsOnly(tensor: "a.bias")))
    #expect(
      problem { _ = try blob { $0.data(5, []) } } == .caffe(.elementCount(tensor: "a.bias", expected: [2], found: 0)))
    #expect(
      problem {
        _ = try blob { blob in
          blob.integer(10, 1)
          blob.data(12, [1, 2, 3])
        }
      } == .protobuf(.packedLength(3, elementSize: 4, offset: 26)))
  }
}
