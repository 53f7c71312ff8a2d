"""A terminal's screen as SVG, from what tmux captured with its colours."""

import re
from dataclasses import dataclass, replace
from html import escape

WIDTH, HEIGHT, MARGIN = 8.4, 18, 14
BACK, FRONT = "#16202a", "#e4eaf0"
# As terminals have them: black to white, then the bright ones.
BASIC = ["#3b4754", "#ff7a70", "#5ecb8f", "#e6c35c", "#79b0ff", "#d48ae0", "#5cc8d0", "#cfd8e0",
         "#7f8c99", "#ff9a92", "#86e0ad", "#f2d98a", "#a3c9ff", "#e3b1ea", "#8cdde3", "#ffffff"]
WORDS = re.compile(r"\S+(?: \S+)*")
PIECE = re.compile(r"\x1b\[([\d;]*)m|([^\x1b]+)")


@dataclass(frozen=True)
class Look:
    colour: str = FRONT
    bold: bool = False
    dim: bool = False
    turned: bool = False


def svg(captured: str, title: str) -> str:
    """The whole, as wide as its longest line."""
    lines, look, columns = [], Look(), 0
    for row, line in enumerate(captured.rstrip("\n").split("\n")):
        column, y = 0, MARGIN + HEIGHT * (row + 0.8)
        for codes, text in PIECE.findall(line):
            if not text:
                look = changed(look, codes)
                continue
            if look.turned:
                lines.append(block(len(text), look, column, y))
            # Viewers differ in what becomes of spaces, so each word has its place.
            lines += [word(it[0], look, column + it.start(), y) for it in WORDS.finditer(text)]
            column += len(text)
        columns = max(columns, column)
    size = f'{columns * WIDTH + 2 * MARGIN:.0f}', f'{(row + 1) * HEIGHT + 2 * MARGIN:.0f}'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size[0]} {size[1]}" role="img">\n'
        f"<title>{escape(title)}</title>\n"
        f'<rect width="100%" height="100%" rx="8" fill="{BACK}"/>\n'
        '<g font-family="ui-monospace, Menlo, Consolas, \'DejaVu Sans Mono\', monospace" font-size="14">\n' + "\n".join(lines) + "\n</g>\n</svg>\n"
    )


def block(columns: int, look: Look, column: int, y: float) -> str:
    x, top, wide = MARGIN + WIDTH * column, y - HEIGHT * 0.75, WIDTH * columns
    return f'<rect x="{x:.1f}" y="{top:.1f}" width="{wide:.1f}" height="{HEIGHT}" fill="{look.colour}"/>'


def word(text: str, look: Look, column: int, y: float) -> str:
    """Stretched to its columns, so that any font keeps them."""
    x, wide = MARGIN + WIDTH * column, WIDTH * len(text)
    front = BACK if look.turned else look.colour
    more = ' font-weight="bold"' * look.bold + ' opacity=".65"' * look.dim
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" textLength="{wide:.1f}" lengthAdjust="spacingAndGlyphs" '
        f'fill="{front}"{more}>{escape(text)}</text>'
    )


def changed(look: Look, codes: str) -> Look:
    numbers = [int(code or 0) for code in codes.split(";")]
    while numbers:
        match numbers.pop(0):
            case 0: look = Look()
            case 1: look = replace(look, bold=True)
            case 2: look = replace(look, dim=True)
            case 7: look = replace(look, turned=True)
            case 22: look = replace(look, bold=False, dim=False)
            case 27: look = replace(look, turned=False)
            case 39: look = replace(look, colour=FRONT)
            case code if 30 <= code <= 37: look = replace(look, colour=BASIC[code - 30])
            case code if 90 <= code <= 97: look = replace(look, colour=BASIC[code - 82])
            case 38 if numbers[:1] == [5]:
                look, numbers = replace(look, colour=indexed(numbers[1])), numbers[2:]
            case 38 if numbers[:1] == [2]:
                look = replace(look, colour="#%02x%02x%02x" % tuple(numbers[1:4]))
                numbers = numbers[4:]
    return look


def indexed(number: int) -> str:
    if number < 16:
        return BASIC[number]
    if number >= 232:
        return "#" + f"{8 + 10 * (number - 232):02x}" * 3
    levels = [0, 95, 135, 175, 215, 255]
    number -= 16
    return "#" + "".join(f"{levels[number // step % 6]:02x}" for step in (36, 6, 1))
