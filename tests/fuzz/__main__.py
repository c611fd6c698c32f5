"""Run the campaign: `python -m tests.fuzz --inputs 10000`; status 1 if anything was found."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.fuzz.campaign import apart
from tests.fuzz.readers import READERS


def main() -> int:
    """Feed every reader and print a line for each."""
    parser = argparse.ArgumentParser(description="Feed broken files to every reader.")
    parser.add_argument("--inputs", type=int, default=10_000, help="how many for each reader")
    parser.add_argument("--seed", type=int, default=1, help="other inputs for another number")
    parser.add_argument(
        "--reader", choices=READERS, action="append", help="only this one (may be repeated)"
    )
    parser.add_argument("--save", type=Path, help="the folder for inputs that broke something")
    asked = parser.parse_args()
    saved = asked.save or Path(tempfile.mkdtemp(prefix="xuequ-fuzz-"))
    found = 0
    for reader in asked.reader or READERS:
        outcome = apart(reader, asked.seed, asked.inputs, saved / reader)
        counts = ", ".join(f"{count} {name}" for name, count in sorted(outcome.counts.items()))
        sys.stdout.write(f"{reader}: {counts}\n")
        for finding in outcome.findings[:50]:
            sys.stdout.write(f"    {finding}\n")
        sys.stdout.flush()
        found += len(outcome.findings)
    sys.stdout.write(f"{found} findings; inputs that broke something are in {saved}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
