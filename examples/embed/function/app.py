greeted = []


def handler(event, context):
    greeted.append(event["name"])
    print(f"greeting {event['name']}")
    return {"greeting": f"Hello, {event['name']}!", "greeted_before": len(greeted) - 1}
