extension ColourMap {
  /// Blue, nearly white in the middle, red: for numbers around zero.
  ///
  /// In CIELAB (D65), for s from −1 to 1 with t = |s|: lightness 97 − 59 t, chroma 98 t − 48 t², hue 283° below zero and 32°
  /// above. Lightness falls evenly on both sides and is the same for s and −s, so that neither sign looks stronger, as
  /// Kovesi (2015, arXiv:1509.03700) asks of a diverging map; blue and red stay apart for the usual kinds of colour blindness.
  private static let divergingControls: [Colour] = [
    0x1858A9, 0x3A6ABB, 0x567CCC, 0x718FDA, 0x8CA3E5, 0xA6B7EE, 0xC1CBF4, 0xDCE1F7, 0xF6F6F6, 0xF9DBD6, 0xF6C0B8,
    0xEFA69C, 0xE48E83, 0xD5766B, 0xC56056, 0xB24A42, 0x9D3631,
  ].map { Colour($0) }

  /// The colour of a number that lies at `fraction` of the way from the lowest, −limit, to the highest, limit.
  ///
  /// Fractions below 0 and above 1 get the colours of the ends; what is not a number gets that of 0.
  public static func divergingColour(at fraction: Double) -> Colour { colour(at: fraction, between: divergingControls) }
}
