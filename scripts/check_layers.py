#!/usr/bin/env python3
"""Checks every include against the arrows of docs/architecture.md; prints what points the wrong way."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

SIM = ["core", "policy", "cache", "io", "trace", "graph", "engine", "scenario", "report", "run"]
S = {part: f"sim/{part}" for part in SIM}
ALL_SIM = set(S.values())
# Folder: the folders it may include besides itself.
ARROWS = {
    "sim/core": set(),
    "sim/policy": {"sim/core"},
    "sim/cache": {"sim/core", "sim/policy"},
    "sim/io": {"sim/core"},
    "sim/trace": {"sim/core", "sim/io"},
    "sim/graph": {"sim/core"},
    "sim/engine": {"sim/core", "sim/policy", "sim/cache", "sim/trace", "sim/graph"},
    "sim/scenario": {"sim/core", "sim/policy", "sim/io"},
    "sim/report": {"sim/core", "sim/io"},
    "sim/run": ALL_SIM,
    "executor/model": {"sim/core", "sim/io"},
    "executor/task": {"sim/core"},
    "executor/memory": {"sim/core"},
    "executor/cpu": {"sim/core", "executor/model", "executor/memory"},
    "executor/cuda": {"sim/core", "executor/model", "executor/memory"},
    # Never sim/engine: reality must not see the model.
    "executor/run": {"sim/core", "sim/policy", "sim/cache", "sim/trace", "sim/report",
                     "executor/model", "executor/task", "executor/cpu", "executor/cuda"},
    "gui/plots": ALL_SIM,
    "gui/model": ALL_SIM,
    "gui/view": ALL_SIM | {"gui/plots", "gui/model"},
    "gui/window": ALL_SIM | {"gui/plots", "gui/model", "gui/view"},
    "gui/app": ALL_SIM | {"gui/plots", "gui/model", "gui/view", "gui/window"},
    "trainer": {"sim/core", "executor/model", "executor/task"},
    "cli/mpi": {"sim/core", "sim/run", "cli"},
    "cli": None,    # everything
    "tests": None,
}
# Third-party headers stay at the edges.
THIRD_PARTY = [
    (r"hdf5|H5[A-Z]\w*public\.h", {"sim/io"}),
    (r"nlohmann/", {"sim/io", "executor/model", "trainer"}),
    (r"yaml-cpp/", {"sim/io"}),
    (r"Eigen/", {"executor/cpu"}),
    (r"cuda|cublas", {"executor/cuda"}),
    (r"CLI/", {"cli", "trainer"}),
    (r"Q[A-Z]\w*$", {"gui/plots", "gui/model", "gui/view", "gui/window", "gui/app"}),
    (r"mpi\.h", {"cli/mpi"}),
    (r"torch/", {"trainer"}),
    (r"boost/", {"sim/graph"}),
    (r"pcre2", {"executor/model"}),
]
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')


def folder_of(path):
    best = None
    for folder in ARROWS:
        if path.startswith(folder + "/") and (best is None or len(folder) > len(best)):
            best = folder
    return best


def main():
    bad = []
    count = 0
    for suffix in ("*.hpp", "*.cpp", "*.cu", "*.cuh", "*.inc"):
        for file in sorted(ROOT.glob(f"**/{suffix}")):
            name = file.relative_to(ROOT).as_posix()
            own = folder_of(name)
            if own is None or name.split("/")[0].startswith("build"):
                continue
            count += 1
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
                match = INCLUDE.match(line)
                if not match:
                    continue
                quote, target = match.groups()
                if quote == '"':
                    to = folder_of(target)
                    if to is None:
                        bad.append(f"{name}:{number}: '{target}' is not a path from the repository root")
                    elif to != own and ARROWS[own] is not None and to not in ARROWS[own]:
                        bad.append(f"{name}:{number}: {own} may not include {to}")
                elif own != "tests":
                    for pattern, homes in THIRD_PARTY:
                        if re.match(pattern, target) and own not in homes:
                            bad.append(f"{name}:{number}: <{target}> belongs in {', '.join(sorted(homes))}")
    for line in bad:
        print(line)
    print(f"check_layers: {count} files, {len(bad)} wrong includes")
    return 1 if bad or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
