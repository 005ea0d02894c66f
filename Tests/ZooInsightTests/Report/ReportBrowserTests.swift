import Testing
import ZooInsight
import ZooKit
import ZooTestSupport

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

@Suite("A report in a browser") struct ReportBrowserTests {
  /// Whether the `CHROMIUM` of the environment, or the one on the PATH, shows pages here.
  private static let hasChromium =
    system(
      """
      command -v python3 >/dev/null 2>&1 && folder=$(mktemp -d) && timeout 60 "${CHROMIUM:-chromium}" --headless=new \
        --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run --user-data-dir="$folder" --dump-dom about:blank \
        2>/dev/null | grep -q '<html'; status=$?; rm -rf "$folder"; exit $status
      """) == 0

  private static let tool =
    #filePath.split(separator: "/").dropLast(4).reduce("") { "\($0)/\($1)" } + "/tools/report-check"

  @Test(
    "asks for nothing, is nowhere too wide, and can be read in light and dark",
    .enabled(if: hasChromium, "there is no chromium on this machine that shows pages"))
  func browser() throws {
    var name = Array("/tmp/zoo-report-XXXXXX".utf8CString)
    try #require(mkdtemp(&name) != nil)
    let folder = String(decoding: name.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    defer { _ = system("rm -rf '\(folder)'") }
    let others = try ReportFixture.folder()
    let page = try ReportFixture.report(ReportFixture.model(), folder: others).page(command: ReportFixture.command).html
    try FileSystem.write(page.utf8, to: "\(folder)/good.html")
    let status = system("'\(Self.tool)' '\(folder)/good.html' >'\(folder)/good.txt' 2>&1")
    // What system returns has the exit status in its second byte.
    if status >> 8 == 70 { try Test.cancel("chromium did not answer") }
    #expect(status == 0, "\(Self.text(folder, "good"))")
    // A check that cannot fail says nothing.
    let bad = page.replacing(
      "<main>",
      with:
        "<main><p style=\"color:#999999\">faint</p><img alt=\"none\" src=\"http://localhost/a.png\"><div style=\"width:2000px\">wide</div>"
    )
    try FileSystem.write(bad.utf8, to: "\(folder)/bad.html")
    let second = system("'\(Self.tool)' '\(folder)/bad.html' >'\(folder)/bad.txt' 2>&1")
    if second >> 8 == 70 { try Test.cancel("chromium did not answer") }
    #expect(second != 0)
    let words = Self.text(folder, "bad")
    for fault in ["contrast", "empty picture: none", "scrollWidth", "reaches beyond the right edge: div"] {
      #expect(words.contains(fault), "\(fault) in \(words)")
    }
  }

  private static func text(_ folder: String, _ name: String) -> String {
    (try? FileSystem.read("\(folder)/\(name).txt", limit: 1 << 20)).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }
}
