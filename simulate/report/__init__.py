"""The report of a run: one self-contained page."""

from simulate.report.page import draw_report

__all__ = ["draw_report"]
