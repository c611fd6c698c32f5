"""Recheck a run by other code (复算): solve every stage again, slowly and plainly, and compare.

`STAGES.md` is what this package and the engine both follow. Nothing of the engine is imported here.
"""

from simulate.verify.verdict import Verdict, verify_papers, verify_run

__all__ = ["Verdict", "verify_papers", "verify_run"]
