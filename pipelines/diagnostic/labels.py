"""Where the names of points stand so that they can be read: computed once, for page and paper.

Each name takes the place around its point that costs the least, and names are moved one after the
other until none gains by moving (coordinate descent over the candidate positions of Christensen,
Marks and Shieber, « An empirical study of algorithms for point-feature label placement », ACM
Transactions on Graphics 14-3, 1995).
"""

from collections.abc import Sequence

Box = tuple[float, float, float, float]

MARK = 6.0
GAP = 3.0
PASSES = 20


def placed(
    points: Sequence[tuple[float, float, float]], frame: tuple[float, float], size: float
) -> list[tuple[float, float]]:
    """The middle of each name.

    Args:
        points: where each point stands (from the lower left), and how wide its name is.
        frame: the width and the height of the drawing.
        size: the height of a name.

    All are in the same unit.
    """
    marks = [(x - MARK, y - MARK, x + MARK, y + MARK) for x, y, _ in points]
    choices = [_around(x, y, width, size) for x, y, width in points]
    chosen = [0] * len(points)
    for _ in range(PASSES):
        before = list(chosen)
        for rank, boxes in enumerate(choices):
            others = [
                choices[other][chosen[other]] for other in range(len(points)) if other != rank
            ]
            costs = [
                # The first places are the most usual: a name leaves them for a reason.
                position
                + 10 * sum(_shared(box, mark) for mark in marks)
                + 10 * sum(_shared(box, other) for other in others)
                + 100 * _outside(box, frame)
                for position, box in enumerate(boxes)
            ]
            chosen[rank] = costs.index(min(costs))
        if chosen == before:
            break
    return [
        ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
        for boxes, place in zip(choices, chosen, strict=True)
        for box in [boxes[place]]
    ]


def _around(x: float, y: float, width: float, size: float) -> list[Box]:
    """The places of a name: right, left, above, below, then the corners."""
    away, high = MARK + GAP, MARK + size / 2
    middles = [
        (x + away + width / 2, y),
        (x - away - width / 2, y),
        (x, y + high),
        (x, y - high),
        (x + width / 2 + MARK, y + high),
        (x + width / 2 + MARK, y - high),
        (x - width / 2 - MARK, y + high),
        (x - width / 2 - MARK, y - high),
    ]
    return [
        (mid - width / 2, level - size / 2, mid + width / 2, level + size / 2)
        for mid, level in middles
    ]


def _shared(one: Box, other: Box) -> float:
    """The area that two boxes share."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    up = min(one[3], other[3]) - max(one[1], other[1])
    return max(across, 0.0) * max(up, 0.0)


def _outside(box: Box, frame: tuple[float, float]) -> float:
    """How far a box goes beyond the drawing."""
    return (
        max(-box[0], 0.0)
        + max(-box[1], 0.0)
        + max(box[2] - frame[0], 0.0)
        + max(box[3] - frame[1], 0.0)
    )
