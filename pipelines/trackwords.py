"""How a tracking store that cannot be used is told of."""

import re

from .language import translator

#: What the libraries below MLflow say of a server that does not answer.
SILENT = r"Max retries exceeded|Failed to establish|timed out|refused"


def told(error: Exception, uri: str, sprak: str) -> str:
    """Tell that a run was not tracked, and why."""
    _ = translator(sprak)
    text = _(
        "The run was not tracked in MLflow ({uri}): {why}. "
        "All result files are written all the same."
    )
    return without_password(text.format(uri=uri, why=told_why(error, sprak)))


def told_why(error: Exception, sprak: str) -> str:
    """Tell in a line why a store could not be used."""
    if re.search(SILENT, str(error)):
        return translator(sprak)("the server does not answer")
    first = (str(error).splitlines() or [type(error).__name__])[0]
    return without_password(first[:200].rstrip("."))


def without_password(text: str) -> str:
    """Leave out what an address may hold before its @."""
    return re.sub(r"//[^/@\s]*@", "//", text)
