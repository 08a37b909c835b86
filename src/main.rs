//! The `skyswitch` binary: run, and turn the result into an exit code.

fn main() -> std::process::ExitCode {
    skyswitch::run()
}
