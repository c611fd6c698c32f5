"""Zones as text: what a notice says, as rules that addresses can be put to."""

from geodata.scope.address import Address, parse_address, parse_addresses
from geodata.scope.coverage import Finding, coverage
from geodata.scope.matching import match_rules
from geodata.scope.redline import Change, redline, redline_text
from geodata.scope.rules import ScopeRule, rules_of
from geodata.scope.tables import read_rules, rules_table
from geodata.scope.writing import text_of, texts_of

__all__ = [
    "Address",
    "Change",
    "Finding",
    "ScopeRule",
    "coverage",
    "match_rules",
    "parse_address",
    "parse_addresses",
    "read_rules",
    "redline",
    "redline_text",
    "rules_of",
    "rules_table",
    "text_of",
    "texts_of",
]
