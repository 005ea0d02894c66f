import Synchronization
import Testing
import ZooTensor
import ZooTraining

@Suite struct TransferCodesTests {
  private func refused(_ expected: TransferError, _ body: () throws -> Void) {
    #expect(throws: expected, performing: body)
  }

  @Test("keys survive being written and read")
  func keys() throws {
    let keys = try CodeKeys([
      .init(path: "cat/a b.jpg", className: "Siamese cat"), .init(path: "Ärger/ñ.png", className: "été"),
      .init(path: "cat/2.jpg", className: "Siamese cat"),
    ])
    #expect(keys.text == "cat/a b.jpg\tSiamese cat\nÄrger/ñ.png\tété\ncat/2.jpg\tSiamese cat\n")
    #expect(keys.classes == ["Siamese cat", "été"])
    for text in [keys.text, String(keys.text.dropLast()), keys.text.replacing("\n", with: "\r\n")] {
      let read = try CodeKeys(bytes: Array(text.utf8))
      #expect(read == keys, "\(text.debugDescription)")
    }
    let none = try CodeKeys(bytes: [])
    #expect(none.keys.isEmpty)
  }

  @Test("keys that are not two names a line are refused with the line")
  func damagedKeys() {
    for (text, line, found) in [
      ("a\tb\nc", 2, "c"), ("a\tb\tc\n", 1, "a\tb\tc"), ("a\tb\n\nc\td\n", 2, ""), ("\tb\n", 1, "\tb"),
      ("a\t\n", 1, "a\t"), ("a\tb\rc\td\n", 1, "a\tb\rc\td"),
    ] {
      refused(.keyLine(line: line, found: found)) { _ = try CodeKeys(bytes: Array(text.utf8)) }
    }
    refused(.keysNotUTF8(line: 2)) { _ = try CodeKeys(bytes: Array("a\tb\n".utf8) + [0xFF, 0x09, 0x41]) }
    for name in ["a\tb", "a\nb", "a\r", ""] {
      refused(.keyCharacter(row: 0, name: name)) { _ = try CodeKeys([.init(path: name, className: "c")]) }
    }
  }

  @Test("codes with keys")
  func codesWithKeys() throws {
    let rows = try TensorRows(Tensor(shape: [3, 2], floats: [1, 2, 3, 4, 5, 6]))
    let keys = try CodeKeys(bytes: Array("1\tb\n2\ta\n3\tb\n".utf8))
    let codes = try Codes(rows: rows, keys: keys)
    #expect(codes.classes == ["a", "b"])
    #expect(codes.labels == [1, 0, 1])
    #expect(codes.support == [1, 2])
    let given = try Codes(rows: rows, keys: keys, classes: ["b", "c", "a"])
    #expect(given.labels == [0, 2, 0])
    refused(.classUnknown(row: 1, name: "a")) { _ = try Codes(rows: rows, keys: keys, classes: ["b"]) }
    let fewer = try CodeKeys(bytes: Array("1\tb\n".utf8))
    refused(.keyCount(rows: 3, keys: 1)) { _ = try Codes(rows: rows, keys: fewer) }
  }

  @Test("rows of several files are those of one")
  func joined() throws {
    let numbers = (0..<40).map { Float($0) }
    let parts = try [0..<12, 12..<16, 16..<40].map {
      try TensorRows(Tensor(shape: [$0.count / 4, 4], floats: Array(numbers[$0])))
    }
    let joined = try JoinedRows(parts)
    #expect(joined.count == 10 && joined.width == 4)
    for lower in 0..<10 {
      for upper in lower + 1...10 {
        var found: [Float] = []
        try joined.withRows(lower..<upper) { found.append(contentsOf: $0) }
        #expect(found == Array(numbers[lower * 4..<upper * 4]), "\(lower)..<\(upper)")
      }
    }
    let other = try TensorRows(Tensor(shape: [1, 3], floats: [1, 2, 3]))
    refused(.widthsDiffer(part: 1, expected: 4, found: 3)) { _ = try JoinedRows([parts[0], other]) }
    refused(.noCodes) { _ = try JoinedRows([]) }
  }

  @Test("a feature map is a code")
  func featureMap() throws {
    let rows = try TensorRows(Tensor(shape: [2, 3, 2, 2], floats: (0..<24).map { Float($0) }))
    #expect(rows.count == 2 && rows.width == 12)
    refused(.codesShape(found: [3])) { _ = try TensorRows(Tensor(shape: [3], floats: [1, 2, 3])) }
    refused(.codesShape(found: [0, 3])) { _ = try TensorRows(Tensor(shape: [0, 3], floats: [])) }
    refused(.codesType(found: .float64)) {
      _ = try TensorRows(Tensor(shape: [1, 1], elementType: .float64, initialize: { _ in }))
    }
  }

  @Test("what cannot be fitted is refused")
  func refusals() throws {
    let codes = try TransferCodes.clouds([6, 6], width: 3, spread: 1)
    func fit(_ codes: Codes, _ options: LinearClassifier.Options = .init()) throws {
      _ = try LinearClassifier.fit(codes, options: options)
    }
    refused(.tooFewClasses(names: ["class 0"])) { try fit(TransferCodes.codes([1, 2], [0, 0], classes: 1)) }
    refused(.tooFewClasses(names: ["class 1"])) { try fit(TransferCodes.codes([1, 2], [1, 1], classes: 2)) }
    refused(.emptyClass(name: "class 1")) { try fit(TransferCodes.codes([1, 2], [0, 2], classes: 3)) }
    refused(.labelOutOfRange(row: 1, label: 2, classes: 2)) {
      try fit(TransferCodes.codes([1, 2], [0, 2], classes: 2))
    }
    refused(.labelCount(rows: 12, labels: 1)) { _ = try Codes(rows: codes.rows, labels: [0], classes: ["a", "b"]) }
    refused(.sameClassName("a")) { _ = try Codes(rows: codes.rows, labels: codes.labels, classes: ["a", "a"]) }
    let wide = try Codes(
      rows: Endless(count: 20_000, width: 2), labels: Array(0..<20_000), classes: (0..<20_000).map { "\($0)" })
    refused(.tooManyScores(rows: 20_000, classes: 20_000, limit: 1 << 28)) { try fit(wide) }
    let deep = try Codes(rows: Endless(count: 2, width: 1 << 25), labels: [0, 1], classes: ["a", "b"])
    refused(.tooLarge(classes: 2, width: 1 << 25, limit: 1 << 25)) { try fit(deep) }
    refused(.folds(found: 1, limit: 1000)) { try fit(codes, .init(folds: 1)) }
    for value in [0, -1, .infinity] {
      refused(.regularisation(found: value)) { try fit(codes, .init(regularisation: .fixed(value))) }
    }
    refused(.tolerance(found: 1)) { try fit(codes, .init(tolerance: 1)) }
    refused(.iterations(found: 0)) { try fit(codes, .init(iterations: 0)) }
    let other = try TransferCodes.clouds([6, 6], width: 4, spread: 1)
    let classifier = try LinearClassifier.fit(codes)
    refused(.codesDiffer(expectedWidth: 3, foundWidth: 4, expectedClasses: 2, foundClasses: 2)) {
      _ = try classifier.evaluate(other)
    }
  }

  /// Rows that are never read.
  private struct Endless: CodeRows {
    let count: Int
    let width: Int
    func withRows(_ rows: Range<Int>, _ body: (UnsafeBufferPointer<Float>) -> Void) { Issue.record("rows were read") }
  }

  @Test("a number that is not finite is found wherever it stands")
  func notFinite() throws {
    for (row, value) in [(0, Float.infinity), (700, -.infinity), (1199, .infinity)] {
      var numbers = (0..<2400).map { Float($0 % 7) }
      numbers[2 * row + 1] = value
      let codes = try TransferCodes.codes(numbers, (0..<1200).map { $0 % 2 }, classes: 2)
      refused(.notFinite(row: row, feature: 1, value: value)) {
        _ = try LinearClassifier.fit(codes, options: .init(regularisation: .fixed(1)))
      }
    }
  }

  /// Rows of a file that breaks off after it was read for a while.
  private final class FailingRows: CodeRows {
    struct Failure: Error {}
    let count = 1200
    let width = 2
    private let reads = Atomic<Int>(0)

    func withRows(_ rows: Range<Int>, _ body: (UnsafeBufferPointer<Float>) -> Void) throws {
      if reads.add(1, ordering: .relaxed).newValue > 60, rows.upperBound > 600 { throw Failure() }
      let numbers = rows.flatMap { [Float($0 % 5), Float($0 % 7)] }
      numbers.withUnsafeBufferPointer { body($0) }
    }
  }

  @Test("what keeps rows from being read is thrown on")
  func failingRows() throws {
    for (name, parallel) in TransferCodes.ways + [("in order", LinearClassifier.sequential)] {
      let codes = try Codes(rows: FailingRows(), labels: (0..<1200).map { $0 % 2 }, classes: ["a", "b"])
      #expect(throws: FailingRows.Failure.self, "\(name)") {
        try LinearClassifier.fit(codes, options: .init(regularisation: .fixed(1e-4)), parallel: parallel)
      }
    }
  }

  @Test("messages")
  func messages() {
    for (error, expected) in [
      (.tooFewClasses(names: ["cat"]), "all pictures are of the class 'cat'; a classifier needs at least two classes"),
      (.emptyClass(name: "cat"), "there is no picture of the class 'cat'; add some, or leave the class out"),
      (
        .keyLine(line: 3, found: "a\tb\tc"), #"line 3: expected a path, a tab and the name of a class; found 'a\tb\tc'"#
      ),
      (
        .keyCharacter(row: 2, name: "a\nb"),
        #"row 2: the name 'a\nb' contains a tab or a line break, which a file of keys cannot hold"#
      ),
      (
        .keyCount(rows: 3, keys: 1),
        "there are 3 codes and 1 lines of keys; each code needs the line that was written with it"
      ),
      (
        .notFinite(row: 3, feature: 5, value: .infinity),
        """
        row 3: number 5 of the code is inf, so nothing could be learnt from it; look at the network or the picture that \
        made it
        """
      ),
      (.folds(found: 1, limit: 1000), "cannot use 1 folds; choose 2 to 1000"),
      (
        .tooLarge(classes: 100_000, width: 4096, limit: 33_554_432),
        """
        a classifier of 100000 classes on codes of 4096 numbers has 100000 × 4096 weights, more than 33554432; use the \
        codes of a smaller layer
        """
      ),
    ] as [(TransferError, String)] {
      #expect("\(error)" == expected)
    }
  }
}
