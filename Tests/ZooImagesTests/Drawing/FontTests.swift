import Testing
import ZooImages

@Suite struct FontTests {
  /// What one character leaves on a canvas.
  private func picture(of character: Character, size: Double = 20) -> [UInt8] {
    var canvas = Canvas(width: 40, height: 40, filledWith: .white)
    canvas.write(String(character), left: 8, baseline: 28, font: Font(size: size), in: .black)
    return canvas.image.pixels
  }

  private func ink(_ canvas: Canvas) -> Double {
    (0..<canvas.height).reduce(0) { sum, row in
      (0..<canvas.width).reduce(sum) { $0 + 1 - Double(canvas[$1, row].red) / 255 }
    }
  }

  @Test func whatCaptionsUseHasAForm() {
    let latin = (0x20..<0x7F).map { $0 } + (0xA0...0xFF).map { $0 }
    let characters =
      latin.compactMap(UnicodeScalar.init).map(Character.init)
      + Array(
        "×−Δ·→…′″²∂|≤≥≈∞σεαβλμ∑√∇‖’“”–—÷±⋅∙•←↑↓°¹³⁻₀₁₂∆Σ∏Π≠∈∘γδηθπρτφϕχψωΩΦ€ŒœŁłąęńśźżćŠšČčŽžŘřĚě█\u{2009}\u{202F}")
    #expect(characters.filter { !Font.has($0) } == [])
    #expect(!Font.has("猫") && !Font.has("\u{1F41F}"))
  }

  @Test func lettersDifferFromEachOther() {
    let characters = Set(
      "AÀÁÂÃÄÅaàáâãäåEÈÉÊËeèéêëIÌÍÎÏiìíîïOÒÓÔÕÖØoòóôõöøUÙÚÛÜuùúûüNÑnñCÇcçYÝyýÿ×x·.→-−–=0123456789l|gjpq猫")
    let alike = Dictionary(grouping: characters, by: { picture(of: $0) }).values.filter { $0.count > 1 }
    #expect(alike.isEmpty)
  }

  /// Whether a mark is a scalar of its own does not matter.
  @Test func formsFollowTheMeaning() {
    #expect(picture(of: "e\u{301}") == picture(of: "é") && picture(of: "é") != picture(of: "e"))
    #expect(picture(of: "猫") == picture(of: "\u{1F41F}"))
  }

  @Test("letters keep to their rows", arguments: [9.0, 20, 37.5])
  func rows(size: Double) {
    let font = Font(size: size)
    var canvas = Canvas(width: 400, height: 100, filledWith: .white)
    canvas.write("gjpqyÇçµÅÀÊ|(Q", left: 2, baseline: 60, font: font, in: .black)
    let rows = (0..<100).filter { row in (0..<400).contains { canvas[$0, row] != .white } }
    #expect(Double(rows.min() ?? 0) >= (60 - font.ascent).rounded(.down), "size \(size)")
    #expect(Double(rows.max() ?? 99) < (60 + font.descent).rounded(.up), "size \(size)")
    // Descenders are there.
    #expect(Double(rows.max() ?? 0) > 60 + 0.15 * size, "size \(size)")
  }

  /// The hyphen is a rectangle, so that its ink is its area wherever it lies between the pixels; an O is as dark everywhere.
  @Test func edgesAreAsDarkAsTheyCover() {
    for character in ["-", "O", "%", "&"] {
      let inks = [0.0, 0.25, 0.5, 0.8].flatMap { shift in
        [0.0, 0.4].map { drop in
          var canvas = Canvas(width: 60, height: 60, filledWith: .white)
          canvas.write(character, left: 10 + shift, baseline: 40 + drop, font: Font(size: 24), in: .black)
          return ink(canvas)
        }
      }
      let mean = inks.reduce(0, +) / Double(inks.count)
      #expect(inks.allSatisfy { abs($0 - mean) < 0.02 * mean + 0.2 }, "\(character): \(inks)")
    }
    // Twice the size is four times the ink.
    let inks = [20.0, 40].map { size in
      var canvas = Canvas(width: 100, height: 100, filledWith: .white)
      canvas.write("R", left: 10, baseline: 60, font: Font(size: size), in: .black)
      return ink(canvas)
    }
    #expect(abs(inks[1] / inks[0] - 4) < 0.1, "\(inks)")
  }

  @Test func lettersAreCutAtTheEdges() {
    var (whole, part) = (
      Canvas(width: 90, height: 90, filledWith: .white), Canvas(width: 30, height: 30, filledWith: .white)
    )
    whole.write("&g", left: 22.75, baseline: 66.5, font: Font(size: 60), in: .black)
    part.write("&g", left: -7.25, baseline: 36.5, font: Font(size: 60), in: .black)
    // The sums begin elsewhere, so that a level may be rounded the other way.
    let differing = (0..<900).filter { place in
      let (column, row) = (place % 30, place / 30)
      return abs(Int(part[column, row].red) - Int(whole[column + 30, row + 30].red)) > 1
    }
    #expect(differing.isEmpty && (0..<900).contains { part[$0 % 30, $0 / 30] != .white })
    // A shape of any size costs no more than the canvas.
    part.fill([[(-1e300, -1e300), (1e300, -1e300), (1e300, 1e300), (-1e300, 1e300)]], with: .black)
    part.fill([[(1e300, 0), (2e300, 0), (2e300, 9)]], with: .white)
    part.fill([[(-2e300, 0), (-1e300, 0), (-1e300, 9)]], with: .white)
  }

  @Test func boldIsDarkerAndAnyCharacterHasIt() {
    for text in ["stem", "∇猫"] {
      let inks = [Font.Weight.regular, .bold].map { weight in
        var canvas = Canvas(width: 200, height: 60, filledWith: .white)
        canvas.write(text, left: 4, baseline: 40, font: Font(size: 30, weight: weight), in: .black)
        return ink(canvas)
      }
      #expect(text == "stem" ? inks[1] > 1.25 * inks[0] : inks[1] == inks[0], "\(text): \(inks)")
    }
  }

  @Test("any string can be written anywhere", arguments: 1...20)
  func strangers(seed: UInt64) {
    var state = seed &* 0x9E37_79B9_7F4A_7C15
    func next(_ bound: UInt64) -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (state >> 33) % bound
    }
    var text = String.UnicodeScalarView()
    for _ in 0..<60 {
      if let scalar = Unicode.Scalar(UInt32(next(3) == 0 ? next(0x110000) : next(0x3000))) { text.append(scalar) }
    }
    let string = String(text) + "\r\n\u{0}\u{301}👩‍👩‍👧\u{FEFF}"
    for font in [Font(size: 0), Font(size: 0.3), Font(size: 17.3), Font(size: 900, weight: .bold)] {
      var canvas = Canvas(width: 50, height: 30, filledWith: .white)
      for place in [(-1e300, 5.0), (-70, -9), (3, 20), (49.9, 29.9), (1e12, 4), (2, .infinity), (.nan, 3)] {
        canvas.write(string, left: place.0, baseline: place.1, font: font, in: .black)
      }
      #expect(font.width(of: string).isFinite)
      let lines = font.lines(of: string, width: 40)
      #expect(lines.joined().filter { !$0.isWhitespace } == string.filter { !$0.isWhitespace }, "seed \(seed)")
      #expect(lines.allSatisfy { font.width(of: $0) <= 40 || $0.count == 1 }, "seed \(seed)")
    }
  }

  @Test func linesBreakAtSpaces() {
    let font = Font(size: 10)
    #expect(font.lines(of: "one two three", width: font.width(of: "one two ")) == ["one two", "three"])
    #expect(font.lines(of: "aaaaaaaaaa", width: font.width(of: "aaaa")) == ["aaaa", "aaaa", "aa"])
    #expect(font.lines(of: "a\n\n b", width: 100) == ["a", "b"])
    #expect(font.lines(of: "ab", width: 0) == ["a", "b"])
    #expect(font.shortened("short", to: 100) == "short")
    let cut = font.shortened("much too long a name", to: 60)
    #expect(cut.hasSuffix("…") && cut.hasPrefix("much") && font.width(of: cut) <= 60)
  }
}
