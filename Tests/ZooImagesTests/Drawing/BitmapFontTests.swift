import Testing
import ZooImages

@Suite struct BitmapFontTests {
  /// What one character leaves on a canvas.
  private func picture(of character: Character) -> [UInt8] {
    var canvas = Canvas(width: 5, height: 9, filledWith: .white)
    canvas.write(String(character), left: 0, top: 0, scale: 1, in: .black)
    return canvas.image.pixels
  }

  @Test func whatCaptionsUseHasAForm() {
    let latin = (0x20..<0x7F).map { $0 } + (0xA0...0xFF).map { $0 }
    let characters = latin.compactMap(UnicodeScalar.init).map(Character.init) + Array("×−Δ·→…′″²∂|≤≥≈∞σεαβλμ∑√∇‖’“”–—")
    #expect(characters.filter { !BitmapFont.has($0) } == [])
    #expect(!BitmapFont.has("猫") && !BitmapFont.has("\u{1F41F}"))
  }

  @Test func lettersWithMarksDifferFromEachOtherAndFromThose() {
    let characters = Array("AÀÁÂÃÄÅaàáâãäåEÈÉÊËeèéêëIÌÍÎÏiìíîïOÒÓÔÕÖØoòóôõöøUÙÚÛÜuùúûüNÑnñCÇcçYÝyýÿ×x·.→-−=")
    let alike = Dictionary(grouping: characters, by: picture).values.filter { $0.count > 1 }
    #expect(alike.isEmpty)
  }

  /// Nothing of a line reaches into the next one, 10 dots below.
  @Test func lettersKeepToTheirRows() {
    var canvas = Canvas(width: 60, height: 30, filledWith: .white)
    canvas.write("gjpqyÇçµÅ|", left: 0, top: 10, scale: 1, in: .black)
    let rows = (0..<30).filter { row in (0..<60).contains { canvas[$0, row] == .black } }
    #expect(rows.min() == 10 && rows.max() == 18)
  }

  @Test func linesBreakAtSpaces() {
    #expect(BitmapFont.lines(of: "one two three", columns: 8) == ["one two", "three"])
    #expect(BitmapFont.lines(of: "abcdefghij", columns: 4) == ["abcd", "efgh", "ij"])
    #expect(BitmapFont.lines(of: "a\n\n b", columns: 4) == ["a", "b"])
    #expect(BitmapFont.lines(of: "ab", columns: 0) == ["a", "b"])
  }
}
