import FoundationEssentials
import ZooImages

extension Drawing {
  /// The drawing as a `<figure>` of a page: an SVG in an address, so that neither's style reaches the other. It shrinks
  /// with a narrow screen. `id`: what a link within the page names. `words`: what somebody hears who does not see it;
  /// its title when empty. Throws `ImageError` when a picture in it cannot be encoded.
  package func html(id: String, words: String = "") throws(ImageError) -> String {
    let source = "data:image/svg+xml;base64," + Data(try svg().utf8).base64EncodedString()
    return """
      <figure class="zoo-figure" id="\(Self.escaped(id))">
      <img style="max-width:\(width / 2)px" width="\(width / 2)" height="\(height / 2)" src="\(source)" \
      alt="\(Self.escaped(words.isEmpty ? title : words))">
      </figure>

      """
  }
}
