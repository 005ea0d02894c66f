import Testing
import ZooTestSupport
import ZooWeights

struct CaffeTextTests {
  private func message(_ text: String) throws -> CaffeMessage {
    try CaffeMessage.open(bytes: Array(text.utf8), name: "net.prototxt")
  }

  /// Fields with their values, messages in brackets.
  private func shown(_ message: CaffeMessage) -> String {
    message.fields.map { field in
      switch field.value {
      case .word(let word): "\(field.name)=\(word)"
      case .text(let text): "\(field.name)='\(text)'"
      case .message(let message): "\(field.name)(\(shown(message)))"
      }
    }.joined(separator: " ")
  }

  @Test(
    "every form that protobuf's text has",
    arguments: [
      ("a: 1", "a=1"), ("a: -1.5e-3 b: .5f", "a=-1.5e-3 b=.5f"), ("a: 1e+5", "a=1e+5"), ("a: - 2", "a=-2"),
      ("a { b: true }", "a(b=true)"), ("a: { b: MAX }", "a(b=MAX)"), ("a < b: 1 >", "a(b=1)"), ("a {} b {}", "a() b()"),
      ("a: \"x\" b: 'y'", "a='x' b='y'"), ("a: 'x' \"y\" # z\n 'w'", "a='xyw'"),
      ("a: 'q\\'\\\"\\n\\101\\x42'", "a='q'\"\nAB'"), ("a: [1, 2, 3]", "a=1 a=2 a=3"), ("a: []", ""),
      ("a: [{b: 1}, {b: 2}]", "a(b=1) a(b=2)"), ("a: 1, b: 2; c: 3", "a=1 b=2 c=3"),
      ("# nothing\n\r\n\ta: 0x1F # x\nb:2", "a=0x1F b=2"), ("\u{FEFF}a: 1", "a=1"), ("", ""), ("a: 'ä'", "a='ä'"),
    ])
  func forms(text: String, expected: String) throws {
    #expect(shown(try message(text)) == expected, "\(text)")
  }

  @Test(
    "what is wrong is named with its line and column",
    arguments: [
      ("a: 1\n  b", 2, 4, "':' or '{' after 'b'", "the end of the file"), ("a 1", 1, 3, "':' or '{' after 'a'", "'1'"),
      ("a {\n b: 1", 2, 6, "'}', the end of what begins in line 1", "the end of the file"),
      ("a: 1 }", 1, 6, "the name of a field", "'}'"), ("3: 1", 1, 1, "the name of a field", "'3'"),
      ("a:", 1, 3, "the value of 'a'", "the end of the file"), ("a: *", 1, 4, "the value of 'a'", "'*'"),
      ("ä: 1", 1, 1, "the name of a field", "the byte 195"), ("b: 'ä' ?", 1, 8, "the name of a field", "'?'"),
      ("a: 'x", 1, 6, "the end of the string", "the end of the file"),
      ("a: 'x\n'", 1, 6, "the end of the string before the end of the line", "the byte 10"),
      ("a: '\\q'", 1, 6, "one of n r t a b f v \\ ' \" ? x or three octal digits after '\\'", "'q'"),
      ("a: '\\777'", 1, 9, "a byte in octal", "'''"), ("a: '\\x'", 1, 7, "a byte in hexadecimal", "'''"),
      ("a: [1, 2", 1, 9, "',' or ']'", "the end of the file"),
      ("a: -\n", 2, 1, "a number after '-'", "the end of the file"),
      ("a: '\\377'", 1, 10, "UTF-8 in the string before", "the end of the file"),
    ])
  func complaints(text: String, line: Int, column: Int, expected: String, found: String) {
    let error = WeightsError(
      path: "net.prototxt", .caffe(.text(line: line, column: column, expected: expected, found: found)))
    #expect(throws: error, "\(text)") { _ = try message(text) }
  }

  @Test("messages lie in each other as deep as 32, and no deeper")
  func depth() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "a {", count: depth) + String(repeating: "}", count: depth)
    }
    #expect(try message(nested(32)).fields.count == 1)
    let error = WeightsError(
      path: "net.prototxt",
      .caffe(.text(line: 1, column: 99, expected: "at most 32 messages in each other", found: "'{'")))
    #expect(throws: error) { _ = try message(nested(33)) }
    #expect("\(error)".hasSuffix("line 1, column 99: expected at most 32 messages in each other, found '{'"))
  }

  @Test("a file of fields alone is refused past their number")
  func fieldCount() {
    let text = "a: [" + String(repeating: "1,", count: 400_000) + "1]"
    #expect(throws: WeightsError.self) { _ = try message(text) }
  }

  @Test("a page of the web in place of the file")
  func page() {
    #expect(throws: WeightsError(path: "net.prototxt", .foreign(.htmlPage))) { _ = try message("<!DOCTYPE html>") }
  }

  @Test("the same message out of a binary file")
  func binary() throws {
    var net = ForgedProtobuf()
    net.text(1, "net")
    net.text(3, "data")
    for dimension in [1, 3, 8, 8] { net.integer(4, dimension) }
    net.message(100) { layer in
      layer.text(1, "conv1")
      layer.text(2, "Convolution")
      layer.text(3, "data")
      layer.message(7) { $0.integer(1, 5) }
      layer.message(8) { $0.integer(1, 1) }
      layer.message(106) { convolution in
        convolution.integer(1, 4)
        convolution.integer(2, 0)
        convolution.data(4, [3, 5])
        convolution.integer(77, 1)
      }
      layer.message(118) { lrn in
        lrn.float(2, 0.0001)
        lrn.integer(4, 1)
      }
    }
    net.message(2) { layer in
      layer.integer(5, 17)
      layer.text(4, "pool")
      layer.message(19) { $0.integer(1, 1) }
    }
    #expect(
      shown(try CaffeMessage.open(bytes: net.bytes, name: "a.caffemodel")) == """
        name='net' input='data' input_dim=1 input_dim=3 input_dim=8 input_dim=8 \
        layer(name='conv1' type='Convolution' bottom='data' include(phase=TEST) \
        convolution_param(num_output=4 bias_term=false kernel_size=3 kernel_size=5 field 77=) \
        lrn_param(alpha=0.0001 norm_region=WITHIN_CHANNEL)) \
        layers(type=POOLING name='pool' pooling_param(pool=AVE))
        """)
  }

  @Test("bytes at random, and files with bytes changed, are read or refused")
  func hostile() {
    let text = Array("layer { name: 'a' type: \"Convolution\" convolution_param { kernel_size: [3, 1] } }\n# x".utf8)
    let seeds = [text, ForgedCaffe.model(ForgedCaffe.everything)]
    for index in 0..<2000 {
      var generator = SplitMix64(seed: index)
      var bytes = seeds[index % 2]
      for _ in 0...generator.integer(0...3) {
        bytes[generator.integer(0...bytes.count - 1)] = generator.bytes(1)[0]
      }
      if index % 5 == 0 { bytes.removeLast(generator.integer(0...bytes.count - 1)) }
      do {
        let message = try CaffeMessage.open(bytes: bytes, name: "x")
        #expect(message.fields.count <= bytes.count)
      } catch {
        #expect(!"\(error)".isEmpty)
      }
    }
  }
}
