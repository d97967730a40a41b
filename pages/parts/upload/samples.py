"""Pictures that anyone may try: a photograph, and drawn faces."""

from pages.parts.shared.pictures import Picture

ASTRONAUT, DRAWN = "Astronaut", "Drawn faces"
SAMPLES = {ASTRONAUT: "Photograph of an astronaut", DRAWN: "Drawn faces (synthetic)"}
"""Short name, as on its button and in the URL, and full name."""


def sample(name: str) -> Picture:
    """The sample picture named `name`, a key of `SAMPLES`."""
    return Picture(f"sample-{name}", SAMPLES[name], _astronaut if name == ASTRONAUT else None)


def _astronaut() -> bytes:
    """NASA's portrait of Eileen Collins, public domain, as scikit-image carries it."""
    import cv2
    from skimage import data

    _, buffer = cv2.imencode(".png", cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2BGR))
    return buffer.tobytes()
