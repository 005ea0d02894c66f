/// A program in Python that computes the values of all nodes of a model in ONNX, by ONNX Runtime.
///
/// It needs NumPy and ONNX Runtime, and appends outputs to a copy of the model: in Protocol Buffers, a message that comes
/// twice is merged, so that nothing of the model is rewritten.
public enum ActivationScript {
  /// The name under which the script stores a value in its `.npz`: what neither archives nor NumPy can have in names is
  /// written as in a URL.
  static func valueName(ofStored name: String) -> String? { NumPyDirectory.tensorName(forFile: "\(name).npy") }

  /// The program.
  ///
  /// - Parameter model: a model that the first lines call by its path; it must be one that can be read.
  /// - Throws: `WeightsError` for a file that is no model in ONNX, `ActivationError.notONNX` for what is not called so.
  /// - Returns: The text, for a file.
  public static func text(for model: String? = nil) throws -> String {
    guard let model else { return text(model: "MODEL.onnx", values: "VALUES.npz") }
    guard model.lowercased().hasSuffix(".onnx") else { throw ActivationError.notONNX(path: model) }
    _ = try ONNXNetwork.open(model)
    let stem = model.dropFirst(model.folderOfPath.count).dropLast(".onnx".count)
    return text(model: quoted(model), values: quoted("\(stem)-values.npz"))
  }

  /// For a shell, and on one line.
  private static func quoted(_ path: String) -> String {
    let isPlain = path.utf8.allSatisfy { byte in
      let isLetter = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
      let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      return isLetter || isDigit || "/._-+".utf8.contains(byte)
    }
    let isOneLine = path.unicodeScalars.allSatisfy { !$0.properties.isWhitespace || $0 == " " }
    return isPlain
      ? path
      : isOneLine
        ? "'\(path.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#))'" : "MODEL.onnx"
  }

  private static func text(model: String, values: String) -> String {
    #"""
    # What each node of a model in ONNX computes for an input, by ONNX Runtime; for `zoo diff --activations`.
    #   python activations.py \#(model) INPUT.npy \#(values)
    import os, shutil, sys
    from urllib.parse import quote
    import numpy as np, onnxruntime as ort

    def varint(n): return bytes([n]) if n < 128 else bytes([n & 127 | 128]) + varint(n >> 7)
    def field(number, body): return varint(number << 3 | 2) + varint(len(body)) + body
    def fields(message, at=0):  # of a message of Protocol Buffers: numbers and bytes
        def number():
            nonlocal at
            n, start = 0, at
            while at == start or message[at - 1] > 127: n, at = n | (message[at] & 127) << 7 * (at - start), at + 1
            return n
        while at < len(message):
            key = number()
            size = {1: 8, 5: 4}[key & 7] if key & 7 in (1, 5) else number()
            if key & 7: at += size; yield key >> 3, message[at - size:at]

    model, source, target = sys.argv[1:4]
    graph = [part for i, g in fields(memoryview(open(model, "rb").read())) if i == 7 for part in fields(g)]
    def names(part, name): return [bytes(n) for i, m in graph if i == part for j, n in fields(m) if j == name and len(n)]
    known = set(names(12, 1))  # outputs; the others are those of nodes
    more = b"".join(field(12, field(1, n)) for n in dict.fromkeys(names(1, 2)) if n not in known)
    probe = shutil.copyfile(model, model + ".probe")  # beside the model, where its tensors may be
    try:
        with open(probe, "ab") as file: file.write(field(7, more))
        options = ort.SessionOptions()
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
        session = ort.InferenceSession(probe, options, providers=["CPUExecutionProvider"])
    finally: os.remove(probe)
    first, x = session.get_inputs()[0], np.load(source)
    x = x.reshape((-1,) + x.shape[-3:]).astype({"tensor(double)": "f8", "tensor(float16)": "f2"}.get(first.type, "f4"))
    if first.shape[3] == x.shape[1] != first.shape[1]: x = x.transpose(0, 2, 3, 1)  # the model has channels last
    values = {first.name: x, **dict(zip([o.name for o in session.get_outputs()], session.run(None, {first.name: x})))}
    def safe(name): return "%%%02X" % name.encode()[0] + quote(name.encode()[1:], "").replace(".", "%2E")
    np.savez(target, **{safe(n): v for n, v in values.items() if isinstance(v, np.ndarray) and v.dtype.kind == "f"})
    """# + "\n"
  }
}
