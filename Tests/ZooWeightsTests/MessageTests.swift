import Testing
import ZooTensor
import ZooWeights

/// The words that people read.
@Suite struct MessageTests {
  static let table: [(problem: WeightsProblem, text: String)] = [
    (.file(.missing), "w.pth: there is no such file; check the path"),
    (.file(.empty), "w.pth: the file is empty; fetch it again"),
    (.file(.notRegular(.directory)), "w.pth: expected a regular file, found a directory"),
    (
      .file(.cannotReplace(.directory)), "w.pth: is a directory, which is not replaced by a file; choose another name"
    ),
    (.file(.cannotOpen(SystemError(13))), "w.pth: cannot be opened: Permission denied"),
    (.file(.cannotWrite(SystemError(28))), "w.pth: cannot be written: No space left on device"),
    (
      .file(.exists),
      "w.pth: exists already and is left as it is; choose another name, or allow a file to be replaced"
    ),
    (
      .file(.shrank(expected: 10, found: 3)),
      "w.pth: the file changed while it was being read: it had 10 bytes and now has 3"
    ),
    (
      .unrecognised(start: [0, 0xAB]),
      "w.pth: not a checkpoint zoo knows (it begins with 00 AB); zoo reads .zoow, .safetensors, PyTorch .pth, Keras, HDF5, Caffe, "
        + "ONNX, darknet, .npz and .npy files and directories of .npy files"
    ),
    (
      .foreign(.gitLFSPointer),
      "w.pth: this is a Git LFS pointer, not the file it stands for; run 'git lfs pull' where it came from"
    ),
    (
      .foreign(.htmlPage),
      "w.pth: this is a web page, not a checkpoint; the download gave an error page: open its address in a browser"
    ),
    (
      .foreign(.caffeSolverState),
      "w.pth: this is the state of Caffe's solver, not a network; the weights are in the .caffemodel that was written "
        + "with it"
    ),
    (.name(.duplicate("a.b")), "w.pth: two tensors are called 'a.b'"),
    (.name(.controlCharacter("a\u{0}")), "w.pth: a tensor's name has a control character in it: \"a\\u0000\""),
    (
      .tooManyBytes(limit: 16 << 30),
      "w.pth: the tensors together take more than the limit of 16 GiB; if that is what you want, raise the limit"
    ),
    (
      .digestInName(expected: "f37072fd", found: "00"),
      "w.pth: the name says that the file's SHA-256 begins with f37072fd, but it is 00; the download is damaged or the "
        + "file was renamed: fetch it again, or take the digits out of its name"
    ),
    (
      .noTensor("conv.weight", nearest: "conv1.weight"),
      "w.pth: there is no tensor 'conv.weight'; did you mean 'conv1.weight'?"
    ),
    (
      .archive(.chunkChecksum(tensor: "fc.weight", chunk: 3, offset: 100, length: 50)),
      "w.pth: tensor 'fc.weight', chunk 3 (bytes 100 to 149) is damaged: its CRC-32 differs; fetch the file again"
    ),
    (
      .archive(.stream(StreamPlace(tensor: "w", chunk: 0, plane: 3), offset: 64, .cutShort)),
      "w.pth: tensor 'w', chunk 0, plane 3, at byte 64: the compressed data end too early"
    ),
    (
      .archive(.mangledByTextTransfer),
      "w.pth: the archive was changed on its way by a transfer in text mode; fetch it again in binary mode"
    ),
    (
      .archive(.dimensionTooLarge(tensor: "w", 1 << 41)),
      "w.pth: tensor 'w' has a dimension of 2199023255552, at most 1099511627776 is allowed"
    ),
    (
      .archive(.indexCutShort(.tensor("w"))), "w.pth: the index ends in the middle of tensor 'w'"
    ),
    (
      .safetensors(.headerPastEnd(length: 100, fileSize: 50)),
      "w.pth: the header has 100 bytes, but the file only 50; the download broke off: fetch it again"
    ),
    (
      .safetensors(.unsupportedElementType(tensor: "w", type: "F8_E4M3")),
      "w.pth: tensor 'w' has elements of type \"F8_E4M3\", which zoo does not read; convert it to float32 (F32)"
    ),
    (
      .json(JSONProblem(offset: 9, expected: "':'", found: 0x7D)), "w.pth: at byte 9: expected ':', found '}'"
    ),
    (.json(JSONProblem(offset: 9, duplicateKey: "a\"")), "w.pth: at byte 9: the key \"a\\\"\" occurs twice"),
    (
      .zip(.noEnd),
      "w.pth: the list of members at the end of the zip file is missing; the download broke off: fetch it again"
    ),
    (
      .zip(.compressedMember("m/data/0")),
      "w.pth: member 'm/data/0' is compressed, which torch.save never does; unzip the file and zip it again with "
        + "'zip -0 -r'"
    ),
    (
      .zip(.unknownMethod("w.npy", method: 14)),
      "w.pth: member 'w.npy' is compressed by method 14, zoo reads stored and deflated ones (0 and 8): unzip the file and "
        + "zip it again"
    ),
    (
      .zip(.impossibleSize("w.npy", size: 1 << 40, compressed: 900)),
      "w.pth: member 'w.npy' is said to unpack to 1099511627776 bytes, more than 900 bytes of deflate can hold"
    ),
    (
      .zip(.memberDeflate("w.npy")),
      "w.pth: member 'w.npy' is damaged: its compressed data are not deflate; fetch the file again"
    ),
    (
      .zip(.memberLength("w.npy", expected: 100)),
      "w.pth: member 'w.npy' must unpack to 100 bytes and does not; fetch the file again"
    ),
    (.tar(.cutShort(offset: 3072)), "w.pth: the tar file ends too early, at byte 3072; fetch it again"),
    (
      .tar(.headerChecksum(offset: 512)),
      "w.pth: the header at byte 512 of the tar file does not have the checksum it carries; fetch the file again"
    ),
    (
      .tar(.malformed(offset: 512)), "w.pth: the header at byte 512 of the tar file is damaged; fetch the file again"
    ),
    (
      .tar(.memberPastEnd("storages")),
      "w.pth: member 'storages' goes on past the end of the tar file; fetch it again"
    ),
    (.tar(.duplicateMember("pickle")), "w.pth: two members are called 'pickle'"),
    (.tar(.tooManyMembers), "w.pth: the tar file has too many members for a PyTorch checkpoint"),
    (
      .tar(.bytesAfterEnd(offset: 4096)),
      "w.pth: the tar file ends, and at byte 4096 there is more; where several were put one behind the other, give them as files of their own"
    ),
    (
      .tar(.sparse("a.jpg")),
      "w.pth: member 'a.jpg' of the tar file is a file with holes; make the tar file anew without looking for holes"
    ),
    (
      .tar(.linkWithSize("a.jpg")),
      "w.pth: member 'a.jpg' of the tar file is a hard link with a size, of which it is not known whether contents follow; make the tar file anew with copies in place of links"
    ),
    (
      .tar(.unknownKind("a.jpg", 0x4D)),
      "w.pth: member 'a.jpg' of the tar file is of the kind 4D, which is not known; make the tar file anew in the format of POSIX"
    ),
    (
      .tar(.label("a.cls")),
      "w.pth: member 'a.cls' of the tar file is no class; it has to be a file with the class's number, counted from 0"
    ),
    (
      .tar(.compressed(by: "gunzip")),
      "w.pth: the tar file is compressed, so that no member can be read without those before it; unpack it with gunzip, and give it as a file or through a pipe"
    ),
    (
      .foreign(.tarArchive),
      "w.pth: this is a tar archive without a PyTorch checkpoint in it; unpack it and give what is inside"
    ),
    (.torch(.tarMember(missing: "tensors")), "w.pth: there is no 'tensors' in the tar file, as there is in PyTorch's"),
    (
      .torch(.tarPart("storages", offset: 2632)),
      "w.pth: member 'storages' of the tar file is damaged or cut short before byte 2632; fetch the file again"
    ),
    (
      .torch(.bigEndianTar),
      "w.pth: the tar file is from a big-endian machine, which zoo does not read; convert it there: "
        + "torch.save(torch.load(F), G)"
    ),
    (
      .torch(.severalDictionaries(["model", "ema"])),
      "w.pth: there are several dictionaries of tensors in the file: 'model', 'ema'; choose one by its name after a '#', "
        + "as in w.pth#model"
    ),
    (
      .torch(.noDictionary("modle", nearest: "model", there: ["model", "ema"])),
      "w.pth: there is no dictionary of tensors 'modle' in the file, only 'model', 'ema'; did you mean 'model'?"
    ),
    (
      .torch(.noDictionary("x", nearest: nil, there: ["model"])),
      "w.pth: there is no dictionary of tensors 'x' in the file, only 'model'"
    ),
    (
      .noDictionaries("ema"),
      "w.pth: '#ema' chooses a dictionary of tensors in a PyTorch file, and this is none: leave it out"
    ),
    (
      .torch(.unsupportedTensor("fc.weight", what: "a tensor of type uint16")),
      "w.pth: tensor 'fc.weight' is a tensor of type uint16, which zoo does not read; save it as a plain tensor of float32"
    ),
    (
      .torch(.tensorOfPythonObject("fc.weight", object: "mylib.Q")),
      "w.pth: tensor 'fc.weight' depends on the Python object 'mylib.Q', and zoo runs no Python; save a plain tensor in "
        + "its place"
    ),
    (
      .pickle(.nameNotAllowed("os.system", offset: 7)),
      "w.pth: the pickle asks for the Python object 'os.system' at byte 7; zoo runs no Python and reads only tensors: "
        + "save model.state_dict() rather than the model"
    ),
    (
      .pickle(.tooMuch(.nesting, offset: 7)), "w.pth: the pickle has too many levels of nesting at byte 7"
    ),
    (
      .torch(.noTensors(keys: ["epoch", "lr"])),
      "w.pth: there are no tensors in the file, only 'epoch', 'lr'; save model.state_dict()"
    ),
    (
      .torch(.expandedView(tensor: "w")),
      "w.pth: tensor 'w' repeats its elements (stride 0); save it with .contiguous()"
    ),
    (
      .numpy(.pythonObjects),
      "w.pth: the .npy file holds Python objects, not numbers; save it with a numeric dtype"
    ),
    (
      .numpy(.inFile("a.npy", .numpy(.dataLength(expected: 8, found: 4)))),
      "w.pth: a.npy: the array takes 8 bytes, but 4 are there; fetch the file again"
    ),
    (
      .numpy(.noArrays),
      "w.pth: there are no .npy files in the directory, and neither model.safetensors nor pytorch_model.bin; give the file "
        + "itself"
    ),
    (.metadata(.tooLarge(5_000_000)), "w.pth: 5000000 bytes of metadata, at most 4194304 are allowed"),
  ]

  @Test("Messages", arguments: table.indices)
  func messages(position: Int) {
    let (problem, text) = Self.table[position]
    #expect("\(WeightsError(path: "w.pth", problem))" == text)
  }

  @Test("A message about nothing in particular names no file")
  func noPath() {
    #expect("\(WeightsError(path: "", .name(.empty)))" == "a tensor has an empty name")
  }

  @Test(
    "Lines of a report",
    arguments: [
      ("a", MatchReport.Status.matched, "a: matched"), ("b", .renamed, "a: from b"),
      ("a", .reshaped(from: [2, 3, 1, 1]), "a: reshaped from 2×3×1×1"),
      ("b", .reshaped(from: [2, 3]), "a: from b, reshaped from 2×3"), ("a", .missing, "a: missing"),
      ("a", .unexpected, "a: not in the model"),
      ("a", .misshapen(expected: [2], found: []), "a: the model has 2, the checkpoint scalar"),
      ("a", .ignored(.batchCounter), "a: ignored (a counter)"),
      ("a", .ignored(.trainingOnly), "a: ignored (only training uses it)"),
      (
        "b", .transformed(Transformation(from: [2, 3], steps: [.reshape([3, 2]), .flipInputChannels])),
        "a: from b, reshaped [3, 2], its input channels flipped from 2×3"
      ),
      ("a", .ignored(.rule(.removePrefix("b."))), "a: ignored (the rule {strip: b.})"),
    ])
  func lines(checkpointName: String, status: MatchReport.Status, text: String) {
    #expect("\(MatchReport.Line(name: "a", checkpointName: checkpointName, status: status))" == text)
  }
}
