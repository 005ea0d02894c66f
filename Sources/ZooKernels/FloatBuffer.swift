/// Zeroed float32 memory, freed with its last user.
///
/// Packed weights live in one, and a plan may use one as its arena. Whoever writes to it while others read answers for
/// the order; the operations of `Machine` return when all of their writes are done.
public final class FloatBuffer: @unchecked Sendable {
  /// The first float, aligned to 64 bytes at least.
  public let floats: UnsafeMutablePointer<Float>
  /// In floats, not bytes.
  public let count: Int
  /// Who has the memory.
  private let owner: any AnyObject & Sendable

  /// Allocates `count` zeros. Pages are taken from the system when they are first touched, huge ones if it has them; see
  /// `Pages`.
  public init(count: Int) {
    let (start, pages) = Pages.allocate(byteCount: max(count * MemoryLayout<Float>.stride, 1))
    owner = pages
    floats = start.bindMemory(to: Float.self, capacity: count)
    self.count = count
  }

  /// Floats in memory that someone else has, for as long as the buffer needs it. `floats`: aligned to 64 bytes; nothing
  /// is written through it.
  public init(_ floats: UnsafePointer<Float>, count: Int, owner: any AnyObject & Sendable) {
    self.floats = UnsafeMutablePointer(mutating: floats)
    self.count = count
    self.owner = owner
  }
}
