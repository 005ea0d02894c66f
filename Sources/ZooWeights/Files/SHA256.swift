import CCrypto

/// The SHA-256 digest (FIPS 180-4) of bytes that come in parts, by the system's libcrypto.
package struct SHA256 {
  private var context = Context()

  package init() {}

  /// Appends bytes to what is digested.
  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    if !isKnownUniquelyReferenced(&context) { context = Context(copying: context) }
    context.update(bytes)
  }

  /// Appends bytes to what is digested.
  package mutating func update(_ bytes: some Sequence<UInt8>) {
    let array = Array(bytes)
    array.withUnsafeBytes { update($0) }
  }

  /// The 32 bytes of the digest of what came so far; more may come after it.
  package var digest: [UInt8] { Context(copying: context).finish() }

  /// The 32 bytes of the digest of some bytes.
  package static func digest(of bytes: some Sequence<UInt8>) -> [UInt8] {
    var hash = SHA256()
    hash.update(bytes)
    return hash.digest
  }

  private final class Context {
    private let context: OpaquePointer

    init() {
      context = Self.allocated()
      precondition(EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1, "libcrypto has no SHA-256")
    }

    init(copying other: Context) {
      context = Self.allocated()
      precondition(EVP_MD_CTX_copy_ex(context, other.context) == 1, "libcrypto cannot copy a digest's state")
    }

    deinit { EVP_MD_CTX_free(context) }

    func update(_ bytes: UnsafeRawBufferPointer) {
      precondition(EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1, "libcrypto cannot digest")
    }

    func finish() -> [UInt8] {
      [UInt8](unsafeUninitializedCapacity: Int(SHA256_DIGEST_LENGTH)) { buffer, count in
        precondition(EVP_DigestFinal_ex(context, buffer.baseAddress, nil) == 1, "libcrypto cannot end a digest")
        count = Int(SHA256_DIGEST_LENGTH)
      }
    }

    private static func allocated() -> OpaquePointer {
      guard let context = EVP_MD_CTX_new() else { preconditionFailure("no memory for a digest") }
      return context
    }
  }
}
