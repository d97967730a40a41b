"""Pictures that anyone may try: a photograph, and drawn faces."""

from fer_core.images import png
from pages.parts.shared.pictures import Picture

ASTRONAUT, DRAWN = "Astronaut", "Drawn faces"
SAMPLES = {ASTRONAUT: "Photograph of an astronaut", DRAWN: "Drawn faces (synthetic)"}
"""Short name, as on its button and in the URL, and full name."""


def sample(name: str) -> Picture:
    """The sample picture named `name`, a key of `SAMPLES`."""
    return Picture(f"sample-{name}", SAMPLES[name], _astronaut if name == ASTRONAUT else None)


def _astronaut() -> bytes:
    """NASA's portrait of Eileen Collins, public domain, as scikit-image carries it."""
    from skimage import data

    return png(data.astronaut())
