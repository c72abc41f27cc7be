"""Errors whose messages are written for the user."""


class BadInput(Exception):
    """The user's input cannot be used.

    The message is one line that says what is wrong and what to give instead.  The command line prints only
    this line and exits with status 2.

    >>> import sparring
    >>> try:
    ...     sparring.zoo.get("wgan_pg")
    ... except BadInput as error:
    ...     print(error)
    no recipe is called 'wgan_pg': did you mean wgan_gp?
    """


class Diverged(Exception):
    """A loss or a gradient is not finite: training stopped, the last good checkpoint is kept.

    >>> raise Diverged("step 7: D.adv is nan")
    Traceback (most recent call last):
        ...
    sparring.core.errors.Diverged: step 7: D.adv is nan
    """


class Damaged(BadInput):
    """A file of a run does not match its checksum."""


def require_at_least(flag: str, value: int | None, least: int = 1) -> None:
    """Raise `BadInput` for a `value` of `flag` below `least`; None passes."""
    if value is not None and value < least:
        raise BadInput(f"{flag} {value}: give a whole number of at least {least}")


def require_seed(seed: int) -> None:
    """Raise `BadInput` for a seed that is not a whole number of 32 bits."""
    if not 0 <= seed < 2**32:
        raise BadInput(f"--seed {seed}: give a whole number from 0 to {2**32 - 1}")
