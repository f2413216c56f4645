"""The files of the page, as the browser gets them."""

from importlib.resources import files

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
TOKEN_MARK = b"{{token}}"


def page_files(secret: str) -> dict[str, bytes]:
    """Return the page's files by name, the token put where the page looks for it."""
    folder = files("bridge") / "page"
    found = [each for each in folder.iterdir() if each.name.endswith(tuple(TYPES))]
    return {each.name: each.read_bytes().replace(TOKEN_MARK, secret.encode()) for each in found}


def media_type(name: str) -> str:
    """Return what a browser is told that a file of the page is."""
    return TYPES[name[name.rindex(".") :]]
