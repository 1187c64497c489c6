#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the tests: small mistakes are put into sim/ and models/, one at a time; a test should fail.

    mutants.py [N [SEED]]      N mutants (20), those of SEED (1); the same ones each time

Works in build-mutants/, on a copy of the tree with the layers as shared libraries, so that a mutant
costs one compilation and no linking of tests. Tests run in order of how much they say about the
mutated file, and end with the first that fails. The scenarios' fingerprints are the last test.
What was found is kept in build-mutants/report.txt, and known mutants are not run again.
"""
import os
import random
import re
import resource
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
WORK = os.path.join(ROOT, "build-mutants")
TREE = os.path.join(WORK, "tree")
BUILD = os.path.join(WORK, "build")
REPORT = os.path.join(WORK, "report.txt")
# Programs that test other things than sim/ and models/, or take minutes.
LEFT_OUT = {"faults", "sweep", "plot", "hostile_results", "bad_input", "plan", "tree", "quantity"}

SWAPS = [
    (" < ", " <= "), (" <= ", " < "), (" > ", " >= "), (" >= ", " > "), (" == ", " != "),
    (" != ", " == "), (" + ", " - "), (" - ", " + "), (" * ", " / "), (" / ", " * "),
    (" && ", " || "), (" || ", " && "), (" += ", " -= "), (" -= ", " += "), ("++", "--"),
    ("true", "false"), ("false", "true"),
]
COUNT = re.compile(r"(?<![\w.\"'])(\d+)(?![\w.\"'])")
CALL = re.compile(r"^\s+[a-z_]\w*\(.*\);$")
CONDITION = re.compile(r"\bif \((.*)\)( \{| return.*| continue;| break;)?$")


def run(command, **more):
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more)


def timed(command, limit):
    """(exit code, seconds of processor time), ended after `limit` of them: the machine may be busy."""
    process = subprocess.Popen(
        command, cwd=TREE, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (int(limit), int(limit) + 5)))
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = status
    return status, usage.ru_utime + usage.ru_stime


def code_lines(text):
    """Numbers of lines that do something: no comments, tables, declarations, assertions."""
    inside, lines = False, []
    for number, line in enumerate(text.split("\n")):
        bare = line.strip()
        if bare.startswith("/*"):
            inside = True
        if not inside and line.startswith("    ") and not re.match(
                r"#|\{\"|\.|static |fs_assert|COUNT\(|return \"|\"|[A-Z_]+\(", bare) and (
                "_Static_assert" not in line and "fs_assert" not in line):
            lines.append(number)
        if "*/" in bare:
            inside = False
    return lines


def edits(line):
    """All (what, edited line) of a line; text in quotes and comments stays."""
    end = min([i for i in (line.find('"'), line.find("/*"), line.find("'")) if i >= 0] or [len(line)])
    code, rest = line[:end], line[end:]
    found = []
    for old, new in SWAPS:
        start = code.find(old)
        while start >= 0:
            if not (old == " * " and re.search(r"(const|struct \w+|void|char|int|double)$", code[:start])):
                found.append((old.strip() + " to " + new.strip(),
                              code[:start] + new + code[start + len(old):] + rest))
            start = code.find(old, start + 1)
    for m in COUNT.finditer(code):
        found.append((m[1] + " to " + str(int(m[1]) + 1),
                      code[:m.start()] + str(int(m[1]) + 1) + code[m.end():] + rest))
    if CALL.match(line) and not rest:
        found.append(("call left out", re.match(r"^\s+", line)[0] + ";"))
    m = CONDITION.search(code)
    if m and not rest:
        found.append(("condition turned", code[:m.start(1)] + "!(" + m[1] + ")" + code[m.end(1):]))
    return found


def all_mutants():
    """(file, line number, what, edited line), every one that can be made."""
    files = subprocess.run(["git", "ls-files", "sim/*.c", "sim/*.h", "models/*.c", "models/*.h"],
                           cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    for name in files:
        with open(os.path.join(ROOT, name)) as file:
            text = file.read()
        lines = text.split("\n")
        for number in code_lines(text):
            for what, edited in edits(lines[number]):
                yield name, number, what, edited


def make_tree():
    os.makedirs(TREE, exist_ok=True)
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True,
                           check=True).stdout.split("\n")
    for name in filter(None, files):
        source, target = os.path.join(ROOT, name), os.path.join(TREE, name)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if not os.path.exists(source):
            continue
        with open(source, "rb") as file:
            data = file.read()
        if name == "CMakeLists.txt":
            data = data.replace(b"STATIC", b"SHARED").replace(b"-fPIE", b"-fPIC")
        if not os.path.exists(target) or open(target, "rb").read() != data:
            with open(target, "wb") as file:
                file.write(data)
            shutil.copymode(source, target)
    launcher = ["-DCMAKE_C_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
    if run(["cmake", "-S", TREE, "-B", BUILD, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug",
            "-DCMAKE_C_FLAGS=-O1 -w", "-DFLEETSIM_PLOT=OFF",
            "-DCMAKE_EXE_LINKER_FLAGS=-Wl,--no-as-needed", *launcher]).returncode != 0:
        sys.exit("mutants: cmake failed")
    subprocess.run(["cmake", "--build", BUILD], stdout=subprocess.DEVNULL, check=True)


class Tests:
    """Each test with its time on the tree as it is."""

    def __init__(self):
        self.seconds, self.text = {}, {}
        for name in sorted(os.listdir(os.path.join(TREE, "tests"))):
            m = re.match(r"test_(\w+)\.c$", name)
            if not m or m[1] in LEFT_OUT:
                continue
            status, seconds = self.run(m[1], 600)
            if status != 0:
                print("not used, it fails as it is: test_" + m[1], flush=True)
                continue
            self.seconds[m[1]] = seconds
            self.text[m[1]] = open(os.path.join(TREE, "tests", name)).read()
        self.table = os.path.join(WORK, "fingerprints.txt")
        self.seconds["scenarios"] = self.check(self.table, 1200)[1]

    def run(self, name, limit):
        return timed([os.path.join(BUILD, "test_" + name)], limit)

    def check(self, table, limit):
        return timed([os.path.join(BUILD, "fleetsim"), "check", "-q", "scenarios/incidents",
                      "scenarios/patterns", "scenarios/teaching", "scenarios/planning",
                      "--fingerprints", table], limit)

    def order(self, file):
        """Tests that name the file's noun first, then the quick ones; of the slow ones the laws alone
        where the noun is not named."""
        noun = os.path.splitext(os.path.basename(file))[0]
        words = {noun, noun.replace("_", "-"), "fs_" + noun}
        def rank(name):
            score = sum(self.text[name].count(word) for word in words)
            return (name != noun, -score / (self.seconds[name] + 0.2) if score > 2 else 0,
                    self.seconds[name])
        slow = {n for n in self.text if self.seconds[n] > 15 and n not in ("laws", noun) and (
            sum(self.text[n].count(word) for word in words) == 0)}
        return sorted(set(self.text) - slow, key=rank)

    def killer(self, file):
        """The first test that fails, None when none does."""
        for name in self.order(file):
            if self.run(name, 5 * self.seconds[name] + 5)[0] != 0:
                return "test_" + name
        table = os.path.join(WORK, "mutant.txt")
        if os.path.exists(table):
            os.remove(table)
        if self.check(table, 3 * self.seconds["scenarios"] + 10)[0] != 0 or not os.path.exists(table) or (
                open(table).read() != open(self.table).read()):
            return "the scenarios"
        return None


def known():
    if not os.path.exists(REPORT):
        return {}
    return {line.split("\t")[1]: line.split("\t")[0] for line in open(REPORT) if "\t" in line}


def try_one(tests, mutant):
    file, number, what, edited = mutant
    path = os.path.join(TREE, file)
    text = open(path).read()
    lines = text.split("\n")
    lines[number] = edited
    try:
        with open(path, "w") as out:
            out.write("\n".join(lines))
        if run(["cmake", "--build", BUILD]).returncode != 0:
            return "stillborn"
        return "killed by " + (tests.killer(file) or "") if tests else ""
    finally:
        with open(path, "w") as out:
            out.write(text)


def main():
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    make_tree()
    mutants = list(all_mutants())
    random.Random(seed).shuffle(mutants)
    print(f"{len(mutants)} mutants can be made", flush=True)
    tests, seen = Tests(), known()
    killed = survived = 0
    for mutant in mutants:
        if killed + survived == wanted:
            break
        file, number, what, edited = mutant
        label = f"{file}:{number + 1}: {what}: {edited.strip()}"
        verdict = seen.get(label)
        if verdict is None:
            verdict = try_one(tests, mutant)
            if verdict == "killed by ":
                verdict = "SURVIVED"
            with open(REPORT, "a") as out:
                out.write(f"{verdict}\t{label}\n")
            print(f"{verdict}: {label}", flush=True)
        killed += verdict.startswith("killed")
        survived += verdict == "SURVIVED"
    run(["cmake", "--build", BUILD])
    print(f"{killed} of {killed + survived} mutants killed "
          f"({100 * killed / max(1, killed + survived):.0f} %)")


main()
