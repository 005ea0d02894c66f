extension DownloadError {
  /// What can be done where a program has options of its own for it.
  public var remedy: String? {
    if case .presentDiffers = self { "remove it and fetch it again" } else { nil }
  }

  /// What went wrong, where, and what to do, in words.
  public var description: String {
    switch self {
    case .noCurl:
      "files are fetched by the command 'curl', which is not on the PATH; install it (Debian and Ubuntu: apt-get install curl; macOS has it)"
    case .cannotStart(let reason):
      "curl could not be started: \(reason)"
    case .nothingPublished(let model):
      "the definition of \(model) names no published weights; train the network, or give it a checkpoint of your own"
    case .notPublished(let name, let model, let published):
      "\(model) has no published weights '\(name)'\(didYouMean(name.near(among: published))); there \(published.count == 1 ? "is" : "are") \(published.joined(separator: ", "))"
    case .noAddress(let file, let model, let page?, let folder):
      """
      \(file): for \(model) there is only the address of the page that speaks of this file
        \(page)
      Download the file from there into \(folder), or set ZOO_MIRROR to the address of a folder that has it.
      """
    case .noAddress(let file, let model, page: nil, let folder):
      "\(file): the definition of \(model) does not say where this file is; put it into \(folder), or set ZOO_MIRROR to the address of a folder that has it"
    case .fileName(let name, let model):
      "the definition of \(model) calls its weights '\(name)'; expected the name of a file, without a folder"
    case .address(let address):
      "'\(address)' is no address from which weights can be fetched; expected http:// or https://, and at most 2000 characters"
    case .mirror(let address):
      "ZOO_MIRROR is '\(address)'; expected the address of a folder, beginning with http:// or https://"
    case .noFolder:
      "there is no folder to put weights into: set ZOO_PATH to one that can be written, or XDG_DATA_HOME or HOME"
    case .busy(let path):
      "\(path): another process is writing this file; wait for it, or end it"
    case .presentDiffers(let path, let expected, let found):
      "\(path): expected a SHA-256 that begins with \(expected), found \(found): the file is damaged, or another has its name; \(remedy ?? "")"
    case .differs(let address, let expected, let found, let byteCount, let resumed):
      """
      \(address): these are not the bytes that were published
        expected  a SHA-256 that begins with \(expected)
        found     \(found), \(byteCount) bytes\(resumed == 0 ? "" : ", \(resumed) of them from an earlier attempt")
      They were removed. \(resumed == 0 ? "The server, a mirror or something between gives another file; if the digits in the name are no hash, state 'sha256' in the definition." : "Fetch the file again, which now begins anew.")
      """
    case .page(let address):
      "\(address): expected a file of weights, found a page for people (HTML), which was removed; open it in a browser to see what it asks for"
    case .tooLarge(let address, let stated, let limit):
      "\(address): \(stated.map { "the file has \($0) bytes" } ?? "the answer does not end"), and weights of this network have at most \(limit) bytes; nothing of it was kept"
    case .transfer(let address, let problem, _, 0, _):
      "\(address): \(problem)"
    case .transfer(let address, let problem, let part, let byteCount, let total):
      """
      \(address): \(problem)
        \(part) has \(byteCount)\(total.map { " of \($0)" } ?? "") bytes; the next attempt goes on from there
      """
    case .cancelled(let part, let byteCount):
      "ended early; \(part) has \(byteCount) bytes, and the next attempt goes on from there"
    }
  }
}

extension TransferProblem: CustomStringConvertible {
  /// What went wrong, and what to do, in words.
  public var description: String {
    switch self {
    case .proxyNotFound(let words):
      "the proxy was not found\(said(words)); check the variables https_proxy and http_proxy"
    case .hostNotFound(let words):
      "the server was not found\(said(words)); is this machine connected, and does it need a proxy (https_proxy)?"
    case .noConnection(let words):
      "no connection to the server\(said(words)); try again later, or set ZOO_MIRROR to another"
    case .status(let status?) where [404, 410].contains(status):
      "the server does not have the file (HTTP \(status)); it may have moved: look at the page of its publisher, or set ZOO_MIRROR to another server"
    case .status(let status):
      "the server refuses (HTTP \(status.map(String.init) ?? "error")); try again later, or set ZOO_MIRROR to another"
    case .stalled(let seconds):
      "next to nothing came for \(seconds) seconds; try again"
    case .cut(let words):
      "the connection ended before the file did\(said(words)); try again"
    case .security(let words):
      "no secure connection to the server\(said(words)); check the clock and the certificates of this machine (Debian and Ubuntu: apt-get install ca-certificates)"
    case .redirection(let words):
      "the server points elsewhere\(said(words)); expected at most 5 redirections, to http:// or https:// and never from the second to the first"
    case .other(let code, let words):
      "curl failed (\(code.map { "exit status \($0)" } ?? "ended by a signal"))\(said(words))"
    }
  }
}

/// The words of `curl` in brackets, if there are some.
private func said(_ words: String) -> String { words.isEmpty ? "" : " (\(words))" }
