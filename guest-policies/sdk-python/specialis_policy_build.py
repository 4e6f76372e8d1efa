"""Makes a component of a policy in Python: `python -m specialis_policy_build FOLDER FILE.wasm`. `specialis policy build` calls it.

The sources stand in `src` of the folder; `src/app.py` has the class `WitWorld`, which `specialis_policy.policy` makes.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

# What the author did wrong stands before the causes and the stack of the tool.
_START = """
import sys
from componentize_py import script
try:
    script()
except AssertionError as error:
    sys.exit(str(error).partition("\\n\\nCaused by")[0].replace('"/0/', '"src/').strip())
"""


def main(folder: Path, output: Path) -> int:
    if not (folder / "src/app.py").is_file():
        print(f"`{folder / 'src/app.py'}` is not there; it has the class `WitWorld`", file=sys.stderr)
        return 1
    here = Path(__file__).parent
    start = [sys.executable, "-c", _START, "--quiet", "--wit-path", str(here / "specialis_policy/wit"), "--world", "policy"]
    bindings = folder / "target/bindings"
    if not bindings.exists():
        # For editors alone: the types of the contract.
        subprocess.run([*start, "bindings", str(bindings)], stdout=sys.stderr, check=False)
    # Without its stubs the component would ask for WASI.
    options = ["--stub-wasi", "--python-path", str(folder / "src"), "--python-path", str(here), "--output", str(output)]
    # Its own messages are for whoever called; standard output is that of `specialis policy build`.
    return subprocess.run([*start, "componentize", *options, "app"], stdout=sys.stderr, check=False).returncode


if __name__ == "__main__":
    if len(sys.argv) != 3:
        print("usage: python -m specialis_policy_build FOLDER FILE.wasm", file=sys.stderr)
        sys.exit(2)
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
