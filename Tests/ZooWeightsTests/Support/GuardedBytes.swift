#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Bytes between two pages that cannot be touched: whoever reads or writes beyond the end that touches its page crashes.
final class GuardedBytes {
  let bytes: UnsafeMutableRawBufferPointer
  private let mapping: UnsafeMutableRawPointer
  private let mappedBytes: Int

  /// `touchesEnd`: which end touches its page.
  init(count: Int, touchesEnd: Bool) {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let inner = max(1, (count + page - 1) / page) * page
    mappedBytes = inner + 2 * page
    mapping = mmap(nil, mappedBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    precondition(mapping != MAP_FAILED, "no memory")
    mprotect(mapping, page, PROT_NONE)
    mprotect(mapping + page + inner, page, PROT_NONE)
    bytes = UnsafeMutableRawBufferPointer(start: mapping + page + (touchesEnd ? inner - count : 0), count: count)
  }

  convenience init(_ bytes: [UInt8], touchesEnd: Bool) {
    self.init(count: bytes.count, touchesEnd: touchesEnd)
    self.bytes.copyBytes(from: bytes)
  }

  deinit {
    munmap(mapping, mappedBytes)
  }

  var pointer: UnsafeMutablePointer<UInt8> {
    guard let start = bytes.baseAddress else { preconditionFailure("a mapping has an address") }
    return start.assumingMemoryBound(to: UInt8.self)
  }

  var array: [UInt8] { Array(bytes) }
}
