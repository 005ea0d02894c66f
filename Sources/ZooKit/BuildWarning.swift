import ZooKernels

extension Model {
  /// What to tell whoever runs a program in which zoo was compiled without optimisation, as Swift's debug builds are; `nil`
  /// for a program in which it was not. Nothing is printed by the library itself.
  public static var buildWarning: String? {
    Machine.isOptimized
      ? nil
      : "zoo was compiled without optimisation, and networks run about 70 times slower than they could; "
        + "build the program in release mode (swift build -c release)"
  }
}
