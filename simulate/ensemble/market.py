"""A market: one scenario ready to be drawn. It is arrays, so that it can be sent to another machine."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from geodata import City, XuequError
from geodata.messages import Text, say
from simulate.ensemble.cells import Cells, cells_of
from simulate.ensemble.places import Places, places_of
from simulate.ensemble.program import Program, program_of
from simulate.ensemble.sampling import Roster, Sampler, same_roster, sampler_of
from simulate.ensemble.season_kernels import MOST_CHILDREN
from simulate.ensemble.uncertainty import VARY, VARY_NAMES, Uncertainty
from simulate.policy import Policy
from simulate.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """One scenario, ready to be drawn.

    Parameters
    ----------
    places : Places
        What stays the same from draw to draw.
    sampler : Sampler
        What draws are drawn from.
    policy : Policy
        As it holds on the day.
    program : Program, optional
        The policy laid out for compiled loops; None where it does not fit, and `world` is kept instead.
    roster : Roster, optional
        The children of all draws, where they are the same in each.
    world : World, optional
        The world in which one child stands for each cell.
    filed_anew : bool
        Whether what children file is the roster's; else the world's choices hold, those filed later too.
    why_plain : Text, optional
        Why the policy does not fit the compiled loops.
    synthetic : bool
        Whether the children are drawn from counts.
    varied : tuple of str
        What is really drawn anew in each draw, in the order of `VARY`.
    notes : tuple of Text
        What to know before using the result.
    """

    places: Places
    sampler: Sampler
    policy: Policy
    program: Program | None
    roster: Roster | None
    world: World | None
    filed_anew: bool
    why_plain: Text | None
    synthetic: bool
    varied: tuple[str, ...]
    notes: tuple[Text, ...]

    @property
    def engine(self) -> Literal["compiled", "plain"]:
        """By what draws are played."""
        return "plain" if self.program is None else "compiled"


def market_of(
    city: City,
    policy: Policy,
    *,
    seed: str,
    uncertainty: Uncertainty,
    vary: Collection[str] = VARY,
    elsewhere: Collection[str] = (),
    order: Sequence[str] = (),
) -> Market:
    """Make a scenario ready to be drawn.

    Parameters
    ----------
    city : City
        As the scenario leaves it.
    policy : Policy
        As the scenario leaves it, on the day.
    seed : str
        The public seed.
    uncertainty : Uncertainty
        What is uncertain, and by how much.
    vary : collection of str
        Which of it is drawn: words of `VARY`.
    elsewhere : collection of str
        Schools of other scenarios, whose popularity may be stated too.
    order : sequence of str
        The stages of the base, where a scenario may leave out one that is named.

    Raises
    ------
    XuequError, DataError
        As a run; if a word of `vary` is none, or statements name what is not there.
    """
    strange = sorted(set(vary) - set(VARY))
    if strange:
        raise XuequError(
            say(
                "nothing to vary is called {strange}; there are: {known}",
                strange=", ".join(strange),
                known=", ".join(VARY),
            )
        )
    cells = cells_of(city, policy, seed=seed)
    sampler = sampler_of(
        cells, policy, seed=seed, uncertainty=uncertainty, vary=vary, elsewhere=elsewhere, order=order
    )
    program = program_of(cells.world, policy, sampler.orders)
    if cells.expected.sum() * 2 > MOST_CHILDREN:
        program = say("more children than the compiled loops can number")
    fits = isinstance(program, Program)
    return Market(
        places=places_of(cells.world, policy),
        sampler=sampler,
        policy=policy,
        program=program if isinstance(program, Program) else None,
        roster=same_roster(sampler),
        world=None if fits else cells.world,
        filed_anew=not cells.single or bool(sampler.looked),
        why_plain=program if isinstance(program, Text) else None,
        synthetic=not cells.single or cells.world.synthetic,
        varied=tuple(word for word in VARY if word in sampler.varied),
        notes=tuple(_notes(cells, sampler, vary)),
    )


def _notes(cells: Cells, sampler: Sampler, vary: Collection[str]) -> list[Text]:
    left = [word for word in VARY if word in vary and word not in sampler.varied]
    notes = [
        say(
            "not drawn, since it is known of these children or nothing is stated: {what}",
            what=VARY_NAMES[word],
        )
        for word in left
    ]
    answers = cells.world.answers.answer
    unheard = int((answers != "late").sum() - (answers == "withdrawn").sum())
    if unheard:
        notes.append(
            say(
                "{n} answers of families are left out: they were given to the places of one season",
                n=unheard,
            )
        )
    return notes
