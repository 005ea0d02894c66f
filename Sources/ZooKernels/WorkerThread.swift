#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A POSIX thread that runs one closure. It is none of those that Swift's tasks run on, so that it may wait.
package final class WorkerThread: @unchecked Sendable {
  private let thread: pthread_t

  /// - Precondition: the system can start another thread.
  package convenience init(_ body: @escaping @Sendable () -> Void) {
    do {
      try self.init(starting: body)
    } catch {
      preconditionFailure("the system starts no more threads: error \(error.code)")
    }
  }

  private init(starting body: @escaping @Sendable () -> Void) throws(Failure) {
    let context = Unmanaged.passRetained(Body(body))
    #if canImport(Darwin)
      var thread: pthread_t?
      let status = pthread_create(&thread, nil, { context in WorkerThread.start(context) }, context.toOpaque())
      let started = thread
    #else
      var thread = pthread_t()
      let status = pthread_create(&thread, nil, { context in WorkerThread.start(context) }, context.toOpaque())
      let started = Optional(thread)
    #endif
    guard status == 0, let started else {
      context.release()
      throw Failure(code: status)
    }
    self.thread = started
  }

  /// The system starts no more threads.
  package struct Failure: Error {
    package let code: Int32
  }

  /// Starts a thread that ends with its closure and that nobody waits for.
  ///
  /// - Throws: `Failure` when the system starts no more threads.
  package static func detach(_ body: @escaping @Sendable () -> Void) throws(Failure) {
    pthread_detach(try WorkerThread(starting: body).thread)
  }

  package func join() {
    pthread_join(thread, nil)
  }

  private static func start(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let context { Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run() }
    return nil
  }

  private final class Body {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }
}
