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
