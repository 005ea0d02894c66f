/// What kernels have to compute: one set of plain loops, which the interpreter runs and kernels are tested against.
///
/// Everything is one image in C, H, W order, unless it says otherwise, and in double precision, so that errors are
/// negligible beside those of arithmetic in float32. Sizes are the caller's business.
package enum Reference {
  package typealias Input = UnsafeBufferPointer<Double>
  package typealias Output = UnsafeMutableBufferPointer<Double>
}
