"""Where somebody speaks, with Silero VAD: the model's state and the samples left over are kept from call to call."""

from itertools import pairwise

import edgeweb

RATE, CHUNK, CONTEXT = 16_000, 512, 64
LEAST, GAP = 0.25, 0.1  # seconds of speech that count, and of silence inside of it that do not
stream = {}


def reset():
    """Another sound begins."""
    stream.update(state=edgeweb.zeros((2, 1, 128)), context=[0.0] * CONTEXT, left=[])


reset()


async def preprocess(value, model):
    left = stream["left"]
    samples = left + at_rate(value.samples.tolist(), value.rate)
    count = len(samples) // CHUNK
    chunks = [samples[CHUNK * number : CHUNK * (number + 1)] for number in range(count)]
    stream.update(left=samples[CHUNK * count :], chances=[], before=len(left) / RATE, empty=count == 0)
    # The last chunk is the site's own run of the model; too few samples for one run it on silence, and are kept.
    for chunk in chunks[:-1]:
        note(await model.run(feeds(chunk)))
    return feeds(chunks[-1] if chunks else [0.0] * CHUNK, keep=bool(chunks))


def postprocess(outputs, model):
    if not stream["empty"]:
        note(outputs)
    chances, step = stream["chances"], CHUNK / RATE
    found = []
    for place, chance in enumerate(chances):
        start = max(0.0, place * step - stream["before"])
        if chance < 0.5:
            continue
        if found and start - found[-1]["end"] <= GAP:
            found[-1]["end"] = start + step
        else:
            found.append({"start": start, "end": start + step})
    spoken = [part for part in found if part["end"] - part["start"] >= LEAST]
    for part in spoken:
        inside = [chance for place, chance in enumerate(chances) if part["start"] <= place * step < part["end"]]
        part.update(label="speech", score=sum(inside) / max(1, len(inside)))
    return {"task": "segments", "segments": spoken, "curve": chances, "step": step}


def feeds(chunk, keep=True):
    given = stream["context"] + chunk
    if keep:
        stream["context"] = chunk[-CONTEXT:]
    return {"input": edgeweb.Array([given], "float32"), "state": stream["state"], "sr": edgeweb.Array(RATE, "int64")}


def note(outputs):
    stream["chances"].append(outputs["output"][0, 0])
    stream["state"] = outputs["stateN"]


def at_rate(samples, rate):
    """Samples at 16 kHz: those of a higher rate averaged, those of a lower one drawn out linearly."""
    if rate == RATE or not samples:
        return samples
    step = rate / RATE
    if step > 1:
        edges = [round(place * step) for place in range(int(len(samples) / step) + 1)]
        return [sum(samples[a:b]) / (b - a) for a, b in pairwise(edges)]
    places = [place * step for place in range(int((len(samples) - 1) / step))]
    return [samples[int(p)] + (samples[int(p) + 1] - samples[int(p)]) * (p % 1) for p in places]
