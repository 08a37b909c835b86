"""skyswitch.exe from login to undo, as somebody at a Windows desk meets it; called by `.ci/windows try`.

windows_try.py SKYSWITCH.EXE CONSOLE.EXE, with WINEPREFIX at a machine that may be changed. Prints one line a step and
`windows: held/total`.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor

PROGRAM, CONSOLE = sys.argv[1:3]
DRIVE = pathlib.Path(os.environ["WINEPREFIX"]) / "drive_c"
WORK = DRIVE / "work"
SLOW = 120
DOMAIN = "acme.15611.service"
held = total = 0


def check(what, holds, seen=""):
    global held, total
    total += 1
    held += bool(holds)
    print("ok  " if holds else "NOT ", what, "" if holds else f"\n{seen}", flush=True)


def run(line, stdin="", **variables):
    words = line if isinstance(line, list) else line.split()
    return subprocess.run(
        ["wine", PROGRAM, *words], input=stdin, capture_output=True, text=True, timeout=SLOW,
        cwd=WORK, env=os.environ | ENV | variables,
    )


class InConsole:
    """A command in a console of its own, in which Ctrl-C can be pressed."""

    def __init__(self, line, **variables):
        self.trigger = WORK / f"press-{time.time_ns()}"
        windows_name = f"C:\\work\\{self.trigger.name}"
        self.child = subprocess.Popen(
            ["wine", CONSOLE, windows_name, PROGRAM, *line.split()], text=True, cwd=WORK,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ | ENV | variables,
        )

    def press_ctrl_c(self):
        self.trigger.touch()
        out, err = self.child.communicate(timeout=SLOW)
        return self.child.returncode, out, err


def server(what, method="GET", body=None):
    url = f"{SANDBOX['url']}/__sandbox/{what}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"X-Sandbox-Token": SANDBOX["control_token"]}, method=method)
    with urllib.request.urlopen(request, timeout=SLOW) as reply:
        text = reply.read()
    return json.loads(text) if text else None


def requests(method, path="/route-by-ani"):
    return [entry for entry in server("log") if entry["method"] == method and entry["path"].endswith(path)]


def until(what, holds):
    end = time.time() + SLOW
    while time.time() < end:
        if holds():
            return
        time.sleep(0.05)
    sys.exit(f"{what} did not come about")


def routes():
    answer = run("routes list --json")
    return {(row["ani"], row["dnis"], row["domain"]): row["destination"] for row in json.loads(answer.stdout)}


def signed_in():
    secrets = "".join(f"{key}={SANDBOX[key]}\n" for key in ("client_secret", "password"))
    answer = run(
        ["login", "--secrets-stdin", "--client-id", SANDBOX["client_id"], "--username", SANDBOX["username"],
         "--account", SANDBOX["account_id"]], secrets,
    )
    check("login keeps its secrets in Credential Manager", answer.returncode == 0, answer.stderr)
    status = run("status --json")
    check("status says so", '"keyring"' in status.stdout and status.returncode == 0, status.stdout + status.stderr)
    kept = [path for path in DRIVE.rglob("*") if path.is_file() and "skyswitch" in str(path)]
    leaks = [path for path in kept if SANDBOX["client_secret"].encode() in path.read_bytes()]
    check("no file of ours holds a secret", kept and not leaks, f"{kept} {leaks}")


def eight_at_once():
    time.sleep(TOKEN_TTL + 1)
    server("log", "DELETE")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: run("token"), range(8)))
    tokens = {answer.stdout for answer in answers}
    failed = [answer.stderr for answer in answers if answer.returncode != 0]
    refreshes = [entry for entry in requests("POST", "/token") if "refresh_token" in (entry["body"] or "")]
    check("eight processes on a dead token refresh it once", not failed and len(tokens) == 1 and len(refreshes) == 1,
          f"{failed} {len(tokens)} tokens, {refreshes}")


def interrupted_apply():
    rows = "".join(f"161655501{n:02},{DOMAIN},desk-{n}\n" for n in range(20, 60))
    (WORK / "vip.csv").write_text(f"ani,domain,destination\r\n{rows}")
    before = routes()
    plan = run("routes plan vip.csv --exit-code")
    check("plan says what would change", plan.returncode == 9 and "desk-20" in plan.stdout, plan.stderr)
    server("log", "DELETE")
    server("faults", "PUT", ["PUT *=late-commit:300"])
    apply = InConsole("routes apply vip.csv --yes --json")
    until("the first writes", lambda: len(requests("PUT")) >= 6)
    at_work = json.loads(run("history --json").stdout)
    check("a run under way is running for another console", at_work[0]["status"] == "running", at_work[0]["status"])
    second = run("routes apply vip.csv --yes")
    check("nobody else gets in", second.returncode == 5, second.stderr)
    code, out, err = apply.press_ctrl_c()
    server("faults", "PUT", [])
    check("Ctrl-C is 130, and what was in flight was finished", code == 130 and "finishing what is under way" in err, err)
    run_now = json.loads(run("history --json").stdout)[0]
    done = [change for change in run_now["changes"] if change["result"] == "done"]
    check("its journal says interrupted", run_now["status"] == "interrupted", run_now["status"])
    new = {key: value for key, value in routes().items() if key not in before}
    check("the journal has what the server has", 0 < len(new) < 40 and len(new) == len(done), f"{len(new)} {len(done)}")
    again = run("routes apply vip.csv --yes")
    check("the same command goes on", again.returncode == 0 and len(routes()) == len(before) + 40, again.stderr)
    back = [run("undo --yes"), run(f"undo {run_now['id']} --yes")]
    check("undo, twice, puts it all back", routes() == before, "".join(one.stdout + one.stderr for one in back))
    shown = run("history")
    check("history tells it", "(undone)" in shown.stdout and "apply vip.csv" in shown.stdout, shown.stdout)


def names_and_paths():
    made = run("profile set account a-1 --profile Acme"), run("profile set account a-2 --profile acme")
    listed = run("profile list --json").stdout
    check("Acme and acme are one profile", listed.count('cme"') == 1 and "a-2" in listed, listed + made[1].stderr)
    bad = run("profile set account a-1 --profile nul")
    check("a device is no profile", bad.returncode == 2, bad.stderr)
    saved = run("routes plan vip.csv --save nul")
    check("a plan can be saved to nul", saved.returncode == 0 and not (WORK / "nul").exists(), saved.stderr)
    config = next(DRIVE.rglob("skyswitch/**/config.toml"))
    config.write_bytes(b"# ours\r\n" + config.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    run("profile set domain acme.15611.service --profile Acme")
    text = config.read_bytes()
    ends = text.count(b"\r\n") == text.count(b"\n") and text.startswith(b"# ours\r\n")
    check("lines of config.toml end as they did", ends and b"domain" in text, text)
    outside = run(["routes", "list"], SKYSWITCH_STATE_DIR="C:\\state")
    check("a state directory outside of the user's own is refused", outside.returncode == 4, outside.stderr)


def command_with_backslashes():
    keys = ("client_id", "client_secret", "username", "password")
    (WORK / "secrets.txt").write_text("".join(f"{key}={SANDBOX[key]}\n" for key in keys))
    answer = run("domains list --json", SKYSWITCH_CREDENTIAL_COMMAND="cmd.exe /c type C:\\work\\secrets.txt",
                 SKYSWITCH_ACCOUNT_ID=SANDBOX["account_id"])
    check("a credential command keeps its backslashes", answer.returncode == 0 and DOMAIN in answer.stdout, answer.stderr)


TOKEN_TTL = 3
SANDBOX = {}
ENV = {}
shutil.rmtree(WORK, ignore_errors=True)
WORK.mkdir(parents=True)
version = run("--version")
check("it starts", version.stdout.startswith("skyswitch "), version.stderr)
serving = InConsole(f"sandbox serve --token-ttl {TOKEN_TTL}")
SANDBOX = json.loads(serving.child.stdout.readline())
ENV = {"SKYSWITCH_API_URL": SANDBOX["url"]}
signed_in()
eight_at_once()
interrupted_apply()
names_and_paths()
command_with_backslashes()
code, _, error = serving.press_ctrl_c()
check("Ctrl-C ends `sandbox serve` with 130", code == 130, f"{code} {error}")
print(f"windows: {held}/{total}")
sys.exit(held != total)
