#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Zeroed float32 memory, freed with its last user.
///
/// Packed weights live in one, and a plan may use one as its arena. Whoever writes to it while others read answers for
/// the order; the operations of `Machine` return when all of their writes are done.
public final class FloatBuffer: @unchecked Sendable {
  /// The first float, aligned to 64 bytes at least.
  public let floats: UnsafeMutablePointer<Float>
  /// In floats, not bytes.
  public let count: Int
  private let mapping: UnsafeMutableRawPointer
  private let mappedBytes: Int
  /// Who has the memory, unless it is this buffer's own.
  private let owner: (any AnyObject & Sendable)?

  /// Allocates `count` zeros. Pages are taken from the system when they are first touched, huge ones if the buffer is
  /// large and the system has them.
  public init(count: Int) {
    let page = 1 << 14
    let hugePage = 1 << 21
    let byteCount = max(count * MemoryLayout<Float>.stride, 1)
    let alignment = byteCount >= hugePage ? hugePage : page
    mappedBytes = byteCount + alignment
    owner = nil
    let mapping = mmap(nil, mappedBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let mapping, mapping != MAP_FAILED else {
      preconditionFailure("the system has no \(byteCount) bytes left")
    }
    self.mapping = mapping
    let start = mapping.alignedUp(toMultipleOf: alignment)
    #if os(Linux)
      if alignment == hugePage { madvise(start, byteCount, MADV_HUGEPAGE) }
    #endif
    floats = start.bindMemory(to: Float.self, capacity: count)
    self.count = count
  }

  /// Floats in memory that someone else has, for as long as the buffer needs it. `floats`: aligned to 64 bytes; nothing
  /// is written through it.
  public init(_ floats: UnsafePointer<Float>, count: Int, owner: any AnyObject & Sendable) {
    self.floats = UnsafeMutablePointer(mutating: floats)
    self.count = count
    self.owner = owner
    mapping = UnsafeMutableRawPointer(self.floats)
    mappedBytes = 0
  }

  deinit {
    if owner == nil { munmap(mapping, mappedBytes) }
  }
}
