import Testing
import ZooKit

/// What is to be fetched; transfers are tested with the command.
@Suite struct WeightDownloadTests {
  @Test("names carry the beginning of the SHA-256 as PyTorch has it")
  func digests() throws {
    for (name, digest) in [
      ("resnet18-f37072fd.pth", "f37072fd"), ("mnasnet0.5_top1_67.823-3ffadce67e.pth", "3ffadce67e"),
      ("resnet20-12fca82f.th", "12fca82f"), ("a-b-0123456789abcdef.tar.gz", nil), ("full.pth", nil),
      ("vgg-16.pth", nil), ("net-F37072FD.pth", nil), ("net-f37072f.pth", nil), ("net-f37072fd", nil), ("", nil),
    ] {
      #expect(WeightDownload.digest(inName: name) == digest, "\(name)")
    }
  }

  @Test("every network of the catalogue has a file to fetch, comes with weights, or says that there are none")
  func catalogue() throws {
    var without: [String] = []
    for name in Catalogue.modelNames {
      let network = try Network.find(name)
      for file in WeightDownload.files(for: network) {
        do throws(DownloadError) {
          let download = try WeightDownload(for: network, named: file, into: "/weights/", mirror: nil)
          #expect(download.path == "/weights/\(file)")
          #expect(download.address.hasSuffix(file), "\(name)")
          #expect(download.limit > 16 * network.totals.parameters, "\(name)")
          if download.address.hasPrefix("https://download.pytorch.org/") {
            #expect(download.digest != nil, "\(name): \(file)")
          }
        } catch {
          without.append(file)
        }
      }
    }
    #expect(
      without == ["bvlc_alexnet.caffemodel", "bvlc_googlenet.caffemodel", "lenet_iter_10000.caffemodel"],
      "\(without)")
  }

  @Test("a mirror replaces the address, and a password is not told")
  func mirrors() throws {
    let network = try Network.find("resnet18")
    let mirrored = try WeightDownload(for: network, into: "/w", mirror: "https://me:secret@m.example:8080/a%20b")
    #expect(mirrored.address == "https://m.example:8080/a%20b/resnet18-f37072fd.pth")
    #expect(mirrored.digest == "f37072fd")
    let page = try Network.find("lenet")
    #expect(throws: DownloadError.self) { try WeightDownload(for: page, into: "/w") }
    #expect(
      try WeightDownload(for: page, into: "/w", mirror: "http://m/").address == "http://m/lenet_iter_10000.caffemodel")
    #expect(throws: DownloadError.mirror("ftp://m/")) { try WeightDownload(for: page, into: "/w", mirror: "ftp://m/") }
    #expect(throws: DownloadError.nothingPublished(model: "lenet-digits")) {
      try WeightDownload(for: Network.find("lenet-digits"), into: "/w")
    }
  }

  @Test("curl's configuration has every value in quotes, and nothing of http where https was asked for")
  func configuration() {
    func lines(_ address: String, offset: Int = 0) -> [String] {
      let transfer = CurlTransfer(address: address, offset: offset, limit: 1000, patience: 60)
      return transfer.configuration.split(separator: "\n").map(String.init)
    }
    let secure = lines(#"https://a/"b\c"#)
    #expect(secure[0] == #"url = "https://a/\"b\\c""#)
    #expect(secure.contains("proto-redir = \"=https\"") && secure.contains("proto = \"=http,https\""))
    #expect(!secure.contains { $0.hasPrefix("continue-at") })
    let plain = lines("http://a/b", offset: 400)
    #expect(plain.contains("proto-redir = \"=http,https\"") && plain.contains("continue-at = 400"))
    #expect(plain.contains("max-filesize = 600"))
  }

  @Test("the size of the whole file follows from the last response, however it is cut into pieces")
  func responses() {
    let text =
      "HTTP/1.1 302 Found\r\nContent-Length: 7\r\n\r\nHTTP/2 206\r\ncontent-range: bytes 5-9/10\r\ncontent-length: 5\r\n\r\n"
      + "curl: (18) transfer closed\u{7} with 3 bytes\n"
    var response = CurlResponse(offset: 5)
    for byte in text.utf8 { #expect(withUnsafeBytes(of: byte) { response.append($0) }) }
    #expect(response.status == 206 && response.total == 10)
    #expect(response.words == "transfer closed with 3 bytes")
    for (header, total) in [
      ("HTTP/1.1 200 OK\nContent-Length: -3\n", nil), ("HTTP/1.1 200 OK\nContent-Length: 99999999999999999999\n", nil),
      ("HTTP/1.1 206 \nContent-Length: 9223372036854775807\n", Int.max), ("HTTP/\n", nil), (":\n: \nHTTP/1 200\n", nil),
    ] as [(String, Int?)] {
      var response = CurlResponse(offset: 5)
      var bytes = Array(header.utf8)
      #expect(bytes.withUnsafeMutableBytes { response.append(UnsafeRawBufferPointer($0)) })
      #expect(response.total == total, "\(header)")
    }
    var endless = CurlResponse(offset: 0)
    let line = [UInt8](repeating: 0x41, count: 1 << 20)
    #expect(line.withUnsafeBytes { endless.append($0) })
    #expect(line.withUnsafeBytes { !endless.append($0) })
  }
}
