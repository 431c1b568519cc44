"""A JSON document in, filtered and regrouped, a JSON document out."""

import json
import random

BYTES_OF_AN_ITEM = 130  # about


def make_event(seed, size):
    generator = random.Random(seed)
    items = [
        {
            "id": number,
            "name": f"item {generator.randrange(10**6):06}",
            "price": round(generator.uniform(1, 1000), 2),
            "tags": [f"tag{generator.randrange(50)}" for _ in range(3)],
            "in_stock": generator.random() < 0.5,
        }
        for number in range(size // BYTES_OF_AN_ITEM)
    ]
    return {"document": json.dumps(items)}


def handler(event, context):
    groups = {}
    for item in json.loads(event["document"]):
        if item["in_stock"]:
            for tag in item["tags"]:
                groups.setdefault(tag, []).append([item["id"], item["name"], item["price"]])
    totals = {tag: round(sum(price for _, _, price in items), 2) for tag, items in groups.items()}
    return {"groups": json.dumps(groups, sort_keys=True), "totals": totals}
