import Foundation
import Testing
import ZooGraph
import ZooImages
import ZooKit

@Suite("pages of graphs") struct GraphPageTests {
  private static let yaml = """
    zoo: 1
    name: little
    input: [3, 8, 8]
    layers:
      - conv: {name: stem, out: 4, kernel: 3}      # </script><b>
      - relu
      - fc: {name: head, out: 2}
    """

  private func page() throws -> String {
    let network = try Network(yaml: Self.yaml, path: "little.yaml")
    return try GraphDrawing(network.graph).html(sources: network.definition.sources)
  }

  @Test("nothing in a page asks for anything") func closed() throws {
    let page = try page()
    #expect(page.contains("content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'\""))
    let addresses = page.replacing("http://www.w3.org/2000/svg", with: "")
    for word in [
      "http:", "https:", "//cdn", " src=", " href=", "@import", "fetch(", "XMLHttpRequest", "import(", "<link",
    ] {
      #expect(!addresses.contains(word), "\(word)")
    }
    #expect(page.contains("url(#tip)") && page.replacing("url(#tip)", with: "").contains("url(") == false)
  }

  @Test("boxes say where they were written") func places() throws {
    let page = try page()
    let start = try #require(page.range(of: "id=\"data\">")).upperBound
    let end = try #require(page.range(of: "</script>", range: start..<page.endIndex)).lowerBound
    let data = try JSONSerialization.jsonObject(with: Data(page[start..<end].utf8))
    let boxes = try #require(data as? [[String: Any]])
    #expect(boxes.map { $0["name"] as? String } == ["input", "stem", "relu", "head", "logits"])
    #expect(boxes[1]["place"] as? String == "little.yaml:5")
    #expect(boxes[1]["text"] as? String == "  - conv: {name: stem, out: 4, kernel: 3}      # </script><b>")
    #expect(boxes[1]["reads"] as? [Int] == [0] && boxes[1]["readers"] as? [Int] == [2])
    #expect((boxes[1]["lines"] as? [String])?.contains("112 parameters") == true, "\(boxes[1])")
    for index in boxes.indices { #expect(page.contains("<g id=\"n\(index)\" tabindex=\"-1\"")) }
  }

  @Test("elements are closed in the order in which they were opened") func nesting() throws {
    var page = try page()[...]
    // Scripts hold no markup.
    for _ in 0..<2 {
      let start = try #require(page.range(of: "<script", options: .backwards)).lowerBound
      let end = try #require(page.range(of: "</script>", range: start..<page.endIndex)).upperBound
      page.removeSubrange(start..<end)
    }
    var open: [Substring] = []
    while let start = page.firstIndex(of: "<") {
      let end = try #require(page[start...].firstIndex(of: ">"))
      let tag = page[page.index(after: start)..<end]
      page = page[page.index(after: end)...]
      let name = tag.prefix { $0.isLetter || $0.isNumber || $0 == "/" }
      if tag.hasPrefix("!") || tag.hasSuffix("/") || ["meta", "input"].contains(name) { continue }
      if name.hasPrefix("/") { #expect(open.popLast() == name.dropFirst()) } else { open.append(name) }
      if name == "style" { page = page[(page.range(of: "</style>")?.lowerBound ?? page.endIndex)...] }
    }
    #expect(open == [])
  }

  @Test("a picture of pixels has the boxes of the SVG") func pixels() throws {
    let network = try Network(yaml: Self.yaml, path: "little.yaml")
    let drawing = try GraphDrawing(network.graph)
    let (picture, image) = (GraphPicture(drawing), try drawing.image())
    #expect(image.width == 2 * Int(picture.width.rounded(.up)) && image.height == 2 * Int(picture.height.rounded(.up)))
    let canvas = Canvas(image)
    for box in picture.boxes {
      // Beside the letters, at the left edge.
      let (x, y) = (Int(2 * (box.left + 5)), Int(2 * (box.top + box.height / 2)))
      let colour = canvas[x, y]
      #expect(String(format: "#%02x%02x%02x", colour.red, colour.green, colour.blue) == picture.colours(of: box).fill)
    }
    #expect(image == (try drawing.image()))
  }

  @Test("letters of pictures have room in their boxes") func room() throws {
    let text = (0x20..<0x7F).compactMap(UnicodeScalar.init).map(String.init) + ["×", "→", "·", "…", "é", "Ω", "ß", "–"]
    for letter in text {
      #expect(Font(size: 100).width(of: letter) <= textWidth(letter, size: 100) + 0.01, "\(letter)")
      #expect(Font(size: 100, weight: .bold).width(of: letter) <= textWidth(letter, size: 112) + 8, "\(letter)")
    }
  }

  /// Whether the `CHROMIUM` of the environment, or the one on the PATH, shows pages here.
  private static let hasChromium =
    shell(
      """
      command -v python3 >/dev/null 2>&1 && folder=$(mktemp -d) && timeout 60 "${CHROMIUM:-chromium}" --headless=new \
        --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run --user-data-dir="$folder" --dump-dom about:blank \
        2>/dev/null | grep -q '<html'; status=$?; rm -rf "$folder"; exit $status
      """
    ).status == 0

  private static func shell(_ script: String) -> (status: Int32, output: String) {
    let process = Process()
    let pipe = Pipe()
    (process.executableURL, process.arguments) = (URL(filePath: "/bin/sh"), ["-c", script])
    (process.standardOutput, process.standardError) = (pipe, FileHandle.nullDevice)
    guard (try? process.run()) != nil else { return (-1, "") }
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, output)
  }

  @Test(
    "a page can be used, and is nowhere too wide",
    .enabled(if: hasChromium, "there is no chromium on this machine that shows pages"))
  func browser() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "zoo-page-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let page = try page()
    try Data(page.utf8).write(to: URL(filePath: "\(folder)/page.html"))
    let tool = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" } + "/tools/report-check"
    let check = Self.shell("'\(tool)' '\(folder)/page.html'")
    if check.status == 70 { try Test.cancel("chromium did not answer") }
    #expect(check.status == 0, "\(check.output)")
    // A person that searches, takes the first box, and then the next one by its key.
    let script = """
      <script>{
      const field = document.getElementById("find"), seen = [];
      const press = (target, key) => target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
      const heading = () => document.querySelector("#facts h2").textContent;
      field.value = "convolution";
      field.dispatchEvent(new Event("input"));
      seen.push(document.getElementById("found").textContent, document.querySelectorAll(".p-other").length);
      press(field, "Enter");
      seen.push(heading(), document.querySelector("#facts pre").textContent);
      press(document.body, "n");
      seen.push(heading());
      document.getElementById("n3").dispatchEvent(new MouseEvent("click", { bubbles: true }));
      seen.push(heading());
      const before = document.querySelector("svg").getAttribute("viewBox");
      press(document.body, "+");
      press(document.body, "ArrowDown");
      seen.push(document.querySelector("svg").getAttribute("viewBox") !== before);
      document.body.replaceChildren(JSON.stringify(seen));
      }</script></body>
      """
    try Data(page.replacing("</body>", with: script).utf8).write(to: URL(filePath: "\(folder)/used.html"))
    // Asked again where the browser gave up, as it does on a busy machine.
    let dump = Self.shell(
      """
      for attempt in 1 2 3; do
        timeout 120 "${CHROMIUM:-chromium}" --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run \
          --user-data-dir='\(folder)'/profile$attempt --dump-dom 'file://\(folder)/used.html' >'\(folder)/used.txt'
        grep -q '</body>' '\(folder)/used.txt' && break
      done
      cat '\(folder)/used.txt'
      """)
    if !dump.output.contains("</body>") { try Test.cancel("chromium did not answer") }
    let expected =
      #"["1 found",4,"stem","- conv: {name: stem, out: 4, kernel: 3}      # &lt;/script&gt;&lt;b&gt;","relu","head",true]"#
    #expect(dump.output.contains(expected), "\(dump.output.suffix(400))")
  }
}
