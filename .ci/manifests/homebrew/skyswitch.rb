class Skyswitch < Formula
  desc "@description@"
  homepage "@repository@"
  version "@version@"
  license "@license@"

  on_macos do
    # if aarch64-apple-darwin.tar.gz
    on_arm do
      url "@url aarch64-apple-darwin.tar.gz@"
      sha256 "@sha256 aarch64-apple-darwin.tar.gz@"
    end
    # end
    # if x86_64-apple-darwin.tar.gz
    on_intel do
      url "@url x86_64-apple-darwin.tar.gz@"
      sha256 "@sha256 x86_64-apple-darwin.tar.gz@"
    end
    # end
  end

  on_linux do
    # if aarch64-unknown-linux-gnu.tar.gz
    on_arm do
      url "@url aarch64-unknown-linux-gnu.tar.gz@"
      sha256 "@sha256 aarch64-unknown-linux-gnu.tar.gz@"
    end
    # end
    # if x86_64-unknown-linux-gnu.tar.gz
    on_intel do
      url "@url x86_64-unknown-linux-gnu.tar.gz@"
      sha256 "@sha256 x86_64-unknown-linux-gnu.tar.gz@"
    end
    # end
  end

  def install
    bin.install "skyswitch"
    man1.install Dir["man/*.1"]
    man7.install Dir["man/*.7"]
    bash_completion.install "completions/skyswitch.bash" => "skyswitch"
    zsh_completion.install "completions/_skyswitch"
    fish_completion.install "completions/skyswitch.fish"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/skyswitch --version")
    assert_match "acme.15611.service", shell_output("#{bin}/skyswitch --sandbox routes list")
  end
end
