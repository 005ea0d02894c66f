import Foundation
import Testing

/// What the command says where the library's words name no option.
@Suite struct RemedyTests {
  private static let weights = "\(Command.repository)/zoo/weights/lenet-digits.zoow"

  @Test("remedies name the options and commands that help")
  func remedies() throws {
    let script = """
      $ZOO unpack "$1" -o w.safetensors && $ZOO unpack "$1" -o part.safetensors --only 'conv*' --only 'ip1.*'
      $ZOO pack w.safetensors -o w.zoow
      $ZOO unpack "$1" -o w.npz && $ZOO pack w.npz -o plain.zoow
      $ZOO convert-fc lenet-digits -o slides.yaml
      $ZOO infer "$2" --save-input in.npy
      mkdir full && cp w.zoow full/
      {
        echo 1; $ZOO show resnet19
        echo 2; $ZOO build w.safetensors
        echo 3; $ZOO build plain.zoow
        echo 4; $ZOO build a.txt
        echo 5; $ZOO build full/
        echo 6; $ZOO convert-fc slides.yaml -o b.yaml
        echo 7; $ZOO convert-fc --to-fc lenet-digits -o b.yaml
        echo 8; $ZOO infer in.npy --crops 5
        echo 9; $ZOO unpack "$1" -o full/
        echo 10; $ZOO build lenet-digits -w part.safetensors
        echo 11; $ZOO infer "$2" --features conv9 --save-features f.npy
        echo 12; $ZOO pack w.safetensors -o w.zoow
        echo 13; $ZOO verify w.safetensors
      } > found 2>&1
      true
      """
    var found = ""
    let command = try Command(
      script: script, [Self.weights, Command.sample("test-103-is-3.png")], files: ["a.txt": "hello\\n"]
    ) { folder in
      found = try String(contentsOfFile: "\(folder)/found", encoding: .utf8)
    }
    #expect(command.status == 0)
    let expected = [
      "no model 'resnet19' (did you mean 'resnet18'",
      "w.safetensors: a checkpoint, which holds weights and no model; pass it with -w to a model (-m MODEL -w w.safetensors)",
      "plain.zoow: an archive of weights without a definition; pass it with -w to a model, or make a package with `zoo build MODEL -w WEIGHTS -o OUT.zoo`",
      "a.txt: this file is not a model: that is a .yaml definition, a .zoo package, an exported folder or a name of `zoo list`",
      "full/: a folder without model.yaml, so not a model; pass it with -w to a model if it holds weights, or make one with `zoo export MODEL -o DIR`",
      "lenet-digits-conv slides already: it is lenet-digits with its fully connected layers as convolutions; `zoo convert-fc --to-fc` turns it back",
      "lenet-digits does not say what it was before its fully connected layers became convolutions; give a definition that `zoo convert-fc` wrote, which has 'sliding:'",
      "a tensor is fed as it is; --crops is for pictures: give a JPEG or PNG file",
      "full/: exists already and is left as it is; choose another name, or pass --force to replace a file",
      "What the checkpoint has fits: `zoo pack` with --partial starts the missing tensors anew, to be fine-tuned.",
      "`zoo graph MODEL` lists the layers",
      "w.zoow: already exists; pass --force to replace it, or choose another name with -o",
      "`zoo pack` makes one of it",
    ]
    var parts = found.components(separatedBy: "\n")
    for (index, words) in expected.enumerated() {
      let start = try #require(parts.firstIndex(of: "\(index + 1)"))
      let end = parts.firstIndex(of: "\(index + 2)") ?? parts.endIndex
      let said = parts[(start + 1)..<end].joined(separator: "\n")
      #expect(said.contains(words), "\(index + 1): \(said)")
      parts.removeSubrange(..<end)
    }
    #expect(found.contains("; `zoo list` shows the catalogue, and a path ending in .yaml or .zoo names a file"))
  }
}
