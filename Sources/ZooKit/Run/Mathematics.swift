import ZooWeights

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What the system's functions answer, as far as results depend on it.
package enum Mathematics {
  /// SHA-256 of eˣ for 4,096 numbers from −40 to 0: C libraries, and processors with one, round some of them in another way.
  package static let digest: String = {
    var hash = SHA256()
    for index in 0..<4096 {
      withUnsafeBytes(of: exp(-Double(index * index % 4093) * (40.0 / 4093)).bitPattern.littleEndian) {
        hash.update($0)
      }
    }
    return hash.digest.hexadecimal
  }()
}
