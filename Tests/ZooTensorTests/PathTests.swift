import Testing
import ZooTensor

/// The text of a path gives back its bytes, whatever they are.
@Suite struct PathTests {
  @Test("text that is UTF-8 stays as it is", arguments: ["", "a/b.png", "café.yaml", "猫/😀.npy", "/\u{301}x"])
  func plain(path: String) {
    #expect(String(path: path.utf8).unicodeScalars.elementsEqual(path.unicodeScalars))
    #expect(path.pathBytes == Array(path.utf8))
  }

  @Test("a byte that is not part of UTF-8 stands as one character")
  func invalid() {
    #expect(String(path: [0x63, 0x61, 0x66, 0xE9]) == "caf\u{10F7E9}")
    // Cut short, overlong, a surrogate, beyond Unicode.
    for bytes in [[0xC3], [0xE2, 0x82], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80]] as [[UInt8]] {
      let text = String(path: bytes)
      #expect(text.unicodeScalars.count == bytes.count)
      #expect(text.pathBytes == bytes)
    }
  }

  @Test("the characters that stand for bytes stand as their own bytes where a path has them")
  func standIns() {
    let bytes = Array("\u{10F7E9}".utf8)
    #expect(String(path: bytes) == "\u{10F7F4}\u{10F78F}\u{10F79F}\u{10F7A9}")
    #expect(String(path: bytes).pathBytes == bytes)
    // Others that begin with the same byte are characters like any.
    #expect(String(path: "\u{10F800}\u{100000}".utf8) == "\u{10F800}\u{100000}")
  }

  @Test("all pairs and triples of bytes of each kind come back, and no two have the same text")
  func bijection() {
    let kinds: [UInt8] = [
      0x2F, 0x41, 0x80, 0x8F, 0x9E, 0xA9, 0xBF, 0xC2, 0xC3, 0xE0, 0xE9, 0xED, 0xEF, 0xF0, 0xF4, 0xFF,
    ]
    var texts: Set<[UInt32]> = []
    var count = 0
    for first in kinds {
      for second in kinds {
        for third in kinds {
          for bytes in [[first, second, third], [first, second, third, 0xA9]] {
            let text = String(path: bytes)
            #expect(text.pathBytes == bytes)
            texts.insert(text.unicodeScalars.map(\.value))
            count += 1
          }
        }
      }
    }
    #expect(texts.count == count)
  }

  @Test("the system sees the bytes and a zero after them")
  func system() {
    let seen = "a\u{10F7FF}".withPath { path in (0..<3).map { UInt8(bitPattern: path[$0]) } }
    #expect(seen == [0x61, 0xFF, 0])
  }

  @Test(
    "the folder of a path",
    arguments: [("a", ""), ("a/b", "a/"), ("/b", "/"), ("a//b", "a//"), ("a/\u{301}b", "a/")])
  func folder(path: String, expected: String) {
    #expect(path.folderOfPath == expected)
  }
}
