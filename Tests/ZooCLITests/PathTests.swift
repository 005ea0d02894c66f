import Foundation
import Testing

/// Names of files are bytes: those that are not UTF-8 are found, written and printed as they are.
@Suite struct PathTests {
  private static let setUp = """
    set -e
    digit='\(Command.sample("test-103-is-3.png"))' weights='\(Command.repository)/zoo/weights/lenet-digits.zoow'
    e=$(printf '\\351')

    """

  /// Runs a script that stops at the first command that fails.
  @discardableResult
  private func run(_ script: String, environment: [String: String] = [:]) throws -> Command {
    let command = try Command(script: Self.setUp + script, environment: environment)
    #expect(command.status == 0, "\(command.output)\(command.errors)")
    return command
  }

  @Test("a picture is read, its name is printed as it is, and JSON has a character for the byte")
  func picture() throws {
    try run(
      """
      cp "$digit" "caf$e.png"
      "$ZOO" infer "caf$e.png" --top 1 | head -1 >found
      printf 'caf\\351.png  lenet-digits\\n' | cmp - found
      "$ZOO" infer "caf$e.png" "caf$e.png" --top 1 | head -1 | cut -f1 >found
      printf 'caf\\351.png\\n' | cmp - found
      """)
    let json = try run("cp \"$digit\" \"caf$e.png\"; \"$ZOO\" infer \"caf$e.png\" --json").output
    #expect(json.contains(#""file" : "caf\#u{10F7E9}.png""#))
    let missing = try Command(script: Self.setUp + "\"$ZOO\" infer \"none$e.png\" 2>words || printf $?; cat words")
    #expect(missing.output.hasPrefix("66error: none\u{FFFD}.png: there is no such file"))
  }

  @Test("a folder's files are found whatever their names")
  func folder() throws {
    let listed = try run(
      """
      mkdir -p "in/$e"; cp "$digit" "in/$e/x$e.png"; cp "$digit" in/b.png
      "$ZOO" infer in --top 1 | cut -f1 >found
      printf 'in/b.png\\nin/\\351/x\\351.png\\n' | cmp - found
      mkdir -p "data/${e}a" data/b; cp "$digit" "data/${e}a"; cp "$digit" data/b
      printf 'zoo: 1\nname: two\ninput: [1, 8, 8]\npreprocess: {resize: {to: [8, 8]}, channels: grey}\n' >two.yaml
      printf 'layers: [{fc: {name: fc, out: 2}}]\n' >>two.yaml
      "$ZOO" eval two.yaml -w synthetic --data data --json
      """)
    #expect(listed.output.contains(#""count" : 2"#))
  }

  @Test("what is written has exactly the name that was given, and can be named again")
  func written() throws {
    try run(
      """
      "$ZOO" pack "$weights" -o "lat$e.zoow" >/dev/null; test -f "lat$e.zoow"; test $(ls | wc -l) = 1
      "$ZOO" verify "lat$e.zoow"; "$ZOO" show "lat$e.zoow"; "$ZOO" diff "lat$e.zoow" "$weights"
      "$ZOO" infer "$digit" -w "lat$e.zoow" --save-logits "l$e.npy" --save-input "i$e.npy"; test -f "l$e.npy"
      "$ZOO" infer "i$e.npy"
      "$ZOO" build lenet-digits -o "m$e.zoo"; "$ZOO" infer "$digit" -m "m$e.zoo"
      "$ZOO" export lenet-digits -o "x$e"; "$ZOO" infer "$digit" -m "./x$e" -w "x$e"; test -f "x$e/model.safetensors"
      "$ZOO" export lenet-digits -o "x$e.onnx"; test -f "x$e.onnx"
      "$ZOO" unpack "$weights" -o "u$e/"; "$ZOO" diff "u$e" "$weights"
      "$ZOO" unpack "$weights" -o "u$e.npz"; "$ZOO" unpack "$weights" -o "u$e.safetensors"
      "$ZOO" diff "u$e.npz" "u$e.safetensors"
      "$ZOO" graph lenet -o "g$e.svg"; test -f "g$e.svg"
      "$ZOO" convert-fc lenet-digits -w "$weights" -o "c$e.yaml"; test -f "c$e.zoow"; "$ZOO" build "c$e.yaml" >/dev/null
      "$ZOO" infer "$digit" -m "c$e.yaml"
      "$ZOO" infer "$digit" --sliding --scales 28 --boxes -o "b$e.png"; test -f "b$e.png"
      ls | LC_ALL=C grep -v "$e" && exit 1 || exit 0
      """)
  }

  @Test("environment variables name folders by their bytes")
  func environment() throws {
    let command = try run(
      """
      mkdir "p$e"; cp "$weights" "p$e/lenet5.zoow"; cp "$weights" "p$e/mine.zoo"
      ZOO_PATH="$PWD/p$e" "$ZOO" show lenet5 | LC_ALL=C grep -q "at hand .*p$e/lenet5.zoow"
      ZOO_CACHE="c$e/d" "$ZOO" infer "$digit" --cache
      ls "c$e/d" | wc -l
      """)
    #expect(command.output.hasSuffix("1\n"))
  }

  @Test("a file of a folder of tensors whose name is not text is not left out in silence")
  func tensors() throws {
    let command = try run(
      """
      "$ZOO" unpack "$weights" -o u >/dev/null; cp u/conv1.bias.npy "u/z$e.npy"
      "$ZOO" show u 2>&1 || echo $?
      """)
    #expect(command.output == "error: u: the name of 'z\u{FFFD}.npy' does not stand for text\n65\n")
  }

  @Test("an ONNX file cannot name such a file for its weights")
  func external() throws {
    let command = try run(
      """
      "$ZOO" export lenet-digits -o "x$e.onnx" --external-data 2>&1 || echo $?; ls
      """)
    #expect(command.output.contains("the model has to name the file with its weights in UTF-8"))
    #expect(command.output.hasSuffix("65\n"))
  }
}
