"""Explain one child's outcome: to its family, and to whoever examines an objection."""

from simulate.explain.facts import Facts
from simulate.explain.gather import facts_of
from simulate.explain.handing import explain_run
from simulate.explain.page import html_of, text_of
from simulate.explain.replay import replay
from simulate.explain.telling import Page, page_of

__all__ = ["Facts", "Page", "explain_run", "facts_of", "html_of", "page_of", "replay", "text_of"]
