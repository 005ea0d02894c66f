import Synchronization
import ZooKit

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What ends the program from outside: files that are not complete are removed first.
enum Interruption {
  /// A person's Ctrl-C, a request to end, a terminal that was closed.
  private static let signals = [SIGINT, SIGTERM, SIGHUP]

  /// Whether something is under way that ends by itself when it is asked to.
  private static let isAwaited = Atomic<Bool>(false)
  private static let isRequested = Atomic<Bool>(false)

  /// From now on the first signal only makes `wasRequested` true; another one ends the program.
  static func await() { isAwaited.store(true, ordering: .sequentiallyConsistent) }

  static var wasRequested: Bool { isRequested.load(ordering: .sequentiallyConsistent) }

  /// Has a thread of its own wait for the signals, and file size limits reported as errors.
  ///
  /// A signal handler could do next to nothing safely; a thread may take locks. Called before there are other threads,
  /// which inherit that the signals are blocked.
  static func prepare() {
    signal(SIGXFSZ, SIG_IGN)
    // Who starts a program with nohup, or in the background of a script, means a signal to be ignored.
    let awaited = signals.filter { !isIgnored($0) }
    guard !awaited.isEmpty else { return }
    var set = sigset_t()
    sigemptyset(&set)
    for number in awaited { sigaddset(&set, number) }
    pthread_sigmask(SIG_BLOCK, &set, nil)
    #if canImport(Darwin)
      var thread: pthread_t?
      pthread_create(&thread, nil, { _ in Interruption.wait() }, nil)
    #else
      var thread = pthread_t()
      pthread_create(&thread, nil, { _ in Interruption.wait() }, nil)
    #endif
  }

  private static func isIgnored(_ number: CInt) -> Bool {
    var action = sigaction()
    guard sigaction(number, nil, &action) == 0 else { return false }
    #if canImport(Darwin)
      let handler = action.__sigaction_u.__sa_handler
    #elseif canImport(Musl)
      let handler = action.__sa_handler.sa_handler
    #else
      let handler = action.__sigaction_handler.sa_handler
    #endif
    return unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }

  /// Ends the program when one of the signals comes: 128 plus its number, as a shell reports it.
  private static func wait() -> Never {
    var set = sigset_t()
    sigemptyset(&set)
    for number in signals { sigaddset(&set, number) }
    var number: CInt = 0
    while true {
      while sigwait(&set, &number) != 0 {}
      guard isAwaited.load(ordering: .sequentiallyConsistent), !wasRequested else { break }
      isRequested.store(true, ordering: .sequentiallyConsistent)
    }
    TemporaryFiles.removeAll { _exit(128 + number) }
  }
}
