"""Breadth-first search through a random graph that the function builds itself."""

import collections
import random

NODES = 5_000
EDGES = 20_000


def make_event(seed):
    return {"seed": seed, "nodes": NODES, "edges": EDGES}


def handler(event, context):
    generator = random.Random(event["seed"])
    neighbours = [[] for _ in range(event["nodes"])]
    for _ in range(event["edges"]):
        a, b = generator.randrange(event["nodes"]), generator.randrange(event["nodes"])
        neighbours[a].append(b)
        neighbours[b].append(a)
    distance = {0: 0}
    queue = collections.deque([0])
    while queue:
        node = queue.popleft()
        for near in neighbours[node]:
            if near not in distance:
                distance[near] = distance[node] + 1
                queue.append(near)
    return {"reached": len(distance), "farthest": max(distance.values()), "sum": sum(distance.values())}
