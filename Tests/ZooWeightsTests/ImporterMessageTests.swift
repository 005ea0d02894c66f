import Testing
import ZooWeights

/// The words about files of Caffe's, ONNX' and darknet's.
@Suite struct ImporterMessageTests {
  static let table: [(problem: WeightsProblem, text: String)] = [
    (.protobuf(.cutShort(offset: 7)), "the file ends in the middle of the field at byte 7; fetch it again"),
    (.protobuf(.varintTooLong(offset: 7)), "the number at byte 7 does not fit in 64 bits"),
    (.protobuf(.fieldNumber(0, offset: 7)), "the field at byte 7 has the number 0, which no field has"),
    (.protobuf(.wireType(3, offset: 7)), "the field at byte 7 is of wire type 3, which checkpoints do not have"),
    (
      .protobuf(.lengthPastEnd(length: 100, offset: 7, end: 50)),
      "the field at byte 7 has 100 bytes, but what it belongs to ends at byte 50; the file is cut short or damaged: fetch "
        + "it again"
    ),
    (
      .protobuf(.unexpectedType(field: 5, offset: 7)),
      "field 5, at byte 7, is not of the type it must have; the file is damaged or of another kind"
    ),
    (.protobuf(.textTooLong(limit: 4096, offset: 7)), "the text at byte 7 is longer than 4096 bytes"),
    (.protobuf(.textNotUTF8(offset: 7)), "the text at byte 7 is not UTF-8"),
    (
      .protobuf(.packedLength(7, elementSize: 4, offset: 9)),
      "the numbers at byte 9 take 7 bytes, which is no multiple of 4"
    ),
    (
      .protobuf(.scattered(limit: 4096, offset: 9)),
      "the numbers at byte 9 belong to a tensor that lies in more than 4096 places"
    ),
    (
      .caffe(.nestedLayers),
      "the Caffe model is of the oldest kind, with layers inside layers; run Caffe's 'upgrade_net_proto_binary' on it"
    ),
    (
      .caffe(.noBlobs(layers: ["data", "relu1"])),
      "there are no weights in the Caffe model, only the layers 'data', 'relu1'; give the .caffemodel that training wrote"
    ),
    (
      .caffe(.noBlobs(layers: [])),
      "there are no weights in the Caffe model; give the .caffemodel that training wrote"
    ),
    (
      .caffe(.duplicateLayer("fc")),
      "two layers with weights are called 'fc'; give one of them another name and write the model again"
    ),
    (.caffe(.tooManyTensors), "the Caffe model has more than 1000000 blobs"),
    (.caffe(.tooManyDimensions), "a blob has more than 32 dimensions, which Caffe does not allow"),
    (
      .caffe(.tooManyElements(tensor: "fc.weight", [1 << 40, 1 << 40])),
      "tensor 'fc.weight' has more elements than can be counted: 1099511627776×1099511627776"
    ),
    (
      .caffe(.elementCount(tensor: "fc.weight", expected: [2, 3], found: 5)),
      "tensor 'fc.weight' must have 2×3 elements, but 5 are there; fetch the file again"
    ),
    (
      .caffe(.floatsAndDoubles(tensor: "fc.weight")),
      "tensor 'fc.weight' has its elements twice, in single and in double precision"
    ),
    (
      .caffe(.blobCount(layer: "fc", type: "InnerProduct", expected: 1...2, found: 3)),
      "layer 'fc' of type InnerProduct has 3 blobs, it must have 1 or 2"
    ),
    (
      .caffe(.blobCount(layer: "bn", type: "BatchNorm", expected: 3...3, found: 5)),
      "layer 'bn' of type BatchNorm has 5 blobs, it must have 3"
    ),
    (
      .caffe(.transposed(layer: "fc")),
      "layer 'fc' has its weight transposed (inputs × outputs), which zoo does not read; train it without 'transpose' in "
        + "inner_product_param"
    ),
    (
      .caffe(.otherAxis(layer: "fc", type: "InnerProduct", axis: 2)),
      "layer 'fc' of type InnerProduct has axis 2, so that it does not take all channels together, which no layer of zoo's does"
    ),
    (
      .caffe(.unsupportedRawData(tensor: "w", type: 3)),
      "tensor 'w' has its elements in 'raw_data' of NVIDIA's Caffe, in its type 3, which zoo does not read; save the model "
        + "there in float32"
    ),
    (
      .caffe(.rawDataTwice(tensor: "w")),
      "tensor 'w' has its elements twice, in 'data' and in the 'raw_data' of NVIDIA's Caffe"
    ),
    (
      .caffe(.gradientsOnly(tensor: "w")),
      "tensor 'w' has gradients ('diff') and no weights ('data'): the file was written without them; load it with the "
        + "program that wrote it and save the weights"
    ),
    (
      .metadata(.malformed(key: "source.layers")),
      "the metadata under 'source.layers' are not what zoo writes there; pack the weights again from their source"
    ),
    (
      .caffe(.meanShape([2, 3, 4, 4])), "a mean must be one image of channels × height × width, found 2×3×4×4"
    ),
    (.caffe(.meanShape([])), "a mean must be one image of channels × height × width, found no shape"),
    (.onnx(.noGraph), "the ONNX model has no graph; fetch the file again"),
    (
      .onnx(.noInitializers),
      "there are no initializers in the ONNX model; export it with its weights (export_params=True in PyTorch)"
    ),
    (
      .onnx(.noWeights),
      "the ONNX model has neither initializers nor constants that a layer computes with, so there are no weights in it; "
        + "export it with its weights (export_params=True in PyTorch)"
    ),
    (.onnx(.graphTooLarge), "the ONNX model has more than 262144 nodes or 2097152 inputs and outputs of nodes"),
    (
      .onnx(.valueTwice("y")),
      "the value 'y' is made twice in the ONNX model, which ONNX does not allow; export the model again"
    ),
    (
      .onnx(.computedWeight(tensor: "w", node: "d", operation: "DequantizeLinear", reader: "conv")),
      "node 'conv' computes with what DequantizeLinear ('d') makes of tensor 'w', which zoo does not follow; export the model "
        + "in float32 with its constants folded"
    ),
    (
      .onnx(.contradictoryUse(tensor: "w", first: "a", second: "b")),
      "tensor 'w' is read in one way by node 'a' and in another, as transposed, by 'b'; export the model with a tensor for each"
    ),
    (
      .onnx(.matrixFirst(tensor: "w", node: "a")),
      "node 'a' multiplies with the weight 'w' on the left, which is no fully connected layer of zoo's; export the model with "
        + "the weight on the right"
    ),
    (
      .onnx(.transposedInput(tensor: "w", node: "a")),
      "node 'a' multiplies its input transposed (transA) with 'w', which zoo does not do; export the model with transA = 0"
    ),
    (.onnx(.notAMatrix(tensor: "w", node: "a", [2])), "node 'a' multiplies with tensor 'w', which is 2 and no matrix"),
    (
      .onnx(.inexactScale(tensor: "w", node: "a", attribute: "alpha", 0.3)),
      "node 'a' multiplies the product with 'w' by alpha = 0.3, which would round the weights; put the factor into them and "
        + "export the model with alpha = 1"
    ),
    (
      .onnx(.automaticPadding(node: "a", rule: "SAME")),
      "node 'a' has \"SAME\" for 'auto_pad', which ONNX does not have"
    ),
    (
      .onnx(.unknownOperator(tensor: "w", node: "a", operation: "torch.Linear")),
      "tensor 'w' goes into torch.Linear ('a'), which is no operator of ONNX's own, so zoo cannot tell how it is used; inline "
        + "functions with onnx.inliner.inline_local_functions, or export the model without optimising it"
    ),
    (.onnx(.tooManyTensors), "the ONNX model has more than 1000000 initializers"),
    (.onnx(.tooManyDimensions(tensor: "w")), "tensor 'w' has more than 64 dimensions"),
    (
      .onnx(.unsupportedElementType(tensor: "w", code: 8)),
      "tensor 'w' has elements of ONNX's type 8, which zoo does not read; convert it to float32 (1)"
    ),
    (.onnx(.tooManyElements(tensor: "w", [-1])), "tensor 'w' has more elements than can be counted: -1"),
    (
      .onnx(.elementCount(tensor: "w", expected: 6, found: 5)), "tensor 'w' must have 6 elements, but 5 are there"
    ),
    (.onnx(.dataLength(tensor: "w", expected: 24, found: 20)), "tensor 'w' takes 24 bytes, but 20 are there"),
    (
      .onnx(.misplacedData(tensor: "w")),
      "tensor 'w' has elements in two places, or in a field that does not go with their type"
    ),
    (
      .onnx(.valueOutOfRange(tensor: "w", 300)), "tensor 'w' has an element 300, which its type cannot hold"
    ),
    (
      .onnx(.sparse(tensor: "w")),
      "tensor 'w' is sparse, which zoo does not read; make it dense and export the model again"
    ),
    (.onnx(.segmented(tensor: "w")), "tensor 'w' is cut into segments, which zoo does not read"),
    (
      .onnx(.externalNotUTF8),
      "the model has to name the file with its weights in UTF-8, which this name is not; choose another, or leave the "
        + "weights in the model"
    ),
    (
      .onnx(.externalInMemory(tensor: "w")),
      "tensor 'w' is in another file, and a model in memory has none beside it; open the model from its file"
    ),
    (
      .onnx(.externalPath(tensor: "w", location: "../../etc/passwd")),
      "tensor 'w' is in the file \"../../etc/passwd\", but other files must lie in the model's directory or below it; save "
        + "the model again with onnx.save_model"
    ),
    (
      .onnx(.externalNumber(tensor: "w", key: "offset", value: "-1")),
      "tensor 'w' has \"-1\" for the 'offset' of its bytes, which is no number"
    ),
    (
      .onnx(.externalLength(tensor: "w", location: "w.bin", expected: 24, found: 20)),
      "tensor 'w' takes 24 bytes, but its place in 'w.bin' has 20"
    ),
    (
      .onnx(.externalPastEnd(tensor: "w", location: "w.bin", offset: 4, length: 24, fileSize: 24)),
      "tensor 'w' has 24 bytes from byte 4 of 'w.bin', but that file has only 24; fetch it again"
    ),
    (
      .onnx(.inExternal(location: "w.bin", .file(.missing))),
      "the file 'w.bin', which holds weights of the model, is missing; fetch it too and put it beside the model"
    ),
    (
      .onnx(.inExternal(location: "w.bin", .file(.notRegular(.symbolicLink)))),
      "'w.bin' leads over a symbolic link, which zoo does not follow for a model; copy the file itself there"
    ),
    (
      .onnx(.inExternal(location: "w.bin", .file(.notRegular(.directory)))),
      "w.bin: expected a regular file, found a directory"
    ),
    (
      .onnx(.tooLarge(size: 3_000_000_000)),
      "an ONNX model of one file has at most 2147483647 bytes, and this one would have 3000000000; put the weights "
        + "into a file beside it"
    ),
    (.darknet(.tooShort(size: 12)), "12 bytes are too few for a file of darknet weights; fetch it again"),
    (
      .darknet(.version(major: -1, minor: 0)), "no darknet wrote a version -1.0; this is another kind of file"
    ),
    (
      .darknet(.needsNetwork),
      "darknet weights have no names, so they can be read only together with a network; name the model"
    ),
    (
      .darknet(.tooManyElements(tensor: "w", [1 << 62, 4])),
      "tensor 'w' has more elements than can be counted: 4611686018427387904×4"
    ),
    (
      .darknet(.layerPastEnd(layer: "conv3", offset: 120, needed: 100, found: 60)),
      "layer 'conv3' takes 100 bytes from byte 120, but only 60 are left, 40 too few; the weights are of another network, "
        + "or cut short"
    ),
    (
      .darknet(.bytesLeft(layer: "fc", offset: 220, count: 4)),
      "the last layer, 'fc', ends at byte 220, but 4 bytes follow; the weights are of another network"
    ),
    (
      .darknet(.bytesLeft(layer: nil, offset: 20, count: 4)),
      "the header ends at byte 20, but 4 bytes follow; the weights are of another network"
    ),
  ]

  @Test("Messages", arguments: table.indices)
  func messages(position: Int) {
    let (problem, text) = Self.table[position]
    #expect("\(WeightsError(path: "w", problem))" == "w: \(text)")
  }
}
