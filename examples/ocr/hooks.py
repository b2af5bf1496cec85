"""Reads the text of a picture with two models: one finds the lines (PP-OCR detection), the other reads them."""

import math

import edgeweb

LEAST, MOST = 640, 960  # what detection sees best: the longer side, in pixels
HEIGHT, WIDTH = 48, 320  # of a line, at least, as recognition takes it
AT_ONCE = 6
kept = {}


def preprocess(value, model):
    # Every second (third, ...) pixel of a large photo is enough.
    value = value[:: (step := max(1, max(value.shape[:2]) // (2 * MOST))), ::step]
    height, width = value.shape[:2]
    longest = max(height, width)
    scale = min(max(longest, LEAST), MOST) / longest
    size = [max(32, round(side * scale / 32) * 32) for side in (height, width)]
    kept.update(picture=value, step=step, size=(height, width))
    return {next(iter(model.inputs)): batch([planes(value, *size)], size[1])}


async def postprocess(outputs, model):
    found = next(iter(outputs.values()))[0, 0]
    places = in_reading_order(boxes(found, *kept["size"]))
    reader = model[model.names[1]]
    characters = ["", *reader.metadata["character"].split("\n"), " "]
    lines = []
    for first in range(0, len(places), AT_ONCE):
        lines += await read(places[first : first + AT_ONCE], reader, characters)
    shown = [{"label": text, "score": score, **place} for place, (text, score) in zip(places, lines) if text.strip()]
    text = "\n".join(box["label"] for box in shown)
    for box in shown:
        box.update({side: box[side] * kept["step"] for side in ("x", "y", "width", "height")})
    return {"task": "text", "text": text, "boxes": shown}


async def read(places, reader, characters):
    """The text of each place, with how sure the model is of it."""
    lines = []
    for place in places:
        x, y, width, height = (place[key] for key in ("x", "y", "width", "height"))
        crop = kept["picture"][y : y + height, x : x + width]
        lines.append(planes(crop, HEIGHT, max(8, round(width * HEIGHT / height))))
    widest = max(WIDTH, *(len(line[0][0]) for line in lines))
    outputs = await reader.run({next(iter(reader.inputs)): batch(lines, widest)})
    scores = next(iter(outputs.values()))
    return [decoded(scores[number], characters) for number in range(len(lines))]


def decoded(scores, characters):
    """Connectionist temporal classification: the best of each step, repeats and blanks (0) left out."""
    text, sure, before = [], [], 0
    for step in scores:
        row = step.tolist()
        best = max(row)
        place = row.index(best)
        if place not in (0, before):
            text.append(characters[place])
            sure.append(best)
        before = place
    return "".join(text), sum(sure) / max(1, len(sure))


def planes(value, height, width):
    """Blue, green and red as rows of numbers from -1 to 1, in another size."""
    return [resized(value[:, :, channel].tolist(), height, width) for channel in (2, 1, 0)]


def resized(rows, height, width):
    """Bilinear, 0 to 255 becoming -1 to 1."""
    across, down = taps(len(rows[0]), width), taps(len(rows), height)
    rows = [[row[a] + (row[b] - row[a]) * share for a, b, share in across] for row in rows]
    pairs = [(zip(rows[a], rows[b]), share) for a, b, share in down]
    return [[(upper + (lower - upper) * share) / 127.5 - 1 for upper, lower in pair] for pair, share in pairs]


def taps(source, target):
    """For each new pixel: the two old ones it lies between, and the second one's share."""
    centres = [min(max((place + 0.5) * source / target - 0.5, 0), source - 1) for place in range(target)]
    return [(int(centre), min(int(centre) + 1, source - 1), centre - int(centre)) for centre in centres]


def batch(pictures, width):
    """One array of all, narrower ones filled up on the right."""
    flat = [
        number
        for picture in pictures
        for plane in picture
        for row in plane
        for number in (row if len(row) == width else [*row, *[0.0] * (width - len(row))])
    ]
    return edgeweb.Array(flat, "float32", (len(pictures), 3, len(pictures[0][0]), width))


def boxes(found, height, width):
    """Where connected parts of `found`, how likely each pixel is text, are above 0.3."""
    rows, columns = found.shape
    cores = [
        part[:4] for part in parts(found) if min(part[2] - part[0], part[3] - part[1]) >= 3 and part[5] / part[4] > 0.5
    ]
    places = []
    for core in cores:
        left, top, right, bottom = grown(core, cores)
        x, y = max(0, int(left * width / columns)), max(0, int(top * height / rows))
        end, base = min(width, math.ceil(right * width / columns)), min(height, math.ceil(bottom * height / rows))
        places.append({"x": x, "y": y, "width": end - x, "height": base - y})
    return places


def grown(core, cores):
    """The text around a core, which training shrank it to; at most half-way to the lines above and below."""
    left, top, right, bottom = core
    across, down = right - left, bottom - top
    more = across * down / (across + down)
    near = [other for other in cores if other is not core and other[0] < right and left < other[2]]
    above = [(top + other[3]) / 2 for other in near if other[3] <= top]
    below = [(bottom + other[1]) / 2 for other in near if other[1] >= bottom]
    return left - more, max(top - more, *above, 0), right + more, min([bottom + more, *below])


def parts(found):
    """Connected parts, from the runs of each row: left, top, right, bottom, how many pixels, and their sum."""
    open_runs, done = [], []
    for y, row in enumerate(found.tolist()):
        runs = []
        for start, end in spans(bytes(map((0.3).__lt__, row))):
            part = [start, y, end, y + 1, end - start, sum(row[start:end])]
            for above in [run for run in open_runs if run[0] < end and start < run[1]]:
                if above[2] is not part:
                    part = merged(above[2], part, [*open_runs, *runs])
            runs.append([start, end, part])
        still = [run[2] for run in runs]
        done += unique(run[2] for run in open_runs if not any(run[2] is part for part in still))
        open_runs = runs
    return done + unique(run[2] for run in open_runs)


def spans(row):
    """Where the ones of a row begin and end."""
    start = row.find(1)
    while start >= 0:
        end = row.find(0, start)
        end = len(row) if end < 0 else end
        yield start, end
        start = row.find(1, end)


def merged(into, part, runs):
    """`into` with all of `part`, which all runs that had `part` now belong to."""
    into[:] = [*map(min, into[:2], part[:2]), *map(max, into[2:4], part[2:4]), into[4] + part[4], into[5] + part[5]]
    for run in runs:
        if run[2] is part:
            run[2] = into
    return into


def unique(found):
    """Each object once."""
    return list({id(part): part for part in found}.values())


def in_reading_order(places):
    """Line by line: what shares half of its height with a line stands in it."""
    lines = []
    for place in sorted(places, key=lambda place: place["y"] + place["height"] / 2):
        middle = place["y"] + place["height"] / 2
        if lines and abs(middle - lines[-1][0]) < place["height"] / 2:
            lines[-1][1].append(place)
        else:
            lines.append((middle, [place]))
    return [place for _, line in lines for place in sorted(line, key=lambda place: place["x"])]
