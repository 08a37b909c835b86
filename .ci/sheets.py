"""Sheets as real programs write them, each back to a plan of nothing: LibreOffice, openpyxl, pandas.

usage: sheets.py SKYSWITCH, run by `bash .ci/long sheets`; prints one line a case and `sheets: held/total`.
"""

import csv, os, pathlib, subprocess, sys, tempfile

import openpyxl
import pandas

PROGRAM = sys.argv[1]
HOME = pathlib.Path(tempfile.mkdtemp(prefix="skyswitch-sheets-"))
ENV = {"PATH": os.environ["PATH"], "HOME": str(HOME), "SKYSWITCH_STATE_DIR": str(HOME / "state")}
held = total = 0


def skyswitch(*args):
    return subprocess.run([PROGRAM, "--sandbox", *args], env=ENV, cwd=HOME, capture_output=True, text=True)


def case(name, file, code=0, words=""):
    """The plan of a file: of nothing, or refused in these words."""
    global held, total
    ran = skyswitch("routes", "plan", str(file), "--exit-code")
    good = ran.returncode == code and words in ran.stderr
    held, total = held + good, total + 1
    print("held  " if good else "FAILED", name)
    if not good:
        print(ran.stdout, ran.stderr)


def office(source, to, options, locale):
    """Converts as a person would save it; the file that comes of it."""
    out = HOME / f"{locale}-{source.stem}"
    out.mkdir(exist_ok=True)
    env = ENV | {"LC_ALL": f"{locale}.UTF-8", "LANG": f"{locale}.UTF-8"}
    profile = f"-env:UserInstallation=file://{HOME}/profile-{locale}"
    kind = f"{to}:Text - txt - csv (StarCalc):{options}" if to == "csv" else to
    reading = ["--infilter=CSV:44,34,76"] if source.suffix == ".csv" else []
    subprocess.run(
        ["soffice", profile, "--headless", *reading, "--convert-to", kind, "--outdir", str(out), str(source)],
        env=env, check=True, capture_output=True, timeout=180,
    )
    return out / f"{source.stem}.{to}"


skyswitch("routes", "set", "+44 20 7946 0958", "+1616x", "-d", "acme", "--application", "literal")
export = skyswitch("routes", "list", "-o", "csv", "--base").stdout
lines = export.splitlines()
noted = [f"note,{lines[0]}"] + [f"n\u00f6te; {i},{line}" for i, line in enumerate(lines[1:])]
sheet = HOME / "vip.csv"
sheet.write_text("\n".join(noted) + "\n", encoding="utf-8")
case("the export itself", sheet)

for locale in ("en_US", "de_DE", "fr_FR"):
    book = office(sheet, "xlsx", "", locale)
    for name, options in (("commas", "44,34,76"), ("semicolons", "59,34,76"), ("tabs", "9,34,76"), ("all quoted", "59,34,76,1,,0,true")):
        case(f"LibreOffice, {locale}, {name}", office(book, "csv", options, locale))
case("LibreOffice, UTF-16", office(book, "csv", "9,34,65535", "en_US"))
case("LibreOffice, Windows-1252", office(book, "csv", "44,34,1", "en_US"), 2, "CSV UTF-8")

rows = list(csv.reader(noted))
for name, typed in (("texts", str), ("numbers", lambda text: int(text) if text.isdigit() else text)):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append([typed(cell) if cell else None for cell in row])
    book.save(HOME / "openpyxl.xlsx")
    back = openpyxl.load_workbook(HOME / "openpyxl.xlsx").active.values
    with open(HOME / "openpyxl.csv", "w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file).writerows(back)
    case(f"openpyxl, {name}", HOME / "openpyxl.csv")

pandas.read_csv(sheet, dtype=str, keep_default_na=False).to_csv(HOME / "pandas.csv", index=False)
case("pandas, as text", HOME / "pandas.csv")
pandas.read_csv(sheet).to_csv(HOME / "pandas.csv", index=False)
case("pandas, numbers guessed", HOME / "pandas.csv", 2, ".0")
(HOME / "routes.json").write_text(skyswitch("routes", "list", "--json").stdout)
pandas.read_json(HOME / "routes.json", dtype=str).to_json(HOME / "lines.json", orient="records", lines=True)
case("pandas, JSON lines", HOME / "lines.json")

print(f"sheets: {held}/{total}")
