#!/usr/bin/env python3
"""Copies a checkpoint folder with its weights in float32, so that a GPU computes in float32 too.

    python3 tests/oracle/write_float32.py models/kvfoot-3m /tmp/wide
    build/tests/oracle/write_checkpoint_run /tmp/wide /tmp/run cuda
    python3 tests/oracle/check_checkpoint.py /tmp/wide /tmp/run

Exit code 77 means that a Python package is missing: CTest counts the test as skipped.
"""
import json
import pathlib
import shutil
import sys

try:
    import torch
    from safetensors.torch import load_file, save_file
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)


def main():
    source, target = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    target.mkdir(parents=True, exist_ok=True)
    for file in source.iterdir():
        if file.suffix == ".safetensors":
            tensors = {name: tensor.to(torch.float32).contiguous() for name, tensor in load_file(file).items()}
            save_file(tensors, target / file.name, metadata={"format": "pt"})
        elif file.suffix in (".json", ".jinja"):
            shutil.copy(file, target / file.name)
    config = json.loads((target / "config.json").read_text())
    config["torch_dtype"] = "float32"
    (target / "config.json").write_text(json.dumps(config, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
