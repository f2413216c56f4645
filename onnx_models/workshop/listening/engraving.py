"""MusicXML as a picture, by Verovio, made small: names that nobody asks for are left out."""

from collections.abc import Callable
from importlib.util import find_spec
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

SVG = "http://www.w3.org/2000/svg"
WIDTH = 800
"""How wide a picture is; its height is what it needs."""
ZOOM = 40
SETTING = {
    "pageWidth": WIDTH * 100 // ZOOM,
    "pageMarginLeft": 25,
    "pageMarginRight": 25,
    "pageMarginTop": 25,
    "pageMarginBottom": 25,
    "adjustPageHeight": True,
    "scale": ZOOM,
    "breaks": "encoded",
    "header": "none",
    "footer": "none",
    "minLastJustification": 0,
    "svgViewBox": True,
    "svgRemoveXlink": True,
    "smuflTextFont": "none",
}
SIGNS = {"\uea63": "𝄫", "\uea64": "♭", "\uea65": "♮", "\uea66": "♯", "\uea67": "𝄪"}
"""The accidentals of chord symbols, from the engraver's own font to what every font may have."""
STROKES = "path,ellipse,polygon,polyline,svg svg rect{stroke:#000}"
DROPPED = ("id", "class")

Engraver = Callable[[bytes], str]


def engraver() -> Engraver | None:
    """Return what makes a picture (SVG) of a score (MusicXML); None without Verovio."""
    if find_spec("verovio") is None:
        return None
    import verovio

    toolkit = verovio.toolkit()
    toolkit.setOptions(SETTING)

    def engraved(score: bytes) -> str:
        toolkit.loadData(score.decode())
        return lean(toolkit.renderToSVG(1))

    return engraved


def lean(picture: str) -> str:
    """Return a picture on white paper, with what is not seen left out.

    The names that Verovio gives to things are new each time: without them, the same score is
    the same picture.
    """
    ElementTree.register_namespace("", SVG)
    root = ElementTree.fromstring(picture)  # noqa: S314  (our own text)
    suffix = f"-{root.get('id', '')}"
    _, _, width, height = root.get("viewBox", "0 0 0 0").split()
    root.attrib = {"viewBox": root.get("viewBox", ""), "width": width, "height": height}
    for child in [*root]:
        if child.tag in (f"{{{SVG}}}desc", f"{{{SVG}}}style"):
            root.remove(child)
    for child in root:
        _bare(child, suffix)
    style = Element(f"{{{SVG}}}style")
    style.text = STROKES
    paper = Element(f"{{{SVG}}}rect", {"width": width, "height": height, "fill": "#fff"})
    root[:0] = [style, paper]
    return ElementTree.tostring(root, "unicode") + "\n"


def _bare(element: Element, suffix: str) -> None:
    """Leave out names, white space, groups that say nothing, and what is hidden."""
    name = element.get("id", "")
    for each in DROPPED:
        element.attrib.pop(each, None)
    if name.endswith(suffix):
        element.set("id", name.removesuffix(suffix))
    if "href" in element.attrib:
        element.set("href", element.attrib["href"].removesuffix(suffix))
    _signed(element)
    element.text = (element.text or "").strip() or None
    element.tail = None
    kept: list[Element] = []
    for child in [*element]:
        hidden = "placeholder" in child.get("class", "")
        _bare(child, suffix)
        kept += [] if hidden else _seen(child)
    element[:] = kept


def _seen(element: Element) -> list[Element]:
    """Return an element, or what is in it if it is a group of nothing or without a word to say."""
    if element.tag == f"{{{SVG}}}g" and not element.attrib:
        return [*element]
    empty = element.tag in (f"{{{SVG}}}g", f"{{{SVG}}}text") and not [*element] and not element.text
    return [] if empty else [element]


def _signed(element: Element) -> None:
    """Write an accidental of a chord symbol in the font of the symbol."""
    sign = SIGNS.get((element.text or "").strip())
    if sign is not None:
        element.text = sign
        element.attrib.pop("font-family", None)
        element.set("font-size", "405px")
