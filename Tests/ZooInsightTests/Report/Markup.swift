/// A page as its tags, for tests of what it is made of: stricter than browsers are.
struct Markup {
  struct Element {
    var name: String
    var attributes: [String: String]
  }

  private(set) var elements: [Element] = []
  private(set) var faults: [String] = []

  struct Failure: Error {
    var place: Substring
  }

  /// - Throws: `Failure` where a tag does not end.
  init(_ page: String) throws {
    var open: [String] = []
    var rest = page[...]
    while let start = rest.firstIndex(of: "<") {
      rest = rest[start...]
      if rest.hasPrefix("<!DOCTYPE html>") {
        rest = rest.dropFirst(15)
      } else if rest.hasPrefix("</") {
        guard let end = rest.firstIndex(of: ">") else { throw Failure(place: rest.prefix(40)) }
        let name = String(rest[rest.index(start, offsetBy: 2)..<end])
        if open.last != name { faults.append("</\(name)> ends <\(open.last ?? "")>") } else { open.removeLast() }
        rest = rest[rest.index(after: end)...]
      } else {
        let isEmpty = try element(&rest)
        guard let element = elements.last else { continue }
        if !isEmpty, !["meta", "img", "br", "hr"].contains(element.name) { open.append(element.name) }
      }
    }
    if !open.isEmpty { faults.append("never ended: \(open)") }
    check()
  }

  /// Reads a tag; answers whether it ends itself.
  private mutating func element(_ rest: inout Substring) throws -> Bool {
    let failure = Failure(place: rest.prefix(40))
    rest = rest.dropFirst()
    let name = String(rest.prefix { $0.isLetter || $0.isNumber })
    rest = rest.dropFirst(name.count)
    var attributes: [String: String] = [:]
    while true {
      rest = rest.drop(while: \.isWhitespace)
      guard let next = rest.first else { throw failure }
      if next == ">" || rest.hasPrefix("/>") {
        elements.append(Element(name: name, attributes: attributes))
        rest = rest.dropFirst(next == ">" ? 1 : 2)
        return next != ">"
      }
      let key = String(rest.prefix { $0.isLetter || $0.isNumber || $0 == "-" || $0 == ":" })
      guard !key.isEmpty else { throw failure }
      rest = rest.dropFirst(key.count)
      var value = ""
      if rest.hasPrefix("=\"") {
        rest = rest.dropFirst(2)
        guard let end = rest.firstIndex(of: "\"") else { throw failure }
        value = String(rest[..<end])
        for (name, character) in [("&#39;", "'"), ("&quot;", "\""), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")] {
          value = value.replacing(name, with: character)
        }
        rest = rest[rest.index(after: end)...]
      }
      if attributes.updateValue(value, forKey: key) != nil { faults.append("<\(name)> has \(key) twice") }
    }
  }

  private mutating func check() {
    var ids: Set<String> = []
    for element in elements {
      if let id = element.attributes["id"], !ids.insert(id).inserted { faults.append("id '\(id)' twice") }
      if element.name == "img" {
        if (element.attributes["alt"] ?? "").isEmpty { faults.append("a picture without words") }
        if !(element.attributes["src"] ?? "").hasPrefix("data:image/") { faults.append("a picture from elsewhere") }
      }
      for key in element.attributes.keys where key.hasPrefix("on") { faults.append("<\(element.name)> has \(key)") }
      for key in ["src", "href"] {
        guard let address = element.attributes[key] else { continue }
        let isLink = element.name == "a" && (address.hasPrefix("https://") || address.hasPrefix("http://"))
        if !isLink, !address.hasPrefix("#"), !address.hasPrefix("data:image/") {
          faults.append("<\(element.name)> names '\(address.prefix(60))'")
        }
      }
    }
    for case let element in elements where element.name == "a" {
      let address = element.attributes["href"] ?? ""
      if address.hasPrefix("#"), !ids.contains(String(address.dropFirst())) { faults.append("no part is '\(address)'") }
    }
  }
}
