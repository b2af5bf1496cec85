"""What kind of file this is, with Magika: from the bytes at its beginning and end, whatever its name says."""

import edgeweb

BLOCK, TAKEN, PADDING = 4096, 1024, 256


def preprocess(value, model):
    beginning = value[:BLOCK].lstrip()[:TAKEN]
    end = value[-BLOCK:].rstrip()[-TAKEN:]
    gap = [PADDING] * (2 * TAKEN - len(beginning) - len(end))
    return {"bytes": edgeweb.Array([[*beginning, *gap, *end]], "int32")}


def postprocess(outputs, model):
    scores = outputs["target_label"][0]
    return {
        "task": "classification",
        "labels": [{"label": n, "score": s} for n, s in zip(model.labels, scores, strict=True)],
    }
