"""Messages of jobs and of what they ran on, which hold the words of others too."""

import re

_CODE = re.compile(r"(`[^`\n]+`|\b\w+://[^\s'\"`,]*[^\s'\"`,.:;)])")
_SIGNS = re.compile(r"[\\*\[\]<>~$`|]|(?<!\w)[_#:]|_(?!\w)")


def as_written(text: str) -> str:
    """`text` for Markdown: its signs are shown as they are, what stands in backticks is code, and
    so are addresses, of which Markdown would make links that lead nowhere.
    """
    parts = _CODE.split(text)
    parts[::2] = [_SIGNS.sub(r"\\\g<0>", part) for part in parts[::2]]
    parts[1::2] = [part if part.startswith("`") else f"`{part}`" for part in parts[1::2]]
    return "".join(parts)
