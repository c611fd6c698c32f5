"""The verdict on a run: what was checked, and everything that is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from geodata.messages import Text, say
from simulate.verify.comparing import COMPARISONS
from simulate.verify.findings import Findings
from simulate.verify.invariants import CHECKS
from simulate.verify.measures import compare_metrics
from simulate.verify.passed_over import check_stages
from simulate.verify.proof import check_least_travel
from simulate.verify.reading import Papers, read_papers
from simulate.verify.solution import Solution, solve_papers


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of a recheck.

    Parameters
    ----------
    name : str
        The run's name.
    children, stages : int
        How many children were placed again, in how many stages.
    checks : tuple of (Text, int)
        What was checked, and how many of each.
    findings : tuple of Text
        What is wrong, a plain sentence each.
    """

    name: str
    children: int
    stages: int
    checks: tuple[tuple[Text, int], ...]
    findings: tuple[Text, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


def verify_run(folder: Path) -> Verdict:
    """Recheck a run folder: solve it again by other code, from its inputs alone.

    Parameters
    ----------
    folder : Path
        A run folder.

    Returns
    -------
    Verdict

    Raises
    ------
    XuequError
        If the folder is no run at all: it has no manifest.json that can be read.
    """
    findings = Findings()
    return verify_papers(read_papers(folder, findings), findings)


def verify_papers(papers: Papers, findings: Findings | None = None) -> Verdict:
    """Recheck a run that has been read.

    Parameters
    ----------
    papers : Papers
        The run.
    findings : Findings, optional
        What reading it has found already.
    """
    findings = findings or Findings()
    solution = None
    try:
        solution = solve_papers(papers, findings)
    except (
        Exception
    ) as error:  # inputs that were tampered with may fail anywhere, and never with a traceback
        findings.add(
            say("the run cannot be solved again from its inputs: {problem}", problem=_problem(error))
        )
    if solution is not None:
        judge(papers, solution, findings)
    return Verdict(
        name=papers.name,
        children=0 if solution is None else len(solution.state.cards),
        stages=0 if solution is None else len(solution.done),
        checks=findings.checks,
        findings=findings.all,
    )


def judge(papers: Papers, solution: Solution, findings: Findings) -> None:
    """Compare what was written with what follows from the inputs, and with what must always hold."""
    if papers.published is not None and solution.base is not None:
        judge(papers.published, solution.base, findings)
    for check in (*COMPARISONS, compare_metrics, *CHECKS, check_stages, check_least_travel):
        try:
            check(papers, solution, findings)
        except Exception as error:  # a table may lack a column, or hold anything in it
            findings.add(say("the tables cannot be compared: {problem}", problem=_problem(error)))
    findings.checked(say("stages solved again"), len(solution.done))
    findings.checked(say("children placed again"), len(solution.state.cards))


def _problem(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
